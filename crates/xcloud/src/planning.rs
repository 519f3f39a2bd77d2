//! Observes and plans: what `plan`, `apply` and `destroy` begin with.

use std::collections::BTreeSet;

use xcloud_core::diag::Diagnostics;
use xcloud_core::live::Observed;
use xcloud_core::model::{Desired, PlaceKey};
use xcloud_core::plan::{Plan, PlanOptions, converge, queries, queries_everywhere};
use xcloud_engine::observe;

use crate::failure::{Failure, Refusal};
use crate::progress::Progress;
use crate::session::Session;
use crate::settings::OBSERVE_DEADLINE_SECS;
use crate::stop::stopped;

/// Observes every place of the desired state; to prune, also where nothing is declared any more. A Ctrl-C ends it: reading has changed nothing.
pub(crate) async fn look(session: &Session, desired: &Desired, prune: bool) -> Result<Observed, Failure> {
    let progress = Progress::start(&session.ui, None, session.real_time);
    let queries = if prune { queries_everywhere(desired) } else { queries(desired) };
    let listener = progress.listener();
    let reading = observe(&session.wired.clouds, &queries, OBSERVE_DEADLINE_SECS, &listener);
    let observed = tokio::select! {
        observed = reading => Some(observed),
        () = stopped(session.stop.clone()) => None,
    };
    drop(progress);
    observed.ok_or_else(interrupted)
}

/// Ctrl-C while the clouds are read.
pub(crate) fn interrupted() -> Failure {
    Refusal::unchanged("interrupted while reading:").into()
}

/// A plan that must not be made, with every reason.
pub(crate) fn no_plan(problems: Diagnostics) -> Failure {
    Refusal::unchanged("there is no plan:").problems(problems, "").into()
}

/// Observes and plans. A plan that must not be made is refused with every reason.
pub(crate) async fn plan(session: &Session, desired: &Desired, options: &PlanOptions) -> Result<Plan, Failure> {
    plan_seeing(session, desired, desired, options).await
}

/// Observes what `seen` speaks of and plans towards `desired`.
pub(crate) async fn plan_seeing(
    session: &Session,
    seen: &Desired,
    desired: &Desired,
    options: &PlanOptions,
) -> Result<Plan, Failure> {
    let observed = look(session, seen, options.prune).await?;
    let (plan, problems) = converge(desired, &observed, options);
    let Some(plan) = plan else { return Err(no_plan(problems)) };
    session.ui.diagnostics(&problems, "");
    if !plan.places.is_empty() && plan.unknown.len() == plan.places.len() {
        let reasons = plan.unknown.iter().map(|(place, why)| format!("{place}: {why}"));
        return Err(Refusal::unchanged("no cloud answered,").lines(reasons).into());
    }
    Ok(plan)
}

/// Returns the places that did not answer and in which this run has something to do, with the reason. A silent region
/// that a filter leaves out is no part of the run.
pub(crate) fn unknown_parts(plan: &Plan, desired: &Desired, options: &PlanOptions) -> Vec<(String, String)> {
    let chosen = desired.resources.values().filter(|resource| options.filter.includes(&resource.addr));
    let chosen: BTreeSet<PlaceKey> = chosen.map(|resource| resource.place.key()).collect();
    let everything = options.filter.is_everything();
    let unknown = plan.unknown.iter().filter(|(place, _)| everything || chosen.contains(place));
    let unknown = unknown.map(|(place, why)| (place.to_string(), why.clone()));
    let envs = &options.filter.envs;
    let left_alone = plan.left_alone.iter().filter(|(env, _)| envs.is_empty() || envs.contains(*env));
    unknown.chain(left_alone.map(|(env, why)| (format!("environment {env}"), why.clone()))).collect()
}
