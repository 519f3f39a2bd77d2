//! Records that version 0.1.0 wrote, as it wrote them: this version reads them, writes them in the same bytes, and goes
//! on with a run that was cut off then. `tests/frozen/README.md` tells how they were made; nothing writes them again.

use std::path::{Path, PathBuf};

use serde_json::Value;
use xcloud_core::journal::{Entry, RunState};
use xcloud_core::model::Desired;
use xcloud_core::plan::{Plan, PlanOptions};
use xcloud_sim::World;
use xcloud_tests::Testbed;

use super::desk::{listed, read, stand};
use super::golden::root;
use crate::bed::{later, load};

fn records() -> PathBuf {
    root().join("records")
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Returns the folders of the runs in a ledger, the first one first.
fn runs(ledger: &str) -> Vec<PathBuf> {
    let runs = listed(&records().join(ledger).join("runs"));
    assert!(!runs.is_empty(), "{ledger} holds no run");
    runs
}

#[test]
fn journals_are_read_and_written_in_the_same_bytes() {
    let mut read = 0;
    for run in ["applied", "switched", "cut-off"].into_iter().flat_map(runs) {
        for path in listed(&run) {
            let text = text(&path);
            let Some((_, entries)) = text.split_once(",\"entries\":") else { continue };
            let stored = entries.strip_suffix('}').expect("an object ends");
            let entries: Vec<Entry> =
                serde_json::from_str(stored).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let again = serde_json::to_string(&entries).expect("entries are JSON");
            assert!(again == stored, "{} is read as something else:\n{stored}\n{again}", path.display());
            read += entries.len();
        }
    }
    assert!(read > 250, "{read} entries");
}

/// Returns what is known of each run of a ledger: its command, its end, and how many steps did what.
fn told(ledger: &str) -> Vec<String> {
    let one = |run: PathBuf| {
        let state = RunState::after(read(&run)).expect("every entry follows those before it").expect("a run has begun");
        let end = state.end.as_ref().map_or("cut off", |end| end.outcome.word());
        let touched = state.steps.len();
        format!("{} {end}, {touched} of {} steps", state.header.command, state.header.plan.steps.len())
    };
    runs(ledger).into_iter().map(one).collect()
}

#[test]
fn every_run_stands_where_it_stood() {
    let applied = [
        "apply unwound, 20 of 22 steps",
        "apply unwound, 9 of 22 steps",
        "apply done, 22 of 22 steps",
        "apply done, 6 of 6 steps",
        "rollback done, 12 of 12 steps",
    ];
    assert_eq!(told("applied"), applied);
    assert_eq!(told("cut-off"), ["apply cut off, 16 of 22 steps"]);
    assert_eq!(told("switched"), ["failover done, 7 of 7 steps"]);
}

#[test]
fn a_saved_plan_is_read_and_written_in_the_same_bytes() {
    let text = text(&records().join("plan.json"));
    let mut saved: Value = serde_json::from_str(&text).expect("JSON");
    let desired: Desired = serde_json::from_value(saved["desired"].clone()).expect("a desired state");
    let options: PlanOptions = serde_json::from_value(saved["options"].clone()).expect("options");
    let plan: Plan = serde_json::from_value(saved["plan"].clone()).expect("a plan");
    saved["desired"] = serde_json::to_value(desired).expect("JSON");
    saved["options"] = serde_json::to_value(options).expect("JSON");
    saved["plan"] = serde_json::to_value(plan).expect("JSON");
    assert!(serde_json::to_string_pretty(&saved).expect("JSON") == text, "the plan is read as something else");
}

/// The clouds as they were when the run was cut off, and a copy of its ledger.
struct Wreck {
    bed: Testbed,
    desired: Desired,
    folder: PathBuf,
}

impl Wreck {
    async fn new(name: &str) -> Self {
        let stood: World = serde_json::from_str(&text(&records().join("cut-off/world.json"))).expect("a world");
        let desired = load(&text(&records().join("resources.yaml")));
        let bed = Testbed::new(&desired);
        stand(&bed, stood).await;
        let folder = std::env::temp_dir().join(format!("xcloud-wreck-{name}-{}", std::process::id()));
        copy(&records().join("cut-off"), &folder);
        Self { bed, desired, folder }
    }

    async fn resumed(&self, undo: bool) -> u8 {
        let operator = self.bed.operator(&records().join("resources.yaml"), &self.folder);
        let exit = operator.resume(undo).await;
        later(&self.bed).await;
        assert!([0, 4].contains(&exit), "it ends with {exit}: {}", operator.heard());
        exit
    }

    async fn plan(&self) -> Plan {
        let (plan, problems) = self.bed.process(&self.desired).plan(&PlanOptions::default()).await;
        plan.unwrap_or_else(|| panic!("{problems:?}"))
    }
}

impl Drop for Wreck {
    fn drop(&mut self) {
        let _gone_already = std::fs::remove_dir_all(&self.folder);
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for path in listed(from) {
        let to = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &to);
        } else {
            std::fs::copy(&path, &to).expect("a copy");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_that_was_cut_off_is_finished() {
    let wreck = Wreck::new("finished").await;
    assert_eq!(wreck.resumed(false).await, 0);
    assert!(wreck.plan().await.is_empty(), "nothing is left to do");
}

#[tokio::test(start_paused = true)]
async fn a_run_that_was_cut_off_is_undone() {
    let wreck = Wreck::new("undone").await;
    assert_eq!(wreck.resumed(true).await, 4);
    assert_eq!(wreck.plan().await.summary().create, wreck.desired.resources.len(), "everything is to be made again");
}
