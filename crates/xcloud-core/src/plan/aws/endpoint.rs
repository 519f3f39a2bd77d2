//! Interface endpoints: created without private DNS, accepted, awaited, and only then given their private name.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;
use serde_json::Value;

use super::super::draft::{BookEntry, Draft, DraftStep, field, short};
use super::super::{Action, Await, Condition, FieldChange, NoteLevel, Patience, Undo};
use super::addresses::{self, Known};
use super::endpoint_service::is_live;
use super::found;
use super::index::{Index, Indexes};
use super::load_balancer::{group_handles, shown};
use super::refs::Refs;
use super::security_group::{tag_fields, tags};
use crate::live::{LiveEndpoint, LiveSubnet};
use crate::model::{
    Acceptance, Addr, AddressKind, Addresses, Endpoint, LateAddresses, PlaceKey, Resource, ServiceRef, Spec,
};
use crate::op::{AwsOp, Handle, Object, SubnetPin};

/// Terraform's waiter gives an endpoint 10 minutes (facts/aws 2.2); a slow region gets half as much again.
const ENDPOINT_SECS: u64 = 900;

/// Fields of an endpoint that change by themselves.
const VOLATILE: [&str; 3] = ["state", "interfaces", "dns"];

/// Decides which live endpoint serves the address, and writes its addresses into the book.
pub(crate) fn identify(draft: &mut Draft<'_>, indexes: &Indexes<'_>, refs: &mut Refs, resource: &Resource) {
    let (Spec::Endpoint(spec), Some(index)) = (&resource.spec, indexes.get(&resource.place)) else { return };
    let addr = &resource.addr;
    let candidates = index.our_endpoints.get(addr).map(Vec::as_slice).unwrap_or_default();
    if !draft.options.filter.includes(addr) || draft.options.destroy {
        if let Some(live) = candidates.iter().max_by_key(|live| &live.id) {
            refs.endpoints.insert(addr.clone(), Handle::Known(live.id.clone()));
            let ips = addresses::all(&live.interfaces);
            if !ips.is_empty() {
                enter(draft, resource, Known::Yes(ips), Handle::Known(live.id.clone()));
            }
        }
        return;
    }
    let Some((subnets, pins)) = home(draft, index, addr, spec) else { return };
    let name = service_name(refs, spec);
    let fits = |live: &&LiveEndpoint| misfit(live, spec, &subnets, &pins, name.as_ref()).is_none();
    let chosen = candidates.iter().copied().filter(fits).max_by_key(|live| &live.id);
    for other in candidates.iter().filter(|live| Some(&live.id) != chosen.map(|chosen| &chosen.id)) {
        refs.superseded.insert(other.id.clone());
    }
    let interfaces = chosen.map(|live| live.interfaces.clone()).unwrap_or_default();
    let known = addresses::known(&spec.endpoint_ips, &subnets, &BTreeMap::new(), &interfaces);
    let handle = match chosen {
        Some(live) => Handle::Known(live.id.clone()),
        None => Handle::Made(Object::of(addr, "")),
    };
    if let (None, Some(old)) = (chosen, candidates.first()) {
        let reason = misfit(old, spec, &subnets, &pins, name.as_ref()).unwrap_or_default();
        let pinned: BTreeSet<IpNet> = spec.endpoint_ips.iter().copied().map(addresses::host).collect();
        let kept: Vec<String> = addresses::all(&old.interfaces).intersection(&pinned).map(short).collect();
        if !kept.is_empty() && !is_dead(&old.state) {
            let text = format!("{reason}, so a new one is needed, but it would keep {}", kept.join(", "));
            return draft.problem(addr, "replacement-keeps-pin", text, "pin new addresses in endpoint_ips");
        }
        refs.reasons.insert(addr.clone(), vec![reason]);
    }
    refs.endpoints.insert(addr.clone(), handle.clone());
    enter(draft, resource, known, handle);
}

fn enter(draft: &mut Draft<'_>, resource: &Resource, known: Known, holder: Handle) {
    let key = (resource.addr.clone(), AddressKind::EndpointIps);
    let addresses = match known {
        Known::Yes(set) => Addresses::Known(set),
        Known::Later(within) => Addresses::Late(LateAddresses {
            of: resource.addr.clone(),
            kind: AddressKind::EndpointIps,
            count: within.len(),
            within,
            kept: BTreeSet::new(),
        }),
    };
    draft.book.insert(key, BookEntry { addresses, place: resource.place.key(), holders: vec![holder] });
}

