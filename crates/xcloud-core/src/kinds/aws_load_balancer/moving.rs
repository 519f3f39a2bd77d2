//! A live listener goes to another target group.

use std::collections::BTreeSet;

use super::unit::{Serving, Unit};
use crate::kinds::shared::aws::{Refs, addresses, health, tags};
use crate::live::LiveListener;
use crate::model::{Listener, LoadBalancer};
use crate::op::{Handle, LoadBalancerOp, Object};
use crate::plan::Undo;
use crate::plan::draft::{Draft, DraftStep};
use crate::plan::drain::Drain;

/// Points a live listener at another target group: where it carries connections, once a target there is healthy.
pub(super) fn move_listener(
    draft: &mut Draft<'_>,
    refs: &mut Refs,
    unit: &Unit<'_, '_>,
    listener: &Listener,
    serving: &Serving,
    live: &LiveListener,
) {
    let (addr, place) = (&unit.resource.addr, unit.resource.place.key());
    let left = live.target_group.as_deref();
    let old = unit.index.target_groups.values().copied().find(|group| Some(group.arn.as_str()) == left);
    let connected = unit.live.is_some_and(|balancer| health::is_connected(unit.index, balancer));
    let old = old.filter(|group| connected && health::group_carries(group));
    let trial = old.filter(|_| !serving.checked && !listener.targets.is_empty());
    let trial = trial.and_then(|_| try_out(draft, unit, &serving.group.target_group));
    let op = LoadBalancerOp::ModifyListener {
        listener: Handle::Known(live.arn.clone()),
        target_group: serving.group.target_group.clone(),
    };
    let mut step = DraftStep::build(addr, &place, op, point_back(unit, live)).after(serving.registered);
    if let Some(old) = old {
        let group = Handle::Known(old.arn.clone());
        let takes_over = trial.is_some() || serving.checked;
        step.health.extend(takes_over.then(|| health::one_healthy(&place, &serving.group, BTreeSet::new())));
        // A load balancer sends new connections to the old targets for about 75 s, and what stood stays with them.
        let hosts = old.targets.iter().map(|(ip, ..)| addresses::host(*ip));
        (step.drain, step.drains) = ((group != serving.group.target_group).then_some(Drain::Unseen), hosts.collect());
    }
    let step = draft.step(step.after(trial.as_ref().map(|(made, _)| *made)));
    if let Some((_, handle)) = trial {
        let undo = Undo::Impossible("a listener that is not declared is never made again".to_owned());
        let op = LoadBalancerOp::DeleteListener { listener: handle };
        draft.step(DraftStep::commit(addr, &place, op, undo).after([step]));
    }
    for old in live.target_group.iter().chain(&live.also).filter(|old| old.as_str() != serving.group.target_group.id())
    {
        refs.freed.entry(old.clone()).or_default().push(step);
    }
}

/// Lets a listener that nobody calls forward to a target group, so that AWS checks its targets: without one they are
/// `unused` and never checked (ELBv2 `DescribeTargetHealth`, reason `Target.NotInUse`). `None` if every port is taken.
fn try_out(draft: &mut Draft<'_>, unit: &Unit<'_, '_>, group: &Handle) -> Option<(usize, Handle)> {
    let (addr, place) = (&unit.resource.addr, unit.resource.place.key());
    let spec = unit.resource.spec.of::<LoadBalancer>()?;
    let there = unit.live.and_then(|live| live.listeners.as_ref()).into_iter().flatten().map(|one| one.port);
    let taken: BTreeSet<u16> = there.chain(spec.listeners.iter().map(|one| one.port)).collect();
    let object = |port: u16| Object::of(addr, &format!("listener/{port}"));
    let is_made = |port| draft.steps.iter().any(|step| step.makes.as_ref() == Some(&object(port)));
    let port = (1..=u16::MAX).rev().find(|port| !taken.contains(port) && !is_made(*port))?;
    let object = object(port);
    let handle = Handle::Made(object.clone());
    let op = LoadBalancerOp::CreateListener {
        load_balancer: unit.balancer.clone(),
        port,
        target_group: group.clone(),
        tags: tags(draft, addr, unit.name),
    };
    let undo = Undo::Delete(Box::new(LoadBalancerOp::DeleteListener { listener: handle.clone() }.into()));
    Some((draft.step(DraftStep::build(addr, &place, op, undo).makes(object)), handle))
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
