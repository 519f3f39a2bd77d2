//! Ctrl-C and SIGTERM in the middle of an apply: nothing new starts, what was done is undone; a second one ends at once,
//! and `resume` goes on from the journal.
#![cfg(unix)]

use std::time::Duration;

use crate::place::{Place, TestResult};
use crate::server::{Running, Served};

/// Interrupts an apply after its first call, twice if `again`.
fn interrupted(name: &str, signal: &str, again: bool) -> TestResult {
    let place = Place::with_example(&format!("interrupt-{name}"), "resources.yaml")?;
    let served = Served::start(&place, "120")?;
    let mut apply = Running::start(served.command(&place, &["apply", "--yes", "--format", "json"]))?;
    apply.until("CreateLoadBalancer")?;
    apply.signal(signal)?;
    apply.until("nothing new starts")?;
    if again {
        apply.signal(signal)?;
        let (ran, took) = apply.end()?;
        let ran = ran.expect(5)?;
        assert!(ran.stderr.contains("stopped at once") && took < Duration::from_secs(2), "{took:?}: {}", ran.stderr);
        let refused = served.run(&place, &["apply", "--yes"])?.expect(3)?;
        assert!(
            refused.stderr.contains("was cut off") && refused.stderr.contains("xcloud resume"),
            "{}",
            refused.stderr
        );
        served.run(&place, &["resume", "--yes"])?.expect(0)?;
    } else {
        let (ran, _) = apply.end()?;
        let report = ran.expect(4)?.json()?;
        assert_eq!(report["outcome"], "unwound", "{report:#}");
        let steps = report["steps"].as_array().ok_or("no steps")?;
        let with = |status: &str| steps.iter().filter(|step| step["status"] == status).count();
        assert!(with("undone") > 0 && with("skipped") > 5, "{report:#}");
        assert_eq!(with("undone") + with("skipped") + with("failed"), steps.len(), "{report:#}");
        let skipped =
            |operation: &str| steps.iter().any(|step| step["operation"] == operation && step["status"] == "skipped");
        assert!(skipped("CreateVpcEndpoint") && skipped("CreateVpcEndpointServiceConfiguration"), "{report:#}");
        let plan = served.run(&place, &["plan", "--format", "json"])?.expect(0)?.json()?;
        assert_eq!(plan["summary"]["create"], 11, "everything is as before: {plan:#}");
        let nothing = served.run(&place, &["resume", "--yes"])?.expect(0)?;
        assert!(nothing.stdout.contains("Nothing to resume"), "{}", nothing.stdout);
        served.run(&place, &["apply", "--yes"])?.expect(0)?;
    }
    served.run(&place, &["plan", "--detailed-exitcode"])?.expect(0)?;
    served.judge(&place, "resources")
}

#[test]
fn an_interrupt_starts_nothing_new_and_reports() -> TestResult {
    interrupted("once", "INT", false)
}

#[test]
fn a_termination_is_an_interrupt() -> TestResult {
    interrupted("term", "TERM", false)
}

#[test]
fn a_second_interrupt_ends_at_once() -> TestResult {
    interrupted("twice", "INT", true)
}