fn home<'a>(
    draft: &mut Draft<'_>,
    index: &Index<'a>,
    addr: &Addr,
    spec: &Endpoint,
) -> Option<(Vec<&'a LiveSubnet>, Vec<SubnetPin>)> {
    let vpc = found::vpc(draft, index, addr, &spec.vpc)?;
    let subnets = found::subnets(draft, index, addr, &spec.subnets, Some(&vpc.id))?;
    let pins = found::pins(draft, addr, &subnets, &spec.endpoint_ips, "endpoint_ips")?;
    Some((subnets, pins))
}

/// Returns the name of the service, or `None` if its place did not answer.
fn service_name(refs: &Refs, spec: &Endpoint) -> Option<Handle> {
    match &spec.service {
        ServiceRef::Name(name) => Some(Handle::Known(name.clone())),
        ServiceRef::Declared(addr) => refs.services.get(addr).map(|(_, name)| name.clone()),
    }
}

/// Returns true for the states from which an endpoint never comes back (facts/aws 2.1).
fn is_dead(state: &str) -> bool {
    ["rejected", "failed", "expired"].contains(&state.to_ascii_lowercase().as_str())
}

/// Returns why a live endpoint cannot become what is declared, or `None` if it can.
fn misfit(
    live: &LiveEndpoint,
    spec: &Endpoint,
    subnets: &[&LiveSubnet],
    pins: &[SubnetPin],
    service: Option<&Handle>,
) -> Option<String> {
    if is_dead(&live.state) {
        return Some(format!("it is {} and never comes back", live.state));
    }
    if subnets.first().is_some_and(|subnet| subnet.vpc != live.vpc) {
        return Some("vpc cannot change in place".to_owned());
    }
    if service.is_some_and(|service| service.id() != live.service_name) {
        return Some("service cannot change in place".to_owned());
    }
    let ips = addresses::by_subnet(&BTreeMap::new(), &live.interfaces);
    let moved = pins.iter().any(|pin| pin.ip.is_some() && ips.get(&pin.subnet).is_some_and(|ip| Some(*ip) != pin.ip));
    let pinned = !spec.endpoint_ips.is_empty();
    (pinned && moved).then(|| "endpoint_ips change with a new endpoint, so that no address is cut".to_owned())
}

/// Adds the steps that make the endpoint what is declared.
pub(crate) fn plan(draft: &mut Draft<'_>, indexes: &Indexes<'_>, refs: &mut Refs, resource: &Resource) {
    let (Spec::Endpoint(spec), Some(index)) = (&resource.spec, indexes.get(&resource.place)) else { return };
    let addr = &resource.addr;
    if !draft.options.filter.includes(addr) {
        return;
    }
    let Some(handle) = refs.endpoints.get(addr).cloned() else { return };
    let Some((subnets, pins)) = home(draft, index, addr, spec) else { return };
    let Some(groups) = group_handles(draft, refs, addr, &spec.security_groups) else { return };
    match &handle {
        Handle::Made(object) => {
            check_zones(draft, refs, addr, spec, &subnets);
            let Some(service) = service_name(refs, spec) else { return service_missing(draft, indexes, addr, spec) };
            create(draft, index, refs, resource, spec, pins, groups, &service, object);
        }
        Handle::Known(id) => {
            let live = index.our_endpoints.get(addr).and_then(|all| all.iter().copied().find(|live| &live.id == id));
            if let Some(live) = live {
                update(draft, indexes, refs, resource, spec, &pins, &groups, live);
            }
        }
    }
}

fn service_missing(draft: &mut Draft<'_>, indexes: &Indexes<'_>, addr: &Addr, spec: &Endpoint) {
    let ServiceRef::Declared(service) = &spec.service else { return };
    let place = draft.desired.resources.get(service).map(|resource| &resource.place);
    if place.is_some_and(|place| indexes.get(place).is_none()) {
        let text = format!("it waits for {service}, whose region does not answer");
        draft.note(NoteLevel::Warning, "waits-for-place", Some(addr), text);
    } else if !draft.problems.has_errors() {
        let text = format!("it needs {service}, which does not exist and is not in this run");
        draft.problem(addr, "reference-missing", text, "include it in the run");
    }
}

