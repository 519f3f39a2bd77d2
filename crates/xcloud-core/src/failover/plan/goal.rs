//! A failover as a goal of the planner: which environments change their region, and the part of the estate that this touches.

use std::collections::{BTreeMap, BTreeSet};

use super::steps;
use crate::active::{ActiveRecord, Failover, Standing};
use crate::code::ProblemCode;
use crate::diag::Diagnostics;
use crate::kinds::Role;
use crate::live::Observed;
use crate::model::{Desired, Resource};
use crate::plan::draft::Draft;
use crate::plan::pipeline::{self, Goal};
use crate::plan::{Aim, Filter, Ground, Plan, PlanOptions};

impl Failover {
    /// Decides the calls of a failover. A plan is answered if no diagnostic is an error.
    #[must_use]
    pub fn plan(&self, desired: &Desired, observed: &Observed, options: &PlanOptions) -> (Option<Plan>, Diagnostics) {
        pipeline::plan(desired, observed, options, self, |_| {})
    }
}

impl Goal for Failover {
    fn aim<'d>(&self, ground: &Ground<'d>, observed: &Observed, problems: &mut Diagnostics) -> Option<Aim<'d>> {
        let mut changed = BTreeMap::new();
        for (env, standing) in standings(ground, self, problems) {
            changed.insert(env, Standing { record: self.committed(&standing), ..standing });
        }
        if problems.has_errors() {
            return None;
        }
        let aim = Aim::of(ground, observed, changed);
        let part = part(&aim.desired, self);
        Some(aim.only(part))
    }

    fn add_steps(&self, draft: &mut Draft<'_>, ground: &Ground<'_>, _aim: &Aim<'_>) {
        steps::add(draft, self, &ground.chosen(&self.envs));
    }

    fn alone(&self) -> Option<&BTreeSet<String>> {
        Some(&self.envs)
    }

    fn is_judged_by_gates(&self) -> bool {
        true
    }

    fn left_regions(&self, ground: &Ground<'_>) -> BTreeSet<String> {
        ground.chosen(&self.envs).into_values().map(|standing| standing.record.region).collect()
    }
}

/// How the environments stand that are to change their region; each that cannot is a problem.
fn standings(ground: &Ground<'_>, request: &Failover, problems: &mut Diagnostics) -> BTreeMap<String, Standing> {
    let mut found = BTreeMap::new();
    for env in &request.envs {
        let mut refuse = |code: ProblemCode, message: String, hint: &str| {
            problems.error(None, code, format!("{env}: {message}"), (!hint.is_empty()).then(|| hint.to_owned()));
        };
        if let Some(why) = ground.left_alone.get(env) {
            refuse(
                ProblemCode::ActiveRegionUnknown,
                why.clone(),
                "repair the active-region record: the `record` gate cannot be overridden",
            );
            continue;
        }
        let Some(standing) = ground.standings.get(env) else {
            refuse(ProblemCode::NoOtherRegion, "it has no disaster-recovery region".to_owned(), "");
            continue;
        };
        let ActiveRecord { region, to, epoch, .. } = &standing.record;
        if let Some(to) = to {
            let message = format!("a failover to {to} is under way (epoch {epoch})");
            refuse(
                ProblemCode::FailoverUnderWay,
                message,
                "`xcloud resume` finishes it, `xcloud resume --undo` undoes it",
            );
        } else if *region == request.to {
            refuse(ProblemCode::ActiveAlready, format!("{region} is the active region already (epoch {epoch})"), "");
        } else if ground.desired.other_region(env, region) != Some(&request.to) {
            refuse(ProblemCode::OtherRegion, format!("{} is not its other region", request.to), "");
        } else {
            found.insert(env.clone(), standing.clone());
        }
    }
    found
}

/// Returns the part of the estate that a failover touches: what stands in the target region, and the rules and switched
/// names of the environments. Rules of the other region stay as they are live; its fence serves no region.
#[must_use]
pub fn part(desired: &Desired, request: &Failover) -> Filter {
    let chosen = desired.resources.values().filter(|resource| is_part(resource, request));
    Filter {
        envs: request.envs.clone(),
        regions: BTreeSet::from([request.to.clone()]),
        targets: chosen.map(|resource| resource.addr.to_string()).collect(),
        ..Filter::default()
    }
}

fn is_part(resource: &Resource, request: &Failover) -> bool {
    let env = request.envs.contains(resource.addr.env());
    match resource.spec.declared().role() {
        Role::Wall(group) => group.rules.iter().any(|rule| request.envs.contains(&rule.env)),
        Role::Filter(_) | Role::Switched(..) => env,
        Role::Group(_) | Role::Balancer(_) | Role::Service(_) | Role::Endpoint(_) | Role::Beside => {
            env && resource.spec.kind().cloud().has_regions() && resource.addr.region() == request.to
        }
    }
}
