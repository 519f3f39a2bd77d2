//! What is desired while another region than the primary is active, or its other region is fenced or closed.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;

use super::addresses::{is_pinned, known_addresses};
use super::fence_name::fence_name;
use super::record::OldRegion;
use super::standing::Standing;
use crate::kinds::Role;
use crate::live::Observed;
use crate::model::{
    Access, AddressSource, ArmName, Desired, FailoverRules, FirewallRule, FirewallRules, NetworkSecurityGroup, NsgRule,
    Priority, Protocol, Spec,
};

/// What becomes of the rules that serve one region of an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Effect {
    /// The rules that let through stand as declared.
    open: bool,
    /// Denies stand before them.
    fenced: bool,
}

const AS_DECLARED: Effect = Effect { open: true, fenced: false };

/// Returns what is desired as the environments stand: rules of the region that is not active go or are denied, as its
/// record says. The addresses that a fence names are the pins united with what the live rules name; so it needs nothing
/// of the region itself.
#[must_use]
pub fn under<'d>(
    desired: &'d Desired,
    observed: &Observed,
    standings: &BTreeMap<String, Standing>,
) -> Cow<'d, Desired> {
    let mut effects: BTreeMap<(&str, &str), Effect> = BTreeMap::new();
    for (env, standing) in standings {
        let Some(other) = desired.other_region(env, &standing.record.region) else { continue };
        let effect = effect(desired, standing, other);
        if effect != AS_DECLARED {
            effects.insert((env, other), effect);
        }
    }
    if effects.is_empty() {
        return Cow::Borrowed(desired);
    }
    let walled = behind_firewall(desired);
    let mut changed = desired.clone();
    for resource in changed.resources.values_mut() {
        resource.spec = match resource.spec.declared().role() {
            Role::Wall(group) => Spec::FirewallRules(firewall(desired, observed, group.clone(), &effects)),
            Role::Filter(group) => {
                let walled = |env: &str, region: &str| walled.contains(&(env.to_owned(), region.to_owned()));
                let group = network_security_group(desired, observed, group.clone(), &effects, walled);
                Spec::NetworkSecurityGroup(group)
            }
            Role::Group(_)
            | Role::Balancer(_)
            | Role::Service(_)
            | Role::Endpoint(_)
            | Role::Switched(..)
            | Role::Beside => continue,
        };
    }
    Cow::Owned(changed)
}

/// What becomes of the rules of the region that is not active.
fn effect(desired: &Desired, standing: &Standing, other: &str) -> Effect {
    let on_failover = desired.failover.as_ref().is_some_and(|policy| policy.rules == FailoverRules::OnFailover);
    match standing.record.old {
        OldRegion::Fenced => Effect { open: true, fenced: true },
        OldRegion::Closed => Effect { open: false, fenced: true },
        OldRegion::Open => Effect { open: !on_failover || other == desired.regions.primary, fenced: false },
    }
}

/// Returns true if Azure refuses a region now, by a fence or by closed rules, which a failover to it takes away.
#[must_use]
pub fn is_shut(desired: &Desired, standing: &Standing, to: &str) -> bool {
    let effect = effect(desired, standing, to);
    standing.record.region != to && (effect.fenced || !effect.open)
}

/// The environments and regions whose ways lead through a rule collection group of ours: there the fence stands.
pub(crate) fn behind_firewall(desired: &Desired) -> BTreeSet<(String, String)> {
    let groups = desired.resources.values().filter_map(|resource| resource.spec.declared().role().wall());
    let rules = groups.flat_map(|group| &group.rules);
    rules.filter_map(|rule| Some((rule.env.clone(), rule.region.clone()?))).collect()
}

fn firewall(
    desired: &Desired,
    observed: &Observed,
    mut group: FirewallRules,
    effects: &BTreeMap<(&str, &str), Effect>,
) -> FirewallRules {
    let (policy, name) = (group.policy.clone(), group.group.clone());
    let live = |rule: &str| live_firewall_rule(observed, &policy, &name, rule);
    let mut rules = Vec::new();
    for rule in std::mem::take(&mut group.rules) {
        let key = (rule.env.as_str(), rule.region.as_deref().unwrap_or_default());
        let effect = effects.get(&key).copied().unwrap_or(AS_DECLARED);
        let fence = effect.fenced.then(|| fence(desired, observed, &rule.name, [&rule.from, &rule.to], live)).flatten();
        rules.extend(fence.map(|(name, from, to)| FirewallRule {
            name,
            env: rule.env.clone(),
            region: None,
            access: Access::Deny,
            protocol: Protocol::All,
            from,
            to,
            ports: Vec::new(),
        }));
        rules.extend(Some(rule).filter(|_| effect.open));
    }
    group.rules = rules;
    group
}

