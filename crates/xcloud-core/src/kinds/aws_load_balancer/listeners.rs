//! The listeners of a load balancer, each with its own target group and targets.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::Ipv4Net;
use serde_json::{Value, json};

use crate::code::{NoteCode, ProblemCode};
use crate::kinds::planning::{Planning, Wanted};
use crate::kinds::shared::aws::{Index, Refs, addresses, beyond, names, tags};
use crate::live::{LiveListener, LiveLoadBalancer, LiveSubnet, LiveTargetGroup, TargetHealth};
use crate::model::{Health, Listener, LoadBalancer, Resource, Target};
use crate::op::{Handle, LoadBalancerOp, Object};
use crate::plan::draft::{Draft, DraftStep, field};
use crate::plan::{Await, Condition, FieldChange, ListenerPart, Path, Patience, Set, Shown, Undo};

/// How long targets are given to become healthy after an apply before it says that they are not: three checks of
/// the default interval, and the time a new target stays `initial`.
const HEALTHY_SECS: u64 = 120;

/// What the parts of one load balancer share.
struct Unit<'p, 'd> {
    index: &'p Index<'d>,
    resource: &'p Resource,
    /// The load balancer as it is live, if it is.
    live: Option<&'p LiveLoadBalancer>,
    balancer: &'p Handle,
    name: &'p str,
    vpc: &'p str,
    vpc_cidrs: BTreeSet<Ipv4Net>,
}

/// The target group that serves a listener after the run.
struct Serving {
    group: Handle,
    /// The step that registers its new targets.
    registered: Option<usize>,
    /// True if a listener forwards to it already: without one its targets are `unused` and never checked (ELBv2
    /// `DescribeTargetHealth`, reason `Target.NotInUse`), so that waiting for their health would be in vain.
    checked: bool,
}

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
                Serving { group: Handle::Known(group.arn.clone()), registered, checked }
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
    let registered = register(draft, unit, &handle, listener.targets.iter().copied().collect());
    Serving { group: handle, registered, checked: false }
}

fn register(draft: &mut Draft<'_>, unit: &Unit<'_, '_>, group: &Handle, targets: BTreeSet<Target>) -> Option<usize> {
    if targets.is_empty() {
        return None;
    }
    let (addr, place) = (&unit.resource.addr, unit.resource.place.key());
    let undo = LoadBalancerOp::DeregisterTargets { target_group: group.clone(), targets: targets.clone() };
    let op =
        LoadBalancerOp::RegisterTargets { target_group: group.clone(), targets, vpc_cidrs: unit.vpc_cidrs.clone() };
    let step = draft.step(DraftStep::build(addr, &place, op, Undo::Delete(Box::new(undo.into()))));
    draft.settle.push(healthy(unit, group));
    Some(step)
}

fn healthy(unit: &Unit<'_, '_>, group: &Handle) -> Await {
    Await {
        place: unit.resource.place.key(),
        condition: Condition::TargetsHealthy { target_group: group.clone() },
        binds: None,
        patience: Patience::Warn(HEALTHY_SECS),
    }
}

fn update_group(
    draft: &mut Draft<'_>,
    unit: &Unit<'_, '_>,
    listener: &Listener,
    live: &LiveTargetGroup,
) -> (Vec<FieldChange>, Option<usize>) {
    let handle = Handle::Known(live.arn.clone());
    tell_beyond(draft, unit, listener, live);
    let health = health_fields(listener, live);
    change_health(draft, unit, listener, live, !health.is_empty());
    let (fresh, gone) = target_difference(listener, live);
    let fields = health.into_iter().chain(target_fields(listener, &fresh, &gone)).collect();
    let registered = register(draft, unit, &handle, fresh);
    deregister(draft, unit, live, gone, registered);
    (fields, registered)
}

/// Removes targets: where others take over, when those are healthy or have had time to be. Ways to a target close
/// only after it was left.
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
    let ill = |(ip, port, state): &(std::net::Ipv4Addr, u16, TargetHealth)| {
        *state == TargetHealth::Unhealthy && gone.contains(&Target { ip: *ip, port: *port })
    };
    // Where all that go are ill, they carry nothing, and would keep the group from being healthy for ever.
    let in_vain = live.load_balancers.is_empty() || live.targets.iter().filter(|one| ill(one)).count() == gone.len();
    let group = Handle::Known(live.arn.clone());
    let await_healthy = registered.filter(|_| !in_vain).map(|_| healthy(unit, &group));
    let drains = gone.iter().map(|target| addresses::host(target.ip)).collect();
    let op = LoadBalancerOp::DeregisterTargets { target_group: group, targets: gone };
    let step = DraftStep::commit(&unit.resource.addr, &unit.resource.place.key(), op, undo);
    let mut step = step.after(registered).awaits(await_healthy);
    step.drains = drains;
    draft.step(step);
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
    let same_form = live.health.protocol.eq_ignore_ascii_case("tcp") && live.health.healthy == live.health.unhealthy;
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
    let group = &serving.group;
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
    let handle = Handle::Known(live.arn.clone());
    let undo = point_back(unit, live);
    let op = LoadBalancerOp::ModifyListener { listener: handle, target_group: group.clone() };
    // The way that is live moves only to targets that are registered, and where AWS checks them, healthy.
    let watched = serving.checked.then(|| healthy(unit, group));
    let step = draft.step(DraftStep::build(addr, &place, op, undo).after(serving.registered).awaits(watched));
    for old in live.target_group.iter().chain(&live.also).filter(|old| old.as_str() != group.id()) {
        refs.freed.entry(old.clone()).or_default().push(step);
    }
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

/// Points the listener back to where it went, if that can be declared: TCP, to a target group of ours.
fn point_back(unit: &Unit<'_, '_>, live: &LiveListener) -> Undo {
    let ours = unit.index.our_target_groups.get(&unit.resource.addr).into_iter().flatten();
    let old = ours.copied().find(|group| Some(&group.arn) == live.target_group.as_ref());
    match old {
        _ if !live.also.is_empty() => {
            Undo::Impossible("traffic was shared with another target group, which cannot be declared".to_owned())
        }
        _ if !live.protocol.eq_ignore_ascii_case("tcp") => {
            Undo::Impossible(format!("the listener spoke {}, which cannot be declared", live.protocol))
        }
        Some(old) => {
            let (listener, target_group) = (Handle::Known(live.arn.clone()), Handle::Known(old.arn.clone()));
            Undo::Restore(Box::new(LoadBalancerOp::ModifyListener { listener, target_group }.into()))
        }
        None if live.target_group.is_none() => {
            Undo::Impossible("the listener had no target group to go back to".to_owned())
        }
        None => Undo::Impossible("a target group without our mark never gets the traffic back".to_owned()),
    }
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
