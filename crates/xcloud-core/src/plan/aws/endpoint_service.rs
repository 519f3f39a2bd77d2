//! Endpoint services: everything about them changes in place; principals and connections belong to them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::draft::{BookEntry, Draft, DraftStep, field};
use super::super::{Action, Await, Condition, FieldChange, NoteLevel, Patience, Undo};
use super::addresses::{self, Known};
use super::found_balancer;
use super::index::{Index, Indexes};
use super::load_balancer::shown;
use super::refs::Refs;
use super::security_group::{tag_fields, tags};
use crate::live::LiveService;
use crate::model::{
    Acceptance, Addr, AddressKind, Addresses, EndpointService, LateAddresses, LoadBalancerRef, Resource, Spec,
};
use crate::op::{AwsOp, Handle, Object};

/// A load balancer takes 1-2 minutes to become active, sometimes more (facts/aws 2.2).
const BALANCER_SECS: u64 = 900;

/// Decides which live service serves the address, and writes its addresses into the book.
pub(crate) fn identify(draft: &mut Draft<'_>, indexes: &Indexes<'_>, refs: &mut Refs, resource: &Resource) {
    let (Spec::EndpointService(spec), Some(index)) = (&resource.spec, indexes.get(&resource.place)) else { return };
    let addr = &resource.addr;
    let candidates = index.our_services.get(addr).map(Vec::as_slice).unwrap_or_default();
    let chosen = candidates.iter().min_by_key(|live| &live.id);
    for other in candidates.iter().filter(|live| Some(&live.id) != chosen.map(|chosen| &chosen.id)) {
        refs.superseded.insert(other.id.clone());
    }
    let handles = match chosen {
        Some(live) => (Handle::Known(live.id.clone()), Handle::Known(live.service_name.clone())),
        None if draft.options.filter.includes(addr) && !draft.options.destroy => {
            let object = Object::of(addr, "");
            (Handle::Made(object.clone()), Handle::Made(object.fact("service-name")))
        }
        None => return,
    };
    refs.services.insert(addr.clone(), handles);
    if let Some(entry) = book_entry(draft, index, refs, resource, spec) {
        draft.book.insert((addr.clone(), AddressKind::ServiceIps), entry);
    }
}

/// The addresses of a service are those of all its load balancers: known, or late with all their subnets as bound.
fn book_entry(
    draft: &mut Draft<'_>,
    index: &Index<'_>,
    refs: &Refs,
    resource: &Resource,
    spec: &EndpointService,
) -> Option<BookEntry> {
    let (mut set, mut within, mut late) = (BTreeSet::new(), BTreeSet::new(), false);
    let mut holders = Vec::new();
    for balancer in &spec.load_balancers {
        match balancer {
            LoadBalancerRef::Declared(name) => {
                holders.push(refs.balancers.get(name)?.clone());
                match refs.balancer_addresses.get(name)? {
                    Known::Yes(ips) => set.extend(ips.iter().copied()),
                    Known::Later(nets) => {
                        within.extend(nets.iter().copied());
                        late = true;
                    }
                }
            }
            LoadBalancerRef::Found(selector) => {
                let live = found_balancer::find(draft, index, &resource.addr, selector)?;
                holders.push(Handle::Known(live.arn.clone()));
                set.extend(addresses::all(&live.interfaces));
            }
        }
    }
    let addresses = if late {
        let count = set.len() + within.len();
        within.extend(set.iter().copied());
        let of = resource.addr.clone();
        Addresses::Late(LateAddresses { of, kind: AddressKind::ServiceIps, within, count, kept: BTreeSet::new() })
    } else if set.is_empty() {
        return None;
    } else {
        Addresses::Known(set)
    };
    Some(BookEntry { addresses, place: resource.place.key(), holders })
}