/// An endpoint's zones must be zones of the service: compared by id, since names differ between accounts.
fn check_zones(draft: &mut Draft<'_>, refs: &Refs, addr: &Addr, spec: &Endpoint, subnets: &[&LiveSubnet]) {
    let ServiceRef::Declared(service) = &spec.service else { return };
    let Some(Spec::EndpointService(service)) = draft.desired.resources.get(service).map(|resource| &resource.spec)
    else {
        return;
    };
    let mut zones: BTreeSet<&str> = BTreeSet::new();
    for balancer in &service.load_balancers {
        let crate::model::LoadBalancerRef::Declared(balancer) = balancer else { return };
        let Some(known) = refs.balancer_zones.get(balancer) else { return };
        zones.extend(known.iter().map(String::as_str));
    }
    let outside: Vec<&str> =
        subnets.iter().map(|subnet| subnet.az_id.as_str()).filter(|zone| !zones.contains(zone)).collect();
    if !outside.is_empty() && !zones.is_empty() {
        let offered: Vec<&str> = zones.into_iter().collect();
        let text = format!("its subnets are in {}, the service is only in {}", outside.join(", "), offered.join(", "));
        draft.problem(addr, "zone-not-offered", text, "choose subnets in the service's zones (by zone id)");
    }
}

#[expect(clippy::too_many_arguments, reason = "what an endpoint is made of")]
fn create(
    draft: &mut Draft<'_>,
    index: &Index<'_>,
    refs: &mut Refs,
    resource: &Resource,
    spec: &Endpoint,
    pins: Vec<SubnetPin>,
    groups: BTreeSet<Handle>,
    service: &Handle,
    object: &Object,
) {
    let (addr, place) = (&resource.addr, resource.place.key());
    let Some(vpc) = found::vpc(draft, index, addr, &spec.vpc).map(|vpc| vpc.id.clone()) else { return };
    let handle = Handle::Made(object.clone());
    let mut fields = vec![field("service", Value::Null, service.to_string()), field("vpc", Value::Null, vpc.clone())];
    fields.extend(pins.iter().map(|pin| {
        let value = pin.ip.map_or(Value::Bool(true), |ip| ip.to_string().into());
        field(format!("subnets[{}]", pin.subnet), Value::Null, value)
    }));
    fields.push(field("security_groups", Value::Null, shown(&groups)));
    fields.push(field("private_dns", Value::Null, spec.private_dns));
    let cleared = clear_dead(draft, index, refs, resource, spec);
    let op = AwsOp::CreateEndpoint {
        service_name: service.clone(),
        vpc,
        subnets: pins,
        groups,
        tags: tags(draft, addr, &spec.name),
    };
    let delete = AwsOp::DeleteEndpoints { endpoints: BTreeSet::from([handle.clone()]) };
    let mut step = DraftStep::build(addr, &place, op, Undo::Delete(Box::new(delete.into()))).makes(object.clone());
    if let ServiceRef::Declared(service) = &spec.service {
        step = step.after(refs.service_steps.get(service).cloned().unwrap_or_default());
        step = step.awaits(service_ready(draft, refs, service));
    }
    if let Some((deleted, old)) = cleared {
        let condition = Condition::EndpointGone { endpoint: old };
        step = step.after([deleted]).awaits([watch(&place, condition, None)]);
    }
    let mut last = draft.step(step);
    if let Some(accepted) = accept(draft, refs, spec, addr, &handle, true) {
        last = accepted;
    }
    let available = watch(&place, Condition::EndpointAvailable { endpoint: handle.clone() }, Some(object.clone()));
    if spec.private_dns {
        let op = modify_dns(&handle, true);
        let undo = Undo::Restore(Box::new(modify_dns(&handle, false).into()));
        draft.step(DraftStep::build(addr, &place, op, undo).after([last]).awaits([available.clone()]));
    }
    draft.settle.push(available);
    draft.depends_on(addr, "endpoint", index.our_endpoints.get(addr), &VOLATILE);
    let (action, reasons) = match refs.reasons.get(addr) {
        Some(reasons) => (Action::Replace, reasons.clone()),
        None => (Action::Create, Vec::new()),
    };
    draft.change_because(resource, action, fields, None, reasons);
}

