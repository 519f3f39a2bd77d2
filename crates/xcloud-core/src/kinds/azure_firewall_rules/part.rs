//! A rule of the group, declared or live or both: what becomes of it, and how it is written meanwhile.

use std::collections::BTreeSet;

use ipnet::IpNet;

use crate::kinds::shared::azure::{Shape, Want, differences, next_name, protocol_text, union, written_ports};
use crate::live::{LiveFirewallRule, LiveRuleGroup};
use crate::model::{Access, Addr, AddressKind, Addresses, ArmName, FirewallRule, PlaceKey};
use crate::op::{FirewallRuleBody, FirewallRulesOp};
use crate::plan::{FieldChange, RuleName, RulePart};

/// The group that is written.
pub(super) struct Group<'a> {
    pub(super) addr: &'a Addr,
    pub(super) place: PlaceKey,
    pub(super) policy: &'a ArmName,
    pub(super) name: &'a str,
    pub(super) priority: u16,
    pub(super) live: Option<&'a LiveRuleGroup>,
}

/// A rule of the group, declared or live or both.
pub(super) struct Part<'a> {
    pub(super) name: &'a str,
    pub(super) declared: Option<&'a FirewallRule>,
    pub(super) live: Option<&'a LiveFirewallRule>,
    /// It stands in a collection that is not ours.
    pub(super) foreign: bool,
    pub(super) fate: Fate,
    pub(super) fields: Vec<FieldChange>,
    pub(super) uses: Vec<(Addr, AddressKind)>,
}

/// What becomes of a rule.
pub(super) enum Fate {
    /// It stays as it is live, or absent: left out of this run, or its addresses are unknown.
    Keep,
    /// It goes.
    Remove,
    /// It is to be so.
    Write { want: Box<Want>, description: String },
}

/// How a rule differs between the live group and the wanted one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// Nothing more and nothing less passes.
    Same,
    Widens,
    Narrows,
    /// Both, and old and new can stand in one rule.
    Both,
    /// Both, but one rule with old and new would allow what neither allows: until the commit point there are two.
    Apart,
}

/// The turns that let something new through.
pub(super) const OPENING: [Turn; 3] = [Turn::Widens, Turn::Both, Turn::Apart];

/// The turns that let less through.
pub(super) const NARROWING: [Turn; 3] = [Turn::Narrows, Turn::Both, Turn::Apart];

