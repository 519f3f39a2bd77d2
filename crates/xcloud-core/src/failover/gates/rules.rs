//! Azure rules that serve the region: each is there, and nothing that decides before it says otherwise.

use super::addresses;
use super::findings::Findings;
use std::cmp::Reverse;

use super::{Gate, GateName, Light, Question};
use crate::active::{behind_firewall, fence_name, fence_range};
use crate::kinds::Role;
use crate::kinds::shared::azure::ordered::{Ordered, Position, lineage};
use crate::kinds::shared::azure::translated;
use crate::live::{AzureLive, LiveNsg, LiveNsgRule, LivePolicy, LiveRuleGroup, ProvisioningState, Spelled};
use crate::model::{
    Access, AddressSource, ArmName, Direction, FirewallRules, NetworkSecurityGroup, NsgRule, PortRange, Priority,
    Protocol,
};
use crate::op::FirewallRulesOp;
use crate::reach::{Peers, Services, Traffic};

/// A declared rule that serves the region.
struct Declared<'a> {
    name: &'a str,
    region: Option<&'a str>,
    access: Access,
    protocol: Protocol,
    from: &'a AddressSource,
    to: &'a AddressSource,
    ports: &'a [PortRange],
    /// Where it will stand if it is not there yet.
    place: Position,
}

/// What is judged about the rules, and how much of it was good.
struct Judging<'a> {
    question: &'a Question<'a>,
    findings: Findings,
    declared: usize,
    good: usize,
}

pub(super) fn gate(question: &Question<'_>) -> Gate {
    let mut judging = Judging { question, findings: Findings::default(), declared: 0, good: 0 };
    for resource in question.desired.resources.values() {
        let place = resource.place.key();
        match resource.spec.declared().role() {
            Role::Filter(spec) => {
                judging.group(spec, question.azure(&place));
                if spec.rules.iter().any(|rule| question.needs_rule(&rule.env, rule.region.as_deref())) {
                    let never_read = resource.spec.kind().rules().never_read.iter();
                    never_read.for_each(|what| judging.findings.note(format!("not checked: {what}")));
                }
            }
            Role::Wall(spec) => judging.policy(spec, question.azure(&place)),
            Role::Group(_)
            | Role::Balancer(_)
            | Role::Service(_)
            | Role::Endpoint(_)
            | Role::Switched(..)
            | Role::Beside => {}
        }
    }
    let text = match judging.declared {
        0 => format!("no Azure rule serves {} in {}", question.env, question.to),
        declared => format!("{}/{declared} rules exist, none shadowed", judging.good),
    };
    judging.findings.gate(GateName::Rules, text)
}

impl<'a> Judging<'a> {
    fn group(&mut self, spec: &'a NetworkSecurityGroup, live: Result<&AzureLive, String>) {
        let rules: Vec<_> =
            spec.rules.iter().filter(|rule| self.question.needs_rule(&rule.env, rule.region.as_deref())).collect();
        self.declared += rules.len();
        let Some(live) = self.read(!rules.is_empty(), live) else { return };
        let Some(nsg) = live.nsgs.iter().find(|nsg| nsg.id == spec.group) else {
            let text = format!("the network security group {} does not exist", spec.group);
            return self.findings.add(Light::Red, text, "its rules cannot be opened");
        };
        let ways = [Direction::Inbound, Direction::Outbound].map(|way| (way, Ordered::of_nsg(nsg, way)));
        for rule in rules {
            let declared = Declared {
                name: &rule.name,
                region: rule.region.as_deref(),
                access: rule.access,
                protocol: rule.protocol,
                from: &rule.from,
                to: &rule.to,
                ports: &rule.ports,
                place: (Reverse(0), place_of(rule, nsg), 0),
            };
            let there = live_rule(nsg, &rule.name);
            let state = there.map(|one| &one.state);
            for (_, ordered) in ways.iter().filter(|(way, _)| *way == rule.direction) {
                self.rule(&declared, spec.group.name(), state, ordered);
            }
        }
        let walled = behind_firewall(self.question.desired);
        for rule in self.left(&spec.rules, |rule| (&rule.env, rule.region.as_deref())) {
            let region = rule.region.clone().unwrap_or_default();
            let there = live_rule(nsg, &fence_name(&rule.name)).map(|fence| fence.priority);
            let fenced = rule.access == Access::Allow && !walled.contains(&(rule.env.clone(), region));
            let Some(at) = there.or_else(|| fence_place(rule, nsg).filter(|_| fenced)) else { continue };
            let at = (Reverse(0), at, 0);
            let way = ways.iter().find(|(way, _)| *way == rule.direction);
            way.iter().for_each(|(_, ordered)| self.fence(&rule.from, &rule.to, &ordered.before(at)));
        }
    }

