//! The listeners of a load balancer, each with its own target group and targets.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::moving::move_listener;
use super::unit::{Serving, Unit};
use crate::code::{NoteCode, ProblemCode};
use crate::kinds::planning::{Planning, Wanted};
use crate::kinds::shared::aws::health::{self, CheckedGroup};
use crate::kinds::shared::aws::{Refs, addresses, beyond, names, tags};
use crate::live::{LiveListener, LiveLoadBalancer, LiveSubnet, LiveTargetGroup};
use crate::model::{Health, Listener, LoadBalancer, Target};
use crate::op::{Handle, LoadBalancerOp, Object};
use crate::plan::draft::{Draft, DraftStep, field};
use crate::plan::drain::Drain;
use crate::plan::{Await, Condition, FieldChange, ListenerPart, Path, Patience, Set, Shown, Undo};

/// AWS's own, where none is declared.
const DEFAULT_HEALTH: Health = Health { interval_secs: 30, threshold: 5 };

/// Adds the steps for every listener of a load balancer and returns the fields that differ.
pub(crate) fn plan(
    cx: &mut Planning<'_, '_>,
    one: &Wanted<'_, '_, LoadBalancer>,
    subnets: &[&LiveSubnet],
    live: Option<&LiveLoadBalancer>,
    balancer: &Handle,
) -> Vec<FieldChange> {
    let &Wanted { resource, spec, index } = one;
    let Planning { draft, refs, .. } = cx;
    let Some(vpc) = subnets.first().map(|subnet| subnet.vpc.as_str()) else { return Vec::new() };
    let vpc_cidrs = match index.vpcs.get(vpc) {
        Some(vpc) => vpc.cidrs.clone(),
        None => subnets.iter().map(|subnet| subnet.cidr).collect(),
    };
    let unit = Unit { index, resource, live, balancer, name: &spec.name, vpc, vpc_cidrs };
    let there: BTreeMap<u16, &LiveListener> = live
        .and_then(|live| live.listeners.as_ref())
        .map(|listeners| listeners.iter().map(|listener| (listener.port, listener)).collect())
        .unwrap_or_default();
    let mut fields = Vec::new();
    let mut used: BTreeSet<String> = BTreeSet::new();
    for listener in &spec.listeners {
        let live_listener = there.get(&listener.port).copied();
        let group = choose_group(draft, &unit, listener, live_listener, &used);
        let serving = match group {
            Some(group) => {
                used.insert(group.name.clone());
                let (differs, registered) = update_group(draft, &unit, listener, group);
                fields.extend(differs);
                let checked = !group.load_balancers.is_empty();
                Serving { group: CheckedGroup::live(group, listener.health), registered, checked }
            }
            None => create_group(draft, &unit, listener),
        };
        refs.target_groups.entry(resource.addr.clone()).or_default().push(serving.group.clone());
        fields.extend(forward(draft, refs, &unit, listener, &serving, live_listener));
    }
    fields.extend(remove_listeners(draft, refs, &unit, spec, &there));
    fields.extend(remove_groups(draft, refs, &unit, &used));
    fields
}

/// Returns our live target group that can serve the listener: the one that it forwards to, else the newest.
fn choose_group<'a>(
    draft: &Draft<'_>,
    unit: &Unit<'_, 'a>,
    listener: &Listener,
    live: Option<&LiveListener>,
    used: &BTreeSet<String>,
) -> Option<&'a LiveTargetGroup> {
    let addr = &unit.resource.addr;
    let base = names::target_group(&draft.desired.product, addr, listener.port, listener.target_port);
    let forwards =
        |arn: &String| live.is_some_and(|live| live.target_group.as_ref() == Some(arn) || live.also.contains(arn));
    let fits = |group: &&LiveTargetGroup| {
        let free = group.load_balancers.iter().all(|arn| unit.live.is_some_and(|balancer| &balancer.arn == arn));
        let same = group.port == listener.target_port && group.vpc == unit.vpc;
        free && same && group.protocol.eq_ignore_ascii_case("tcp") && !used.contains(&group.name)
    };
    let ours = unit.index.our_target_groups.get(addr).into_iter().flatten().copied().filter(fits);
    let named = ours.filter_map(|group| Some((names::generation(&base, &group.name)?, group)));
    named.max_by_key(|(generation, group)| (forwards(&group.arn), *generation)).map(|(_, group)| group)
}

