//! Network Load Balancers: changed in place wherever AWS can, else a new one before the old one goes.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::{IpNet, Ipv4Net};
use serde_json::Value;

use super::listeners;
use super::replaced::{held, word};
use super::tagged;
use crate::code::{NoteCode, ProblemCode};
use crate::kinds::planning::{Planning, Wanted};
use crate::kinds::shared::aws::addresses::{self, Known};
use crate::kinds::shared::aws::health::CheckedGroup;
use crate::kinds::shared::aws::ways::NextWay;
use crate::kinds::shared::aws::{
    Index, Refs, beyond, group_handles, groups_ready, health, is_our_group, names, refuse_taken, replacement,
    selectors, shown, tag_fields, tags, taken, waits_for_azure,
};
use crate::live::{BalancerState, LiveLoadBalancer, LiveSubnet};
use crate::model::{Addr, LoadBalancer, PrivateLinkIngress, Resource};
use crate::op::{Handle, LoadBalancerOp, Object, SubnetPin};
use crate::plan::draft::{Draft, DraftStep, field};
use crate::plan::{Action, FieldChange, Path, Phase, Property, Set, Shown, Undo};
use crate::serve;

/// Fields of a load balancer that change by themselves.
const VOLATILE: [&str; 2] = ["state", "interfaces"];

/// Decides which live load balancer serves the address, or that a new one must be made.
pub(super) fn identify(cx: &mut Planning<'_, '_>, one: &Wanted<'_, '_, LoadBalancer>) {
    let &Wanted { resource, spec, index } = one;
    let makes = cx.makes(resource);
    let Planning { draft, refs, .. } = cx;
    let addr = &resource.addr;
    let base = names::balancer(&draft.desired.product, addr, &spec.name);
    let candidates = ours_of(index, addr);
    if !makes {
        if let Some(live) = newest(&base, candidates) {
            refs.balancers.insert(addr.clone(), Handle::Known(live.arn.clone()));
            if let Some(ips) = addresses::whole_balancer(live) {
                refs.balancer_addresses.insert(addr.clone(), Known::Yes(ips));
            }
            let zones = live.subnets.keys().filter_map(|id| Some(index.subnets.get(id.as_str())?.az_id.clone()));
            refs.balancer_zones.insert(addr.clone(), zones.collect());
        }
        return;
    }
    let Some((subnets, pins)) = home(draft, index, addr, spec) else { return };
    // A comparison tells a zone more as what it is, and not how it could go.
    let keeps_zones = !draft.options.compare;
    let misfit = |live: &LiveLoadBalancer| misfit(index, live, spec, &subnets, &pins, keeps_zones);
    let fitting: Vec<&LiveLoadBalancer> = candidates.iter().copied().filter(|live| misfit(live).is_none()).collect();
    let chosen = newest(&base, &fitting);
    for other in candidates.iter().filter(|live| Some(&live.arn) != chosen.map(|chosen| &chosen.arn)) {
        refs.superseded.insert(other.arn.clone());
    }
    let (named, interfaces) = chosen.map(|live| (live.subnets.clone(), live.interfaces.clone())).unwrap_or_default();
    let known = addresses::known(&spec.service_ips, &subnets, &named, &interfaces);
    refs.balancer_addresses.insert(addr.clone(), known);
    refs.balancer_zones.insert(addr.clone(), subnets.iter().map(|subnet| subnet.az_id.clone()).collect());
    if let (None, Some(old)) = (chosen, newest(&base, candidates)) {
        let reason = misfit(old).unwrap_or_default();
        refs.reasons.insert(addr.clone(), vec![reason]);
    }
    let fresh = fresh_pins(chosen.map(|live| &live.subnets), &pins);
    let taken = taken(index, &fresh, chosen.map(|live| live.arn.as_str()));
    if refuse_taken(draft, refs, addr, &taken, "service_ips") {
        return;
    }
    if let Some(chosen) = chosen {
        tell_more_addresses(draft, addr, chosen, &pins);
        refs.balancers.insert(addr.clone(), Handle::Known(chosen.arn.clone()));
        return;
    }
    let is_first = candidates.is_empty();
    if let Some(clash) = index.balancer_names.get(base.as_str()).filter(|_| is_first) {
        let text = format!("{} ({}) exists and does not carry the mark of {addr}", clash.name, clash.arn);
        return draft.problem(
            addr,
            ProblemCode::NameClash,
            text,
            "rename the resource, or delete the other load balancer",
        );
    }
    refs.balancers.insert(addr.clone(), Handle::Made(Object::of(addr, "")));
}

