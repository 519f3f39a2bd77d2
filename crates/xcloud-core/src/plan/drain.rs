//! Draining: what was left still carries connections for a while, and what it stands on goes only then.
//!
//! A step that leaves a way says by what it is seen that the way carries nothing any more. Every step after the commit
//! point that needs such a step waits for that, unless the operator has set another time (`drain`).

use std::collections::BTreeSet;

use super::{Await, Condition, Patience};
use crate::model::{Drains, PlaceKey, Target};
use crate::op::Handle;

/// A load balancer sends new connections to a target that was deregistered for two to five minutes, whatever its state
/// says (facts/aws 2.2).
const LEAST_SECS: u64 = 120;

/// Connections that nobody can be seen to use end within this time: a Network Load Balancer forgets idle ones after
/// 350 s (AWS: "TCP idle timeout", the default).
const UNSEEN_SECS: u64 = 350;

/// By what it is seen that a way which was left carries nothing any more.
pub(crate) enum Drain {
    /// The targets are gone from their group.
    Targets { target_group: Handle, targets: BTreeSet<Target> },
    /// By nothing: time must pass.
    Unseen,
    /// By nothing, and for so many seconds resolvers still answer with it.
    Name { ttl_secs: u64 },
}

/// What is waited for after a way was left.
#[derive(Default)]
pub(super) struct Waits {
    /// So many seconds, in which something still happens.
    pub(super) elapsed: Option<(u64, &'static str)>,
    /// What is looked at.
    pub(super) seen: Option<Await>,
}

impl Drain {
    /// Returns what is waited for after a step that goes to `place`: what AWS shows, or the time that the operator has set.
    pub(super) fn waits(&self, place: &PlaceKey, set_secs: Option<u64>) -> Waits {
        let elapsed = |secs: u64| Waits { elapsed: Some((secs, "established connections end")), seen: None };
        match (set_secs, self) {
            (Some(0), _) => Waits::default(),
            (Some(secs), _) => elapsed(secs),
            (None, Self::Unseen) => elapsed(UNSEEN_SECS),
            (None, Self::Name { ttl_secs }) => elapsed(UNSEEN_SECS.max(*ttl_secs)),
            (None, Self::Targets { target_group, targets }) => {
                let (target_group, targets) = (target_group.clone(), targets.clone());
                let condition = Condition::TargetsGone { target_group, targets };
                let patience = Patience::Warn(Drains::MOST_SECS);
                let seen = Some(Await { place: place.clone(), condition, binds: None, patience });
                Waits { elapsed: Some((LEAST_SECS, "new connections still go to deregistered targets")), seen }
            }
        }
    }
}
