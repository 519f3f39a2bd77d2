//! The plan that closes the rules of the region that is not active.

use std::collections::{BTreeMap, BTreeSet};

use super::write::{Record, etag_of, put};
use crate::active::{ActiveRecord, OldRegion, Standing};
use crate::code::ProblemCode;
use crate::diag::Diagnostics;
use crate::kinds::RulesIn;
use crate::live::Observed;
use crate::model::Desired;
use crate::op::Object;
use crate::plan::draft::{Draft, DraftStep};
use crate::plan::pipeline::{self, Goal};
use crate::plan::{Aim, Filter, Ground, Phase, Plan, PlanOptions, Undo};

/// What a close is asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    /// The environments.
    pub envs: BTreeSet<String>,
    /// The id of the run: it stands in the records.
    pub run: String,
}

impl Closing {
    /// Decides the calls that close the rules of the other region in these environments: first the record says so, then
    /// the rules go; the fence stays.
    #[must_use]
    pub fn plan(&self, desired: &Desired, observed: &Observed, options: &PlanOptions) -> (Option<Plan>, Diagnostics) {
        pipeline::plan(desired, observed, options, self, |_| {})
    }
}

impl Goal for Closing {
    fn aim<'d>(&self, ground: &Ground<'d>, observed: &Observed, problems: &mut Diagnostics) -> Option<Aim<'d>> {
        aim(ground, observed, self, problems)
    }

    fn add_steps(&self, draft: &mut Draft<'_>, ground: &Ground<'_>, aim: &Aim<'_>) {
        add_records(draft, &ground.chosen(&self.envs), &aim.after);
    }

    fn alone(&self) -> Option<&BTreeSet<String>> {
        Some(&self.envs)
    }
}

/// Returns what a close plans for; `None` if the other region of an environment cannot be closed.
fn aim<'d>(ground: &Ground<'d>, observed: &Observed, closing: &Closing, problems: &mut Diagnostics) -> Option<Aim<'d>> {
    let mut changed: BTreeMap<String, Standing> = BTreeMap::new();
    for env in &closing.envs {
        let mut refuse =
            |code: ProblemCode, message: String| problems.error(None, code, format!("{env}: {message}"), None);
        match (ground.left_alone.get(env), ground.standings.get(env)) {
            (Some(why), _) => refuse(ProblemCode::ActiveRegionUnknown, why.clone()),
            (None, None) => refuse(ProblemCode::NoOtherRegion, "it has no disaster-recovery region".to_owned()),
            (None, Some(Standing { record: ActiveRecord { to: Some(to), .. }, .. })) => {
                let message = format!("a failover to {to} is under way: `xcloud resume`");
                refuse(ProblemCode::FailoverUnderWay, message);
            }
            (None, Some(standing)) if standing.record.region == ground.desired.regions.primary => {
                let message = "its primary region is active: nothing to close".to_owned();
                refuse(ProblemCode::PrimaryActive, message);
            }
            (None, Some(standing)) => {
                let run = closing.run.clone();
                let record = ActiveRecord { old: OldRegion::Closed, run, ..standing.record.clone() };
                changed.insert(env.clone(), Standing { record, ..standing.clone() });
            }
        }
    }
    if problems.has_errors() {
        return None;
    }
    let filter = filter(ground.desired, &changed);
    Some(Aim::of(ground, observed, changed).only(filter))
}

fn filter(desired: &Desired, closing: &BTreeMap<String, Standing>) -> Filter {
    let regions = closing.iter().filter_map(|(env, standing)| desired.other_region(env, &standing.record.region));
    let rules = desired.resources.values().filter(|resource| match resource.spec.kind().rules().rules {
        RulesIn::Own => true,
        RulesIn::Found => closing.contains_key(resource.addr.env()),
        RulesIn::None => false,
    });
    Filter {
        envs: closing.keys().cloned().collect(),
        regions: regions.map(str::to_owned).collect(),
        targets: rules.map(|resource| resource.addr.to_string()).collect(),
        ..Filter::default()
    }
}

/// The record says it first: then an apply in between closes too, and opens nothing again.
fn add_records(draft: &mut Draft<'_>, closing: &BTreeMap<String, Standing>, after: &BTreeMap<String, Standing>) {
    let Some(home) = draft.desired.record_home() else { return };
    let planned = draft.steps.len();
    for (env, standing) in closing.iter().filter(|(_, standing)| standing.record.old != OldRegion::Closed) {
        let record = Record::of(draft, env, standing, &home);
        let made = Object::of(&record.addr, "");
        let undo = put(&record, &standing.record, etag_of(&made));
        let Some(closed) = after.get(env).map(|standing| &standing.record) else { continue };
        let op = put(&record, closed, record.unchanged());
        let step = DraftStep::build(&record.addr, &record.place, op, Undo::Restore(Box::new(undo))).makes(made);
        let index = draft.step(step);
        for step in draft.steps.iter_mut().take(planned) {
            step.after.push(index);
            step.phase = Phase::Commit;
        }
    }
}
