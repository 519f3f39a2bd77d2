//! What every story does: load a config, plan, apply, look again.

use xcloud_core::config;
use xcloud_core::diag::Diagnostics;
use xcloud_core::journal::Outcome;
use xcloud_core::model::Desired;
use xcloud_core::plan::{Action, Plan, PlanOptions};
use xcloud_engine::{CallCounts, RunReport};
use xcloud_tests::{Process, Testbed};

/// The story's estate.
pub(crate) const OPEN_API: &str = include_str!("../../config/open-api.yaml");
/// The resources of both clouds, one of each kind.
pub(crate) const RESOURCES: &str = include_str!("../../config/resources.yaml");

/// Loads a config that must be good.
pub(crate) fn load(text: &str) -> Desired {
    let (desired, problems) = config::load("test.yaml", text);
    desired.unwrap_or_else(|| panic!("the config is refused: {}", told(&problems)))
}

/// Returns every problem on its own line.
pub(crate) fn told(problems: &Diagnostics) -> String {
    let lines: Vec<String> = problems.0.iter().map(|one| format!("{}: {}", one.code, one.message)).collect();
    lines.join("\n")
}

/// Plans with a new process; there must be a plan.
pub(crate) async fn plan(bed: &Testbed, desired: &Desired, options: &PlanOptions) -> Plan {
    let (plan, problems) = bed.process(desired).plan(options).await;
    plan.unwrap_or_else(|| panic!("there is no plan: {}", told(&problems)))
}

/// Plans and applies with a new process; the run must succeed. Answers the plan, the report and the run's calls.
pub(crate) async fn apply(bed: &Testbed, desired: &Desired, options: &PlanOptions) -> (Plan, RunReport, CallCounts) {
    let process = bed.process(desired);
    let (plan, problems) = process.plan(options).await;
    let plan = plan.unwrap_or_else(|| panic!("there is no plan: {}", told(&problems)));
    let report = carry_out(&process, &plan).await;
    (plan, report, process.calls())
}

/// Carries out a plan that must succeed.
pub(crate) async fn carry_out(process: &Process, plan: &Plan) -> RunReport {
    let report = process.apply(plan).await;
    let failures: Vec<&String> = report.failures.iter().map(|failure| &failure.message).collect();
    assert_eq!(report.outcome, Outcome::Done, "the run failed: {failures:#?}");
    report
}

/// Applies until nothing is left to do: makes the estate and lets its last states come.
pub(crate) async fn make(desired: &Desired) -> Testbed {
    let bed = Testbed::new(desired);
    apply(&bed, desired, &PlanOptions::default()).await;
    later(&bed).await;
    bed
}

/// Half an hour later: everything that was on its way has come.
pub(crate) async fn later(bed: &Testbed) {
    bed.cloud().clock().sleep(1800.0).await;
}

/// Returns every difference of a plan: `address path before -> after`.
pub(crate) fn differences(plan: &Plan) -> Vec<String> {
    let of_change = |change: &xcloud_core::plan::Change| {
        let addr = change.addr.clone();
        let action = change.action;
        let lines: Vec<String> = change
            .fields
            .iter()
            .map(|field| format!("{addr} {} {} -> {}", field.path, field.before, field.after))
            .collect();
        if lines.is_empty() && action != Action::Same { vec![format!("{addr} {}", action.word())] } else { lines }
    };
    plan.changes.iter().flat_map(of_change).collect()
}

/// Fails unless a plan has nothing to do.
pub(crate) fn assert_in_sync(plan: &Plan) {
    let steps: Vec<&str> = plan.steps.iter().map(|step| step.op.name()).collect();
    assert!(differences(plan).is_empty() && steps.is_empty(), "{:#?}\n{steps:?}", differences(plan));
}
