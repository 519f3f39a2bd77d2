//! The plan that closes the rules of the region that is not active.

use std::collections::{BTreeMap, BTreeSet};

use super::steps::{Record, put};
use crate::active::{self, ActiveRecord, OldRegion, Standing};
use crate::code::ProblemCode;
use crate::diag::Diagnostics;
use crate::live::Observed;
use crate::model::{Desired, Spec};
use crate::op::{Object, WriteGuard};
use crate::plan::draft::{Draft, DraftStep};
use crate::plan::{Filter, Ground, Phase, Plan, PlanOptions, Undo, aws, azure, converge, order, release};

/// Decides the calls that close the rules of the other region in these environments: first the record says so, then
/// the rules go; the fence stays.
#[must_use]
pub fn close(
    desired: &Desired,
    observed: &Observed,
    options: &PlanOptions,
    envs: &BTreeSet<String>,
    run: &str,
) -> (Option<Plan>, Diagnostics) {
    let ground = Ground::of(desired, observed, options);
    let mut problems = Diagnostics::default();
    let mut closing: BTreeMap<String, Standing> = BTreeMap::new();
    for env in envs {
        let mut refuse =
            |code: ProblemCode, message: String| problems.error(None, code, format!("{env}: {message}"), None);
        match (ground.left_alone.get(env), ground.standings.get(env)) {
            (Some(why), _) => refuse(ProblemCode::ActiveRegionUnknown, why.clone()),
            (None, None) => refuse(ProblemCode::NoOtherRegion, "it has no disaster-recovery region".to_owned()),
            (None, Some(Standing { record: ActiveRecord { to: Some(to), .. }, .. })) => {
                refuse(ProblemCode::FailoverUnderWay, format!("a failover to {to} is under way: `xcloud resume`"));
            }
            (None, Some(standing)) if standing.record.region == desired.regions.primary => {
                refuse(ProblemCode::PrimaryActive, "its primary region is active: nothing is to be closed".to_owned());
            }
            (None, Some(standing)) => {
                closing.insert(env.clone(), standing.clone());
            }
        }
    }
    if problems.has_errors() {
        return (None, problems);
    }
    let mut after = ground.standings.clone();
    for (env, standing) in &closing {
        let record = ActiveRecord { old: OldRegion::Closed, run: run.to_owned(), ..standing.record.clone() };
        after.insert(env.clone(), Standing { record, ..standing.clone() });
    }
    let wanted = active::under(desired, observed, &after);
    let options = PlanOptions { filter: filter(desired, &closing, &ground), ..options.clone() };
    let mut draft = Draft::new(&wanted, observed, &options);
    draft.active = after.iter().map(|(env, standing)| (env.clone(), standing.record.region.clone())).collect();
    aws::plan(&mut draft);
    azure::plan(&mut draft);
    release::check(&mut draft);
    add_records(&mut draft, &closing, &after);
    problems = std::mem::take(&mut draft.problems);
    match (problems.has_errors(), order::finish(draft)) {
        (false, Ok(mut plan)) => {
            converge::add_places(&mut plan, observed);
            converge::add_standings(&mut plan, ground);
            super::only_of(&mut plan, envs);
            (Some(plan), problems)
        }
        _ => (None, problems),
    }
}

fn filter(desired: &Desired, closing: &BTreeMap<String, Standing>, ground: &Ground<'_>) -> Filter {
    let regions = closing.iter().filter_map(|(env, standing)| desired.other_region(env, &standing.record.region));
    let rules = desired.resources.values().filter(|resource| {
        matches!(resource.spec, Spec::FirewallRules(_))
            || (matches!(resource.spec, Spec::NetworkSecurityGroup(_)) && closing.contains_key(resource.addr.env()))
    });
    Filter {
        envs: closing.keys().cloned().collect(),
        regions: regions.map(str::to_owned).collect(),
        targets: rules.map(|resource| resource.addr.to_string()).collect(),
        excludes: BTreeSet::new(),
        left_alone: ground.options.filter.left_alone.clone(),
    }
}

/// The record says it first: then an apply in between closes too, and opens nothing again.
fn add_records(draft: &mut Draft<'_>, closing: &BTreeMap<String, Standing>, after: &BTreeMap<String, Standing>) {
    let Some(home) = draft.desired.record_home() else { return };
    let planned = draft.steps.len();
    for (env, standing) in closing.iter().filter(|(_, standing)| standing.record.old != OldRegion::Closed) {
        let record = Record::of(draft, env, standing, &home);
        let made = Object::of(&record.addr, "");
        let undo = put(&record, &standing.record, super::steps::etag_of(&made));
        let guard = standing.live.as_ref().map_or(WriteGuard::Absent, |live| WriteGuard::Unchanged(live.etag.clone()));
        let Some(closed) = after.get(env).map(|standing| &standing.record) else { continue };
        let op = put(&record, closed, guard);
        let step = DraftStep::build(&record.addr, &record.place, op, Undo::Restore(Box::new(undo))).makes(made);
        let index = draft.step(step);
        for step in draft.steps.iter_mut().take(planned) {
            step.after.push(index);
            step.phase = Phase::Commit;
        }
    }
}
