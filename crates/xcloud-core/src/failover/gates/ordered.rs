//! Live Azure rules in the order in which Azure looks at them: the first that matches a packet decides.

use crate::live::{AzureLive, LiveNsg};
use crate::model::{Access, ArmName, Direction};
use crate::plan::Shape;
use crate::reach::{Allowed, Packet, Peers, Services, Traffic};

/// Where a rule stands: the lowest is met first. In a group its priority, in a policy those of group and collection.
pub(super) type Position = (u16, u16);

/// A live rule that decides about something.
#[derive(Debug, Clone)]
pub(super) struct OrderedRule {
    at: Position,
    /// The rule with its priority, for people: `deny-all (priority 100)`.
    pub(super) shown: String,
    /// What it does with what it matches.
    pub(super) access: Access,
    /// What it matches for certain; `None` if its form is not known here.
    sure: Option<Traffic>,
    /// What it may match: behind a name or in a form that is not known there may be anything.
    possible: Traffic,
}

/// Rules in their order.
#[derive(Debug)]
pub(super) struct Ordered {
    rules: Vec<OrderedRule>,
}

impl Ordered {
    /// Returns the rules of one direction of a group: the lower priority comes first (facts/azure 2.1).
    pub(super) fn of_nsg(nsg: &LiveNsg, direction: Direction) -> Self {
        let mut rules: Vec<_> = nsg.rules.iter().filter(|rule| rule.direction == direction).collect();
        rules.sort_by_key(|rule| rule.priority);
        let ordered = rules.into_iter().map(|rule| {
            let shown = format!("{} (priority {})", rule.name, rule.priority);
            OrderedRule::new((rule.priority, 0), shown, rule.access, Shape::of_nsg(rule).traffic())
        });
        Self { rules: ordered.collect() }
    }

    /// Returns the network rules of the groups of a policy that were read: by the group's priority, then the
    /// collection's, then as they stand (facts/azure 3.1). DNAT rules come before them and match only what is
    /// sent to the firewall itself; application rules come after them and never decide what a network rule has allowed.
    pub(super) fn of_policy(live: &AzureLive, policy: &ArmName) -> Self {
        let groups = live.rule_groups.iter().filter(|group| group.policy == *policy);
        let mut rules: Vec<_> = groups.flat_map(|group| group.rules.iter().map(move |rule| (group, rule))).collect();
        rules.retain(|(_, rule)| rule.rule_type.eq_ignore_ascii_case("NetworkRule"));
        rules.sort_by_key(|(group, rule)| (group.priority, rule.collection_priority));
        let ordered = rules.into_iter().filter_map(|(group, rule)| {
            let access = match rule.action.to_ascii_lowercase().as_str() {
                "allow" => Access::Allow,
                "deny" => Access::Deny,
                _ => return None,
            };
            let shown = format!(
                "{} in {}/{} (priority {}, collection {})",
                rule.name, group.name, rule.collection, group.priority, rule.collection_priority
            );
            let at = (group.priority, rule.collection_priority);
            Some(OrderedRule::new(at, shown, access, Shape::of_firewall(rule).traffic()))
        });
        Self { rules: ordered.collect() }
    }

    /// Returns the rules that are met before a position.
    pub(super) fn before(&self, at: Position) -> Self {
        Self { rules: self.rules.iter().filter(|rule| rule.at < at).cloned().collect() }
    }

    /// Returns a packet of the traffic about which a rule certainly decides otherwise, and that rule.
    pub(super) fn astray(&self, want: &Traffic, access: Access) -> Option<(Packet, &OrderedRule)> {
        self.astray_where(want, access, |rule| rule.sure.as_ref())
    }

    /// Likewise, where every rule that decides otherwise matches all that it may match.
    pub(super) fn perhaps_astray(&self, want: &Traffic, access: Access) -> Option<(Packet, &OrderedRule)> {
        self.astray_where(
            want,
            access,
            |rule| {
                if rule.access == access { rule.sure.as_ref() } else { Some(&rule.possible) }
            },
        )
    }

    /// Returns a packet of the traffic which no rule certainly decides so.
    pub(super) fn undecided(&self, want: &Traffic, access: Access) -> Option<Packet> {
        let rules = self.turned(access, |rule| rule.sure.as_ref());
        Allowed::of([want.clone()]).beyond(&Allowed::of_ordered(rules))
    }

    /// What no rule matches is not astray: it counts as decided in the end.
    fn astray_where<'a>(
        &'a self,
        want: &Traffic,
        access: Access,
        matches: impl Fn(&'a OrderedRule) -> Option<&'a Traffic>,
    ) -> Option<(Packet, &'a OrderedRule)> {
        let in_the_end = (self.rules.len(), Access::Allow, want.clone());
        let rules = self.turned(access, &matches).chain([in_the_end]);
        let packet = Allowed::of([want.clone()]).beyond(&Allowed::of_ordered(rules))?;
        let by = self.rules.iter().find(|rule| matches(rule).is_some_and(|traffic| traffic.has(&packet)))?;
        Some((packet, by))
    }

    /// The rules as if what is asked for were to allow: so one question serves rules that allow and that refuse.
    fn turned<'a>(
        &'a self,
        access: Access,
        matches: impl Fn(&'a OrderedRule) -> Option<&'a Traffic>,
    ) -> impl Iterator<Item = (usize, Access, Traffic)> {
        self.rules.iter().enumerate().filter_map(move |(at, rule)| {
            let turned = if rule.access == access { Access::Allow } else { Access::Deny };
            Some((at, turned, matches(rule)?.clone()))
        })
    }
}

impl OrderedRule {
    fn new(at: Position, shown: String, access: Access, sure: Option<Traffic>) -> Self {
        let widened = |peers: &Peers| if peers.names_some() { Peers::everything() } else { peers.clone() };
        let possible = match &sure {
            Some(traffic) => {
                Traffic { from: widened(&traffic.from), to: widened(&traffic.to), services: traffic.services.clone() }
            }
            None => Traffic { from: Peers::everything(), to: Peers::everything(), services: Services::everything() },
        };
        Self { at, shown, access, sure, possible }
    }
}
