//! How a run is played on a testbed, and told as one value: its plan, its end and every entry of its journal.

use std::sync::Arc;

use serde_json::{Value, json};
use xcloud_core::journal::{Entry, RunState};
use xcloud_core::model::Desired;
use xcloud_core::plan::{Plan, PlanOptions};
use xcloud_engine::OnFailure;
use xcloud_tests::{Notebook, Process, Testbed};

use crate::bed::told;
use crate::cases::{Edit, edited};

use super::golden;

/// The resources of both clouds as they were when the files were frozen: a kind that comes later changes none of them.
pub(super) const RESOURCES: &str = include_str!("../../frozen/records/resources.yaml");

/// A config with more than one resource of a kind.
pub(super) const WIDE: &str = include_str!("../../frozen/wide.yaml");

/// Plans with a new process; there must be a plan.
pub(super) async fn planned(bed: &Testbed, desired: &Desired, options: &PlanOptions) -> (Process, Plan) {
    let process = bed.process(desired);
    let (plan, problems) = process.plan(options).await;
    (process, plan.unwrap_or_else(|| panic!("there is no plan: {}", told(&problems))))
}

/// Plans, carries out, and tells all of it.
pub(super) async fn played(bed: &Testbed, desired: &Desired, options: &PlanOptions, on_failure: OnFailure) -> Value {
    let (process, plan) = planned(bed, desired, options).await;
    let notebook: Arc<Notebook> = Arc::default();
    let report = process.run(&plan, &notebook, on_failure).await;
    json!({ "plan": plan, "ended": report, "calls": calls(&process), "journal": journal(&notebook, desired, &plan) })
}

/// Tells how many calls a process made.
pub(super) fn calls(process: &Process) -> Value {
    let calls = process.calls();
    json!({ "total": calls.total, "mutating": calls.mutating, "by_operation": calls.by_operation })
}

/// Tells every entry. The plan and the desired state in the first one must be those of the run; they are not told
/// again.
pub(super) fn journal(notebook: &Notebook, desired: &Desired, plan: &Plan) -> Value {
    let mut entries = entries(&notebook.entries());
    let began = entries[0].pointer_mut("/event/began").expect("a run begins");
    assert_eq!(began["plan"].to_string(), json!(plan).to_string(), "the journal holds the plan");
    assert_eq!(began["desired"].to_string(), json!(desired).to_string(), "the journal holds the desired state");
    began["plan"] = "as planned".into();
    began["desired"] = "as loaded".into();
    entries.into()
}

/// Tells entries as they are stored. They must be readable, in the same bytes, and in an order that a run can have.
pub(super) fn entries(entries: &[Entry]) -> Vec<Value> {
    let text = serde_json::to_string(entries).expect("entries are JSON");
    let read: Vec<Entry> = serde_json::from_str(&text).expect("entries can be read");
    assert_eq!(serde_json::to_string(&read).expect("entries are JSON"), text, "entries are read as they were written");
    RunState::after(read).expect("every entry follows those before it").expect("a run has begun");
    serde_json::from_str(&text).expect("JSON")
}

/// One line of a table: a name, and edits of the wide config.
pub(super) type Line = (&'static str, Vec<Edit>);

/// Plays each line on clouds of its own where the wide config stands, and compares it with its file.
pub(super) async fn hold_edits(folder: &str, lines: Vec<Line>) {
    let before = crate::bed::load(WIDE);
    let made = crate::bed::make(&before).await;
    let mut told = Vec::new();
    for (name, edits) in lines {
        let after = crate::bed::load(&edited(WIDE, &edits));
        let mut bed = made.fork();
        bed.seed(&after);
        let options = PlanOptions { prune: true, ..PlanOptions::default() };
        told.push((name.to_owned(), played(&bed, &after, &options, OnFailure::Unwind).await));
    }
    golden::hold(folder, told);
}
