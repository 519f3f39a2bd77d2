//! Live Azure rules in the order in which Azure looks at them: the first that matches a packet decides.

use std::cmp::Reverse;

use super::rule_match::Shape;
use crate::live::{AzureLive, LiveFirewallRule, LiveNsg, LiveNsgRule, LivePolicy, LiveRuleGroup};
use crate::model::{Access, ArmName, Direction};
use crate::reach::{Allowed, Packet, Traffic};

/// Where a rule stands: the lowest is met first. In a security group its priority; in a policy how far up the parent is
/// that holds it (the farthest is met first), and the priorities of group and collection.
pub(crate) type Position = (Reverse<usize>, u16, u16);

/// Before every network rule: where translations are met.
const FIRST: Position = (Reverse(usize::MAX), 0, 0);

/// A live rule that decides about something.
#[derive(Debug, Clone)]
pub(crate) struct OrderedRule {
    at: Position,
    /// Its name.
    pub(crate) name: String,
    /// The rule with its priority, for people: `deny-all (priority 100)`.
    pub(crate) shown: String,
    /// What it does with what it matches.
    pub(crate) access: Access,
    /// What it matches for certain, behind names too; `None` if its form is not known here.
    sure: Option<Traffic>,
    /// What it may match: behind a name or in a form that is not known there may be anything.
    possible: Traffic,
}

/// Rules in their order.
#[derive(Debug)]
pub(crate) struct Ordered {
    rules: Vec<OrderedRule>,
}

impl Ordered {
    /// Returns the rules of one direction of a group: the lower priority comes first (facts/azure 2.1).
    pub(crate) fn of_nsg(nsg: &LiveNsg, direction: Direction) -> Self {
        let rules = nsg.rules.iter().filter(|rule| rule.direction == direction);
        Self::of(rules.map(OrderedRule::of_nsg))
    }

    /// Returns rules of one group or policy in their order.
    pub(crate) fn of(rules: impl IntoIterator<Item = OrderedRule>) -> Self {
        let mut rules: Vec<_> = rules.into_iter().collect();
        rules.sort_by_key(|rule| rule.at);
        Self { rules }
    }

    /// Returns the rules that decide in a policy, as Azure meets them (facts/azure 3.1). Translations come first, wherever
    /// they stand; then network rules: those of its parents first, whatever their priorities, then by the group's priority,
    /// the collection's, and as they are listed. Application rules come after all of these, and only for what no network
    /// rule has matched: they decide about no traffic of ours.
    pub(crate) fn of_policy(live: &AzureLive, policy: &ArmName) -> Self {
        Self::of_policy_where(live, policy, |_| true)
    }

    /// Likewise, of the rules that `counts` chooses.
    pub(crate) fn of_policy_where(
        live: &AzureLive,
        policy: &ArmName,
        counts: impl Fn(&LiveFirewallRule) -> bool,
    ) -> Self {
        let mut rules: Vec<OrderedRule> = Vec::new();
        for (level, of) in lineage(live, policy).into_iter().enumerate() {
            for group in live.rule_groups.iter().filter(|group| group.policy == of.id) {
                let counted = group.rules.iter().filter(|rule| counts(rule));
                rules.extend(counted.filter_map(|rule| OrderedRule::of_policy(live, level, group, rule)));
            }
        }
        Self::of(rules)
    }

    /// Returns the rules that are met before a position.
    pub(crate) fn before(&self, at: Position) -> Self {
        Self { rules: self.rules.iter().filter(|rule| rule.at < at).cloned().collect() }
    }

    /// Returns a packet of the traffic about which a rule certainly decides otherwise, and that rule.
    pub(crate) fn astray(&self, want: &Traffic, access: Access) -> Option<(Packet, &OrderedRule)> {
        self.astray_where(want, access, |rule| rule.sure.as_ref())
    }

    /// Likewise, where every rule that decides otherwise matches all that it may match.
    pub(crate) fn perhaps_astray(&self, want: &Traffic, access: Access) -> Option<(Packet, &OrderedRule)> {
        self.astray_where(
            want,
            access,
            |rule| {
                if rule.access == access { rule.sure.as_ref() } else { Some(&rule.possible) }
            },
        )
    }