fn create_group(draft: &mut Draft<'_>, unit: &Unit<'_, '_>, listener: &Listener) -> Serving {
    let base = names::target_group(&draft.desired.product, &unit.resource.addr, listener.port, listener.target_port);
    let ours = unit.index.our_target_groups.get(&unit.resource.addr).into_iter().flatten();
    let newest = ours.filter_map(|group| names::generation(&base, &group.name)).max();
    if let (None, Some(clash)) = (newest, unit.index.target_groups.get(base.as_str())) {
        let text = format!("{} ({}) exists and does not carry its mark", clash.name, clash.arn);
        draft.problem(&unit.resource.addr, ProblemCode::NameClash, text, "delete the other target group");
    }
    let first = newest.map_or(1, |newest| newest + 1);
    let name = names::free(&base, first, |name| unit.index.target_groups.contains_key(name));
    let (addr, place) = (&unit.resource.addr, unit.resource.place.key());
    let object = Object::of(addr, &format!("target-group/{}", listener.port));
    let handle = Handle::Made(object.clone());
    let op = LoadBalancerOp::CreateTargetGroup {
        name,
        port: listener.target_port,
        vpc: unit.vpc.to_owned(),
        health: listener.health,
        tags: tags(draft, addr, unit.name),
    };
    let undo = Undo::Delete(Box::new(LoadBalancerOp::DeleteTargetGroup { target_group: handle.clone() }.into()));
    draft.step(DraftStep::build(addr, &place, op, undo).makes(object));
    let Health { interval_secs, threshold } = listener.health.unwrap_or(DEFAULT_HEALTH);
    let group = CheckedGroup { target_group: handle, healthy_secs: health::healthy_secs(interval_secs, threshold) };
    let registered = register(draft, unit, &group, listener.targets.iter().copied().collect());
    Serving { group, registered, checked: false }
}

fn register(
    draft: &mut Draft<'_>,
    unit: &Unit<'_, '_>,
    group: &CheckedGroup,
    targets: BTreeSet<Target>,
) -> Option<usize> {
    if targets.is_empty() {
        return None;
    }
    let (addr, place) = (&unit.resource.addr, unit.resource.place.key());
    let CheckedGroup { target_group, healthy_secs } = group.clone();
    let undo = LoadBalancerOp::DeregisterTargets { target_group: target_group.clone(), targets: targets.clone() };
    let vpc_cidrs = unit.vpc_cidrs.clone();
    let op = LoadBalancerOp::RegisterTargets { target_group: target_group.clone(), targets, vpc_cidrs };
    let step = draft.step(DraftStep::build(addr, &place, op, Undo::Delete(Box::new(undo.into()))));
    // A run that takes no way down succeeds also without healthy targets, and says so.
    let condition = Condition::TargetsHealthy { target_group, targets: BTreeSet::new() };
    draft.settle.push(Await { place, condition, binds: None, patience: Patience::Warn(healthy_secs) });
    Some(step)
}

fn update_group(
    draft: &mut Draft<'_>,
    unit: &Unit<'_, '_>,
    listener: &Listener,
    live: &LiveTargetGroup,
) -> (Vec<FieldChange>, Option<usize>) {
    tell_beyond(draft, unit, listener, live);
    let differing = health_fields(listener, live);
    change_health(draft, unit, listener, live, !differing.is_empty());
    let (fresh, gone) = target_difference(listener, live);
    let fields = differing.into_iter().chain(target_fields(listener, &fresh, &gone)).collect();
    draft.before_commit.extend(taken_over(unit, listener, live, &fresh, &gone));
    let registered = register(draft, unit, &CheckedGroup::live(live, listener.health), fresh);
    deregister(draft, unit, live, gone, registered);
    (fields, registered)
}

/// What must be healthy before targets that may carry connections go: the new ones, or where there is none, one of those
/// that stay.
fn taken_over(
    unit: &Unit<'_, '_>,
    listener: &Listener,
    live: &LiveTargetGroup,
    fresh: &BTreeSet<Target>,
    gone: &BTreeSet<Target>,
) -> Option<Await> {
    let (place, group) = (unit.resource.place.key(), CheckedGroup::live(live, listener.health));
    if listener.targets.is_empty() || !carry(unit, live, gone) {
        return None;
    }
    Some(if fresh.is_empty() {
        health::one_healthy(&place, &group, listener.targets.iter().copied().collect())
    } else {
        health::all_healthy(&place, &group, fresh.clone())
    })
}

