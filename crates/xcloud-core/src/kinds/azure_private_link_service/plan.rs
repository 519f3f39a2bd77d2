//! Private link services: made, changed in place, replaced by a second one, and deleted once nothing is connected.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::code::{NoteCode, ProblemCode};
use crate::kinds::shared::azure::{Services, Target, depends_on, private_link};
use crate::live::{AzureLive, ConnectionStatus, LiveLinkService, ProvisioningState};
use crate::marks;
use crate::model::{Addr, ArmName, Kind, PlaceKey, PrivateLinkService, Resource, Spec};
use crate::op::{AzureOp, Handle, Object, Op, PrivateEndpointOp, PrivateLinkServiceOp, WriteGuard};
use crate::plan::draft::{Draft, DraftStep, field};
use crate::plan::{Action, Condition, FieldChange, Path, Phase, Property, Set, Undo};

/// Plans what is made and changed; [`remove`] comes after the endpoints.
pub(in crate::kinds) fn plan<'a>(draft: &mut Draft<'a>) -> Services<'a> {
    let mut services = Services::default();
    for resource in draft.desired.resources.values().filter(|_| !draft.options.destroy) {
        let Spec::PrivateLinkService(spec) = &resource.spec else { continue };
        let Some(live) = draft.azure(&resource.place) else { continue };
        service(draft, resource, spec, live, &mut services);
    }
    services
}

fn service<'a>(
    draft: &mut Draft<'a>,
    resource: &'a Resource,
    spec: &'a PrivateLinkService,
    live: &'a AzureLive,
    services: &mut Services<'a>,
) {
    let place = resource.place.key();
    let ours: Vec<&LiveLinkService> = private_link::ours(draft, &resource.addr, live);
    let current = ours.iter().copied().find(|service| fixed_fields(spec, Some(service)).is_empty());
    if !draft.options.filter.includes(&resource.addr) {
        if let Some(there) = current.or(ours.first().copied()) {
            services.targets.insert(resource.addr.clone(), Target::known(&place, there));
        }
        return;
    }
    let old: Vec<&LiveLinkService> =
        ours.iter().copied().filter(|service| current.is_none_or(|kept| kept.id != service.id)).collect();
    services.going.extend(old.iter().map(|service| (place.clone(), resource.addr.clone(), *service)));
    match current {
        Some(there) => {
            let mut fields = update(draft, resource, spec, there);
            fields.extend(old.iter().map(|service| field(Property::Leftover, service.id.0.clone(), Value::Null)));
            strangers(draft, resource, there);
            services.targets.insert(resource.addr.clone(), Target::known(&place, there));
            let action = if fields.is_empty() { Action::Same } else { Action::Update };
            draft.change(resource, action, fields, Some(there.id.0.clone()));
        }
        None => {
            let id = create(draft, resource, spec, live, &ours);
            let made = Handle::Made(Object::of(&resource.addr, ""));
            services.targets.insert(resource.addr.clone(), Target { place, handle: made, id, alias: None });
        }
    }
}

/// The fields that cannot change in place, where they differ; all of them if there is no live service.
fn fixed_fields(spec: &PrivateLinkService, live: Option<&LiveLinkService>) -> Vec<FieldChange> {
    let ids = |set: &BTreeSet<ArmName>| set.iter().map(|id| id.0.clone()).collect::<Vec<_>>().join(", ");
    let text = |text: Option<String>| text.map_or(Value::Null, Value::from);
    let same_frontend = live.is_some_and(|live| live.frontends == BTreeSet::from([spec.frontend.clone()]));
    let same_subnet = live.is_some_and(|live| live.nat_subnets == BTreeSet::from([spec.nat_subnet.clone()]));
    let mut fields = private_link::name_fields(live.map(|live| &live.id), &spec.resource_group, &spec.name);
    if !same_frontend {
        fields.push(field(Property::Frontend, text(live.map(|live| ids(&live.frontends))), spec.frontend.0.clone()));
    }
    if !same_subnet {
        fields.push(field(
            Property::NatSubnet,
            text(live.map(|live| ids(&live.nat_subnets))),
            spec.nat_subnet.0.clone(),
        ));
    }
    fields
}

