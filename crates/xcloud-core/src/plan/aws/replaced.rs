//! What a replacement changes: the new object's fields beside those of the one that it replaces.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::super::draft::{Draft, field};
use super::super::{Action, FieldChange, Path, Property, Set};
use super::index::Index;
use super::listeners::{shown_listener, shown_live};
use super::load_balancer::{shown, word};
use super::refs::Refs;
use super::{addresses, rules};
use crate::live::{LiveEndpoint, LiveGroup, LiveListener, LiveLoadBalancer};
use crate::model::{LoadBalancer, PrivateLinkIngress, Resource};
use crate::op::{Handle, SubnetPin};

/// What a live object holds, by the paths under which a plan shows it.
type Held = BTreeMap<Path, Value>;

/// Adds the change of something that is made: a creation, or with an old one (what it holds, its id, its state) a
/// replacement.
pub(crate) fn change(
    draft: &mut Draft<'_>,
    refs: &Refs,
    resource: &Resource,
    fields: Vec<FieldChange>,
    old: Option<(Held, &str, &str)>,
) {
    let reasons = refs.reasons.get(&resource.addr).cloned().unwrap_or_default();
    let Some((shown, id, state)) = old else {
        return draft.change_because(resource, Action::Create, fields, None, reasons);
    };
    let mut fields = differing(fields, shown);
    if fields.is_empty() {
        fields.push(field(Property::State, state, "available"));
    }
    draft.change_because(resource, Action::Replace, fields, Some(id.to_owned()), reasons);
}

/// Returns the fields that differ: those that are equal on both sides are left out, and those that the new one has no
/// more are shown as going.
fn differing(new: Vec<FieldChange>, old: Held) -> Vec<FieldChange> {
    let named: BTreeSet<Path> = new.iter().map(|field| field.path.clone()).collect();
    let differ = new.into_iter().filter_map(|field| {
        let before = old.get(&field.path).cloned().unwrap_or_default();
        (before != *field.after).then_some(FieldChange { before, ..field })
    });
    let mut fields: Vec<FieldChange> = differ.collect();
    let gone = old.iter().filter(|(path, _)| !named.contains(*path));
    fields.extend(gone.map(|(path, before)| field(path.clone(), before.clone(), Value::Null)));
    fields
}

/// What a live group holds. Its name follows from the replacement, and is no difference.
pub(crate) fn group(live: &LiveGroup, new_name: &str) -> Held {
    let mut old = Held::from([
        (Property::Name.into(), Value::from(new_name)),
        (Property::Vpc.into(), Value::from(live.vpc.clone())),
        (Property::Description.into(), Value::from(live.description.clone())),
    ]);
    old.extend(live.rules.iter().map(|rule| (rules::live_path(rule).whole(), rules::value(rule.description.as_ref()))));
    old
}

/// What a live endpoint holds.
pub(crate) fn endpoint(live: &LiveEndpoint, pins: &[SubnetPin]) -> Held {
    let ips = addresses::by_subnet(&BTreeMap::new(), &live.interfaces);
    let mut old = Held::from([
        (Property::Service.into(), Value::from(live.service_name.clone())),
        (Property::Vpc.into(), Value::from(live.vpc.clone())),
        (Property::SecurityGroups.into(), known(&live.groups)),
        (Property::PrivateDns.into(), Value::from(live.private_dns)),
    ]);
    old.extend(subnets(live.subnets.iter(), &ips, pins));
    old
}

/// What a live load balancer holds, with its listeners.
pub(crate) fn balancer(
    index: &Index<'_>,
    live: &LiveLoadBalancer,
    spec: &LoadBalancer,
    pins: &[SubnetPin],
    new_name: &str,
) -> Held {
    let ips = addresses::by_subnet(&live.subnets, &live.interfaces);
    let mut old = Held::from([
        (Property::Name.into(), Value::from(new_name)),
        (Property::SecurityGroups.into(), known(&live.groups)),
    ]);
    if spec.private_link_ingress_rules.is_some() && !live.groups.is_empty() {
        let enforced = live.enforce_private_link != Some(false);
        let rules = if enforced { PrivateLinkIngress::Enforced } else { PrivateLinkIngress::Off };
        old.insert(Property::PrivateLinkIngressRules.into(), Value::from(word(rules)));
    }
    old.extend(subnets(live.subnets.keys(), &ips, pins));
    let there = live.listeners.iter().flatten();
    old.extend(there.map(|one| (Path::Listener(one.port, None), listener(index, spec, one))));
    old
}

fn listener(index: &Index<'_>, spec: &LoadBalancer, live: &LiveListener) -> Value {
    let group = live
        .target_group
        .as_deref()
        .and_then(|arn| index.target_groups.values().copied().find(|group| group.arn == arn));
    let declared = spec.listeners.iter().find(|one| one.port == live.port);
    match group {
        Some(group) => shown_live(live, group, declared),
        None => shown_listener(&live.protocol, Vec::new(), None),
    }
}

fn known(ids: &BTreeSet<String>) -> Value {
    shown(&ids.iter().map(|id| Handle::Known(id.clone())).collect())
}

/// Subnets with the address where one is pinned.
fn subnets<'a>(
    live: impl Iterator<Item = &'a String>,
    ips: &BTreeMap<String, std::net::Ipv4Addr>,
    pins: &[SubnetPin],
) -> Held {
    let value = |subnet: &String| {
        let pinned = pins.iter().any(|pin| pin.subnet == *subnet && pin.ip.is_some());
        let ip = ips.get(subnet).filter(|_| pinned);
        ip.map_or(Value::Bool(true), |ip| Value::from(ip.to_string()))
    };
    live.map(|subnet| (Path::Member(Set::Subnets, subnet.clone()), value(subnet))).collect()
}