/// A node can be given more addresses than its pin, and opens connections from all of them (`SetSubnets`, secondary
/// addresses); Azure lets in the pins alone.
fn tell_more_addresses(draft: &mut Draft<'_>, addr: &Addr, live: &LiveLoadBalancer, pins: &[SubnetPin]) {
    let nodes =
        live.interfaces.iter().filter_map(|node| Some((node, pins.iter().find(|pin| pin.subnet == node.subnet)?)));
    for ip in nodes.flat_map(|(node, pin)| node.ips.iter().filter(|ip| pin.ip.is_some_and(|pin| pin != **ip))) {
        let text = format!("{} also connects from {ip}, which is not pinned: Azure blocks it", live.name);
        draft.note_on(NoteCode::MoreAddresses, addr, Path::Member(Set::ServiceIps, ip.to_string()), text);
    }
}

fn fresh_pins(live: Option<&BTreeMap<String, Option<std::net::Ipv4Addr>>>, pins: &[SubnetPin]) -> Vec<SubnetPin> {
    pins.iter().filter(|pin| live.is_none_or(|live| !live.contains_key(&pin.subnet))).cloned().collect()
}

/// Returns the chosen subnets with their pins.
fn home<'a>(
    draft: &mut Draft<'_>,
    index: &Index<'a>,
    addr: &Addr,
    spec: &LoadBalancer,
) -> Option<(Vec<&'a LiveSubnet>, Vec<SubnetPin>)> {
    let vpc = match &spec.vpc {
        Some(selector) => Some(selectors::vpc(draft, index, addr, selector)?.id.as_str()),
        None => None,
    };
    let subnets = selectors::subnets(draft, index, addr, &spec.subnets, vpc)?;
    let pins = selectors::pins(draft, addr, &subnets, &spec.service_ips, "service_ips")?;
    Some((subnets, pins))
}

fn ours_of<'i, 'a>(index: &'i Index<'a>, addr: &Addr) -> &'i [&'a LiveLoadBalancer] {
    index.our_balancers.get(addr).map(Vec::as_slice).unwrap_or_default()
}

fn newest<'a>(base: &str, candidates: &[&'a LiveLoadBalancer]) -> Option<&'a LiveLoadBalancer> {
    serve::balancer(candidates.iter().copied(), |name| names::generation(base, name))
}

/// Returns why a live load balancer cannot become what is declared, or `None` if it can. `keeps_zones`: no zone leaves it
/// while endpoints are connected.
fn misfit(
    index: &Index<'_>,
    live: &LiveLoadBalancer,
    spec: &LoadBalancer,
    subnets: &[&LiveSubnet],
    pins: &[SubnetPin],
    keeps_zones: bool,
) -> Option<String> {
    if live.state == BalancerState::Failed {
        return Some("it is failed and never comes back".to_owned());
    }
    if subnets.first().is_some_and(|subnet| subnet.vpc != live.vpc) {
        return Some("vpc cannot change in place".to_owned());
    }
    if live.groups.is_empty() != spec.security_groups.is_empty() {
        // A load balancer without groups can never get one (facts/aws 2.4).
        return Some("security_groups cannot go from none to some or back in place".to_owned());
    }
    if addresses::moves_in_zone(index, subnets, live.subnets.keys()) {
        return Some("a subnet cannot change within its zone in place".to_owned());
    }
    let stays = |id: &String| subnets.iter().any(|subnet| &subnet.id == id);
    if !live.subnets.keys().all(stays) && keeps_zones && health::has_endpoints(index, live) {
        // `SetSubnets` refuses it (facts/aws 2.4): a second load balancer takes over.
        return Some("a subnet cannot leave in place while endpoints are connected".to_owned());
    }
    let ips = addresses::by_subnet(&live.subnets, &live.interfaces);
    let moved = pins.iter().any(|pin| pin.ip.is_some() && ips.get(&pin.subnet).is_some_and(|ip| Some(*ip) != pin.ip));
    moved.then(|| "service_ips cannot change in place".to_owned())
}