/// Makes the service, or a second one beside those that cannot become as declared.
fn create(
    draft: &mut Draft<'_>,
    resource: &Resource,
    spec: &PrivateLinkService,
    live: &AzureLive,
    ours: &[&LiveLinkService],
) -> Option<ArmName> {
    let place = resource.place.key();
    let location = private_link::location(draft, resource)?;
    if !private_link::has_group(draft, resource, &spec.resource_group, live) {
        return None;
    }
    if let Some(old) = ours.iter().find(|old| old.frontends.contains(&spec.frontend)) {
        let message = format!("{} cannot become as declared, and a second one cannot share its frontend", old.id);
        let hint = "declare another frontend: Azure has one private link service for each";
        draft.problem(&resource.addr, ProblemCode::ReplacementKeepsFrontend, message, hint);
        return None;
    }
    let id = private_link::free_id::<LiveLinkService>(draft, resource, (&spec.resource_group, &spec.name), live)?;
    if !ready(draft, resource, spec, live) {
        return None;
    }
    let op = PrivateLinkServiceOp::Put {
        id: id.clone(),
        location,
        frontend: spec.frontend.clone(),
        nat_subnet: spec.nat_subnet.clone(),
        visibility: spec.visibility.clone(),
        auto_approval: spec.auto_approval.clone(),
        tags: private_link::tags(draft, &resource.addr, ours.last().map(|old| &old.tags)),
        guard: WriteGuard::Absent,
    };
    let undo = Undo::Delete(Box::new(PrivateLinkServiceOp::Delete { id: id.clone(), guard: WriteGuard::None }.into()));
    depends_on::<LiveLinkService>(draft, &place, &id.0, None);
    let step = DraftStep::build(&resource.addr, &place, op, undo).makes(Object::of(&resource.addr, ""));
    draft.step(step.awaits(private_link::gone_first(&place, &id, live)));
    draft.settle.push(private_link::watch(&place, Condition::ArmSucceeded { id: id.clone() }));
    let old = ours.last().copied();
    let mut fields = fixed_fields(spec, old);
    let reasons = if old.is_some() { private_link::fixed(&fields) } else { Vec::new() };
    fields.extend(changing_fields(spec, old).into_iter().map(|(field, ..)| field));
    let action = if old.is_some() { Action::Replace } else { Action::Create };
    draft.change_because(resource, action, fields, old.map(|old| old.id.0.clone()), reasons);
    Some(id)
}

/// What must be there before a service can be made.
fn ready(draft: &mut Draft<'_>, resource: &Resource, spec: &PrivateLinkService, live: &AzureLive) -> bool {
    let addr = &resource.addr;
    let mut ready = true;
    if !live.frontends.contains(&spec.frontend) {
        draft.problem(
            addr,
            ProblemCode::FrontendMissing,
            format!("the load balancer frontend {} does not exist", spec.frontend),
            "",
        );
        ready = false;
    }
    ready &= has_fit_balancer(draft, resource, spec, live);
    match live.subnets.iter().find(|subnet| subnet.id == spec.nat_subnet) {
        None => {
            draft.problem(
                addr,
                ProblemCode::SubnetMissing,
                format!("the subnet {} does not exist", spec.nat_subnet),
                "",
            );
            ready = false;
        }
        Some(subnet) if subnet.link_service_policies != "Disabled" => {
            let message = format!("the subnet {} has private link service network policies enabled", spec.nat_subnet);
            let hint =
                "set privateLinkServiceNetworkPolicies of the subnet to Disabled: Azure refuses the service otherwise";
            draft.problem(addr, ProblemCode::SubnetPolicies, message, hint);
            ready = false;
        }
        Some(_) => {}
    }
    ready
}

