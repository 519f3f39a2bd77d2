//! The calls that remove AWS objects, each after what still uses its object.

use std::collections::{BTreeMap, BTreeSet};

use super::super::draft::{Draft, DraftStep};
use super::super::{Await, Condition, Patience, Undo};
use super::addresses;
use super::endpoint::watch;
use super::index::Index;
use super::record::MARK_TTL_SECS;
use super::refs::Refs;
use super::removal::Going;
use super::rules;
use super::security_group::is_ours;
use crate::code::NoteCode;
use crate::live::{LiveEndpoint, LiveGroup, LiveLoadBalancer, LiveRecord, LiveService, LiveTargetGroup, LiveZone};
use crate::model::Addr;
use crate::op::{
    EndpointOp, EndpointServiceOp, Handle, LoadBalancerOp, Object, Op, PeerHandle, PrivateZoneRecordOp, RecordAction,
    RecordChange, RecordValue, SecurityGroupOp,
};

/// One `DeleteVpcEndpoints` takes many ids, and its bucket refills with 0.3 calls a second (facts/aws 2.3).
const ENDPOINTS_PER_CALL: usize = 25;

/// Interfaces of a deleted endpoint or load balancer linger for minutes and hold their group (facts/aws 2.2).
const UNUSED_SECS: u64 = 900;

/// Removes records with their marks.
pub(crate) fn records(
    draft: &mut Draft<'_>,
    refs: &mut Refs,
    index: &Index<'_>,
    going: &[(Addr, &LiveZone, &LiveRecord)],
) {
    for (addr, zone, mark) in going {
        let name = mark.name.strip_prefix("_xcloud.").unwrap_or(&mark.name).to_owned();
        let text = mark.values.first().cloned().unwrap_or_default();
        let ttl_secs = mark.ttl_secs.unwrap_or(MARK_TTL_SECS);
        let mut values = vec![(mark.name.clone(), RecordValue::Txt { ttl_secs, text })];
        let alias =
            zone.records.iter().find(|record| record.name.eq_ignore_ascii_case(&name) && record.alias.is_some());
        let mut pointed = None;
        if let Some((dns, hosted)) = alias.and_then(|record| record.alias.clone()) {
            pointed = Some(dns.to_lowercase());
            let value = RecordValue::Alias { dns_name: Handle::Known(dns), zone: Handle::Known(hosted) };
            values.push((name.clone(), value));
        }
        let batch = |action| PrivateZoneRecordOp::Change {
            zone: zone.id.clone(),
            changes: values
                .iter()
                .map(|(name, value)| RecordChange { action, name: name.clone(), value: value.clone() })
                .collect(),
        };
        let undo = Undo::Recreate(vec![batch(RecordAction::Create).into()]);
        let step = draft.step(DraftStep::commit(addr, &index.key, batch(RecordAction::Delete), undo));
        if let Some(dns) = pointed {
            refs.unpointed.entry(dns).or_default().push(step);
        }
        draft.depends_on(addr, &format!("record {name}"), (mark, alias), &[]);
    }
}

/// Removes endpoints, many in one call, after every record that points at them. One that a new one follows goes only
/// when the new one serves.
pub(crate) fn endpoints(draft: &mut Draft<'_>, refs: &mut Refs, index: &Index<'_>, going: &[(Addr, &LiveEndpoint)]) {
    let left = going.iter().filter(|(_, live)| !refs.endpoint_deletes.contains_key(&live.id));
    let (followed, alone): (Vec<_>, Vec<_>) = left.partition(|(_, live)| refs.superseded.contains(&live.id));
    for chunk in alone.chunks(ENDPOINTS_PER_CALL).chain(followed.chunks(ENDPOINTS_PER_CALL)) {
        let Some((first, _)) = chunk.first() else { continue };
        let endpoints = chunk.iter().map(|(_, live)| Handle::Known(live.id.clone())).collect();
        let after: Vec<usize> = chunk
            .iter()
            .filter_map(|(_, live)| refs.unpointed.get(&live.dns.as_ref()?.0.to_lowercase()))
            .flatten()
            .copied()
            .collect();
        let serving = chunk.iter().filter(|(_, live)| refs.superseded.contains(&live.id) && !live.state.is_dead());
        let serving = serving
            .filter_map(|(addr, _)| refs.endpoints.get(addr))
            .map(|endpoint| watch(&index.key, Condition::EndpointAvailable { endpoint: endpoint.clone() }, None));
        let undo = Undo::Impossible("a new endpoint has a new id, and its connection must be accepted".to_owned());
        let op = EndpointOp::Delete { endpoints };
        let mut step = DraftStep::commit(first, &index.key, op, undo).after(after).awaits(serving);
        step.releases = chunk.iter().flat_map(|(_, live)| addresses::all(&live.interfaces)).collect();
        let step = draft.step(step);
        for (addr, live) in chunk {
            refs.endpoint_deletes.insert(live.id.clone(), step);
            draft.depends_on(addr, &format!("endpoint {}", live.id), live, &["state", "interfaces", "dns"]);
        }
    }
}

