//! Endpoint services: everything about them changes in place; principals and connections belong to them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{address_book, principals};
use crate::code::{NoteCode, ProblemCode};
use crate::kinds::planning::{Planning, Wanted};
use crate::kinds::shared::aws::ways::NextWay;
use crate::kinds::shared::aws::{
    Index, Indexes, Refs, Tagged, addresses, beyond, found_balancer, health, missing, shown, tag_fields, tags,
};
use crate::live::{BalancerState, LiveService, ServiceState};
use crate::model::{Acceptance, Addr, AddressKind, EndpointService, LoadBalancerRef, Resource};
use crate::op::{EndpointServiceOp, Handle, Object};
use crate::plan::draft::{Draft, DraftStep, field};
use crate::plan::drain::Drain;
use crate::plan::{Action, Await, Condition, FieldChange, Note, NoteLevel, Path, Patience, Property, Set, Shown, Undo};
use crate::serve;

/// What does not make a plan stale: it changes by itself, or follows from the load balancers.
pub(super) const VOLATILE: [&str; 3] = ["state", "connections", "zones"];

/// A load balancer takes 1-2 minutes to become active, sometimes more (facts/aws 2.2).
const BALANCER_SECS: u64 = 900;

/// Decides which live service serves the address, and writes its addresses into the book.
pub(super) fn identify(cx: &mut Planning<'_, '_>, one: &Wanted<'_, '_, EndpointService>) {
    let &Wanted { resource, spec, index } = one;
    let included = cx.makes(resource);
    let Planning { draft, live: indexes, refs, .. } = cx;
    let addr = &resource.addr;
    let candidates = index.our_services.get(addr).map(Vec::as_slice).unwrap_or_default();
    let endpoints = indexes.all().flat_map(|index| index.our_endpoints.values().flatten().copied());
    let chosen = serve::service(candidates.iter().copied(), endpoints);
    for other in candidates.iter().filter(|live| included && Some(&live.id) != chosen.map(|chosen| &chosen.id)) {
        refs.superseded.insert(other.id.clone());
    }
    let handles = match chosen {
        Some(live) => (Handle::Known(live.id.clone()), Handle::Known(live.service_name.clone())),
        None if included => {
            let object = Object::of(addr, "");
            (Handle::Made(object.clone()), Handle::Made(object.fact("service-name")))
        }
        None => return,
    };
    refs.services.insert(addr.clone(), handles);
    // A service that this run leaves alone keeps the load balancers that it has, whatever is declared.
    let entry = match chosen {
        Some(live) if !included => address_book::live_entry(index, resource, live),
        _ => address_book::declared_entry(index, refs, resource, spec),
    };
    if let Some(entry) = entry {
        draft.book.insert((addr.clone(), AddressKind::ServiceIps), entry);
    }
}

/// Adds the steps that make the service what is declared.
pub(super) fn plan(cx: &mut Planning<'_, '_>, one: &Wanted<'_, '_, EndpointService>) {
    if !cx.makes(one.resource) {
        return lead_as_ever(&mut cx.refs, one);
    }
    let &Wanted { resource, spec, index } = one;
    let Planning { draft, live: indexes, refs, .. } = cx;
    let Some(balancers) = balancers(draft, indexes, index, refs, &resource.addr, spec) else { return };
    let healthy = healthy(index, refs, resource, spec, &balancers);
    refs.next_ways.insert(resource.addr.clone(), NextWay { through: balancers.clone(), healthy });
    match refs.services.get(&resource.addr).cloned() {
        Some((Handle::Known(id), _)) => {
            let live = index.our_services.get(&resource.addr).and_then(|all| all.iter().find(|live| live.id == id));
            if let Some(live) = live {
                if live.state == ServiceState::Failed {
                    let text = format!("{id} is {}: delete it by hand, and the next apply makes a new one", live.state);
                    draft.note_on(NoteCode::Failed, &resource.addr, Property::State.into(), text);
                }
                update(cx, one, &balancers, live);
            }
        }
        Some((Handle::Made(object), _)) => create(cx, one, balancers, object),
        None => {}
    }
}

