//! The story of two regions: made, judged, failed over, closed, failed back, removed.

use super::shell::Shell;
use crate::place::TestResult;

#[test]
fn made_and_removed() -> TestResult {
    let mut shell = Shell::new("made", "open-api.yaml")?;
    shell.types("validate", &["validate"])?;
    shell.types("expand", &["expand"])?;
    shell.sandbox("plan", &["plan", "--detailed-exitcode"])?;
    shell.sandbox("apply a part", &["apply", "--yes", "--env", "dev"])?;
    shell.sandbox("apply", &["apply", "--yes"])?;
    shell.sandbox("plan again", &["plan", "--detailed-exitcode"])?;
    shell.sandbox("apply again", &["apply", "--yes"])?;
    shell.sandbox("drift", &["drift"])?;
    shell.sandbox("destroy", &["destroy", "--yes"])?;
    shell.sandbox("history", &["history"])?;
    shell.hold("story/made");
    Ok(())
}

#[test]
fn failed_over_and_back() -> TestResult {
    let mut shell = Shell::new("switched", "open-api.yaml")?;
    shell.place.run(&["apply", "--sandbox", "--yes"])?.expect(0)?;
    shell.sandbox("readiness", &["readiness"])?;
    shell.sandbox("dry run", &["failover", "--to", "eu-west-1", "--dry-run"])?;
    let to = ["failover", "--to", "eu-west-1", "--yes", "--incident", "INC-1", "--detected", "2026-11-22T11:55:00Z"];
    shell.sandbox("failover", &to)?;
    shell.sandbox("show failover", &["show"])?;
    shell.sandbox("plan away", &["plan"])?;
    shell.sandbox("drift away", &["drift"])?;
    shell.sandbox("readiness back", &["readiness", "--to", "eu-north-1"])?;
    shell.sandbox("settle", &["settle"])?;
    shell.sandbox("close", &["close", "--yes", "--early", "a test"])?;
    shell.sandbox("close again", &["close", "--yes"])?;
    shell.sandbox("show close", &["show"])?;
    shell.sandbox("rollback refused", &["rollback", "1", "--yes"])?;
    shell.sandbox("failback", &["failback", "--yes"])?;
    shell.sandbox("failback again", &["failback", "--yes"])?;
    shell.sandbox("history", &["history"])?;
    shell.hold("story/switched");
    Ok(())
}

/// Where rules open with a failover, `close` has rules to close.
#[test]
fn closed_where_rules_open_on_failover() -> TestResult {
    let mut shell = Shell::new("closed", "open-api.yaml")?;
    shell.place.edit("rules: always-open", "rules: on-failover")?;
    shell.place.run(&["apply", "--sandbox", "--yes"])?.expect(0)?;
    shell.sandbox("failover", &["failover", "--to", "eu-west-1", "--yes", "--fence", "none", "--env", "prod"])?;
    shell.sandbox("close", &["close", "--yes"])?;
    shell.sandbox("show close", &["show"])?;
    shell.sandbox("failback", &["failback", "--yes"])?;
    shell.hold("story/closed");
    Ok(())
}