/// A dead endpoint still holds its pinned addresses: it goes first, since there is no path to keep.
fn clear_dead(
    draft: &mut Draft<'_>,
    index: &Index<'_>,
    refs: &mut Refs,
    resource: &Resource,
    spec: &Endpoint,
) -> Option<(usize, Handle)> {
    let candidates = index.our_endpoints.get(&resource.addr)?;
    let dead = candidates.iter().find(|live| is_dead(&live.state))?;
    if spec.endpoint_ips.is_empty() {
        return None;
    }
    let old = Handle::Known(dead.id.clone());
    let op = AwsOp::DeleteEndpoints { endpoints: BTreeSet::from([old.clone()]) };
    let undo = Undo::Impossible("a dead endpoint never comes back".to_owned());
    let step = draft.step(DraftStep::build(&resource.addr, &resource.place.key(), op, undo));
    refs.endpoint_deletes.insert(dead.id.clone(), step);
    Some((step, old))
}

fn service_ready(draft: &Draft<'_>, refs: &Refs, service: &Addr) -> Option<Await> {
    let (id, _) = refs.services.get(service)?;
    let place = draft.desired.resources.get(service)?.place.key();
    matches!(id, Handle::Made(_)).then(|| watch(&place, Condition::ServiceAvailable { service: id.clone() }, None))
}

/// Accepts the endpoint's connection, as the service's own account does it.
fn accept(
    draft: &mut Draft<'_>,
    refs: &Refs,
    spec: &Endpoint,
    addr: &Addr,
    endpoint: &Handle,
    made: bool,
) -> Option<usize> {
    let ServiceRef::Declared(service_addr) = &spec.service else { return None };
    let service_resource = draft.desired.resources.get(service_addr)?;
    let Spec::EndpointService(service_spec) = &service_resource.spec else { return None };
    if service_spec.acceptance != Acceptance::Managed {
        return None;
    }
    let (service, _) = refs.services.get(service_addr)?.clone();
    let place = service_resource.place.key();
    let condition = Condition::ConnectionListed { service: service.clone(), endpoint: endpoint.clone() };
    let op = AwsOp::AcceptConnections { service, endpoints: BTreeSet::from([endpoint.clone()]) };
    let undo = if made { Undo::Nothing } else { Undo::Impossible("a rejected endpoint never comes back".to_owned()) };
    let after = refs.service_steps.get(service_addr).cloned().unwrap_or_default();
    let step = DraftStep::build(addr, &place, op, undo).after(after);
    Some(draft.step(step.awaits([watch(&place, condition, None)])))
}

fn watch(place: &PlaceKey, condition: Condition, binds: Option<Object>) -> Await {
    Await { place: place.clone(), condition, binds, patience: Patience::Fail(ENDPOINT_SECS) }
}

fn modify_dns(endpoint: &Handle, on: bool) -> AwsOp {
    AwsOp::ModifyEndpoint {
        endpoint: endpoint.clone(),
        add_subnets: Vec::new(),
        remove_subnets: BTreeSet::new(),
        add_groups: BTreeSet::new(),
        remove_groups: BTreeSet::new(),
        private_dns: Some(on),
    }
}

#[expect(clippy::too_many_arguments, reason = "what an endpoint is made of")]
fn update(
    draft: &mut Draft<'_>,
    indexes: &Indexes<'_>,
    refs: &mut Refs,
    resource: &Resource,
    spec: &Endpoint,
    pins: &[SubnetPin],
    groups: &BTreeSet<Handle>,
    live: &LiveEndpoint,
) {
    let (addr, place) = (&resource.addr, resource.place.key());
    let handle = Handle::Known(live.id.clone());
    let mut fields = tag_fields(draft, resource, &live.tags, &live.id, false);
    let waiting = live.state.eq_ignore_ascii_case("pendingAcceptance") || waits_in_service(indexes, draft, spec, live);
    if waiting && accept(draft, refs, spec, addr, &handle, false).is_some() {
        fields.push(field("accepted", false, true));
        draft.settle.push(watch(&place, Condition::EndpointAvailable { endpoint: handle.clone() }, None));
    }
    fields.extend(change_in_place(draft, resource, spec, pins, groups, live));
    let action = if fields.is_empty() { Action::Same } else { Action::Update };
    if action != Action::Same {
        draft.depends_on(addr, "endpoint", live, &VOLATILE);
    }
    draft.change(resource, action, fields, Some(live.id.clone()));
}