/// Connections to a service that this run leaves alone go to the load balancers that it has.
fn lead_as_ever(refs: &mut Refs, one: &Wanted<'_, '_, EndpointService>) {
    let &Wanted { resource, index, .. } = one;
    let Some((Handle::Known(id), _)) = refs.services.get(&resource.addr) else { return };
    let Some(live) = index.live.services.iter().find(|live| live.id == *id) else { return };
    let behind = live.load_balancers.iter().filter_map(|arn| index.balancers.get(arn.as_str()));
    let groups = behind.flat_map(|balancer| health::groups_behind(index, balancer, None));
    let healthy = groups.map(|group| health::one_healthy(&index.key, &group, BTreeSet::new())).collect();
    let through = live.load_balancers.iter().cloned().map(Handle::Known).collect();
    refs.next_ways.insert(resource.addr.clone(), NextWay { through, healthy });
}

fn balancers(
    draft: &mut Draft<'_>,
    indexes: &Indexes<'_>,
    index: &Index<'_>,
    refs: &mut Refs,
    addr: &Addr,
    spec: &EndpointService,
) -> Option<BTreeSet<Handle>> {
    let mut handles = BTreeSet::new();
    for balancer in &spec.load_balancers {
        let handle = match balancer {
            LoadBalancerRef::Declared(name) => match refs.balancers.get(name) {
                Some(handle) => handle.clone(),
                None => {
                    missing(draft, indexes, addr, name);
                    return None;
                }
            },
            LoadBalancerRef::Found(selector) => {
                let live = found_balancer::find(draft, index, addr, selector)?;
                found_balancer::check(draft, index, addr, live, spec.found.as_ref());
                Handle::Known(live.arn.clone())
            }
        };
        if let Handle::Known(arn) = &handle {
            found_balancer::refuse_taken(draft, index, addr, arn);
        }
        let other = refs.claims.insert(handle.clone(), addr.clone()).filter(|other| other != addr);
        if let Some(other) = other {
            let text = format!("{handle} is also selected by {other}");
            draft.problem(
                addr,
                ProblemCode::LoadBalancerTaken,
                text,
                "a load balancer can belong to one endpoint service only",
            );
        }
        handles.insert(handle);
    }
    Some(handles)
}

/// Load balancers that are not active yet must be before a service takes them.
fn active(index: &Index<'_>, resource: &Resource, balancers: &BTreeSet<Handle>) -> Vec<Await> {
    let is_active = |arn: &str| index.balancers.get(arn).is_none_or(|live| live.state != BalancerState::Provisioning);
    balancers
        .iter()
        .filter(|handle| match handle {
            Handle::Made(_) => true,
            Handle::Known(arn) => !is_active(arn),
        })
        .map(|handle| Await {
            place: resource.place.key(),
            condition: Condition::LoadBalancerActive { load_balancer: handle.clone() },
            binds: None,
            patience: Patience::Fail(BALANCER_SECS),
        })
        .collect()
}

/// Returns the steps after which the load balancers of a service carry what they should.
fn balancers_ready(refs: &Refs, spec: &EndpointService) -> Vec<usize> {
    declared(spec).filter_map(|addr| refs.balancer_ready.get(addr)).flatten().copied().collect()
}

/// A target behind each listener of these load balancers of a service is healthy.
fn healthy(
    index: &Index<'_>,
    refs: &Refs,
    resource: &Resource,
    spec: &EndpointService,
    balancers: &BTreeSet<Handle>,
) -> Vec<Await> {
    let place = resource.place.key();
    let here = declared(spec).filter(|addr| refs.balancers.get(*addr).is_some_and(|handle| balancers.contains(handle)));
    let ours = here.filter_map(|addr| refs.target_groups.get(addr)).flatten().cloned();
    let port = spec.found.as_ref().map(|found| found.port);
    let found = spec.load_balancers.iter().filter_map(|balancer| match balancer {
        LoadBalancerRef::Found(selector) => found_balancer::matches(index, selector).first().copied(),
        LoadBalancerRef::Declared(_) => None,
    });
    let found = found.filter(|live| balancers.contains(&Handle::Known(live.arn.clone())));
    let theirs = found.flat_map(|live| health::groups_behind(index, live, port));
    ours.chain(theirs).map(|group| health::one_healthy(&place, &group, BTreeSet::new())).collect()
}

fn declared(spec: &EndpointService) -> impl Iterator<Item = &Addr> {
    spec.load_balancers.iter().filter_map(|balancer| match balancer {
        LoadBalancerRef::Declared(addr) => Some(addr),
        LoadBalancerRef::Found(_) => None,
    })
}