/// Removes services, after the endpoints of ours that connect to them. Strangers' connections are rejected first.
pub(crate) fn services(
    draft: &mut Draft<'_>,
    refs: &mut Refs,
    index: &Index<'_>,
    going: &[(Addr, &LiveService)],
    disconnects: &BTreeMap<&str, Vec<usize>>,
) {
    for (addr, live) in going {
        let service = Handle::Known(live.id.clone());
        let mut after: Vec<usize> = disconnects.get(live.service_name.as_str()).cloned().unwrap_or_default();
        let strangers: BTreeSet<Handle> = live
            .connections
            .iter()
            .flatten()
            .filter(|one| one.state.is_live() && !refs.endpoint_deletes.contains_key(&one.endpoint))
            .map(|one| Handle::Known(one.endpoint.clone()))
            .collect();
        if !strangers.is_empty() {
            let names: Vec<String> = strangers.iter().map(ToString::to_string).collect();
            let text = format!("deleting {} cuts the connections of {}", live.id, names.join(", "));
            draft.note(NoteCode::CutsConnections, Some(addr), text);
            let op = EndpointServiceOp::RejectConnections { service: service.clone(), endpoints: strangers.clone() };
            let undo = Undo::Impossible("a rejected endpoint never comes back".to_owned());
            after.push(draft.step(DraftStep::commit(addr, &index.key, op, undo)));
        }
        if live.connections.is_none() {
            // Connections are read only where acceptance is managed.
            let text = format!(
                "connections to {} are not read: AWS refuses its deletion while others are connected, and then they \
                 must be rejected first",
                live.id
            );
            draft.note(NoteCode::MayHaveConnections, Some(addr), text);
        }
        let alone = strangers.is_empty() && live.connections.is_some();
        let undo = if alone {
            Undo::Recreate(recreate_service(addr, live))
        } else {
            Undo::Impossible("others may be connected, and a new service has a new name".to_owned())
        };
        let op = EndpointServiceOp::Delete { service };
        let step = draft.step(DraftStep::commit(addr, &index.key, op, undo).after(after));
        for arn in &live.load_balancers {
            refs.detached.entry(arn.clone()).or_default().push(step);
        }
        draft.depends_on(addr, &format!("service {}", live.id), live, &["state", "connections"]);
    }
}

fn recreate_service(addr: &Addr, live: &LiveService) -> Vec<Op> {
    let create = EndpointServiceOp::Create {
        load_balancers: live.load_balancers.iter().cloned().map(Handle::Known).collect(),
        acceptance_required: live.acceptance_required,
        tags: live.tags.clone(),
    };
    let service = Handle::Made(Object::of(addr, ""));
    let add = live.principals.clone().unwrap_or_default();
    let permit = EndpointServiceOp::ModifyPermissions { service, add, remove: BTreeSet::new() };
    vec![create.into(), permit.into()]
}

/// Removes load balancers with their listeners, after the services in front of them.
pub(crate) fn balancers(
    draft: &mut Draft<'_>,
    refs: &mut Refs,
    index: &Index<'_>,
    going: &[(Addr, &LiveLoadBalancer)],
) {
    for (addr, live) in going {
        let after = refs.detached.get(&live.arn).cloned().unwrap_or_default();
        let op = LoadBalancerOp::Delete { load_balancer: Handle::Known(live.arn.clone()) };
        let undo = Undo::Impossible("a new load balancer has a new ARN, and its listeners are gone".to_owned());
        let mut step = DraftStep::commit(addr, &index.key, op, undo).after(after);
        step.releases = addresses::of_balancer(live);
        let step = draft.step(step);
        refs.balancer_deletes.insert(live.arn.clone(), step);
        for group in live.listeners.iter().flatten().filter_map(|listener| listener.target_group.clone()) {
            refs.freed.entry(group).or_default().push(step);
        }
        draft.depends_on(addr, &format!("load-balancer {}", live.arn), live, &["state", "interfaces"]);
    }
}