/// Adds the steps that make the load balancer what is declared.
pub(super) fn plan(cx: &mut Planning<'_, '_>, one: &Wanted<'_, '_, LoadBalancer>) {
    let &Wanted { resource, spec, index } = one;
    let makes = cx.makes(resource);
    let Planning { draft, live: indexes, refs, .. } = cx;
    let addr = &resource.addr;
    let Some(handle) = refs.balancers.get(addr).cloned() else { return };
    if !makes {
        let live = index.balancers.get(handle.id());
        let groups = live.map(|live| health::groups_behind(index, live, None)).unwrap_or_default();
        return lead(refs, resource, handle, groups);
    }
    let Some((subnets, pins)) = home(draft, index, addr, spec) else { return };
    let Some(groups) = group_handles(draft, indexes, refs, addr, &spec.security_groups) else { return };
    let first = draft.steps.len();
    match &handle {
        Handle::Made(_) => create(cx, one, &subnets, pins, groups),
        Handle::Known(arn) => {
            if let Some(live) = index.balancers.get(arn.as_str()) {
                update(cx, one, &subnets, &pins, &groups, live);
            }
        }
    }
    let Planning { draft, refs, .. } = cx;
    let ready = (first..draft.steps.len()).filter(|step| draft.steps[*step].phase == Phase::Build);
    refs.balancer_ready.insert(addr.clone(), ready.collect());
    let groups = refs.target_groups.remove(addr).unwrap_or_default();
    lead(refs, resource, handle, groups);
}

/// Notes to which target groups connections go after the run.
fn lead(refs: &mut Refs, resource: &Resource, handle: Handle, groups: Vec<CheckedGroup>) {
    let (addr, place) = (&resource.addr, resource.place.key());
    let healthy = groups.iter().map(|group| health::one_healthy(&place, group, BTreeSet::new())).collect();
    refs.next_ways.insert(addr.clone(), NextWay { through: BTreeSet::from([handle]), healthy });
    refs.target_groups.insert(addr.clone(), groups);
}

fn create(
    cx: &mut Planning<'_, '_>,
    one: &Wanted<'_, '_, LoadBalancer>,
    subnets: &[&LiveSubnet],
    pins: Vec<SubnetPin>,
    groups: BTreeSet<Handle>,
) {
    let &Wanted { resource, spec, index } = one;
    let Planning { draft, refs, .. } = cx;
    let addr = &resource.addr;
    let place = resource.place.key();
    let base = names::balancer(&draft.desired.product, addr, &spec.name);
    let last = ours_of(index, addr).iter().filter_map(|live| names::generation(&base, &live.name)).max();
    let name = names::free(&base, last.map_or(1, |last| last + 1), |name| index.balancer_names.contains_key(name));
    let object = Object::of(addr, "");
    let handle = Handle::Made(object.clone());
    let replaces = refs.reasons.contains_key(addr).then(|| newest(&base, ours_of(index, addr))).flatten();
    let old = replaces.map(|old| (held(index, old, spec, &pins, &name), old));
    let mut fields = vec![field(Property::Name, Value::Null, name.clone())];
    fields.extend(pins.iter().map(|pin| {
        field(
            Path::Member(Set::Subnets, pin.subnet.clone()),
            Value::Null,
            pin.ip.map_or(Value::Bool(true), |ip| ip.to_string().into()),
        )
    }));
    fields.push(field(Property::SecurityGroups, Value::Null, Shown::handles(&groups)));
    let lb_tags = tags(draft, addr, &spec.name);
    let op = LoadBalancerOp::Create { name, subnets: pins, groups: groups.clone(), tags: lb_tags };
    let undo = Undo::Delete(Box::new(LoadBalancerOp::Delete { load_balancer: handle.clone() }.into()));
    let ready = groups_ready(refs, &spec.security_groups);
    draft.step(DraftStep::build(addr, &place, op, undo).makes(object).after(ready));
    if let Some(rules) = declared_flag(draft, addr, spec) {
        fields.push(field(Property::PrivateLinkIngressRules, Value::Null, word(rules)));
        // AWS's default is `on`, so only `off` takes a call.
        if rules == PrivateLinkIngress::Off {
            let op =
                LoadBalancerOp::SetGroups { load_balancer: handle.clone(), groups, enforce_private_link: Some(false) };
            draft.step(DraftStep::build(addr, &place, op, Undo::Nothing));
        }
    }
    fields.extend(listeners::plan(cx, one, subnets, None, &handle));
    let Planning { draft, refs, .. } = cx;
    draft.depends_on(addr, "load-balancer", index.our_balancers.get(addr), &VOLATILE);
    replacement::change(
        draft,
        refs,
        resource,
        fields,
        old.map(|(shown, old)| (shown, old.arn.as_str(), old.state.as_str())),
    );
}