    fn policy(&mut self, spec: &'a FirewallRules, live: Result<&AzureLive, String>) {
        let rules: Vec<_> =
            spec.rules.iter().filter(|rule| self.question.needs_rule(&rule.env, rule.region.as_deref())).collect();
        self.declared += rules.len();
        let Some(live) = self.read(!rules.is_empty(), live) else { return };
        let own = |group: &&LiveRuleGroup| group.policy == spec.policy && group.name.eq_ignore_ascii_case(&spec.group);
        let group = live.rule_groups.iter().find(own);
        let ordered = Ordered::of_policy(live, &spec.policy);
        self.itself(live, &spec.policy);
        let to = rules.iter().flat_map(|rule| addresses::known(self.question, &rule.to));
        if let Some(net) = translated(live, &spec.policy, to) {
            let text = format!("the firewall policy {} translates the source of traffic to {net}", spec.policy.name());
            self.findings.add(
                Light::Warn,
                text,
                "rules of security groups after it do not match: put the range into its private ranges",
            );
        }
        for rule in rules {
            let declared = Declared {
                name: &rule.name,
                region: rule.region.as_deref(),
                access: Access::Allow,
                protocol: rule.protocol,
                from: &rule.from,
                to: &rule.to,
                ports: &rule.ports,
                place: (Reverse(0), spec.priority, FirewallRulesOp::COLLECTION_PRIORITY),
            };
            let there = group.filter(|group| group.rules.iter().any(|one| one.name.eq_ignore_ascii_case(&rule.name)));
            self.rule(&declared, &spec.group, there.map(|group| &group.state), &ordered);
        }
        let before = ordered.before((Reverse(0), spec.priority, FirewallRulesOp::FENCE_PRIORITY));
        for rule in self.left(&spec.rules, |rule| (&rule.env, rule.region.as_deref())) {
            self.fence(&rule.from, &rule.to, &before);
        }
    }

