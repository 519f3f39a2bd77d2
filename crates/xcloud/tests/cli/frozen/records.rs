//! Records that version 0.1.0 wrote: listed and shown, and its saved plan is carried out.

use std::path::Path;

use super::golden::root;
use super::shell::Shell;
use crate::place::TestResult;

fn copy(from: &Path, to: &Path) -> TestResult {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to)?;
        } else {
            std::fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}

#[test]
fn old_ledgers_are_listed_and_shown() -> TestResult {
    let ledgers = [
        ("applied", "resources.yaml", &["1", "3", "4", "5", "6"][..]),
        ("cut-off", "resources.yaml", &["1"]),
        ("switched", "open-api.yaml", &["1"]),
    ];
    for (ledger, example, runs) in ledgers {
        let mut shell = Shell::new(&format!("ledger-{ledger}"), example)?;
        copy(&root().join("records").join(ledger), &shell.place.path().join("ledger"))?;
        shell.types("history", &["history", "--ledger", "file:ledger"])?;
        for run in runs {
            shell.types(&format!("show {run}"), &["show", run, "--ledger", "file:ledger"])?;
        }
        shell.hold(&format!("records/{ledger}"));
    }
    Ok(())
}

#[test]
fn an_old_plan_is_carried_out() -> TestResult {
    let shell = Shell::new("plan", "resources.yaml")?;
    std::fs::copy(root().join("records/plan.json"), shell.place.path().join("plan.json"))?;
    shell.place.run(&["apply", "plan.json", "--yes", "--sandbox"])?.expect(0)?;
    shell.place.run(&["plan", "--detailed-exitcode", "--sandbox"])?.expect(0)?;
    Ok(())
}