    /// Returns a packet of the traffic which no rule certainly decides so.
    pub(crate) fn undecided(&self, want: &Traffic, access: Access) -> Option<Packet> {
        let rules = self.turned(want, access, |rule| rule.sure.as_ref());
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
        let rules = self.turned(want, access, &matches).chain([in_the_end]);
        let packet = Allowed::of([want.clone()]).beyond(&Allowed::of_ordered(rules))?;
        let by = self.rules.iter().find(|rule| matches(rule).is_some_and(|traffic| traffic.has(&packet)))?;
        Some((packet, by))
    }

    /// The rules that match something of the traffic, as if what is asked for were to allow: so one question serves rules
    /// that allow and that refuse.
    fn turned<'a>(
        &'a self,
        want: &Traffic,
        access: Access,
        matches: impl Fn(&'a OrderedRule) -> Option<&'a Traffic>,
    ) -> impl Iterator<Item = (usize, Access, Traffic)> {
        self.rules.iter().enumerate().filter_map(move |(at, rule)| {
            let turned = if rule.access == access { Access::Allow } else { Access::Deny };
            matches(rule).filter(|traffic| traffic.may_meet(want)).map(|traffic| (at, turned, traffic.clone()))
        })
    }
}

impl OrderedRule {
    /// Returns a live rule of a security group.
    pub(crate) fn of_nsg(rule: &LiveNsgRule) -> Self {
        let shown = format!("{} (priority {})", rule.name, rule.priority);
        Self::new((Reverse(0), rule.priority, 0), (&rule.name, shown), rule.access, &Shape::of_nsg(rule))
    }

    /// Returns a rule of a security group as it is to be.
    pub(crate) fn wanted(name: &str, priority: u16, access: Access, traffic: Traffic) -> Self {
        let shown = format!("{name} (priority {priority})");
        let at = (Reverse(0), priority, 0);
        Self { at, name: name.to_owned(), shown, access, sure: Some(traffic.clone()), possible: traffic }
    }

    /// Returns a rule of a policy that is so many levels above ours; `None` for one of a type that decides nothing here.
    fn of_policy(live: &AzureLive, level: usize, group: &LiveRuleGroup, rule: &LiveFirewallRule) -> Option<Self> {
        let is = |rule_type: &str| rule.rule_type.eq_ignore_ascii_case(rule_type);
        let does = |action: &str| rule.action.eq_ignore_ascii_case(action);
        let access = match (is("NetworkRule"), is("NatRule")) {
            (true, _) if does("Allow") => Access::Allow,
            (true, _) if does("Deny") => Access::Deny,
            // What it matches goes elsewhere, as if it were refused; that it lets it pass there ends at a deny of a network
            // rule, so that it passes no fence.
            (_, true) => Access::Deny,
            _ => return None,
        };
        let parent = if level > 0 { format!("{}/", group.policy.name()) } else { String::new() };
        let shown = format!(
            "{} in {parent}{}/{} (priority {}, collection {})",
            rule.name, group.name, rule.collection, group.priority, rule.collection_priority
        );
        let shape = Shape::of_firewall_with(rule, &live.ip_groups);
        if is("NatRule") {
            let rule = Self::new(FIRST, (&rule.name, format!("{shown}, which translates")), access, &shape);
            return Some(Self { sure: None, ..rule });
        }
        let at = (Reverse(level), group.priority, rule.collection_priority);
        Some(Self::new(at, (&rule.name, shown), access, &shape))
    }

    fn new(at: Position, (name, shown): (&str, String), access: Access, shape: &Shape) -> Self {
        Self { at, name: name.to_owned(), shown, access, sure: shape.traffic(), possible: shape.at_most() }
    }
}

/// Returns a policy and its parents, the nearest first, as far as they are known. Azure knows one parent; a circle ends all
/// the same.
pub(crate) fn lineage<'a>(live: &'a AzureLive, policy: &ArmName) -> Vec<&'a LivePolicy> {
    let known = |id: &ArmName| live.policies.iter().find(|policy| policy.id == *id);
    let mut found: Vec<&LivePolicy> = known(policy).into_iter().collect();
    while let Some(parent) = found.last().and_then(|policy| known(policy.base.as_ref()?))
        && !found.iter().any(|policy| policy.id == parent.id)
    {
        found.push(parent);
    }
    found
}
