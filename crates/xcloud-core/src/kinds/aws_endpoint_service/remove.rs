//! Services that go, after the endpoints of ours that connect to them.

use std::collections::{BTreeMap, BTreeSet};

use super::plan::VOLATILE;
use crate::code::NoteCode;
use crate::kinds::planning::Planning;
use crate::kinds::shared::aws::{Going, Index, Ours, Refs, going, hold, report};
use crate::live::{LiveEndpoint, LiveService};
use crate::model::{Addr, Endpoint, Kind, ServiceRef};
use crate::op::{EndpointServiceOp, Handle, Object, Op};
use crate::plan::Undo;
use crate::plan::draft::DraftStep;

impl Ours for LiveService {
    fn id(&self) -> &str {
        &self.id
    }

    fn of<'i, 'd>(index: &'i Index<'d>) -> &'i BTreeMap<Addr, Vec<&'d Self>> {
        &index.our_services
    }
}

/// Removes services. Strangers' connections are rejected first.
pub(super) fn remove(cx: &mut Planning<'_, '_>) {
    let mut going = going::<LiveService>(cx.draft, cx.live, &cx.refs);
    hold_used(cx, &mut going);
    report(cx.draft, &cx.refs, Kind::EndpointService, going.iter().map(Going::told));
    let mut disconnects: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for live in our_endpoints(cx) {
        let steps = disconnects.entry(live.service_name.as_str()).or_default();
        steps.extend(cx.refs.endpoint_deletes.get(&live.id));
    }
    for one in going {
        let after = disconnects.get(one.live.service_name.as_str()).cloned().unwrap_or_default();
        delete(cx, &one, after);
    }
}

fn our_endpoints<'d>(cx: &Planning<'_, 'd>) -> impl Iterator<Item = &'d LiveEndpoint> {
    cx.live.all().flat_map(|index| index.our_endpoints.values().flatten().copied())
}

fn delete(cx: &mut Planning<'_, '_>, one: &Going<'_, '_, LiveService>, mut after: Vec<usize>) {
    let Going { index, addr, live } = *one;
    let (draft, refs) = (&mut cx.draft, &mut cx.refs);
    let service = Handle::Known(live.id.clone());
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
            "connections to {} are not read: AWS refuses its deletion while others are connected, and then they must \
             be rejected first",
            live.id
        );
        draft.note(NoteCode::MayHaveConnections, Some(addr), text);
    }
    let undo = if strangers.is_empty() && live.connections.is_some() {
        Undo::Recreate(recreate(addr, live))
    } else {
        Undo::Impossible("others may be connected, and a new service has a new name".to_owned())
    };
    let op = EndpointServiceOp::Delete { service };
    let step = draft.step(DraftStep::commit(addr, &index.key, op, undo).after(after));
    refs.service_deletes.insert(live.id.clone(), step);
    draft.depends_on(addr, &format!("service {}", live.id), live, &VOLATILE);
}

fn recreate(addr: &Addr, live: &LiveService) -> Vec<Op> {
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

/// A service stays while an endpoint of ours that stays connects to it, or one may that cannot be seen.
fn hold_used(cx: &mut Planning<'_, '_>, going: &mut Vec<Going<'_, '_, LiveService>>) {
    if going.is_empty() {
        return;
    }
    let goes = |live: &LiveEndpoint| cx.refs.endpoint_deletes.contains_key(&live.id) || live.state.is_dead();
    let staying = our_endpoints(cx).filter(|live| !goes(live));
    let users: BTreeMap<&str, &str> = staying.map(|live| (live.service_name.as_str(), live.id.as_str())).collect();
    let mut unseen: BTreeMap<&Addr, &Addr> = BTreeMap::new();
    for resource in cx.draft.desired.resources.values() {
        let (Some(endpoint), None) = (resource.spec.of::<Endpoint>(), cx.live.get(&resource.place)) else { continue };
        if let ServiceRef::Declared(service) = &endpoint.service {
            unseen.insert(service, &resource.addr);
        }
    }
    let refs = &cx.refs;
    hold(cx.draft, going, |one| match (users.get(one.live.service_name.as_str()), unseen.get(one.addr)) {
        (Some(user), _) => Some(format!("still in use by {user}, which this plan keeps")),
        (None, Some(user)) => Some(format!("{user} may connect to it, and its region does not answer")),
        (None, None) => silent_consumer(refs, one.live)
            .map(|owner| format!("account {owner} connects to it, and a region of that account does not answer")),
    });
}

fn silent_consumer<'l>(refs: &Refs, live: &'l LiveService) -> Option<&'l str> {
    let connections = live.connections.iter().flatten().filter(|one| one.state.is_live());
    connections.map(|one| one.owner.as_str()).find(|owner| refs.silent_accounts.contains(*owner))
}