/// Azure offers nothing but standard load balancers by a private link service, in its own location, and says so when the
/// service is written (facts/azure 4.7).
fn has_fit_balancer(draft: &mut Draft<'_>, resource: &Resource, spec: &PrivateLinkService, live: &AzureLive) -> bool {
    let addr = &resource.addr;
    let Some(balancer) = live.load_balancers.iter().find(|one| one.has(&spec.frontend)) else { return true };
    let id = &balancer.id;
    let is_standard = balancer.sku.eq_ignore_ascii_case("Standard");
    if !is_standard {
        let message = format!("the load balancer {id} is of the SKU {}, not Standard", balancer.sku);
        let hint = "offer a frontend of a standard load balancer: Azure refuses the service otherwise";
        draft.problem(addr, ProblemCode::LoadBalancerSku, message, hint);
    }
    let location = private_link::location(draft, resource).unwrap_or_default();
    let is_here = same_region(&balancer.location, &location);
    if !is_here {
        let message = format!("the load balancer {id} is in {}, the service would be in {location}", balancer.location);
        let hint = "correct `location` of the Azure subscription: a private link service is where its load balancer is";
        draft.problem(addr, ProblemCode::LoadBalancerElsewhere, message, hint);
    }
    if let Some(pool) = balancer.address_pools.first() {
        let text =
            format!("the pool {pool} of {id} has addresses as members, which a private link service may not reach");
        draft.note(NoteCode::AddressPool, Some(addr), text);
    }
    is_standard && is_here
}

/// Returns true if both name one region: Azure writes `Norway East` and `norwayeast`.
fn same_region(left: &str, right: &str) -> bool {
    let short = |name: &str| name.replace(' ', "").to_ascii_lowercase();
    short(left) == short(right)
}

/// The fields that change in place: each with whether it widens and whether it narrows.
fn changing_fields(spec: &PrivateLinkService, live: Option<&LiveLinkService>) -> Vec<(FieldChange, bool, bool)> {
    let lists = [
        (Property::Visibility, live.map(|live| &live.visibility), &spec.visibility),
        (Property::AutoApproval, live.map(|live| &live.auto_approval), &spec.auto_approval),
    ];
    let mut fields = Vec::new();
    for (path, before, after) in lists {
        let (old, new) = (folded(before.unwrap_or(&BTreeSet::new())), folded(after));
        if before.is_some() && old == new {
            continue;
        }
        let value = |set: &BTreeSet<String>| set.iter().cloned().map(Value::from).collect::<Value>();
        let change = field(path, before.map_or(Value::Null, |_| value(&old)), value(&new));
        fields.push((change, !new.is_subset(&old), !old.is_subset(&new)));
    }
    fields
}

fn folded(set: &BTreeSet<String>) -> BTreeSet<String> {
    set.iter().map(|text| text.to_ascii_lowercase()).collect()
}

