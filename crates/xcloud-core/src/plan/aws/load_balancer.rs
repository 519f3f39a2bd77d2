//! Network Load Balancers: changed in place wherever AWS can, else a new one before the old one goes.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;
use serde_json::Value;

use super::super::draft::{Draft, DraftStep, field, short};
use super::super::{Action, FieldChange, Undo};
use super::addresses::{self, Known};
use super::index::{Index, Indexes};
use super::listeners;
use super::refs::Refs;
use super::security_group::{tag_fields, tags};
use super::{found, names};
use crate::live::{LiveLoadBalancer, LiveSubnet};
use crate::model::{Addr, GroupRef, LoadBalancer, PrivateLinkIngress, Resource, Spec};
use crate::op::{AwsOp, Handle, Object, SubnetPin};

/// Fields of a load balancer that change by themselves.
const VOLATILE: [&str; 2] = ["state", "interfaces"];

/// Decides which live load balancer serves the address, or that a new one must be made.
pub(crate) fn identify(draft: &mut Draft<'_>, indexes: &Indexes<'_>, refs: &mut Refs, resource: &Resource) {
    let (Spec::LoadBalancer(spec), Some(index)) = (&resource.spec, indexes.get(&resource.place)) else { return };
    let addr = &resource.addr;
    let base = names::balancer(&draft.desired.product, addr, &spec.name);
    let candidates = index.our_balancers.get(addr).map(Vec::as_slice).unwrap_or_default();
    if !draft.options.filter.includes(addr) || draft.options.destroy {
        if let Some(live) = newest(&base, candidates) {
            refs.balancers.insert(addr.clone(), Handle::Known(live.arn.clone()));
            refs.balancer_addresses.insert(addr.clone(), Known::Yes(addresses::all(&live.interfaces)));
            let zones = live.subnets.keys().filter_map(|id| Some(index.subnets.get(id.as_str())?.az_id.clone()));
            refs.balancer_zones.insert(addr.clone(), zones.collect());
        }
        return;
    }
    let Some((subnets, pins)) = home(draft, index, addr, spec) else { return };
    let fitting: Vec<&LiveLoadBalancer> =
        candidates.iter().copied().filter(|live| misfit(live, spec, &subnets, &pins).is_none()).collect();
    let chosen = newest(&base, &fitting);
    for other in candidates.iter().filter(|live| Some(&live.arn) != chosen.map(|chosen| &chosen.arn)) {
        refs.superseded.insert(other.arn.clone());
    }
    let (named, interfaces) = chosen.map(|live| (live.subnets.clone(), live.interfaces.clone())).unwrap_or_default();
    let known = addresses::known(&spec.service_ips, &subnets, &named, &interfaces);
    refs.balancer_addresses.insert(addr.clone(), known);
    refs.balancer_zones.insert(addr.clone(), subnets.iter().map(|subnet| subnet.az_id.clone()).collect());
    if let Some(chosen) = chosen {
        refs.balancers.insert(addr.clone(), Handle::Known(chosen.arn.clone()));
        return;
    }
    if let Some(old) = newest(&base, candidates) {
        let reason = misfit(old, spec, &subnets, &pins).unwrap_or_default();
        let pinned: BTreeSet<IpNet> = spec.service_ips.iter().copied().map(addresses::host).collect();
        let kept: Vec<String> = addresses::all(&old.interfaces).intersection(&pinned).map(short).collect();
        if !kept.is_empty() {
            let text = format!("{reason}, so a new one is needed, but it would keep {}", kept.join(", "));
            return draft.problem(addr, "replacement-keeps-pin", text, "pin new addresses in service_ips");
        }
        refs.reasons.insert(addr.clone(), vec![reason]);
    } else if let Some(clash) = index.live.load_balancers.iter().find(|live| live.name == base) {
        let text = format!("{} ({}) exists and does not carry the mark of {addr}", clash.name, clash.arn);
        return draft.problem(addr, "name-clash", text, "rename the resource, or delete the other load balancer");
    }
    refs.balancers.insert(addr.clone(), Handle::Made(Object::of(addr, "")));
}