fn create(
    cx: &mut Planning<'_, '_>,
    one: &Wanted<'_, '_, EndpointService>,
    balancers: BTreeSet<Handle>,
    object: Object,
) {
    let &Wanted { resource, spec, index } = one;
    let Planning { draft, refs, .. } = cx;
    let (addr, place) = (&resource.addr, resource.place.key());
    let service = Handle::Made(object.clone());
    let fields = vec![
        field(Property::LoadBalancers, Value::Null, Shown::handles(&balancers)),
        field(Property::Acceptance, Value::Null, word(spec.acceptance)),
        field(Property::Principals, Value::Null, json!(spec.principals)),
    ];
    let awaits = active(index, resource, &balancers);
    let op = EndpointServiceOp::Create {
        load_balancers: balancers,
        acceptance_required: spec.acceptance == Acceptance::Managed,
        tags: tags(draft, addr, &spec.name),
    };
    let undo = Undo::Delete(Box::new(EndpointServiceOp::Delete { service: service.clone() }.into()));
    let ready = balancers_ready(refs, spec);
    let step = draft.step(DraftStep::build(addr, &place, op, undo).makes(object).awaits(awaits).after(ready));
    refs.service_steps.entry(addr.clone()).or_default().push(step);
    principals::permit(draft, refs, resource, &service, spec.principals.clone());
    draft.depends_on(addr, "service", Value::Null, &[]);
    draft.change(resource, Action::Create, fields, None);
}

fn update(
    cx: &mut Planning<'_, '_>,
    one: &Wanted<'_, '_, EndpointService>,
    balancers: &BTreeSet<Handle>,
    live: &LiveService,
) {
    let &Wanted { resource, spec, .. } = one;
    beyond::tell(cx.draft, &resource.addr, &live.id, &live.beyond);
    let mut fields = tag_fields(cx.draft, resource, &[Tagged::whole(&live.id, &live.tags)], false);
    fields.extend(change_in_place(cx, one, balancers, live));
    fields.extend(principals::change(cx, one, live));
    let Planning { draft, live: indexes, refs, .. } = cx;
    strangers(draft, indexes, refs, resource, spec, live);
    let action = if fields.is_empty() { Action::Same } else { Action::Update };
    if action != Action::Same {
        draft.depends_on(&resource.addr, "service", live, &VOLATILE);
    }
    draft.change(resource, action, fields, Some(live.id.clone()));
}

fn change_in_place(
    cx: &mut Planning<'_, '_>,
    one: &Wanted<'_, '_, EndpointService>,
    balancers: &BTreeSet<Handle>,
    live: &LiveService,
) -> Vec<FieldChange> {
    let &Wanted { resource, spec, index } = one;
    let Planning { draft, refs, .. } = cx;
    let (addr, place) = (&resource.addr, resource.place.key());
    let service = Handle::Known(live.id.clone());
    let there: BTreeSet<Handle> = live.load_balancers.iter().cloned().map(Handle::Known).collect();
    let add: BTreeSet<Handle> = balancers.difference(&there).cloned().collect();
    let remove: BTreeSet<Handle> = there.difference(balancers).cloned().collect();
    let mut fields: Vec<FieldChange> = tell_zones(draft, refs, one, live).into_iter().collect();
    if !add.is_empty() || !remove.is_empty() {
        fields.push(field(Property::LoadBalancers, shown(&there), Shown::handles(balancers)));
    }
    let mut acceptance = principals::changed_acceptance(spec, live);
    if acceptance.is_some() {
        let before = if live.acceptance_required { Acceptance::Managed } else { Acceptance::Automatic };
        fields.push(field(Property::Acceptance, word(before), word(spec.acceptance)));
    }
    if principals::opens_late(spec, live) {
        acceptance = None;
        refs.opens_late.insert(addr.clone());
    }
    let modify = |acceptance_required, add: &BTreeSet<Handle>, remove: &BTreeSet<Handle>| EndpointServiceOp::Modify {
        service: service.clone(),
        acceptance_required,
        add: add.clone(),
        remove: remove.clone(),
    };
    let none = BTreeSet::new();
    let here = || there.iter().filter_map(|handle| index.balancers.get(handle.id()).copied());
    let carries = here().any(|live| health::balancer_carries(index, live));
    if !add.is_empty() || acceptance.is_some() {
        let undo = modify(acceptance.map(|required| !required), &none, &add);
        let awaits = active(index, resource, &add);
        let undo = Undo::Restore(Box::new(undo.into()));
        let mut step = DraftStep::build(addr, &place, modify(acceptance, &add, &none), undo).awaits(awaits);
        if !add.is_empty() {
            step = step.after(balancers_ready(refs, spec));
            step.follows = vec![(addr.clone(), AddressKind::ServiceIps)];
            step.health = if carries { healthy(index, refs, resource, spec, &add) } else { Vec::new() };
        }
        let step = draft.step(step);
        refs.service_steps.entry(addr.clone()).or_default().push(step);
    }
    if !remove.is_empty() {
        let undo = Undo::Recreate(vec![modify(None, &remove, &none).into()]);
        let mut step = DraftStep::commit(addr, &place, modify(None, &none, &remove), undo);
        let leaving = || remove.iter().filter_map(|handle| index.balancers.get(handle.id()).copied());
        step.drains = leaving().flat_map(addresses::of_balancer).collect();
        if leaving().any(|live| health::balancer_carries(index, live)) {
            step.drain = Some(Drain::Unseen);
            let stay: BTreeSet<Handle> = there.intersection(balancers).cloned().collect();
            draft.before_commit.extend(healthy(index, refs, resource, spec, &stay));
        }
        let step = draft.step(step);
        refs.leavers.insert(live.service_name.clone(), step);
        for handle in &remove {
            refs.detached.entry(handle.id().to_owned()).or_default().push(step);
        }
    }
    fields
}