fn update(
    cx: &mut Planning<'_, '_>,
    one: &Wanted<'_, '_, LoadBalancer>,
    subnets: &[&LiveSubnet],
    pins: &[SubnetPin],
    groups: &BTreeSet<Handle>,
    live: &LiveLoadBalancer,
) {
    let &Wanted { resource, index, .. } = one;
    let addr = &resource.addr;
    let handle = Handle::Known(live.arn.clone());
    beyond::tell(cx.draft, addr, &live.name, &live.beyond);
    let mut fields = tag_fields(cx.draft, resource, &tagged::tagged(one, live), true);
    fields.extend(groups_and_flag(cx, one, groups, live));
    fields.extend(change_subnets(cx.draft, &mut cx.refs, resource, pins, live));
    fields.extend(listeners::plan(cx, one, subnets, Some(live), &handle));
    let action = if fields.is_empty() { Action::Same } else { Action::Update };
    if action != Action::Same {
        cx.draft.depends_on(addr, "load-balancer", index.our_balancers.get(addr), &VOLATILE);
    }
    cx.draft.change(resource, action, fields, Some(live.arn.clone()));
}

/// Returns the declared enforcement, which is a matter of groups: AWS takes it only together with some.
fn declared_flag(draft: &mut Draft<'_>, addr: &Addr, spec: &LoadBalancer) -> Option<PrivateLinkIngress> {
    let flag = spec.private_link_ingress_rules?;
    if spec.security_groups.is_empty() {
        let text = "private_link_ingress_rules has no effect on a load balancer without security groups";
        draft.note(NoteCode::FlagWithoutGroups, Some(addr), text);
        return None;
    }
    Some(flag)
}

/// Compares groups and enforcement, which one call changes together: first both the old and the new groups, and
/// after the commit point the new ones alone.
fn groups_and_flag(
    cx: &mut Planning<'_, '_>,
    one: &Wanted<'_, '_, LoadBalancer>,
    groups: &BTreeSet<Handle>,
    live: &LiveLoadBalancer,
) -> Vec<FieldChange> {
    let &Wanted { resource, spec, index } = one;
    let Planning { draft, refs, .. } = cx;
    let (addr, place) = (&resource.addr, resource.place.key());
    let mut fields = Vec::new();
    let old: BTreeSet<Handle> = live.groups.iter().cloned().map(Handle::Known).collect();
    if &old != groups {
        fields.push(field(Property::SecurityGroups, shown(&old), Shown::handles(groups)));
    }
    // An absent flag means AWS's default: enforced. What is not declared is what creation gives, the same.
    let enforced = live.enforce_private_link.unwrap_or(true);
    let default = (!spec.security_groups.is_empty()).then_some(PrivateLinkIngress::Enforced);
    let declared = declared_flag(draft, addr, spec).or(default);
    let wanted = declared.map(|rules| rules == PrivateLinkIngress::Enforced).filter(|wanted| *wanted != enforced);
    if wanted.is_some() {
        let before = if enforced { PrivateLinkIngress::Enforced } else { PrivateLinkIngress::Off };
        fields.push(field(Property::PrivateLinkIngressRules, word(before), declared.map(word)));
    }
    let set = |groups: BTreeSet<Handle>, enforce_private_link| LoadBalancerOp::SetGroups {
        load_balancer: Handle::Known(live.arn.clone()),
        groups,
        enforce_private_link,
    };
    let widens = groups.difference(&old).next().is_some() || wanted == Some(false);
    let after_build = if wanted == Some(false) { wanted } else { live.enforce_private_link };
    if widens {
        let both: BTreeSet<Handle> = old.union(groups).cloned().collect();
        let undo =
            Undo::Restore(Box::new(set(old.clone(), wanted.map(|_| enforced).or(live.enforce_private_link)).into()));
        let ready = groups_ready(refs, &spec.security_groups);
        draft.step(DraftStep::build(addr, &place, set(both, after_build), undo).after(ready));
    }
    let gone: Vec<&String> = live.groups.iter().filter(|id| !groups.contains(&Handle::Known((*id).clone()))).collect();
    if !gone.is_empty() || wanted == Some(true) {
        let ours = gone.iter().filter(|id| is_our_group(draft, index, id)).map(|id| Handle::Known((*id).clone()));
        let back: BTreeSet<Handle> = groups.iter().cloned().chain(ours).collect();
        let undo = if &back == groups && wanted.is_none() {
            Undo::Impossible("a group without our mark is never put back".to_owned())
        } else {
            Undo::Recreate(vec![set(back, wanted.map(|_| enforced).or(after_build)).into()])
        };
        let mut step = DraftStep::commit(addr, &place, set(groups.clone(), wanted.or(after_build)), undo);
        if !gone.is_empty() {
            // A target that still gets connections may be let out to by a group that goes.
            step.cuts = BTreeSet::from([IpNet::V4(Ipv4Net::default())]);
        }
        let step = draft.step(step);
        for id in gone {
            refs.left.insert((id.clone(), live.arn.clone()));
            refs.last_uses.entry(id.clone()).or_default().push(step);
        }
    }
    fields
}

