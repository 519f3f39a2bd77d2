//! A failover over loopback: the clouds in another process, the port of the lost region cut, everything read back by
//! clients that others wrote.

use std::net::TcpListener;

use crate::place::{Place, TestResult};
use crate::server::{Running, Served};

const NORTH: &str = "XCLOUD_AWS_ENDPOINT_EU_NORTH_1";

/// The port of a region, and what stands there now.
fn cut(served: &mut Served, variable: &str, url: &str) {
    for (name, value) in &mut served.variables {
        if name == variable {
            url.clone_into(value);
        }
    }
}

/// The last report beside a journal.
fn report(place: &Place) -> TestResult<serde_json::Value> {
    let runs = std::fs::read_dir(place.path().join(".xcloud/open-api/runs"))?;
    let mut runs: Vec<_> = runs.filter_map(Result::ok).map(|entry| entry.path()).collect();
    runs.sort();
    let last = runs.last().ok_or("no run")?;
    assert!(std::fs::read_to_string(last.join("report.md"))?.starts_with("# fail"));
    Ok(serde_json::from_str(&std::fs::read_to_string(last.join("report.json"))?)?)
}

/// Applies, loses eu-north-1 in one way, fails over, settles, comes back.
fn lost(name: &str, url: &str) -> TestResult {
    let place = Place::with_example(name, "open-api.yaml")?;
    // Short, so that the test does not wait long: the program's own clock is not the clouds'.
    place.edit("ttl: 30s", "ttl: 5s")?;
    let mut served = Served::start(&place, "60")?;
    served.run(&place, &["apply", "--yes"])?.expect(0)?;
    let alive = served.variables.clone();
    cut(&mut served, NORTH, url);
    let ledger = ["--override", "ledger", "--reason", "the ledger of a test is a folder"];
    served.run(&place, &["readiness", "--to", "eu-west-1"])?.expect(3)?;
    let to: Vec<&str> = ["failover", "--to", "eu-west-1", "--incident", "INC-1"].into_iter().chain(ledger).collect();
    let dry: Vec<&str> = to.iter().copied().chain(["--dry-run"]).collect();
    let shown = served.run(&place, &dry)?.expect(0)?;
    assert!(shown.stdout.contains("Nothing was changed"), "{}", shown.stdout);
    let go: Vec<&str> = to.iter().copied().chain(["--yes", "--format", "json"]).collect();
    let ended = served.run(&place, &go)?.expect(0)?.json()?;
    assert_eq!(ended["outcome"], "done", "{ended:#}");
    assert_eq!(ended["failover"]["rto_met"], true, "{ended:#}");
    let kept = report(&place)?;
    let took = kept["declaration_to_commit_ms"].as_u64().ok_or("it was not committed")?;
    // The names' 5 s and what is read before: a region that hangs adds at most 2 s.
    assert!(took < 20_000, "{took} ms");
    assert_eq!(kept["environments"].as_array().map(Vec::len), Some(2), "{kept:#}");
    assert_eq!(kept["debts"].as_array().map(Vec::len), Some(4), "{kept:#}");
    if url.ends_with(":1") {
        served.run(&place, &["settle"])?.expect(5)?;
    }
    served.run(&place, &["destroy", "--yes"])?.expect(3)?;
    served.variables = alive;
    served.judge(&place, "away")?;
    served.run(&place, &["plan", "--detailed-exitcode"])?.expect(0)?;
    served.run(&place, &["drift"])?.expect(0)?;
    let refused = served.run(&place, &["failback", "--yes"])?.expect(3)?;
    assert!(refused.stderr.contains("debts") && refused.stderr.contains("stable"), "{}", refused.stderr);
    served.run(&place, &["settle"])?.expect(0)?;
    served.run(&place, &["failback", "--yes", "--override", "stable", "--reason", "a test"])?.expect(0)?;
    served.judge(&place, "back")?;
    served.run(&place, &["plan", "--detailed-exitcode"])?.expect(0)?;
    served.run(&place, &["rollback", "--yes"])?.expect(3)?;
    Ok(())
}

#[test]
fn a_region_that_refuses_is_left_and_come_back_to() -> TestResult {
    lost("failover-refused", "http://127.0.0.1:1")
}

#[test]
fn a_region_that_accepts_and_stays_silent_is_left_and_come_back_to() -> TestResult {
    let silent = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", silent.local_addr()?);
    lost("failover-silent", &url)
}

#[test]
#[cfg(unix)]
fn an_apply_that_runs_stops_for_a_failover_and_is_finished_under_the_new_record() -> TestResult {
    let place = Place::with_example("failover-preempts", "open-api.yaml")?;
    // Slow enough that the apply is still at it.
    let served = Served::start(&place, "20")?;
    served.run(&place, &["apply", "--yes", "--env", "prod", "--env", "int"])?.expect(0)?;
    let mut apply = Running::start(served.command(&place, &["apply", "--yes"]))?;
    apply.until("CreateVpcEndpoint ")?;
    let to = ["failover", "--to", "eu-west-1", "--incident", "INC-1", "--yes", "--format", "json"];
    let passed = ["--override", "ledger", "--reason", "a test"];
    let arguments: Vec<&str> = to.into_iter().chain(passed).collect();
    let ended = served.run(&place, &arguments)?.expect(0)?.json()?;
    assert_eq!(ended["failover"]["environments"].as_array().map(Vec::len), Some(2), "{ended:#}");
    let (stopped, _) = apply.end()?;
    assert_eq!(stopped.code, Some(5), "{}", stopped.stderr);
    let refused = served.run(&place, &["apply", "--yes"])?.expect(3)?;
    assert!(refused.stderr.contains("xcloud resume"), "{}", refused.stderr);
    served.run(&place, &["resume", "--yes"])?.expect(0)?;
    served.run(&place, &["plan", "--detailed-exitcode"])?.expect(0)?;
    served.judge(&place, "away")
}