/// Adds the steps that make the service what is declared.
pub(crate) fn plan(draft: &mut Draft<'_>, indexes: &Indexes<'_>, refs: &mut Refs, resource: &Resource) {
    let (Spec::EndpointService(spec), Some(index)) = (&resource.spec, indexes.get(&resource.place)) else { return };
    if !draft.options.filter.includes(&resource.addr) {
        return;
    }
    let Some(balancers) = balancers(draft, index, refs, &resource.addr, spec) else { return };
    match refs.services.get(&resource.addr).cloned() {
        Some((Handle::Known(id), _)) => {
            let live = index.our_services.get(&resource.addr).and_then(|all| all.iter().find(|live| live.id == id));
            if let Some(live) = live {
                update(draft, indexes, refs, resource, spec, &balancers, live);
            }
        }
        Some((Handle::Made(object), _)) => create(draft, refs, resource, spec, balancers, object),
        None => {}
    }
}

fn balancers(
    draft: &mut Draft<'_>,
    index: &Index<'_>,
    refs: &Refs,
    addr: &Addr,
    spec: &EndpointService,
) -> Option<BTreeSet<Handle>> {
    let mut handles = BTreeSet::new();
    for balancer in &spec.load_balancers {
        match balancer {
            LoadBalancerRef::Declared(name) => {
                let Some(handle) = refs.balancers.get(name) else {
                    if !draft.problems.has_errors() {
                        let text = format!("it needs {name}, which does not exist and is not in this run");
                        draft.problem(addr, "reference-missing", text, "include it in the run");
                    }
                    return None;
                };
                handles.insert(handle.clone());
            }
            LoadBalancerRef::Found(selector) => {
                let live = found_balancer::matches(index, selector).first().copied()?;
                found_balancer::check(draft, index, addr, live, spec.found.as_ref());
                handles.insert(Handle::Known(live.arn.clone()));
            }
        }
    }
    Some(handles)
}

/// Load balancers that this run makes must be active before they stand behind a service.
fn active(resource: &Resource, balancers: &BTreeSet<Handle>) -> Vec<Await> {
    balancers
        .iter()
        .filter(|handle| matches!(handle, Handle::Made(_)))
        .map(|handle| Await {
            place: resource.place.key(),
            condition: Condition::LoadBalancerActive { load_balancer: handle.clone() },
            binds: None,
            patience: Patience::Fail(BALANCER_SECS),
        })
        .collect()
}

fn create(
    draft: &mut Draft<'_>,
    refs: &mut Refs,
    resource: &Resource,
    spec: &EndpointService,
    balancers: BTreeSet<Handle>,
    object: Object,
) {
    let (addr, place) = (&resource.addr, resource.place.key());
    let service = Handle::Made(object.clone());
    let fields = vec![
        field("load_balancers", Value::Null, shown(&balancers)),
        field("acceptance", Value::Null, word(spec.acceptance)),
        field("principals", Value::Null, json!(spec.principals)),
    ];
    let awaits = active(resource, &balancers);
    let op = AwsOp::CreateEndpointService {
        load_balancers: balancers,
        acceptance_required: spec.acceptance == Acceptance::Managed,
        tags: tags(draft, addr, &spec.name),
    };
    let undo = Undo::Delete(Box::new(AwsOp::DeleteEndpointService { service: service.clone() }.into()));
    let step = draft.step(DraftStep::build(addr, &place, op, undo).makes(object).awaits(awaits));
    refs.service_steps.entry(addr.clone()).or_default().push(step);
    permit(draft, refs, resource, &service, spec.principals.clone());
    draft.depends_on(addr, "service", Value::Null, &[]);
    draft.change(resource, Action::Create, fields, None);
}

