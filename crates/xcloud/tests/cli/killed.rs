//! kill -9 of the program at moments of an apply, over loopback: the next command says so, `resume` finishes or undoes
//! the run, and boto3 and the Azure SDK see the estate once, or not at all.
//!
//! `XCLOUD_KILLS=50 cargo test -p xcloud --test cli killed` plays more of them.
#![cfg(unix)]

use std::process::Stdio;
use std::time::Duration;

use crate::place::{Place, TestResult};
use crate::server::Served;

fn kills() -> u64 {
    std::env::var("XCLOUD_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(2)
}

#[test]
fn a_killed_apply_is_finished_or_undone() -> TestResult {
    let place = Place::with_example("killed", "resources.yaml")?;
    let served = Served::start(&place, "600")?;
    // How long a whole apply takes here, so that kills fall all over it.
    let began = std::time::Instant::now();
    served.run(&place, &["apply", "--yes"])?.expect(0)?;
    let whole = began.elapsed();
    served.run(&place, &["destroy", "--yes"])?.expect(0)?;
    let (all, mut cut) = (kills(), 0);
    for round in 0..all {
        let mut command = served.command(&place, &["apply", "--yes"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        std::thread::sleep(
            whole.mul_f64((round * 7 % all + 1) as f64 / (all + 1) as f64) + Duration::from_millis(round % 13),
        );
        child.kill()?;
        child.wait()?;
        let was_cut = served.run(&place, &["apply", "--yes", "--format", "json"])?;
        if was_cut.code == Some(3) {
            cut += 1;
            assert!(was_cut.stderr.contains("was cut off"), "{}", was_cut.stderr);
            if round % 2 == 0 {
                let undone = served.run(&place, &["resume", "--undo", "--yes"])?;
                assert!([Some(4), Some(0)].contains(&undone.code), "{}{}", undone.stdout, undone.stderr);
                let plan = served.run(&place, &["plan", "--format", "json"])?.expect(0)?.json()?;
                assert_eq!(plan["summary"]["create"], 11, "round {round}: everything is as before: {plan:#}");
                served.run(&place, &["apply", "--yes"])?.expect(0)?;
            } else {
                served.run(&place, &["resume", "--yes"])?.expect(0)?;
            }
        } else {
            was_cut.expect(0)?;
        }
        served.run(&place, &["plan", "--detailed-exitcode"])?.expect(0)?;
        served.judge(&place, "resources")?;
        let free = served.run(&place, &["lock", "list"])?.expect(0)?;
        assert!(free.stdout.starts_with("Free"), "{}", free.stdout);
        served.run(&place, &["destroy", "--yes"])?.expect(0)?;
    }
    assert!(cut > 0, "none of {all} kills fell into a run");
    Ok(())
}