fn network_security_group(
    desired: &Desired,
    observed: &Observed,
    mut group: NetworkSecurityGroup,
    effects: &BTreeMap<(&str, &str), Effect>,
    walled: impl Fn(&str, &str) -> bool,
) -> NetworkSecurityGroup {
    let id = group.group.clone();
    let live = |rule: &str| live_nsg_rule(observed, &id, rule);
    let mut rules = Vec::new();
    for rule in std::mem::take(&mut group.rules) {
        let key = (rule.env.as_str(), rule.region.as_deref().unwrap_or_default());
        let effect = effects.get(&key).copied().unwrap_or(AS_DECLARED);
        let fenced = effect.fenced && rule.access == Access::Allow && !walled(key.0, key.1);
        let fence = fenced.then(|| fence(desired, observed, &rule.name, [&rule.from, &rule.to], live)).flatten();
        let number = live_priority(observed, &id, &rule.name);
        if let (Some((name, from, to)), Some(priority)) = (fence, fence_range(rule.priority, number)) {
            rules.push(NsgRule {
                name,
                env: rule.env.clone(),
                region: None,
                priority,
                direction: rule.direction,
                access: Access::Deny,
                protocol: Protocol::All,
                from,
                to,
                ports: Vec::new(),
            });
        }
        rules.extend(Some(rule).filter(|_| effect.open));
    }
    group.rules = rules;
    group
}

/// The name, sources and destinations of the rule that denies what a rule lets through; `None` while no address of its
/// AWS side is known.
fn fence(
    desired: &Desired,
    observed: &Observed,
    rule: &str,
    sides: [&AddressSource; 2],
    live: impl Fn(&str) -> Option<Sides>,
) -> Option<(String, AddressSource, AddressSource)> {
    let name = fence_name(rule);
    let (allow, fence) = (live(rule), live(&name));
    let [from, to] = [0, 1].map(|side| {
        let there = |sides: &Option<Sides>| sides.as_ref().map(|sides| sides[side].clone()).unwrap_or_default();
        denied(desired, observed, sides[side], &there(&allow), &there(&fence))
    });
    let known = !from.is_empty() && !to.is_empty();
    known.then_some((name, AddressSource::Listed(from), AddressSource::Listed(to)))
}

/// The priorities of a fence's rule: those of the first tenth of the range that stand before the rule that it denies,
/// else any before it.
pub(crate) fn fence_range(priority: Priority, live: Option<u16>) -> Option<Priority> {
    /// Azure's lowest number.
    const LEAST: u16 = 100;
    let (from, last) = match priority {
        Priority::Within(from, to) => (from, from + (to.saturating_sub(from) + 1) / 10),
        Priority::Fixed(number) => (LEAST, number),
    };
    let end = live.map_or(last, |live| live.min(last));
    let range = if end > from { (from, end - 1) } else { (LEAST, live.unwrap_or(from).checked_sub(1)?) };
    (range.0 <= range.1).then_some(Priority::Within(range.0, range.1))
}

fn live_priority(observed: &Observed, id: &ArmName, name: &str) -> Option<u16> {
    let places = observed.places.keys().filter_map(|place| observed.azure(place));
    let nsg = places.flat_map(|live| &live.nsgs).find(|live| live.id == *id)?;
    Some(nsg.rules.iter().find(|rule| rule.name.eq_ignore_ascii_case(name))?.priority)
}

/// Sources and destinations of a live rule.
type Sides = [BTreeSet<String>; 2];

/// The addresses that a fence denies on one side: what is listed; or the pins, or what the cloud chose, united with
/// what the live rule names. What is not pinned and cannot be read any more stays denied as it is.
fn denied(
    desired: &Desired,
    observed: &Observed,
    source: &AddressSource,
    allow: &BTreeSet<String>,
    fence: &BTreeSet<String>,
) -> BTreeSet<IpNet> {
    let mut nets = known_addresses(desired, observed, source);
    if matches!(source, AddressSource::Of { .. }) {
        let kept = fence.iter().filter(|_| !is_pinned(desired, source));
        // A rule that somebody widened names more than the region's own addresses: those are single ones.
        let single = |net: &IpNet| net.prefix_len() == net.max_prefix_len();
        nets.extend(allow.iter().chain(kept).filter_map(|text| text.parse::<IpNet>().ok()).filter(single));
    }
    nets
}

fn live_firewall_rule(observed: &Observed, policy: &ArmName, group: &str, name: &str) -> Option<Sides> {
    let places = observed.places.keys().filter_map(|place| observed.azure(place));
    let mut groups = places.flat_map(|live| &live.rule_groups);
    let group = groups.find(|live| live.policy == *policy && live.name.eq_ignore_ascii_case(group))?;
    let rule = group.rules.iter().find(|rule| rule.name.eq_ignore_ascii_case(name))?;
    Some([rule.from.clone(), rule.to.clone()])
}

fn live_nsg_rule(observed: &Observed, id: &ArmName, name: &str) -> Option<Sides> {
    let places = observed.places.keys().filter_map(|place| observed.azure(place));
    let nsg = places.flat_map(|live| &live.nsgs).find(|live| live.id == *id)?;
    let rule = nsg.rules.iter().find(|rule| rule.name.eq_ignore_ascii_case(name))?;
    Some([rule.from.clone(), rule.to.clone()])
}

#[cfg(test)]
#[path = "effect_tests.rs"]
mod tests;