    /// Returns the rules that serve the region which a failover leaves, and would fence.
    fn left<'r, R>(&self, rules: &'r [R], serves: impl Fn(&R) -> (&String, Option<&str>)) -> Vec<&'r R> {
        let left = self.question.desired.other_region(self.question.env, self.question.to);
        let is_left = |rule: &&R| {
            let (env, region) = serves(rule);
            env == self.question.env && region.is_some() && region == left
        };
        rules.iter().filter(is_left).collect()
    }

    /// Judges the fence that refuses what a rule lets through: what is allowed before it passes it.
    fn fence(&mut self, from: &AddressSource, to: &AddressSource, before: &Ordered) {
        let (from, to) = (addresses::known(self.question, from), addresses::known(self.question, to));
        let want = Traffic { from: Peers::of_nets(from), to: Peers::of_nets(to), services: Services::everything() };
        let left = self.question.desired.other_region(self.question.env, self.question.to).unwrap_or_default();
        let hint = "move or narrow that rule: it decides before every rule of ours";
        if let Some((_, by)) = before.astray(&want, Access::Deny) {
            self.findings.add(
                Light::Warn,
                format!("no fence holds against {left}: {} allows it first", by.shown),
                hint,
            );
        } else if let Some((_, by)) = before.perhaps_astray(&want, Access::Deny) {
            let text = format!("whether a fence holds against {left} is not known: {} may allow it first", by.shown);
            self.findings.add(Light::Warn, text, "it names tags, groups or ports in a form that is not resolved");
        }
    }

    /// Returns what is live; if nothing is known, says so, unless there is nothing to judge.
    fn read<'l>(&mut self, needed: bool, live: Result<&'l AzureLive, String>) -> Option<&'l AzureLive> {
        match live {
            _ if !needed => None,
            Ok(live) => Some(live),
            Err(silence) => {
                self.findings.add(Light::Warn, format!("rules not read: {silence}"), "");
                None
            }
        }
    }

    /// Judges the policy itself: whether it rules a firewall, and whether all that decides in it is known.
    fn itself(&mut self, live: &AzureLive, policy: &ArmName) {
        for LivePolicy { id, state, firewalls, unread, .. } in lineage(live, policy) {
            if let Some(why) = unread {
                let text = format!("rules of {} that may decide before ours were not read: {why}", id.name());
                self.findings.add(
                    Light::Warn,
                    text,
                    "grant the role `Microsoft.Network/firewallPolicies/*/read` there",
                );
            } else if id == policy && firewalls.is_empty() {
                let text = format!("the firewall policy {} is attached to no firewall", id.name());
                self.findings.add(Light::Warn, text, "its rules decide about nothing");
            }
            if state.has_failed() {
                let text = format!("the firewall policy {} is {state}", id.name());
                self.findings.add(
                    Light::Warn,
                    text,
                    "what its firewalls do is not certain: have its last update repeated",
                );
            }
        }
    }

    /// Judges one rule; `state` is that of the live rule of its name, if there is one.
    fn rule(
        &mut self,
        rule: &Declared<'_>,
        holder: &str,
        state: Option<&Spelled<ProvisioningState>>,
        ordered: &Ordered,
    ) {
        let shown = format!("{} in {holder}", rule.name);
        let opens = self.question.opens_rules() && rule.region.is_some();
        let closed = if opens { Light::Warn } else { Light::Red };
        let hint = if opens { "opened by the failover" } else { "apply it" };
        if state.is_none() && !opens {
            return self.findings.add(closed, format!("{shown} does not exist"), hint);
        }
        let (from, to) = (addresses::known(self.question, rule.from), addresses::known(self.question, rule.to));
        if from.is_empty() || to.is_empty() {
            let text = format!("{shown} cannot be judged: its addresses are not known");
            return self.findings.add(Light::Warn, text, "pin them in the config");
        }
        let services = Services::of(rule.protocol, rule.ports);
        let want = Traffic { from: Peers::of_nets(from), to: Peers::of_nets(to), services };
        let Some(state) = state else { return self.opened(rule, &shown, &want, &ordered.before(rule.place)) };
        // A refusal that does not hold stands in no packet's way.
        let shadowed = if rule.access == Access::Allow { Light::Red } else { Light::Warn };
        if let Some((packet, by)) = ordered.astray(&want, rule.access) {
            let text = format!("{shown} is shadowed by {}: {packet}", by.shown);
            let hint = "move or narrow that rule; in our own group an apply removes what is not declared";
            return self.findings.add(shadowed, text, hint);
        }
        if let Some(packet) = ordered.undecided(&want, rule.access) {
            let text = format!("{shown} does not match everything declared: {packet}");
            return self.findings.add(closed.min(shadowed), text, hint);
        }
        if let Some((_, by)) = ordered.perhaps_astray(&want, rule.access) {
            let text = format!("{shown} may be shadowed by {}: what that rule matches is not known here", by.shown);
            let hint = "it names tags, groups or ports in a form that is not resolved";
            return self.findings.add(Light::Warn, text, hint);
        }
        if **state != ProvisioningState::Succeeded {
            return self.findings.add(Light::Warn, format!("{shown} is {state}"), "");
        }
        self.good += 1;
        self.findings.note(format!("{shown}: {}", if rule.access == Access::Allow { "open" } else { "closed" }));
    }

    /// Judges a rule that the failover opens: what stands before its place must not shadow it.
    fn opened(&mut self, rule: &Declared<'_>, shown: &str, want: &Traffic, before: &Ordered) {
        let hint = "move or narrow that rule: it decides before ours";
        if let Some((packet, by)) = before.astray(want, rule.access) {
            let text = format!("{shown}, opened by the failover, would be shadowed by {}: {packet}", by.shown);
            self.findings.add(Light::Red, text, hint);
        } else if let Some((_, by)) = before.perhaps_astray(want, rule.access) {
            let text = format!("{shown}, opened by the failover, may be shadowed by {}", by.shown);
            self.findings.add(Light::Warn, text, "what that rule matches is not known here");
        } else {
            self.findings.add(Light::Warn, format!("{shown}: opened by the failover"), "");
        }
    }
}

fn live_rule<'l>(nsg: &'l LiveNsg, name: &str) -> Option<&'l LiveNsgRule> {
    nsg.rules.iter().find(|one| one.name.eq_ignore_ascii_case(name))
}

/// The number that the fence of a rule would get, if there is one before the rule.
fn fence_place(rule: &NsgRule, nsg: &LiveNsg) -> Option<u16> {
    let live = live_rule(nsg, &rule.name).map(|live| live.priority);
    Some(free(fence_range(rule.priority, live)?, rule.direction, nsg))
}

/// The number that a new rule gets.
fn place_of(rule: &NsgRule, nsg: &LiveNsg) -> u16 {
    free(rule.priority, rule.direction, nsg)
}

/// The declared number, or the lowest free one of the range.
fn free(priority: Priority, direction: Direction, nsg: &LiveNsg) -> u16 {
    let taken = |number: &u16| nsg.rules.iter().any(|one| one.direction == direction && one.priority == *number);
    match priority {
        Priority::Fixed(number) => number,
        Priority::Within(from, to) => (from..=to).find(|number| !taken(number)).unwrap_or(to),
    }
}