/// Returns the chosen subnets with their pins.
fn home<'a>(
    draft: &mut Draft<'_>,
    index: &Index<'a>,
    addr: &Addr,
    spec: &LoadBalancer,
) -> Option<(Vec<&'a LiveSubnet>, Vec<SubnetPin>)> {
    let vpc = match &spec.vpc {
        Some(selector) => Some(found::vpc(draft, index, addr, selector)?.id.as_str()),
        None => None,
    };
    let subnets = found::subnets(draft, index, addr, &spec.subnets, vpc)?;
    let pins = found::pins(draft, addr, &subnets, &spec.service_ips, "service_ips")?;
    Some((subnets, pins))
}

fn newest<'a>(base: &str, candidates: &[&'a LiveLoadBalancer]) -> Option<&'a LiveLoadBalancer> {
    candidates.iter().copied().max_by_key(|live| (names::generation(base, &live.name), &live.arn))
}

/// Returns why a live load balancer cannot become what is declared, or `None` if it can.
fn misfit(live: &LiveLoadBalancer, spec: &LoadBalancer, subnets: &[&LiveSubnet], pins: &[SubnetPin]) -> Option<String> {
    if subnets.first().is_some_and(|subnet| subnet.vpc != live.vpc) {
        return Some("vpc cannot change in place".to_owned());
    }
    if live.groups.is_empty() != spec.security_groups.is_empty() {
        // A load balancer without groups can never get one (facts/aws 2.4).
        return Some("security_groups cannot go from none to some or back in place".to_owned());
    }
    let ips = addresses::by_subnet(&live.subnets, &live.interfaces);
    let moved = pins.iter().any(|pin| pin.ip.is_some() && ips.get(&pin.subnet).is_some_and(|ip| Some(*ip) != pin.ip));
    moved.then(|| "service_ips cannot change in place".to_owned())
}

/// Adds the steps that make the load balancer what is declared.
pub(crate) fn plan(draft: &mut Draft<'_>, indexes: &Indexes<'_>, refs: &mut Refs, resource: &Resource) {
    let (Spec::LoadBalancer(spec), Some(index)) = (&resource.spec, indexes.get(&resource.place)) else { return };
    let addr = &resource.addr;
    if !draft.options.filter.includes(addr) {
        return;
    }
    let Some(handle) = refs.balancers.get(addr).cloned() else { return };
    let Some((subnets, pins)) = home(draft, index, addr, spec) else { return };
    let Some(groups) = group_handles(draft, refs, addr, &spec.security_groups) else { return };
    match &handle {
        Handle::Made(_) => create(draft, index, refs, resource, spec, &subnets, pins, groups),
        Handle::Known(arn) => {
            if let Some(live) = index.balancers.get(arn.as_str()) {
                update(draft, index, refs, resource, spec, &subnets, &pins, &groups, live);
            }
        }
    }
}

/// Returns the handles of groups that a resource names, or adds a problem.
pub(crate) fn group_handles(
    draft: &mut Draft<'_>,
    refs: &Refs,
    addr: &Addr,
    groups: &[GroupRef],
) -> Option<BTreeSet<Handle>> {
    let mut handles = BTreeSet::new();
    for group in groups {
        match group {
            GroupRef::Id(id) => {
                handles.insert(Handle::Known(id.clone()));
            }
            GroupRef::Declared(group) => {
                let Some(handle) = refs.groups.get(group) else {
                    if draft.problems.has_errors() {
                        return None;
                    }
                    let text = format!("it needs {group}, which does not exist and is not in this run");
                    draft.problem(addr, "reference-missing", text, "include it in the run");
                    return None;
                };
                handles.insert(handle.clone());
            }
        }
    }
    Some(handles)
}

