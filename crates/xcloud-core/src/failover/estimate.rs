//! About how long the steps of a failover take.

use std::collections::BTreeMap;

use super::plan::Purpose;
use crate::active::Fence;
use crate::op::{Op, Writes};
use crate::plan::{Judge, Phase, Plan, Step, StepId};

/// Seconds that a firewall update takes (Microsoft: three to five minutes).
const FIREWALL_SECS: u64 = 240;

/// Seconds that a new load balancer or endpoint takes until it can be used.
const CREATE_SECS: u64 = 180;

/// Returns about how long a step takes, in seconds, with the longest of its waits.
#[must_use]
pub fn about_secs(step: &Step) -> u64 {
    let waits = step.awaits.iter().map(|wait| match wait.condition.judge() {
        Judge::Clock { secs, .. } => secs,
        Judge::Records { .. } | Judge::Cloud => 1,
    });
    let call = match (step.op.writes(), &step.op) {
        (Writes::FirewallRules { .. }, _) => FIREWALL_SECS,
        (Writes::GroupRule { .. }, _) => 10,
        (_, Op::Aws(_)) if step.makes.is_some() => CREATE_SECS,
        (Writes::ActiveRecord(_) | Writes::Name(_) | Writes::TargetGroup | Writes::Other, _) => 2,
    };
    call + waits.max().unwrap_or_default()
}

/// Returns about how many seconds pass until the last record is committed, and in all: along the longest chain of needs.
#[must_use]
pub fn durations(plan: &Plan) -> (u64, u64) {
    let mut ends: BTreeMap<&StepId, u64> = BTreeMap::new();
    let build = |step: &&Step| step.phase == Phase::Build;
    let mut turned = None;
    for step in &plan.steps {
        let point = match step.phase {
            Phase::Build => 0,
            Phase::Commit => *turned.get_or_insert_with(|| {
                plan.steps.iter().filter(build).filter_map(|step| ends.get(&step.id)).max().copied().unwrap_or_default()
            }),
        };
        let start = step.needs.iter().filter_map(|need| ends.get(need)).max().copied().unwrap_or_default().max(point);
        ends.insert(&step.id, start + about_secs(step));
    }
    let commits = plan.steps.iter().filter(|step| Purpose::of(step, Fence::None) == Purpose::Commit);
    let commit = commits.filter_map(|step| ends.get(&step.id)).max().copied().unwrap_or_default();
    (commit, ends.values().max().copied().unwrap_or_default())
}
