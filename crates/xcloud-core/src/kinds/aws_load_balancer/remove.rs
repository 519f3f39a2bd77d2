//! Load balancers that go, after the services in front of them, and then their target groups.

use std::collections::BTreeMap;

use crate::kinds::planning::Planning;
use crate::kinds::shared::aws::{Going, Index, Ours, addresses, going, hold, is_orphan, report, silent_text, takes};
use crate::live::{LiveLoadBalancer, LiveTargetGroup};
use crate::model::{Addr, Kind};
use crate::op::{Handle, LoadBalancerOp};
use crate::plan::Undo;
use crate::plan::draft::DraftStep;

impl Ours for LiveLoadBalancer {
    fn id(&self) -> &str {
        &self.arn
    }

    fn of<'i, 'd>(index: &'i Index<'d>) -> &'i BTreeMap<Addr, Vec<&'d Self>> {
        &index.our_balancers
    }
}

impl Ours for LiveTargetGroup {
    fn id(&self) -> &str {
        &self.arn
    }

    fn of<'i, 'd>(index: &'i Index<'d>) -> &'i BTreeMap<Addr, Vec<&'d Self>> {
        &index.our_target_groups
    }
}

/// Removes load balancers with their listeners, and target groups after the listeners that forward to them.
pub(super) fn remove(cx: &mut Planning<'_, '_>) {
    let mut balancers = going::<LiveLoadBalancer>(cx.draft, cx.live, &cx.refs);
    hold_used(cx, &mut balancers);
    for Going { index, addr, live } in &balancers {
        let services = index.services_of_balancer.get(live.arn.as_str()).into_iter().flatten();
        let mut after = cx.refs.detached.get(&live.arn).cloned().unwrap_or_default();
        after.extend(services.filter_map(|service| cx.refs.service_deletes.get(&service.id)));
        let op = LoadBalancerOp::Delete { load_balancer: Handle::Known(live.arn.clone()) };
        let undo = Undo::Impossible("a new load balancer has a new ARN, and its listeners are gone".to_owned());
        let mut step = DraftStep::commit(addr, &index.key, op, undo).after(after);
        step.releases = addresses::of_balancer(live);
        let step = cx.draft.step(step);
        cx.refs.balancer_deletes.insert(live.arn.clone(), step);
        for group in live.listeners.iter().flatten().filter_map(|listener| listener.target_group.clone()) {
            cx.refs.freed.entry(group).or_default().push(step);
        }
        cx.draft.depends_on(addr, &format!("load-balancer {}", live.arn), live, &["state", "interfaces"]);
    }
    let groups = target_groups(cx);
    let left_over = groups.iter().filter(|one| one.live.load_balancers.is_empty());
    let mut all: Vec<_> = balancers.iter().map(Going::told).collect();
    all.extend(left_over.map(Going::told));
    all.sort_by_key(|(place, ..)| *place);
    report(cx.draft, &cx.refs, Kind::LoadBalancer, all);
    for Going { index, addr, live } in groups {
        let mut after = cx.refs.freed.get(&live.arn).cloned().unwrap_or_default();
        after.extend(live.load_balancers.iter().filter_map(|arn| cx.refs.balancer_deletes.get(arn)));
        let op = LoadBalancerOp::DeleteTargetGroup { target_group: Handle::Known(live.arn.clone()) };
        let undo = Undo::Impossible("a new target group has a new ARN".to_owned());
        cx.draft.step(DraftStep::commit(addr, &index.key, op, undo).after(after));
    }
}

/// Target groups follow their load balancer; those that none has any more go with their address.
fn target_groups<'p, 'd>(cx: &mut Planning<'p, 'd>) -> Vec<Going<'p, 'd, LiveTargetGroup>> {
    let mut going = Vec::new();
    for index in cx.live.all() {
        for (addr, groups) in LiveTargetGroup::of(index) {
            for live in groups.iter().copied() {
                let followed = live.load_balancers.iter().any(|arn| cx.refs.balancer_deletes.contains_key(arn));
                let left_over = live.load_balancers.is_empty() && is_orphan(cx.draft, index, addr);
                if followed || (left_over && takes(cx.draft, addr, &live.arn)) {
                    going.push(Going { index, addr, live });
                }
            }
        }
    }
    going
}

/// A load balancer stays while a service that stays has it, and while its addresses may be named.
fn hold_used(cx: &mut Planning<'_, '_>, going: &mut Vec<Going<'_, '_, LiveLoadBalancer>>) {
    let refs = &cx.refs;
    hold(cx.draft, going, |one| {
        let services = one.index.services_of_balancer.get(one.live.arn.as_str()).into_iter().flatten();
        let holder = services
            .filter(|_| !refs.detached.contains_key(&one.live.arn))
            .find(|service| !refs.service_deletes.contains_key(&service.id));
        match (refs.silent.as_deref(), holder) {
            (Some(silent), _) if !addresses::of_balancer(one.live).is_empty() => Some(silent_text(silent)),
            (_, Some(service)) => Some(format!("still in use by {}, which this plan keeps", service.id)),
            _ => None,
        }
    });
}