#[expect(clippy::too_many_arguments, reason = "what a load balancer is made of")]
fn create(
    draft: &mut Draft<'_>,
    index: &Index<'_>,
    refs: &mut Refs,
    resource: &Resource,
    spec: &LoadBalancer,
    subnets: &[&LiveSubnet],
    pins: Vec<SubnetPin>,
    groups: BTreeSet<Handle>,
) {
    let addr = &resource.addr;
    let place = resource.place.key();
    let base = names::balancer(&draft.desired.product, addr, &spec.name);
    let newest = index.live.load_balancers.iter().filter_map(|live| names::generation(&base, &live.name)).max();
    let generation = newest.map_or(1, |generation| generation + 1);
    let name = names::with_generation(&base, generation);
    let object = Object::of(addr, "");
    let handle = Handle::Made(object.clone());
    let mut fields = vec![field("name", Value::Null, name.clone())];
    fields.extend(pins.iter().map(|pin| {
        field(
            format!("subnets[{}]", pin.subnet),
            Value::Null,
            pin.ip.map_or(Value::Bool(true), |ip| ip.to_string().into()),
        )
    }));
    fields.push(field("security_groups", Value::Null, shown(&groups)));
    let mut lb_tags = tags(draft, addr, &spec.name);
    lb_tags.insert("Name".to_owned(), spec.name.clone());
    let op = AwsOp::CreateLoadBalancer { name, subnets: pins, groups: groups.clone(), tags: lb_tags };
    let undo = Undo::Delete(Box::new(AwsOp::DeleteLoadBalancer { load_balancer: handle.clone() }.into()));
    draft.step(DraftStep::build(addr, &place, op, undo).makes(object));
    if let Some(rules) = spec.private_link_ingress_rules {
        fields.push(field("private_link_ingress_rules", Value::Null, word(rules)));
        // AWS's default is `on`, so only `off` takes a call.
        if rules == PrivateLinkIngress::Off {
            let op = AwsOp::SetLoadBalancerGroups {
                load_balancer: handle.clone(),
                groups,
                enforce_private_link: Some(false),
            };
            draft.step(DraftStep::build(addr, &place, op, Undo::Nothing));
        }
    }
    fields.extend(listeners::plan(draft, index, refs, resource, spec, subnets, None, &handle, generation));
    draft.depends_on(addr, "load-balancer", index.our_balancers.get(addr), &VOLATILE);
    let (action, reasons) = match refs.reasons.get(addr) {
        Some(reasons) => (Action::Replace, reasons.clone()),
        None => (Action::Create, Vec::new()),
    };
    draft.change_because(resource, action, fields, None, reasons);
}

#[expect(clippy::too_many_arguments, reason = "what a load balancer is made of")]
fn update(
    draft: &mut Draft<'_>,
    index: &Index<'_>,
    refs: &mut Refs,
    resource: &Resource,
    spec: &LoadBalancer,
    subnets: &[&LiveSubnet],
    pins: &[SubnetPin],
    groups: &BTreeSet<Handle>,
    live: &LiveLoadBalancer,
) {
    let addr = &resource.addr;
    let handle = Handle::Known(live.arn.clone());
    let mut fields = tag_fields(draft, resource, &live.tags, &live.arn, true);
    fields.extend(groups_and_flag(draft, resource, spec, groups, live));
    fields.extend(change_subnets(draft, resource, pins, live));
    let base = names::balancer(&draft.desired.product, addr, &spec.name);
    let generation = names::generation(&base, &live.name).unwrap_or(1);
    fields.extend(listeners::plan(draft, index, refs, resource, spec, subnets, Some(live), &handle, generation));
    let action = if fields.is_empty() { Action::Same } else { Action::Update };
    if action != Action::Same {
        draft.depends_on(addr, "load-balancer", index.our_balancers.get(addr), &VOLATILE);
    }
    draft.change(resource, action, fields, Some(live.arn.clone()));
}