fn update(
    draft: &mut Draft<'_>,
    resource: &Resource,
    spec: &PrivateLinkService,
    live: &LiveLinkService,
) -> Vec<FieldChange> {
    let place = resource.place.key();
    let tags = private_link::tags(draft, &resource.addr, Some(&live.tags));
    let changing = changing_fields(spec, Some(live));
    let widens = changing.iter().any(|(_, widens, _)| *widens);
    let narrows = changing.iter().any(|(.., narrows)| *narrows);
    let mut fields: Vec<FieldChange> = changing.into_iter().map(|(field, ..)| field).collect();
    fields.extend(private_link::tag_fields(&live.tags, &tags));
    if *live.state == ProvisioningState::Failed {
        fields.push(field(Property::State, live.state.to_string(), "Succeeded"));
    }
    if fields.is_empty() {
        return fields;
    }
    depends_on(draft, &place, &live.id.0, Some(live));
    let write = |visibility: BTreeSet<String>, auto_approval: BTreeSet<String>, guard| PrivateLinkServiceOp::Put {
        id: live.id.clone(),
        location: live.location.clone(),
        frontend: spec.frontend.clone(),
        nat_subnet: spec.nat_subnet.clone(),
        visibility,
        auto_approval,
        tags: tags.clone(),
        guard,
    };
    let both = widens && narrows;
    let unchanged = WriteGuard::Unchanged(live.etag.clone());
    let mut before = None;
    // Behind the commit point connections have come and gone, and each moved the ETag: what the service holds counts.
    let mut guard = match put_back(live, WriteGuard::None) {
        Some(held) if narrows => WriteGuard::holds(held),
        _ => unchanged.clone(),
    };
    if both {
        let union = |a: &BTreeSet<String>, b: &BTreeSet<String>| folded(a).union(&folded(b)).cloned().collect();
        let (visibility, approval): (BTreeSet<String>, BTreeSet<String>) =
            (union(&live.visibility, &spec.visibility), union(&live.auto_approval, &spec.auto_approval));
        let written = write(visibility.clone(), approval.clone(), WriteGuard::None);
        guard = WriteGuard::holds(written.clone());
        let op = write(visibility, approval, unchanged);
        before = Some(draft.step(DraftStep::build(&resource.addr, &place, op, restore(live, written))));
    }
    let written = write(spec.visibility.clone(), spec.auto_approval.clone(), WriteGuard::None);
    let op = write(spec.visibility.clone(), spec.auto_approval.clone(), guard);
    let mut step = DraftStep::build(&resource.addr, &place, op, restore(live, written)).after(before);
    if narrows {
        step.phase = Phase::Commit;
    }
    draft.step(step);
    draft.settle.push(private_link::watch(&place, Condition::ArmSucceeded { id: live.id.clone() }));
    fields
}

/// Puts back what was there, if the service still holds what was written: its ETag moves with every connection.
fn restore(live: &LiveLinkService, written: PrivateLinkServiceOp) -> Undo {
    match put_back(live, WriteGuard::holds(written)) {
        Some(op) => Undo::Restore(Box::new(op.into())),
        None => Undo::Impossible(format!("{} has several frontends or subnets", live.id)),
    }
}

fn put_back(live: &LiveLinkService, guard: WriteGuard<PrivateLinkServiceOp>) -> Option<PrivateLinkServiceOp> {
    let (frontend, nat_subnet) = (live.frontends.first()?, live.nat_subnets.first()?);
    let single = live.frontends.len() == 1 && live.nat_subnets.len() == 1;
    single.then(|| PrivateLinkServiceOp::Put {
        id: live.id.clone(),
        location: live.location.clone(),
        frontend: frontend.clone(),
        nat_subnet: nat_subnet.clone(),
        visibility: live.visibility.clone(),
        auto_approval: live.auto_approval.clone(),
        tags: live.tags.clone(),
        guard,
    })
}

/// Returns the ids of every observed endpoint that carries our mark, and of what of ours is being deleted.
fn our_endpoints(draft: &Draft<'_>) -> BTreeSet<ArmName> {
    let places = draft.observed.azure_places().map(|(_, live)| live);
    let endpoints = places.flat_map(|live| &live.private_endpoints);
    let ours = endpoints.filter(|endpoint| marks::marked_address(&endpoint.tags, &draft.desired.product).is_some());
    let going = draft.observed.azure_places().flat_map(|(_, live)| live.deleting.iter().cloned());
    ours.map(|endpoint| endpoint.id.clone()).chain(going).collect()
}

/// Connections of others that wait: told about, never approved.
fn strangers(draft: &mut Draft<'_>, resource: &Resource, live: &LiveLinkService) {
    let ours = our_endpoints(draft);
    let told = |status: &ConnectionStatus| {
        *status == ConnectionStatus::Pending || (draft.options.compare && *status == ConnectionStatus::Approved)
    };
    let strangers = live.connections.iter().filter(|connection| told(&connection.status));
    let strangers: Vec<_> = strangers.filter(|connection| !ours.contains(&connection.endpoint)).collect();
    for connection in strangers {
        let does = if *connection.status == ConnectionStatus::Pending { "waits for approval" } else { "is approved" };
        let text = format!("the connection of {} {does} and is not ours", connection.endpoint);
        let property = Path::Member(Set::Connections, connection.endpoint.to_string());
        draft.note_on(NoteCode::Stranger, &resource.addr, property, text);
    }
}

