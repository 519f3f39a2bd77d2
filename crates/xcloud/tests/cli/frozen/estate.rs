//! The resources of both clouds: saved plans, changes, drift, rollbacks, and what is refused.

use serde_json::Value;

use super::shell::Shell;
use crate::place::TestResult;

#[test]
fn made_changed_and_rolled_back() -> TestResult {
    let mut shell = Shell::new("changed", "resources.yaml")?;
    shell.types("validate", &["validate"])?;
    shell.types("expand", &["expand"])?;
    let text = shell.place.run(&["expand"])?.expect(0)?.stdout;
    shell.keeps("expand as a config", text.lines().map(Value::from).collect());
    shell.sandbox("plan", &["plan", "--out", "plan.json"])?;
    shell.wrote("saved plan", "plan.json")?;
    shell.sandbox("apply the saved plan", &["apply", "plan.json", "--yes"])?;
    shell.sandbox("apply it twice", &["apply", "plan.json", "--yes"])?;
    shell.place.edit("description: clients of the payments endpoint", "description: clients")?;
    shell.place.edit("ttl: 30s", "ttl: 60s")?;
    shell.place.edit("[10.60.8.4, 10.60.8.20]", "[10.60.8.6, 10.60.8.22]")?;
    shell.sandbox("drift", &["drift"])?;
    shell.sandbox("change planned", &["plan", "--detailed-exitcode", "--out", "change.json"])?;
    shell.wrote("saved change", "change.json")?;
    shell.sandbox("change of a part", &["plan", "--target", "spoke/azure/private-dns-record/*"])?;
    shell.sandbox("change applied", &["apply", "--yes"])?;
    shell.sandbox("show change", &["show", "2"])?;
    shell.sandbox("rollback", &["rollback", "--yes"])?;
    shell.sandbox("rollback of everything", &["rollback", "1", "--yes"])?;
    shell.sandbox("resume", &["resume", "--yes"])?;
    shell.sandbox("show rollback", &["show"])?;
    shell.sandbox("history", &["history"])?;
    shell.hold("resources/changed");
    Ok(())
}

#[test]
fn refused() -> TestResult {
    let mut shell = Shell::new("refused", "resources.yaml")?;
    shell.sandbox("apply without an answer", &["apply"])?;
    shell.sandbox("show nothing", &["show"])?;
    shell.sandbox("history of nothing", &["history"])?;
    shell.sandbox("rollback of nothing", &["rollback", "--yes"])?;
    shell.sandbox("resume of nothing", &["resume", "--yes"])?;
    shell.sandbox("destroy nothing", &["destroy", "--yes"])?;
    shell.sandbox("no such environment", &["plan", "--env", "nowhere"])?;
    shell.sandbox("no second region", &["readiness"])?;
    shell.sandbox("no such plan", &["apply", "absent.json", "--yes"])?;
    shell.sandbox("lock", &["lock", "list"])?;
    shell.place.edit("10.60.8.4, 10.60.8.20", "10.60.8.4, 10.60.8.300")?;
    shell.place.edit("priority: 2201", "priority: 99")?;
    shell.types("validate", &["validate"])?;
    shell.sandbox("plan of what is wrong", &["plan"])?;
    shell.sandbox("drift of what is wrong", &["drift"])?;
    shell.hold("resources/refused");
    Ok(())
}