/// Removes target groups, after the listeners that forward to them.
pub(crate) fn target_groups(
    draft: &mut Draft<'_>,
    refs: &mut Refs,
    index: &Index<'_>,
    going: &[(Addr, &LiveTargetGroup)],
) {
    for (addr, live) in going {
        let mut after = refs.freed.get(&live.arn).cloned().unwrap_or_default();
        after.extend(live.load_balancers.iter().filter_map(|arn| refs.balancer_deletes.get(arn)));
        let op = LoadBalancerOp::DeleteTargetGroup { target_group: Handle::Known(live.arn.clone()) };
        let undo = Undo::Impossible("a new target group has a new ARN".to_owned());
        draft.step(DraftStep::commit(addr, &index.key, op, undo).after(after));
    }
}

/// Removes security groups: first the rules with which they hold each other, then each when nothing uses it.
pub(crate) fn groups(draft: &mut Draft<'_>, refs: &mut Refs, index: &Index<'_>, going: &Going<'_>) {
    let ids: BTreeSet<&str> = going.groups.iter().map(|(_, live)| live.id.as_str()).collect();
    for (addr, live) in &going.groups {
        revoke_references(draft, refs, index, addr, live, &ids);
    }
    for (addr, live) in &going.groups {
        let group = Handle::Known(live.id.clone());
        let mut after = refs.last_uses.get(&live.id).cloned().unwrap_or_default();
        after.extend(users(refs, going, &live.id));
        let condition = Condition::GroupUnused { group: group.clone() };
        let watched = Await { place: index.key.clone(), condition, binds: None, patience: Patience::Fail(UNUSED_SECS) };
        let undo = Undo::Recreate(recreate_group(draft, addr, live));
        let op = SecurityGroupOp::Delete { group };
        draft.step(DraftStep::commit(addr, &index.key, op, undo).after(after).awaits([watched]));
        draft.depends_on(addr, &format!("group {}", live.id), live, &[]);
    }
}

/// Rules between two groups that both go would make each undeletable.
fn revoke_references(
    draft: &mut Draft<'_>,
    refs: &mut Refs,
    index: &Index<'_>,
    addr: &Addr,
    live: &LiveGroup,
    going: &BTreeSet<&str>,
) {
    for egress in [false, true] {
        let references: Vec<(&String, String)> = live
            .rules
            .iter()
            .filter(|rule| rule.egress == egress)
            .filter_map(|rule| match rules::live_key(rule)? {
                (_, _, PeerHandle::Group(Handle::Known(id))) if id != live.id && going.contains(id.as_str()) => {
                    Some((&rule.id, id))
                }
                _ => None,
            })
            .collect();
        if references.is_empty() {
            continue;
        }
        let rule_ids = references.iter().map(|(rule, _)| (*rule).clone()).collect();
        let group = Handle::Known(live.id.clone());
        let op = SecurityGroupOp::Revoke { group, egress, rule_ids };
        // The deletion's own undo makes the group again with all its rules.
        let step = draft.step(DraftStep::commit(addr, &index.key, op, Undo::Nothing));
        for (_, id) in references {
            refs.last_uses.entry(id).or_default().push(step);
        }
    }
}

/// The steps that remove the load balancers and endpoints which use a group.
fn users(refs: &Refs, going: &Going<'_>, group: &str) -> Vec<usize> {
    let endpoints = going.endpoints.iter().filter(|(_, live)| live.groups.contains(group));
    let endpoints = endpoints.filter_map(|(_, live)| refs.endpoint_deletes.get(&live.id));
    let balancers = going.balancers.iter().filter(|(_, live)| live.groups.contains(group));
    let balancers = balancers.filter_map(|(_, live)| refs.balancer_deletes.get(&live.arn));
    endpoints.chain(balancers).copied().collect()
}

/// The group with those of its rules that carry our mark: others are never readmitted.
fn recreate_group(draft: &Draft<'_>, addr: &Addr, live: &LiveGroup) -> Vec<Op> {
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