/// Returns true if the service still lists the endpoint's connection as waiting.
fn waits_in_service(indexes: &Indexes<'_>, draft: &Draft<'_>, spec: &Endpoint, live: &LiveEndpoint) -> bool {
    let ServiceRef::Declared(service) = &spec.service else { return false };
    let Some(resource) = draft.desired.resources.get(service) else { return false };
    let Some(index) = indexes.get(&resource.place) else { return false };
    let services = index.our_services.get(service).map(Vec::as_slice).unwrap_or_default();
    services.iter().flat_map(|service| service.connections.iter().flatten()).any(|connection| {
        connection.endpoint == live.id
            && is_live(&connection.state)
            && connection.state.eq_ignore_ascii_case("pendingAcceptance")
    })
}

/// All changes of one endpoint in one call; subnets that go have their own behind the commit point.
fn change_in_place(
    draft: &mut Draft<'_>,
    resource: &Resource,
    spec: &Endpoint,
    pins: &[SubnetPin],
    groups: &BTreeSet<Handle>,
    live: &LiveEndpoint,
) -> Vec<FieldChange> {
    let (addr, place) = (&resource.addr, resource.place.key());
    let endpoint = Handle::Known(live.id.clone());
    let there: BTreeSet<Handle> = live.groups.iter().cloned().map(Handle::Known).collect();
    let add_groups: BTreeSet<Handle> = groups.difference(&there).cloned().collect();
    let remove_groups: BTreeSet<Handle> = there.difference(groups).cloned().collect();
    let add_subnets: Vec<SubnetPin> = pins.iter().filter(|pin| !live.subnets.contains(&pin.subnet)).cloned().collect();
    let wanted: BTreeSet<&String> = pins.iter().map(|pin| &pin.subnet).collect();
    let remove_subnets: BTreeSet<String> = live.subnets.iter().filter(|id| !wanted.contains(id)).cloned().collect();
    let dns = (spec.private_dns != live.private_dns).then_some(spec.private_dns);
    let ips = addresses::by_subnet(&BTreeMap::new(), &live.interfaces);
    let text = |ip: Option<std::net::Ipv4Addr>| ip.map_or(Value::Bool(true), |ip| ip.to_string().into());
    let mut fields: Vec<FieldChange> = Vec::new();
    if there != *groups {
        fields.push(field("security_groups", shown(&there), shown(groups)));
    }
    fields.extend(add_subnets.iter().map(|pin| field(format!("subnets[{}]", pin.subnet), Value::Null, text(pin.ip))));
    fields.extend(
        remove_subnets.iter().map(|id| field(format!("subnets[{id}]"), text(ips.get(id).copied()), Value::Null)),
    );
    if dns.is_some() {
        fields.push(field("private_dns", live.private_dns, spec.private_dns));
    }
    let modify =
        |add_subnets: Vec<SubnetPin>, remove_subnets, add_groups, remove_groups, private_dns| AwsOp::ModifyEndpoint {
            endpoint: endpoint.clone(),
            add_subnets,
            remove_subnets,
            add_groups,
            remove_groups,
            private_dns,
        };
    let on = dns.filter(|on| *on);
    if !add_groups.is_empty() || !remove_groups.is_empty() || !add_subnets.is_empty() || on.is_some() {
        let fresh: BTreeSet<String> = add_subnets.iter().map(|pin| pin.subnet.clone()).collect();
        let undo = modify(Vec::new(), fresh, remove_groups.clone(), add_groups.clone(), on.map(|_| false));
        let op = modify(add_subnets, BTreeSet::new(), add_groups, remove_groups, on);
        let mut step = DraftStep::build(addr, &place, op, Undo::Restore(Box::new(undo.into())));
        if on.is_some() {
            let condition = Condition::EndpointAvailable { endpoint: endpoint.clone() };
            step = step.awaits([watch(&place, condition, None)]);
        }
        draft.step(step);
    }
    let off = dns.filter(|on| !*on);
    if !remove_subnets.is_empty() || off.is_some() {
        let back: Vec<SubnetPin> =
            remove_subnets.iter().map(|id| SubnetPin { subnet: id.clone(), ip: ips.get(id).copied() }).collect();
        let none = BTreeSet::new();
        let undo = modify(back, BTreeSet::new(), none.clone(), none.clone(), off.map(|_| true));
        let released = remove_subnets.iter().filter_map(|id| ips.get(id)).copied().map(addresses::host).collect();
        let op = modify(Vec::new(), remove_subnets, none.clone(), none, off);
        let mut step = DraftStep::commit(addr, &place, op, Undo::Recreate(vec![undo.into()]));
        step.releases = released;
        draft.step(step);
    }
    fields
}