fn permit(draft: &mut Draft<'_>, refs: &mut Refs, resource: &Resource, service: &Handle, add: BTreeSet<String>) {
    if add.is_empty() {
        return;
    }
    let undo = AwsOp::ModifyServicePermissions { service: service.clone(), add: BTreeSet::new(), remove: add.clone() };
    let op = AwsOp::ModifyServicePermissions { service: service.clone(), add, remove: BTreeSet::new() };
    let undo = Undo::Delete(Box::new(undo.into()));
    let step = draft.step(DraftStep::build(&resource.addr, &resource.place.key(), op, undo));
    refs.service_steps.entry(resource.addr.clone()).or_default().push(step);
}

fn update(
    draft: &mut Draft<'_>,
    indexes: &Indexes<'_>,
    refs: &mut Refs,
    resource: &Resource,
    spec: &EndpointService,
    balancers: &BTreeSet<Handle>,
    live: &LiveService,
) {
    let mut fields = tag_fields(draft, resource, &live.tags, &live.id, false);
    fields.extend(change_in_place(draft, refs, resource, spec, balancers, live));
    fields.extend(change_principals(draft, indexes, refs, resource, spec, live));
    strangers(draft, indexes, resource, spec, live);
    let action = if fields.is_empty() { Action::Same } else { Action::Update };
    if action != Action::Same {
        draft.depends_on(&resource.addr, "service", live, &["state", "connections"]);
    }
    draft.change(resource, action, fields, Some(live.id.clone()));
}

fn change_in_place(
    draft: &mut Draft<'_>,
    refs: &mut Refs,
    resource: &Resource,
    spec: &EndpointService,
    balancers: &BTreeSet<Handle>,
    live: &LiveService,
) -> Vec<FieldChange> {
    let (addr, place) = (&resource.addr, resource.place.key());
    let service = Handle::Known(live.id.clone());
    let there: BTreeSet<Handle> = live.load_balancers.iter().cloned().map(Handle::Known).collect();
    let add: BTreeSet<Handle> = balancers.difference(&there).cloned().collect();
    let remove: BTreeSet<Handle> = there.difference(balancers).cloned().collect();
    let required = spec.acceptance == Acceptance::Managed;
    let acceptance = (required != live.acceptance_required).then_some(required);
    let mut fields = Vec::new();
    if !add.is_empty() || !remove.is_empty() {
        fields.push(field("load_balancers", shown(&there), shown(balancers)));
    }
    if acceptance.is_some() {
        let before = if live.acceptance_required { Acceptance::Managed } else { Acceptance::Automatic };
        fields.push(field("acceptance", word(before), word(spec.acceptance)));
    }
    let modify =
        |acceptance_required, add: &BTreeSet<Handle>, remove: &BTreeSet<Handle>| AwsOp::ModifyEndpointService {
            service: service.clone(),
            acceptance_required,
            add: add.clone(),
            remove: remove.clone(),
        };
    let none = BTreeSet::new();
    if !add.is_empty() || acceptance.is_some() {
        let undo = modify(acceptance.map(|required| !required), &none, &add);
        let awaits = active(resource, &add);
        let undo = Undo::Restore(Box::new(undo.into()));
        let step = draft.step(DraftStep::build(addr, &place, modify(acceptance, &add, &none), undo).awaits(awaits));
        refs.service_steps.entry(addr.clone()).or_default().push(step);
    }
    if !remove.is_empty() {
        let undo = Undo::Recreate(vec![modify(None, &remove, &none).into()]);
        let step = draft.step(DraftStep::commit(addr, &place, modify(None, &none, &remove), undo));
        for handle in &remove {
            refs.detached.entry(handle.id().to_owned()).or_default().push(step);
        }
    }
    fields
}