/// Returns true if one of the targets may carry connections.
fn carry(unit: &Unit<'_, '_>, live: &LiveTargetGroup, targets: &BTreeSet<Target>) -> bool {
    let connected = unit.live.is_none_or(|balancer| health::is_connected(unit.index, balancer));
    let carries = |(ip, port, state): &(std::net::Ipv4Addr, u16, crate::live::TargetHealth)| {
        targets.contains(&Target { ip: *ip, port: *port }) && health::may_carry(state)
    };
    connected && !live.load_balancers.is_empty() && live.targets.iter().any(carries)
}

/// Removes targets, after those that take over were registered. Ways to a target close only after it was left.
fn deregister(
    draft: &mut Draft<'_>,
    unit: &Unit<'_, '_>,
    live: &LiveTargetGroup,
    gone: BTreeSet<Target>,
    registered: Option<usize>,
) {
    if gone.is_empty() {
        return;
    }
    // A target of an exclusive set that was never ours to declare is not put back.
    let undo = Undo::Impossible("a target that is not declared is never registered again".to_owned());
    let target_group = Handle::Known(live.arn.clone());
    let drain =
        carry(unit, live, &gone).then(|| Drain::Targets { target_group: target_group.clone(), targets: gone.clone() });
    let drains = gone.iter().map(|target| addresses::host(target.ip)).collect();
    let op = LoadBalancerOp::DeregisterTargets { target_group, targets: gone };
    let step = DraftStep::commit(&unit.resource.addr, &unit.resource.place.key(), op, undo);
    draft.step(DraftStep { drains, drain, ..step.after(registered) });
}

/// Returns the targets to register and those to deregister.
fn target_difference(listener: &Listener, live: &LiveTargetGroup) -> (BTreeSet<Target>, BTreeSet<Target>) {
    let wanted: BTreeSet<Target> = listener.targets.iter().copied().collect();
    let there: BTreeSet<Target> = live.targets.iter().map(|(ip, port, _)| Target { ip: *ip, port: *port }).collect();
    (wanted.difference(&there).copied().collect(), there.difference(&wanted).copied().collect())
}

fn target_fields(listener: &Listener, fresh: &BTreeSet<Target>, gone: &BTreeSet<Target>) -> Vec<FieldChange> {
    let member = |target: &Target| Path::Listener(listener.port, Some(ListenerPart::Target(*target)));
    let added = fresh.iter().map(|target| field(member(target), Value::Null, true));
    added.chain(gone.iter().map(|target| field(member(target), true, Value::Null))).collect()
}

fn health_fields(listener: &Listener, live: &LiveTargetGroup) -> Vec<FieldChange> {
    let Some(health) = listener.health else { return Vec::new() };
    let path = |part| Path::Listener(listener.port, Some(part));
    let mut fields = Vec::new();
    if health.interval_secs != live.health.interval_secs {
        fields.push(field(path(ListenerPart::HealthInterval), live.health.interval_secs, health.interval_secs));
    }
    if health.timeout_secs() != live.health.timeout_secs {
        fields.push(field(path(ListenerPart::HealthTimeout), live.health.timeout_secs, health.timeout_secs()));
    }
    if health.threshold != live.health.healthy || health.threshold != live.health.unhealthy {
        let before = if live.health.healthy == live.health.unhealthy {
            json!(live.health.healthy)
        } else {
            json!([live.health.healthy, live.health.unhealthy])
        };
        fields.push(field(path(ListenerPart::HealthThreshold), before, health.threshold));
    }
    if !live.health.protocol.eq_ignore_ascii_case("tcp") {
        fields.push(field(path(ListenerPart::HealthProtocol), live.health.protocol.to_lowercase(), "tcp"));
    }
    fields
}

/// Health checks that creation gives where none is declared: interval, thresholds. The second is what network load
/// balancers had before 2023 (ELBv2 `CreateTargetGroup`).
const HEALTH_AS_MADE: [(u32, u32, u32); 2] = [(30, 5, 2), (30, 3, 3)];