/// A service keeps the zones that a load balancer had when it was told of it: one that has more zones is named to it again
/// (hashicorp/terraform-provider-aws#40809; where AWS follows by itself, the call changes nothing).
fn tell_zones(
    draft: &mut Draft<'_>,
    refs: &mut Refs,
    one: &Wanted<'_, '_, EndpointService>,
    live: &LiveService,
) -> Option<FieldChange> {
    let &Wanted { resource, spec, index } = one;
    let behind =
        |addr: &&Addr| refs.balancers.get(*addr).is_some_and(|handle| live.load_balancers.contains(handle.id()));
    let lacks = |addr: &&Addr| match refs.balancer_zones.get(*addr) {
        Some(zones) if !live.zones.is_empty() => !zones.is_subset(&live.zones),
        _ => refs.grown.contains_key(*addr),
    };
    let more: Vec<&Addr> = declared(spec).filter(behind).filter(lacks).collect();
    if more.is_empty() {
        return None;
    }
    let zones: BTreeSet<&String> = more.iter().filter_map(|addr| refs.balancer_zones.get(*addr)).flatten().collect();
    let zones: BTreeSet<&String> = zones.into_iter().chain(&live.zones).collect();
    let differs = field(Property::Zones, json!(live.zones), json!(zones));
    let grown: Vec<usize> = more.iter().filter_map(|addr| refs.grown.get(*addr).copied()).collect();
    let told: BTreeSet<Handle> = more.iter().filter_map(|addr| refs.balancers.get(*addr).cloned()).collect();
    let mut balancers = told.iter().filter_map(|handle| index.balancers.get(handle.id()).copied());
    if balancers.any(|balancer| health::balancer_carries(index, balancer)) {
        refs.zone_health.insert(resource.addr.clone(), healthy(index, refs, resource, spec, &told));
    }
    let op = EndpointServiceOp::Modify {
        service: Handle::Known(live.id.clone()),
        acceptance_required: None,
        add: told,
        remove: BTreeSet::new(),
    };
    let step = DraftStep::build(&resource.addr, &resource.place.key(), op, Undo::Nothing).after(grown);
    let step = draft.step(step);
    refs.service_steps.entry(resource.addr.clone()).or_default().push(step);
    Some(differs)
}

/// Connections that nobody declared are told, never accepted and never cut.
fn strangers(
    draft: &mut Draft<'_>,
    indexes: &Indexes<'_>,
    refs: &Refs,
    resource: &Resource,
    spec: &EndpointService,
    live: &LiveService,
) {
    if spec.acceptance != Acceptance::Managed && !draft.options.compare {
        return;
    }
    for connection in live.connections.iter().flatten() {
        let ours = indexes.our_endpoint_ids.contains(connection.endpoint.as_str());
        if connection.state.is_live() && !ours && !refs.silent_accounts.contains(&connection.owner) {
            let text = format!(
                "{} of account {} is connected ({}) and not declared; it is not accepted and not cut",
                connection.endpoint, connection.owner, connection.state
            );
            let property = Path::Member(Set::Connections, connection.endpoint.clone());
            // It may be a client that is let in soon: more than something that merely stands beside.
            let note = Note::of(NoteCode::Stranger, Some(&resource.addr), text);
            draft.notes.push(Note { level: NoteLevel::Warning, property: Some(property), ..note });
        }
    }
}

fn word(acceptance: Acceptance) -> &'static str {
    match acceptance {
        Acceptance::Managed => "managed",
        Acceptance::Automatic => "automatic",
    }
}