fn change_principals(
    draft: &mut Draft<'_>,
    indexes: &Indexes<'_>,
    refs: &mut Refs,
    resource: &Resource,
    spec: &EndpointService,
    live: &LiveService,
) -> Vec<FieldChange> {
    let there = live.principals.clone().unwrap_or_default();
    let add: BTreeSet<String> = spec.principals.difference(&there).cloned().collect();
    let remove: BTreeSet<String> = there.difference(&spec.principals).cloned().collect();
    let service = Handle::Known(live.id.clone());
    let path = |principal: &String| format!("principals[{principal}]");
    let mut fields: Vec<FieldChange> = add.iter().map(|one| field(path(one), Value::Null, true)).collect();
    fields.extend(remove.iter().map(|one| field(path(one), true, Value::Null)));
    permit(draft, refs, resource, &service, add);
    if remove.is_empty() {
        return fields;
    }
    let op = AwsOp::ModifyServicePermissions { service, add: BTreeSet::new(), remove: remove.clone() };
    let undo = Undo::Impossible("a principal that is not declared is never allowed again".to_owned());
    let step = draft.step(DraftStep::commit(&resource.addr, &resource.place.key(), op, undo));
    reject_removed(draft, indexes, resource, spec, live, &remove, step);
    fields
}

/// Taking a principal away does not cut its live connections (facts/aws 2.1): they are rejected, where xcloud
/// accepts them; where the service accepts by itself the operator is told.
fn reject_removed(
    draft: &mut Draft<'_>,
    indexes: &Indexes<'_>,
    resource: &Resource,
    spec: &EndpointService,
    live: &LiveService,
    removed: &BTreeSet<String>,
    after: usize,
) {
    let still: BTreeSet<&str> = spec.principals.iter().filter_map(|arn| account(arn)).collect();
    let gone: BTreeSet<&str> =
        removed.iter().filter_map(|arn| account(arn)).filter(|one| !still.contains(one)).collect();
    if spec.acceptance == Acceptance::Automatic {
        let text = format!("live connections of {} are not cut by removing the principal", list(&gone));
        draft.note(NoteLevel::Warning, "connections-stay", Some(&resource.addr), text);
        return;
    }
    let ours = indexes.our_endpoint_ids();
    let cut = live.connections.iter().flatten().filter(|connection| {
        gone.contains(connection.owner.as_str())
            && is_live(&connection.state)
            && !ours.contains(connection.endpoint.as_str())
    });
    let endpoints: BTreeSet<Handle> = cut.map(|connection| Handle::Known(connection.endpoint.clone())).collect();
    if endpoints.is_empty() {
        return;
    }
    let op = AwsOp::RejectConnections { service: Handle::Known(live.id.clone()), endpoints };
    let undo = Undo::Impossible("a rejected endpoint never comes back".to_owned());
    draft.step(DraftStep::commit(&resource.addr, &resource.place.key(), op, undo).after([after]));
}

/// Connections that nobody declared are told, never accepted and never cut.
fn strangers(
    draft: &mut Draft<'_>,
    indexes: &Indexes<'_>,
    resource: &Resource,
    spec: &EndpointService,
    live: &LiveService,
) {
    if spec.acceptance != Acceptance::Managed {
        return;
    }
    let ours = indexes.our_endpoint_ids();
    for connection in live.connections.iter().flatten() {
        if is_live(&connection.state) && !ours.contains(connection.endpoint.as_str()) {
            let text = format!(
                "{} of account {} is connected ({}) and not declared; it is not accepted and not cut",
                connection.endpoint, connection.owner, connection.state
            );
            draft.note(NoteLevel::Warning, "stranger", Some(&resource.addr), text);
        }
    }
}

/// Returns true for a connection that carries traffic or could be accepted.
pub(crate) fn is_live(state: &str) -> bool {
    ["available", "pendingacceptance", "pending"].contains(&state.to_ascii_lowercase().as_str())
}

fn account(arn: &str) -> Option<&str> {
    arn.split(':').nth(4)
}

fn list(accounts: &BTreeSet<&str>) -> String {
    accounts.iter().copied().collect::<Vec<_>>().join(", ")
}

fn word(acceptance: Acceptance) -> &'static str {
    match acceptance {
        Acceptance::Managed => "managed",
        Acceptance::Automatic => "automatic",
    }
}
