//! Security groups that go: first the rules with which they hold each other, then each when nothing uses it.

use std::collections::{BTreeMap, BTreeSet};

use crate::kinds::planning::Planning;
use crate::kinds::shared::aws::group_rules::{self as rules, is_ours};
use crate::kinds::shared::aws::{Going, Index, Indexes, Ours, Refs, going, hold, report};
use crate::live::LiveGroup;
use crate::model::{Addr, Kind, PlaceKey};
use crate::op::{Handle, Object, Op, PeerHandle, SecurityGroupOp};
use crate::plan::draft::{Draft, DraftStep};
use crate::plan::{Await, Condition, Patience, Undo};

/// Interfaces of a deleted endpoint or load balancer linger for minutes and hold their group (facts/aws 2.2).
const UNUSED_SECS: u64 = 900;

impl Ours for LiveGroup {
    fn id(&self) -> &str {
        &self.id
    }

    fn of<'i, 'd>(index: &'i Index<'d>) -> &'i BTreeMap<Addr, Vec<&'d Self>> {
        &index.our_groups
    }
}

/// Removes security groups.
pub(super) fn remove(cx: &mut Planning<'_, '_>) {
    let mut going = going::<LiveGroup>(cx.draft, cx.live, &cx.refs);
    hold_used(cx, &mut going);
    report(cx.draft, &cx.refs, Kind::SecurityGroup, going.iter().map(Going::told));
    let ids: BTreeSet<(&PlaceKey, &str)> = going.iter().map(Going::key).collect();
    for one in &going {
        revoke_references(cx, one, &ids);
    }
    for Going { index, addr, live } in &going {
        let group = Handle::Known(live.id.clone());
        let mut after = cx.refs.last_uses.get(&live.id).cloned().unwrap_or_default();
        after.extend(users(&cx.refs, index, &live.id));
        let condition = Condition::GroupUnused { group: group.clone() };
        let watched = Await { place: index.key.clone(), condition, binds: None, patience: Patience::Fail(UNUSED_SECS) };
        let undo = Undo::Recreate(recreate(cx.draft, addr, live));
        let op = SecurityGroupOp::Delete { group };
        cx.draft.step(DraftStep::commit(addr, &index.key, op, undo).after(after).awaits([watched]));
        cx.draft.depends_on(addr, &format!("group {}", live.id), live, &[]);
    }
}

/// Rules between two groups that both go would make each undeletable.
fn revoke_references(cx: &mut Planning<'_, '_>, one: &Going<'_, '_, LiveGroup>, going: &BTreeSet<(&PlaceKey, &str)>) {
    for egress in [false, true] {
        let of_direction = one.live.rules.iter().filter(|rule| rule.egress == egress);
        let references: Vec<(&String, String)> = of_direction
            .filter_map(|rule| match rules::live_key(rule)? {
                (_, _, PeerHandle::Group(Handle::Known(id))) => {
                    let goes = id != one.live.id && going.contains(&(&one.index.key, id.as_str()));
                    goes.then_some((&rule.id, id))
                }
                _ => None,
            })
            .collect();
        if references.is_empty() {
            continue;
        }
        let rule_ids = references.iter().map(|(rule, _)| (*rule).clone()).collect();
        let op = SecurityGroupOp::Revoke { group: Handle::Known(one.live.id.clone()), egress, rule_ids };
        // The deletion's own undo makes the group again with all its rules.
        let step = cx.draft.step(DraftStep::commit(one.addr, &one.index.key, op, Undo::Nothing));
        for (_, id) in references {
            cx.refs.last_uses.entry(id).or_default().push(step);
        }
    }
}

/// The steps that remove the load balancers and endpoints which use a group.
fn users(refs: &Refs, index: &Index<'_>, group: &str) -> Vec<usize> {
    let endpoints = index.live.endpoints.iter().filter(|live| live.groups.contains(group));
    let balancers = index.live.load_balancers.iter().filter(|live| live.groups.contains(group));
    let endpoints = endpoints.filter_map(|live| refs.endpoint_deletes.get(&live.id));
    endpoints.chain(balancers.filter_map(|live| refs.balancer_deletes.get(&live.arn))).copied().collect()
}

/// The group with those of its rules that carry our mark: others are never readmitted.
fn recreate(draft: &Draft<'_>, addr: &Addr, live: &LiveGroup) -> Vec<Op> {
    let group = Handle::Made(Object::of(addr, ""));
    let create = SecurityGroupOp::Create {
        name: live.name.clone(),
        description: live.description.clone(),
        vpc: live.vpc.clone(),
        tags: live.tags.clone(),
    };
    let mut ops: Vec<Op> = vec![create.into(), SecurityGroupOp::RevokeDefaultEgress { group: group.clone() }.into()];
    for egress in [false, true] {
        let ours = live.rules.iter().filter(|rule| rule.egress == egress && is_ours(draft, rule));
        let mut rules: Vec<_> = ours.clone().filter_map(rules::written).collect();
        rules.sort();
        if let (Some(first), false) = (ours.min_by_key(|rule| &rule.id), rules.is_empty()) {
            let (group, tags) = (group.clone(), first.tags.clone());
            ops.push(SecurityGroupOp::Authorize { group, egress, rules, tags }.into());
        }
    }
    ops
}

/// A group stays while an endpoint, a load balancer or a rule that stays in its place uses it.
fn hold_used<'p, 'd>(cx: &mut Planning<'p, 'd>, going: &mut Vec<Going<'p, 'd, LiveGroup>>) {
    let (live, refs) = (cx.live, &cx.refs);
    let mut users: BTreeMap<(&PlaceKey, &str), &str> = BTreeMap::new();
    for index in live.all() {
        let of_endpoints = index.live.endpoints.iter().map(|live| (live.id.as_str(), &live.groups));
        let of_balancers = index.live.load_balancers.iter().map(|live| (live.arn.as_str(), &live.groups));
        let leaving: BTreeSet<&str> = index.leaving_endpoints.values().flatten().map(|live| live.id.as_str()).collect();
        let goes = |id: &str| {
            refs.endpoint_deletes.contains_key(id) || refs.balancer_deletes.contains_key(id) || leaving.contains(id)
        };
        for (id, groups) in of_endpoints.chain(of_balancers).filter(|(id, _)| !goes(id)) {
            let used = groups.iter().filter(|group| !refs.left.contains(&((*group).clone(), id.to_owned())));
            users.extend(used.map(|group| ((&index.key, group.as_str()), id)));
        }
    }
    loop {
        let before = going.len();
        let mut held = users.clone();
        for (place, group) in staying(live, going) {
            let rules = group.rules.iter().filter(|rule| !refs.revoked.contains(&rule.id));
            held.extend(rules.filter_map(|rule| Some(((place, rule.group.as_deref()?), group.id.as_str()))));
        }
        hold(cx.draft, going, |one| {
            held.get(&one.key()).map(|holder| format!("still in use by {holder}, which this plan keeps"))
        });
        if going.len() == before {
            return;
        }
    }
}

/// Returns the groups that do not go, each with its place.
fn staying<'p, 'd>(live: &'p Indexes<'d>, going: &[Going<'p, 'd, LiveGroup>]) -> Vec<(&'p PlaceKey, &'d LiveGroup)> {
    let goes: BTreeSet<(&PlaceKey, &str)> = going.iter().map(Going::key).collect();
    let all = live.all().flat_map(|index| index.live.groups.iter().map(|group| (&index.key, group)));
    all.filter(|(place, group)| !goes.contains(&(*place, group.id.as_str()))).collect()
}