/// Tells what the config says nothing about and nobody but a hand can have set.
fn tell_beyond(draft: &mut Draft<'_>, unit: &Unit<'_, '_>, listener: &Listener, live: &LiveTargetGroup) {
    let (addr, at) = (&unit.resource.addr, |part| Path::Listener(listener.port, Some(part)));
    for one in &live.beyond {
        beyond::tell_at(draft, addr, &live.name, one, at(ListenerPart::Beyond(one.what)));
    }
    let health = &live.health;
    let as_made = HEALTH_AS_MADE.contains(&(health.interval_secs, health.healthy, health.unhealthy));
    let is_tcp = health.protocol.eq_ignore_ascii_case("tcp");
    if listener.health.is_some() || (is_tcp && as_made) {
        return;
    }
    let part = if is_tcp { ListenerPart::HealthInterval } else { ListenerPart::HealthProtocol };
    let text = format!(
        "{} checks health by {} every {} s ({} good or {} bad answers), which is not what creation gives: declare \
         `health` to have it put right",
        live.name, health.protocol, health.interval_secs, health.healthy, health.unhealthy
    );
    draft.note_on(NoteCode::BeyondConfig, addr, at(part), text);
}

fn change_health(
    draft: &mut Draft<'_>,
    unit: &Unit<'_, '_>,
    listener: &Listener,
    live: &LiveTargetGroup,
    differs: bool,
) {
    let Some(health) = listener.health.filter(|_| differs) else { return };
    let group = Handle::Known(live.arn.clone());
    let old = Health { interval_secs: live.health.interval_secs, threshold: live.health.healthy };
    let same_form = live.health.protocol.eq_ignore_ascii_case("tcp")
        && live.health.healthy == live.health.unhealthy
        && live.health.timeout_secs == old.timeout_secs();
    let undo = if same_form {
        Undo::Restore(Box::new(LoadBalancerOp::ModifyTargetGroup { target_group: group.clone(), health: old }.into()))
    } else {
        Undo::Impossible("the health check was of a form that cannot be declared".to_owned())
    };
    let op = LoadBalancerOp::ModifyTargetGroup { target_group: group, health };
    draft.step(DraftStep::build(&unit.resource.addr, &unit.resource.place.key(), op, undo));
}

/// Returns what differs between the target group that a listener leaves and the one that it goes to.
fn moved_fields(unit: &Unit<'_, '_>, listener: &Listener, group: &Handle, old: Option<&str>) -> Vec<FieldChange> {
    let path = |part| Path::Listener(listener.port, Some(part));
    let ours = unit.index.our_target_groups.get(&unit.resource.addr).into_iter().flatten();
    let left = ours.copied().find(|live| Some(live.arn.as_str()) == old).filter(|_| matches!(group, Handle::Made(_)));
    let Some(left) = left else { return vec![field(path(ListenerPart::TargetGroup), old, Shown::handle(group))] };
    let (fresh, gone) = target_difference(listener, left);
    let mut fields = Vec::new();
    if left.port != listener.target_port {
        fields.push(field(path(ListenerPart::TargetPort), left.port, listener.target_port));
    }
    fields.extend(health_fields(listener, left));
    fields.extend(target_fields(listener, &fresh, &gone));
    if fields.is_empty() {
        fields.push(field(path(ListenerPart::TargetGroup), old, Shown::handle(group)));
    }
    fields
}

/// Makes the listener of a port, or points the live one at the target group.
fn forward(
    draft: &mut Draft<'_>,
    refs: &mut Refs,
    unit: &Unit<'_, '_>,
    listener: &Listener,
    serving: &Serving,
    live: Option<&LiveListener>,
) -> Vec<FieldChange> {
    let group = &serving.group.target_group;
    let (addr, place) = (&unit.resource.addr, unit.resource.place.key());
    let path = |part| Path::Listener(listener.port, Some(part));
    let Some(live) = live else {
        let object = Object::of(addr, &format!("listener/{}", listener.port));
        let handle = Handle::Made(object.clone());
        let op = LoadBalancerOp::CreateListener {
            load_balancer: unit.balancer.clone(),
            port: listener.port,
            target_group: group.clone(),
            tags: tags(draft, addr, unit.name),
        };
        let undo = Undo::Delete(Box::new(LoadBalancerOp::DeleteListener { listener: handle }.into()));
        draft.step(DraftStep::build(addr, &place, op, undo).makes(object));
        return vec![field(Path::Listener(listener.port, None), Value::Null, shown(listener))];
    };
    let same = live.target_group.as_deref() == Some(group.id()) && matches!(group, Handle::Known(_));
    // A share of the traffic goes elsewhere (weighted target groups).
    let forwards = same && live.also.is_empty();
    if forwards && live.protocol.eq_ignore_ascii_case("tcp") {
        return Vec::new();
    }
    move_listener(draft, refs, unit, listener, serving, live);
    let mut fields = Vec::new();
    if !live.also.is_empty() {
        let shares: BTreeSet<&String> = live.target_group.iter().chain(&live.also).collect();
        fields.push(field(path(ListenerPart::TargetGroup), json!(shares), Shown::handle(group)));
    } else if !forwards {
        fields.extend(moved_fields(unit, listener, group, live.target_group.as_deref()));
    }
    if !live.protocol.eq_ignore_ascii_case("tcp") {
        fields.push(field(path(ListenerPart::Protocol), live.protocol.to_lowercase(), "tcp"));
    }
    fields
}