/// Compares groups and enforcement, which one call changes together.
fn groups_and_flag(
    draft: &mut Draft<'_>,
    resource: &Resource,
    spec: &LoadBalancer,
    groups: &BTreeSet<Handle>,
    live: &LiveLoadBalancer,
) -> Vec<FieldChange> {
    let mut fields = Vec::new();
    let old: BTreeSet<Handle> = live.groups.iter().cloned().map(Handle::Known).collect();
    if &old != groups {
        fields.push(field("security_groups", shown(&old), shown(groups)));
    }
    // An absent flag means AWS's default: enforced.
    let enforced = live.enforce_private_link.unwrap_or(true);
    let wanted = spec.private_link_ingress_rules.map(|rules| rules == PrivateLinkIngress::Enforced);
    if wanted.is_some_and(|wanted| wanted != enforced) {
        let before = if enforced { PrivateLinkIngress::Enforced } else { PrivateLinkIngress::Off };
        let after = spec.private_link_ingress_rules.map(word);
        fields.push(field("private_link_ingress_rules", word(before), after));
    }
    if !fields.is_empty() {
        let load_balancer = Handle::Known(live.arn.clone());
        let undo = AwsOp::SetLoadBalancerGroups {
            load_balancer: load_balancer.clone(),
            groups: old,
            enforce_private_link: live.enforce_private_link,
        };
        let op = AwsOp::SetLoadBalancerGroups {
            load_balancer,
            groups: groups.clone(),
            enforce_private_link: wanted.or(live.enforce_private_link),
        };
        let undo = Undo::Restore(Box::new(undo.into()));
        draft.step(DraftStep::build(&resource.addr, &resource.place.key(), op, undo));
    }
    fields
}

/// Compares subnets: new ones are added before the commit point, old ones go behind it.
fn change_subnets(
    draft: &mut Draft<'_>,
    resource: &Resource,
    pins: &[SubnetPin],
    live: &LiveLoadBalancer,
) -> Vec<FieldChange> {
    let ips = addresses::by_subnet(&live.subnets, &live.interfaces);
    let wanted: BTreeMap<&str, &SubnetPin> = pins.iter().map(|pin| (pin.subnet.as_str(), pin)).collect();
    let fresh: Vec<&SubnetPin> = pins.iter().filter(|pin| !live.subnets.contains_key(&pin.subnet)).collect();
    let gone: Vec<&String> = live.subnets.keys().filter(|id| !wanted.contains_key(id.as_str())).collect();
    let was: Vec<SubnetPin> =
        live.subnets.iter().map(|(subnet, ip)| SubnetPin { subnet: subnet.clone(), ip: *ip }).collect();
    let load_balancer = Handle::Known(live.arn.clone());
    let set = |subnets: Vec<SubnetPin>| AwsOp::SetSubnets { load_balancer: load_balancer.clone(), subnets };
    let (addr, place) = (&resource.addr, resource.place.key());
    if !fresh.is_empty() {
        let both: Vec<SubnetPin> = was.iter().cloned().chain(fresh.iter().map(|pin| (*pin).clone())).collect();
        let undo = Undo::Restore(Box::new(set(was.clone()).into()));
        draft.step(DraftStep::build(addr, &place, set(both), undo));
    }
    if !gone.is_empty() {
        let undo = Undo::Recreate(vec![set(was).into()]);
        let mut step = DraftStep::commit(addr, &place, set(pins.to_vec()), undo);
        step.releases = gone.iter().filter_map(|id| ips.get(*id)).copied().map(addresses::host).collect();
        draft.step(step);
    }
    let text = |ip: Option<std::net::Ipv4Addr>| ip.map_or(Value::Bool(true), |ip| ip.to_string().into());
    let added = fresh.iter().map(|pin| field(format!("subnets[{}]", pin.subnet), Value::Null, text(pin.ip)));
    let removed = gone.iter().map(|id| field(format!("subnets[{id}]"), text(ips.get(*id).copied()), Value::Null));
    added.chain(removed).collect()
}

fn word(rules: PrivateLinkIngress) -> &'static str {
    match rules {
        PrivateLinkIngress::Enforced => "enforced",
        PrivateLinkIngress::Off => "off",
    }
}

/// Returns handles as a plan shows them.
pub(crate) fn shown(handles: &BTreeSet<Handle>) -> Value {
    handles.iter().map(|handle| Value::from(handle.to_string())).collect()
}
