//! What a rule set lets through.

use std::collections::BTreeSet;

use super::join::joined;
use super::outside::outside;
use super::{Packet, Traffic};
use crate::model::Access;

/// What a rule set lets through: a union of boxes, which may share packets. The default lets nothing through.
#[derive(Debug, Clone, Default)]
pub struct Allowed {
    pub(super) boxes: Vec<Traffic>,
}

impl Allowed {
    /// Returns what rules let through that only allow, such as those of a security group.
    #[must_use]
    pub fn of(rules: impl IntoIterator<Item = Traffic>) -> Self {
        Self { boxes: joined(rules.into_iter().filter(|rule| !rule.is_empty()).collect()) }
    }

    /// Returns what rules let through of which the first that matches decides; what none matches is refused.
    ///
    /// The lowest priority comes first; of equal ones, the one given first.
    #[must_use]
    pub fn of_ordered<P: Ord>(rules: impl IntoIterator<Item = (P, Access, Traffic)>) -> Self {
        let mut rules: Vec<_> = rules.into_iter().collect();
        rules.sort_by(|(a, ..), (b, ..)| a.cmp(b));
        // Sorted, so that what is cut off by one is near what is cut off by the next: fewer parts, the same traffic.
        let (mut allowed, mut denied) = (Vec::new(), BTreeSet::new());
        for (_, access, traffic) in rules {
            match access {
                Access::Allow => allowed.extend(outside(traffic, denied.iter()).flatten()),
                Access::Deny => {
                    denied.insert(traffic);
                }
            }
        }
        Self::of(allowed)
    }

    /// Returns true if everything that the other lets through, this one lets through.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        other.beyond(self).is_none()
    }

    /// Returns a packet that this one lets through and the other does not; `None` if there is no such packet.
    #[must_use]
    pub fn beyond(&self, other: &Self) -> Option<Packet> {
        self.boxes.iter().find_map(|own| outside(own.clone(), other.boxes.iter()).flatten().next()?.example())
    }

    /// Returns true if both let through the same.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        self.covers(other) && other.covers(self)
    }
}