/// Compares subnets: new ones are added before the commit point, old ones go after it.
fn change_subnets(
    draft: &mut Draft<'_>,
    refs: &mut Refs,
    resource: &Resource,
    pins: &[SubnetPin],
    live: &LiveLoadBalancer,
) -> Vec<FieldChange> {
    let ips = addresses::by_subnet(&live.subnets, &live.interfaces);
    let wanted: BTreeMap<&str, &SubnetPin> = pins.iter().map(|pin| (pin.subnet.as_str(), pin)).collect();
    let fresh: Vec<&SubnetPin> = pins.iter().filter(|pin| !live.subnets.contains_key(&pin.subnet)).collect();
    let mut gone: Vec<&String> = live.subnets.keys().filter(|id| !wanted.contains_key(id.as_str())).collect();
    if waits_for_azure(draft, refs, &resource.addr, !gone.is_empty()) {
        gone.clear();
    }
    let was: Vec<SubnetPin> =
        live.subnets.iter().map(|(subnet, ip)| SubnetPin { subnet: subnet.clone(), ip: *ip }).collect();
    let load_balancer = Handle::Known(live.arn.clone());
    let set = |subnets: Vec<SubnetPin>| LoadBalancerOp::SetSubnets { load_balancer: load_balancer.clone(), subnets };
    let (addr, place) = (&resource.addr, resource.place.key());
    if !fresh.is_empty() {
        let both: Vec<SubnetPin> = was.iter().cloned().chain(fresh.iter().map(|pin| (*pin).clone())).collect();
        let undo = Undo::Restore(Box::new(set(was.clone()).into()));
        let step = draft.step(DraftStep::build(addr, &place, set(both), undo));
        refs.grown.insert(addr.clone(), step);
    }
    if !gone.is_empty() {
        let undo = Undo::Recreate(vec![set(was).into()]);
        // What stays is named as it is live: its address is not chosen again.
        let stays = pins.iter().map(|pin| match live.subnets.get(&pin.subnet) {
            Some(ip) => SubnetPin { subnet: pin.subnet.clone(), ip: *ip },
            None => pin.clone(),
        });
        let mut step = DraftStep::commit(addr, &place, set(stays.collect()), undo);
        step.releases = gone.iter().filter_map(|id| ips.get(*id)).copied().map(addresses::host).collect();
        draft.step(step);
    }
    let text = |ip: Option<std::net::Ipv4Addr>| ip.map_or(Value::Bool(true), |ip| ip.to_string().into());
    let added =
        fresh.iter().map(|pin| field(Path::Member(Set::Subnets, pin.subnet.clone()), Value::Null, text(pin.ip)));
    let removed = gone
        .iter()
        .map(|id| field(Path::Member(Set::Subnets, (*id).clone()), text(ips.get(*id).copied()), Value::Null));
    added.chain(removed).collect()
}