/// Deletes the services that were replaced, are not declared, or are to be destroyed.
pub(in crate::kinds) fn remove(draft: &mut Draft<'_>, services: Services<'_>) {
    for (place, addr, live) in services.going {
        match used_by(draft, live) {
            Some(user) => {
                let text = format!("{} is not deleted: {user} is connected to it, and stays", live.id);
                draft.note(NoteCode::StillUsed, Some(&addr), text);
            }
            None => delete(draft, &place, &addr, live),
        }
    }
    private_link::remove(draft, Kind::PrivateLinkService, delete);
}

/// Returns an endpoint of ours that is connected to a service and that this run does not delete.
fn used_by<'l>(draft: &Draft<'_>, live: &'l LiveLinkService) -> Option<&'l ArmName> {
    let ours = our_endpoints(draft);
    let stays = |id: &&ArmName| {
        let is_going = draft.observed.azure_places().any(|(_, live)| live.deleting.contains(*id));
        ours.contains(*id) && !is_going && deletion(draft, id).is_none()
    };
    live.connections.iter().map(|connection| &connection.endpoint).find(stays)
}

/// Returns the step that deletes an endpoint.
fn deletion(draft: &Draft<'_>, endpoint: &ArmName) -> Option<usize> {
    let deletes = |op: &Op| match op {
        Op::Azure(AzureOp::PrivateEndpoint(PrivateEndpointOp::Delete { id, .. })) => id == endpoint,
        Op::Azure(
            AzureOp::NetworkSecurityGroup(_)
            | AzureOp::FirewallRules(_)
            | AzureOp::PrivateLinkService(_)
            | AzureOp::PrivateEndpoint(PrivateEndpointOp::Put { .. } | PrivateEndpointOp::SetConnection { .. })
            | AzureOp::PrivateDnsRecord(_),
        )
        | Op::Aws(_)
        | Op::Ledger(_) => false,
    };
    draft.steps.iter().position(|step| deletes(&step.op))
}

/// A service goes once its connections are gone: those of our endpoints go first, others must be removed by their owners.
fn delete(draft: &mut Draft<'_>, place: &PlaceKey, addr: &Addr, live: &LiveLinkService) {
    let (mut after, mut awaits, mut held) = (Vec::new(), Vec::new(), Vec::new());
    for connection in &live.connections {
        let deletion = deletion(draft, &connection.endpoint);
        after.extend(deletion);
        let mut places = draft.observed.azure_places();
        let going = places.find(|(_, live)| live.deleting.contains(&connection.endpoint)).map(|(place, _)| place);
        match deletion.map(|step| &draft.steps[step].place).or(going) {
            Some(place) => {
                awaits.push(private_link::watch(place, Condition::ArmGone { id: connection.endpoint.clone() }));
            }
            None => held.push(format!("{} ({})", connection.endpoint, connection.status)),
        }
    }
    if !held.is_empty() {
        let message = format!("{} cannot be deleted while endpoints are connected: {}", live.id, held.join(", "));
        draft.problem(
            addr,
            ProblemCode::ServiceInUse,
            message,
            "their owners must delete these endpoints, or remove the connections",
        );
        return;
    }
    let undo = match put_back(live, WriteGuard::Absent) {
        Some(op) => Undo::Recreate(vec![op.into()]),
        None => Undo::Impossible(format!("{} has several frontends or subnets", live.id)),
    };
    depends_on(draft, place, &live.id.0, Some(live));
    // The end of its connections, which is waited for, changes the service too: then its mark is the guard.
    let connected = !live.connections.is_empty();
    let guard = match put_back(live, WriteGuard::None) {
        _ if connected => WriteGuard::None,
        Some(held) => WriteGuard::holds(held),
        None => WriteGuard::Unchanged(live.etag.clone()),
    };
    let op = PrivateLinkServiceOp::Delete { id: live.id.clone(), guard };
    draft.step(DraftStep::commit(addr, place, op, undo).after(after).awaits(awaits));
}