fn remove_listeners(
    draft: &mut Draft<'_>,
    refs: &mut Refs,
    unit: &Unit<'_, '_>,
    spec: &LoadBalancer,
    there: &BTreeMap<u16, &LiveListener>,
) -> Vec<FieldChange> {
    let mut fields = Vec::new();
    for (port, live) in there {
        if spec.listeners.iter().any(|listener| listener.port == *port) {
            continue;
        }
        let op = LoadBalancerOp::DeleteListener { listener: Handle::Known(live.arn.clone()) };
        let undo = Undo::Impossible("a listener that is not declared is never made again".to_owned());
        let mut step = DraftStep::commit(&unit.resource.addr, &unit.resource.place.key(), op, undo);
        // No drain: this way goes as a whole, with whoever uses it.
        let ours = unit.index.our_target_groups.get(&unit.resource.addr).into_iter().flatten();
        let left = ours.filter(|group| Some(&group.arn) == live.target_group.as_ref());
        step.drains = left.flat_map(|group| group.targets.iter().map(|(ip, _, _)| addresses::host(*ip))).collect();
        let step = draft.step(step);
        if let Some(group) = &live.target_group {
            refs.freed.entry(group.clone()).or_default().push(step);
        }
        let target = live.target_group.clone().unwrap_or_default();
        fields.push(field(Path::Listener(*port, None), format!("{} to {target}", live.protocol), Value::Null));
    }
    fields
}

/// Target groups of ours that no listener of this load balancer uses any more go after the commit point.
fn remove_groups(draft: &mut Draft<'_>, refs: &Refs, unit: &Unit<'_, '_>, used: &BTreeSet<String>) -> Vec<FieldChange> {
    let addr = &unit.resource.addr;
    let listeners = unit.live.and_then(|live| live.listeners.as_ref()).into_iter().flatten();
    let forwarded: BTreeSet<&str> = listeners.filter_map(|listener| listener.target_group.as_deref()).collect();
    let mut fields = Vec::new();
    for group in unit.index.our_target_groups.get(addr).into_iter().flatten() {
        let elsewhere = group.load_balancers.iter().any(|arn| unit.live.is_none_or(|live| &live.arn != arn));
        if used.contains(&group.name) || elsewhere {
            continue;
        }
        if !forwarded.contains(group.arn.as_str()) {
            fields.push(field(Path::Member(Set::TargetGroups, group.name.clone()), true, Value::Null));
        }
        let op = LoadBalancerOp::DeleteTargetGroup { target_group: Handle::Known(group.arn.clone()) };
        let undo = Undo::Impossible("it is not declared any more".to_owned());
        let after = refs.freed.get(&group.arn).cloned().unwrap_or_default();
        draft.step(DraftStep::commit(addr, &unit.resource.place.key(), op, undo).after(after));
    }
    fields
}

fn shown(listener: &Listener) -> Value {
    shown_listener("tcp", listener.targets.clone(), listener.health)
}

/// Returns a live listener with its target group as a plan shows a declared one; its health check only where one is
/// declared.
pub(crate) fn shown_live(live: &LiveListener, group: &LiveTargetGroup, declared: Option<&Listener>) -> Value {
    let targets = group.targets.iter().map(|(ip, port, _)| Target { ip: *ip, port: *port }).collect();
    let health = Health { interval_secs: group.health.interval_secs, threshold: group.health.healthy };
    shown_listener(&live.protocol, targets, declared.and_then(|declared| declared.health).map(|_| health))
}

pub(crate) fn shown_listener(protocol: &str, mut targets: Vec<Target>, health: Option<Health>) -> Value {
    targets.sort_unstable();
    let targets: Vec<String> = targets.iter().map(|target| format!("{}:{}", target.ip, target.port)).collect();
    let protocol = protocol.to_lowercase();
    match health {
        None => json!({"protocol": protocol, "targets": targets}),
        Some(health) => json!({
            "protocol": protocol,
            "targets": targets,
            "health": {"interval": health.interval_secs, "threshold": health.threshold},
        }),
    }
}
