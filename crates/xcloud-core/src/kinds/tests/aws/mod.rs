//! The AWS planners, from small desired states; plans are carried out on a tiny AWS that refuses what AWS refuses.

mod cloud;
mod cloud_balancers;
mod cloud_groups;
mod cloud_paths;
mod fields;
mod fixture;
mod loops;
mod property;
mod protected;
mod replace;
mod safety;
mod serving;
mod strangers;
mod undo;
mod ways;

use cloud::Cloud;

use crate::model::{Addr, Desired, Spec};
use crate::plan::{Action, Plan, PlanOptions, converge};

type TestResult<T = ()> = Result<T, Box<dyn std::error::Error>>;

fn plan_with(desired: &Desired, cloud: &Cloud, options: &PlanOptions) -> TestResult<Plan> {
    let (plan, problems) = converge(desired, &cloud.observe(desired), options);
    Ok(plan.ok_or_else(|| format!("{problems:?}"))?)
}

fn plan(desired: &Desired, cloud: &Cloud) -> TestResult<Plan> {
    plan_with(desired, cloud, &PlanOptions::default())
}

/// Plans and carries out; then nothing is left to do.
fn settle(desired: &Desired, cloud: &mut Cloud) -> TestResult<Plan> {
    let plan = plan(desired, cloud)?;
    cloud.run(&plan, usize::MAX)?;
    assert_still(desired, cloud)?;
    Ok(plan)
}

fn assert_still(desired: &Desired, cloud: &Cloud) -> TestResult {
    let again = plan(desired, cloud)?;
    let steps: Vec<&str> = again.steps.iter().map(|step| step.op.name()).collect();
    let differs: Vec<_> = again.changes.iter().filter(|change| change.action != Action::Same).collect();
    assert!(steps.is_empty() && differs.is_empty(), "not still: {steps:?} {differs:#?}");
    Ok(())
}

/// Returns every field that differs, as `address path`.
fn differences(plan: &Plan) -> Vec<String> {
    let changes = plan.changes.iter().filter(|change| change.action != Action::Same);
    changes.flat_map(|change| change.fields.iter().map(|field| format!("{} {}", change.addr, field.path))).collect()
}

fn problems(desired: &Desired, cloud: &Cloud, options: &PlanOptions) -> Vec<String> {
    converge(desired, &cloud.observe(desired), options)
        .1
        .0
        .into_iter()
        .map(|problem| problem.code.to_string())
        .collect()
}

fn calls(plan: &Plan) -> Vec<&'static str> {
    plan.steps.iter().map(|step| step.op.name()).collect()
}

fn notes<'p>(plan: &'p Plan, code: &str) -> Vec<&'p str> {
    plan.notes.iter().filter(|note| note.code.as_str() == code).map(|note| note.text.as_str()).collect()
}

fn spec<'d>(desired: &'d mut Desired, addr: &Addr) -> &'d mut Spec {
    &mut desired.resources.get_mut(addr).expect("a resource of the estate").spec
}

/// Edits the specification of one kind.
macro_rules! edit {
    ($desired:expr, $kind:ident, $name:expr, |$spec:ident| $body:expr) => {
        if let crate::model::Spec::$kind($spec) =
            super::spec($desired, &super::fixture::addr(super::fixture::REGION, crate::model::Kind::$kind, $name))
        {
            $body;
        }
    };
}
use edit;
