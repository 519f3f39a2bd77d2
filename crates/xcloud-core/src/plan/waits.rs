//! What waiting costs: for how long a run may wait for health, and for what was left to drain.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Await, Condition, Patience, Phase, Plan, Step, StepId};

/// How long is waited at most, in seconds; waits of one step run side by side.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Waits {
    /// For targets that become healthy.
    pub health_secs: u64,
    /// For connections that end on what was left.
    pub drain_secs: u64,
}

impl Waits {
    fn of(awaits: &[Await]) -> Self {
        awaits.iter().map(Self::of_one).fold(Self::default(), |all, one| Self {
            health_secs: all.health_secs.max(one.health_secs),
            drain_secs: all.drain_secs.max(one.drain_secs),
        })
    }

    fn of_one(wait: &Await) -> Self {
        let (Patience::Fail(most) | Patience::Warn(most)) = wait.patience;
        match &wait.condition {
            Condition::TargetsHealthy { .. } | Condition::TargetsServe { .. } => {
                Self { health_secs: most, drain_secs: 0 }
            }
            Condition::TargetsGone { .. } => Self { health_secs: 0, drain_secs: most },
            Condition::Elapsed { secs, .. } => Self { health_secs: 0, drain_secs: *secs },
            Condition::LoadBalancerActive { .. }
            | Condition::ServiceAvailable { .. }
            | Condition::ConnectionListed { .. }
            | Condition::EndpointAvailable { .. }
            | Condition::EndpointGone { .. }
            | Condition::ConnectionsGone { .. }
            | Condition::GroupUnused { .. }
            | Condition::LoadBalancerGone { .. }
            | Condition::AddressesKnown { .. }
            | Condition::LinkConnectionListed { .. }
            | Condition::LinkConnectionApproved { .. }
            | Condition::ArmSucceeded { .. }
            | Condition::ArmGone { .. }
            | Condition::RecordAnswers { .. }
            | Condition::EpochsHold { .. } => Self::default(),
        }
    }

    /// Returns true if nothing is waited for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Step {
    /// Returns what its call waits for.
    #[must_use]
    pub fn waits(&self) -> Waits {
        Waits::of(&self.awaits)
    }
}

impl Plan {
    /// Returns what the run waits for: along the longest chain of needs on each side of the commit point. Where nothing
    /// has to be healthy before it, the health that is looked at after the last step counts.
    #[must_use]
    pub fn waits(&self) -> Waits {
        let build = chain(&self.steps, Phase::Build, |step| step.waits().health_secs);
        let commit = chain(&self.steps, Phase::Commit, |step| step.waits().drain_secs);
        let before = build + Waits::of(&self.before_commit).health_secs;
        let health_secs = if before > 0 { before } else { Waits::of(&self.settle).health_secs };
        Waits { health_secs, drain_secs: commit }
    }
}

/// The longest chain of needs among the steps of a phase, which stand in an order in which they could run.
fn chain(steps: &[Step], phase: Phase, cost: impl Fn(&Step) -> u64) -> u64 {
    let mut ends: BTreeMap<&StepId, u64> = BTreeMap::new();
    for step in steps.iter().filter(|step| step.phase == phase) {
        let start = step.needs.iter().filter_map(|need| ends.get(need)).max().copied().unwrap_or_default();
        ends.insert(&step.id, start + cost(step));
    }
    ends.into_values().max().unwrap_or_default()
}
