//! What one rule matches.

use super::{Packet, Peers, Services};

/// What one rule matches: a box, every combination of its sources, destinations and services.
///
/// No packet has addresses of different families at its ends: a box of only such is empty.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Traffic {
    /// The sources.
    pub from: Peers,
    /// The destinations. A rule of a security group names none: the group's id is a good one, since examples show it.
    pub to: Peers,
    /// The protocols and ports.
    pub services: Services,
}

impl Traffic {
    /// Returns true if the rule matches the packet.
    #[must_use]
    pub fn has(&self, packet: &Packet) -> bool {
        self.services.has(packet.protocol, packet.port) && self.from.has(&packet.from) && self.to.has(&packet.to)
    }

    /// Returns true if a packet is matched by both rules, or may be: a name can stand for any address.
    #[must_use]
    pub fn may_meet(&self, other: &Self) -> bool {
        self.services.meets(&other.services) && self.from.may_meet(&other.from) && self.to.may_meet(&other.to)
    }

    /// Returns true if a packet is matched by both rules.
    pub(crate) fn meets(&self, other: &Self) -> bool {
        self.services.meets(&other.services) && self.from.meets(&other.from) && self.to.meets(&other.to)
    }

    /// Returns what is in this box and not in the other, as up to three boxes that share no packet.
    ///
    /// One dimension after the other is cut: what the other does not name there is outside it, the rest is cut on.
    pub(super) fn minus(&self, other: &Self) -> Vec<Self> {
        let (from, to) = (self.from.and(&other.from), self.to.and(&other.to));
        let parts = [
            Self { from: self.from.minus(&other.from), ..self.clone() },
            Self { from: from.clone(), to: self.to.minus(&other.to), services: self.services.clone() },
            Self { from, to, services: self.services.minus(&other.services) },
        ];
        parts.into_iter().filter(|part| !part.is_empty()).collect()
    }

    pub(super) fn covers(&self, other: &Self) -> bool {
        self.services.covers(&other.services) && self.from.covers(&other.from) && self.to.covers(&other.to)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.example().is_none()
    }

    /// Returns one packet of the box.
    pub(super) fn example(&self) -> Option<Packet> {
        let (protocol, port) = self.services.example()?;
        self.from.examples().find_map(|from| {
            let to = self.to.examples().find(|to| from.reaches(to))?;
            Some(Packet { protocol, from, to, port })
        })
    }
}