impl Part<'_> {
    /// A description that was lost is no difference.
    pub(super) fn forgive_description(&mut self) {
        let description = RuleName::azure(self.name).part(RulePart::Description);
        self.fields.retain(|field| field.path != description);
    }

    /// Returns true if the group holds the rule afterwards.
    pub(super) fn remains(&self) -> bool {
        match self.fate {
            Fate::Keep => self.live.is_some(),
            Fate::Remove => false,
            Fate::Write { .. } => true,
        }
    }

    /// Returns true if the rule refuses what it matches, as the fence of a failover does.
    pub(super) fn denies(&self) -> bool {
        let live = || self.live.is_some_and(|live| live.action.eq_ignore_ascii_case("Deny"));
        self.declared.map_or_else(live, |rule| rule.access == Access::Deny)
    }

    /// The order of rules in the group.
    pub(super) fn key(&self) -> (&str, Option<(&str, u16)>) {
        (self.name, self.live.map(|live| (live.collection.as_str(), live.collection_priority)))
    }

    pub(super) fn turn(&self) -> Turn {
        let Fate::Write { want, .. } = &self.fate else {
            return match (&self.fate, self.denies()) {
                (Fate::Remove, false) => Turn::Narrows,
                (Fate::Remove, true) => Turn::Widens,
                _ => Turn::Same,
            };
        };
        let Some(live) = self.live else { return if self.denies() { Turn::Narrows } else { Turn::Widens } };
        let shape = Shape::of_firewall(live);
        let found = differences(&shape, want);
        let (widens, narrows) = (found.iter().any(|part| part.widens), found.iter().any(|part| part.narrows));
        if self.denies() {
            // A deny that matches more lets less through. Where it does both, the old one stands until the commit point.
            return match (widens, narrows) {
                (false, false) => Turn::Same,
                (false, true) => Turn::Widens,
                (true, _) => Turn::Narrows,
            };
        }
        match (widens, narrows) {
            (false, false) => Turn::Same,
            (true, false) => Turn::Widens,
            (false, true) => Turn::Narrows,
            (true, true) if found.len() == 1 && body_of(live).is_some() => Turn::Both,
            (true, true) => Turn::Apart,
        }
    }

    /// The rule as it will be.
    pub(super) fn after(&self) -> Option<FirewallRuleBody> {
        match &self.fate {
            Fate::Keep => self.old(),
            Fate::Remove => None,
            Fate::Write { want, description } => Some(FirewallRuleBody {
                name: self.name.to_owned(),
                access: if self.denies() { Access::Deny } else { Access::Allow },
                protocols: BTreeSet::from([spelled(protocol_text(want.protocol))]),
                from: want.from.clone(),
                to: want.to.clone(),
                ports: written_ports(want.port_set()),
                description: description.clone(),
            }),
        }
    }

    /// The rule as it is between the two writes: where one rule cannot say old and new, there are two.
    pub(super) fn between(&self, taken: &BTreeSet<String>) -> Vec<FirewallRuleBody> {
        match self.turn() {
            Turn::Narrows => self.old().into_iter().collect(),
            Turn::Same | Turn::Widens => self.after().into_iter().collect(),
            Turn::Both => self.both().into_iter().collect(),
            Turn::Apart => {
                let next = self.after().map(|rule| FirewallRuleBody { name: next_name(self.name, taken), ..rule });
                self.old().into_iter().chain(next).collect()
            }
        }
    }

    /// Old and new in one rule.
    pub(super) fn both(&self) -> Option<FirewallRuleBody> {
        let (mut wide, old) = (self.after()?, self.old()?);
        let (Addresses::Known(from), Addresses::Known(to)) = (&old.from, &old.to) else { return None };
        wide.from = union(from, &wide.from);
        wide.to = union(to, &wide.to);
        wide.protocols.extend(old.protocols);
        // Where ports differ on both sides, neither is all of them; else they are the same.
        wide.ports = written_ports(wide.ports.into_iter().chain(old.ports).collect());
        Some(wide)
    }

    /// The live rule as it would be written; what is kept as Azure answered it is not.
    pub(super) fn old(&self) -> Option<FirewallRuleBody> {
        if self.foreign { None } else { self.live.and_then(body_of) }
    }

    /// Returns true if the live rule has a form, or is in a collection, that xcloud does not write.
    pub(super) fn is_raw(&self) -> bool {
        self.live.is_some_and(|live| self.foreign || body_of(live).is_none())
    }

    /// Returns true if the rule is in the group, as it is live, until the last write.
    pub(super) fn stays_between(&self) -> bool {
        matches!(self.fate, Fate::Keep) || matches!(self.turn(), Turn::Narrows | Turn::Apart)
    }

    /// Returns true if the rule, as it will be, names the network.
    pub(super) fn names(&self, net: &IpNet) -> bool {
        match (&self.fate, self.live) {
            (Fate::Write { want, .. }, _) => want.names(net),
            (Fate::Keep, Some(live)) => Shape::of_firewall(live).single_addresses().contains(net),
            (Fate::Keep | Fate::Remove, _) => false,
        }
    }
}

/// Returns the live rule as it would be written, if it is of our form.
pub(super) fn body_of(live: &LiveFirewallRule) -> Option<FirewallRuleBody> {
    let shape = Shape::of_firewall(live);
    let (from, to) = shape.networks()?;
    let access = of_our_form(live)?;
    Some(FirewallRuleBody {
        name: live.name.clone(),
        access,
        protocols: shape.protocols.iter().map(|protocol| spelled(protocol)).collect(),
        from: Addresses::Known(from),
        to: Addresses::Known(to),
        ports: written_ports(shape.ports),
        description: live.description.clone(),
    })
}

/// Returns what a live rule does, if it is a network rule that allows, or one of our collection that denies.
pub(in crate::kinds) fn of_our_form(live: &LiveFirewallRule) -> Option<Access> {
    let is =
        |action: &str| live.rule_type.eq_ignore_ascii_case("NetworkRule") && live.action.eq_ignore_ascii_case(action);
    let fence =
        live.collection == FirewallRulesOp::FENCE && live.collection_priority == FirewallRulesOp::FENCE_PRIORITY;
    match (is("Allow"), is("Deny")) {
        (true, _) if live.collection != FirewallRulesOp::FENCE => Some(Access::Allow),
        (_, true) if fence => Some(Access::Deny),
        _ => None,
    }
}

/// Azure's spelling of a protocol in a network rule.
fn spelled(protocol: &str) -> String {
    if protocol == "ANY" { "Any".to_owned() } else { protocol.to_owned() }
}
