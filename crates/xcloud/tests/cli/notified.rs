//! Webhooks hear of the runs that they asked for, and how they ended.

use std::time::Duration;

use crate::drift::webhook;
use crate::place::{Place, Ran, TestResult};

#[test]
fn runs_are_told_to_whom_asked_for_them() -> TestResult {
    let place = Place::with_example("notified", "open-api.yaml")?;
    let (url, messages) = webhook(&[503])?;
    let config = std::fs::read_to_string(place.path().join("xcloud.yaml"))?;
    let notify = "\nnotify:\n  - {webhook: \"env:HOOK\", on: [apply, failover]}\n  - {webhook: \"env:HOOK\", form: slack, on: [rollback]}\n";
    std::fs::write(place.path().join("xcloud.yaml"), format!("{config}{notify}"))?;
    let run = |words: &[&str]| -> TestResult<Ran> { Ran::of(place.command(words).env("HOOK", &url)) };
    let wait = Duration::from_secs(5);
    run(&["apply", "--sandbox", "--yes"])?.expect(0)?;
    let (_, refused) = messages.recv_timeout(wait)?;
    let (_, told) = messages.recv_timeout(wait)?;
    assert_eq!(refused, told, "what was answered by 503 is sent again");
    let summary = told["summary"].as_str().unwrap_or_default();
    assert!(summary.starts_with("open-api: apply in a sandbox: done ("), "{summary}");
    assert_eq!((&told["source"], &told["run"]["outcome"]), (&"xcloud apply".into(), &"done".into()));
    run(&["apply", "--sandbox", "--yes"])?.expect(0)?;
    let quiet = messages.try_recv();
    assert!(quiet.is_err(), "nothing was done, and nobody is told: {quiet:#?}");
    run(&["failover", "--sandbox", "--to", "eu-west-1", "--env", "prod", "--incident", "INC-7", "--yes"])?.expect(0)?;
    let (_, told) = messages.recv_timeout(wait)?;
    let summary = told["summary"].as_str().unwrap_or_default();
    assert!(summary.starts_with("open-api: failover of prod to eu-west-1 (INC-7) in a sandbox: done ("), "{summary}");
    assert_eq!(told["incident"], "INC-7");
    let untold = place.run(&["failback", "--sandbox", "--env", "prod", "--yes"])?.expect(0)?;
    assert!(
        untold.stderr.contains("notification failed: the webhook's address: the variable HOOK is not set"),
        "{}",
        untold.stderr
    );
    Ok(())
}
