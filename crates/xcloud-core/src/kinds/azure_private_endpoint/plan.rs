//! Private endpoints, and the approval of exactly their connections.

use serde_json::Value;

use crate::code::{NoteCode, ProblemCode};
use crate::kinds::shared::azure::{Services, Target, depends_on, private_link};
use crate::live::{AzureLive, ConnectionStatus, LivePrivateEndpoint, ProvisioningState};
use crate::model::{Addr, Approval, ArmName, Kind, LinkServiceRef, PlaceKey, PrivateEndpoint, Resource, Spec};
use crate::op::{Handle, Object, Op, PrivateEndpointOp, WriteGuard};
use crate::plan::draft::{Draft, DraftStep, field};
use crate::plan::{Action, Await, Condition, FieldChange, Patience, Property, Undo};

/// How long a service may take that approves at once.
const AT_ONCE_SECS: u64 = 300;

/// Plans every private endpoint.
pub(in crate::kinds) fn plan(draft: &mut Draft<'_>, services: &Services<'_>) {
    for resource in draft.resources(Kind::PrivateEndpoint) {
        let Spec::PrivateEndpoint(spec) = &resource.spec else { continue };
        let Some(live) = draft.azure(&resource.place) else { continue };
        if !draft.options.destroy {
            endpoint(draft, resource, spec, live, services);
        }
    }
    private_link::remove(draft, Kind::PrivateEndpoint, |draft, place, addr, live| {
        delete(draft, place, addr, live);
    });
}

fn endpoint(
    draft: &mut Draft<'_>,
    resource: &Resource,
    spec: &PrivateEndpoint,
    live: &AzureLive,
    services: &Services<'_>,
) {
    let found;
    let target = match &spec.service {
        LinkServiceRef::Declared(addr) => {
            let Some(target) = services.targets.get(addr) else {
                let text = format!("the endpoint stays as it is: {addr} is not known in this run");
                draft.note(NoteCode::UnknownService, Some(&resource.addr), text);
                return draft.change(resource, Action::Same, Vec::new(), None);
            };
            target
        }
        LinkServiceRef::Id(text) => {
            let Some(target) = Target::find(draft, resource, text, live) else { return };
            found = target;
            &found
        }
    };
    let ours: Vec<&LivePrivateEndpoint> = private_link::ours(draft, &resource.addr, live);
    let fits = |endpoint: &&LivePrivateEndpoint| {
        fixed_fields(spec, target, Some(endpoint)).is_empty() && !endpoint.status.is_dead()
    };
    let current = ours.iter().copied().find(|endpoint| fits(endpoint));
    let old = ours.iter().copied().filter(|endpoint| current.is_none_or(|kept| kept.id != endpoint.id));
    let waits = waits_for_owner(spec, current);
    let (old, stays): (Vec<&LivePrivateEndpoint>, Vec<_>) = old.partition(|endpoint| !(waits && carries(endpoint)));
    let ready = match current {
        Some(there) => Some((there.id.clone(), keep(draft, resource, spec, target, there, &old))),
        None => create(draft, resource, spec, target, live, &ours),
    };
    let Some((id, last)) = ready else { return };
    for endpoint in stays {
        let text = format!("{} is not deleted: {id} waits for approval by the owner of the service", endpoint.id);
        draft.note(NoteCode::StillUsed, Some(&resource.addr), text);
    }
    let seen = approved(&resource.place.key(), &id, Patience::Fail(private_link::LINK_SECS));
    if current.is_none() && spec.approval == Approval::Automatic && old.iter().any(|endpoint| carries(endpoint)) {
        draft.before_commit.push(Await { patience: Patience::Fail(AT_ONCE_SECS), ..seen.clone() });
    }
    for endpoint in old {
        let step = delete(draft, &resource.place.key(), &resource.addr, endpoint);
        draft.steps[step].after.extend(last);
        draft.steps[step].awaits.extend((!waits).then(|| seen.clone()));
    }
}

/// Returns true if somebody else has to approve the endpoint, which may take days: until then one that carries
/// connections stays. One that is made and needs nobody is approved before the commit point.
fn waits_for_owner(spec: &PrivateEndpoint, current: Option<&LivePrivateEndpoint>) -> bool {
    let is_approved = current.map(carries);
    match spec.approval {
        Approval::Managed => false,
        Approval::Automatic => is_approved == Some(false),
        Approval::ByOwner => is_approved != Some(true),
    }
}

fn carries(endpoint: &LivePrivateEndpoint) -> bool {
    *endpoint.status == ConnectionStatus::Approved
}

/// Returns true if the endpoint asks for approval. By alias every endpoint asks, and `autoApproval` of the service answers at
/// once (terraform-provider-azurerm#27134, #10779).
fn asks(spec: &PrivateEndpoint, target: &Target) -> bool {
    let by_alias = matches!(&target.handle, Handle::Known(service) if !service.starts_with('/'));
    by_alias || spec.approval != Approval::Automatic
}

/// The fields that cannot change in place, where they differ; all of them if there is no live endpoint.
fn fixed_fields(spec: &PrivateEndpoint, target: &Target, live: Option<&LivePrivateEndpoint>) -> Vec<FieldChange> {
    let text = |text: Option<&str>| text.map_or(Value::Null, Value::from);
    let is_target = |service: &str| {
        let id = target.id.as_ref().is_some_and(|id| id.0.eq_ignore_ascii_case(service));
        id || target.alias.as_ref().is_some_and(|alias| alias.eq_ignore_ascii_case(service))
    };
    let mut fields = private_link::name_fields(live.map(|live| &live.id), &spec.resource_group, &spec.name);
    if live.is_none_or(|live| live.subnet != spec.subnet) {
        fields.push(field(Property::Subnet, text(live.map(|live| live.subnet.0.as_str())), spec.subnet.0.clone()));
    }
    if live.is_none_or(|live| !is_target(&live.service)) {
        let after = match (&spec.service, &target.id) {
            (LinkServiceRef::Declared(_), Some(id)) => id.0.clone(),
            (LinkServiceRef::Declared(addr), None) => addr.to_string(),
            (LinkServiceRef::Id(text), _) => text.clone(),
        };
        fields.push(field(Property::Service, text(live.map(|live| live.service.as_str())), after));
    }
    let manual = asks(spec, target);
    if live.is_none_or(|live| live.manual != manual) {
        // Who approves is not to be seen, only whether the endpoint asks.
        let before = live.map(|live| if live.manual { Approval::Managed } else { Approval::Automatic }.word());
        fields.push(field(Property::Approval, text(before), spec.approval.word()));
    }
    fields
}

/// Changes the endpoint in place and approves its connection if that waits; returns the last step.
fn keep(
    draft: &mut Draft<'_>,
    resource: &Resource,
    spec: &PrivateEndpoint,
    target: &Target,
    live: &LivePrivateEndpoint,
    old: &[&LivePrivateEndpoint],
) -> Option<usize> {
    let place = resource.place.key();
    let tags = private_link::tags(draft, &resource.addr, Some(&live.tags));
    let mut fields = private_link::tag_fields(&live.tags, &tags);
    if *live.state == ProvisioningState::Failed {
        fields.push(field(Property::State, live.state.to_string(), "Succeeded"));
    }
    let mut last = None;
    if !fields.is_empty() {
        // The approval of its connection moves the ETag too: what it holds is what counts.
        let written = put_back(live, tags.clone(), WriteGuard::None);
        let undo = put_back(live, live.tags.clone(), WriteGuard::holds(written));
        let op = put_back(live, tags, WriteGuard::Unchanged(live.etag.clone()));
        let step = DraftStep::build(&resource.addr, &place, op, Undo::Restore(Box::new(undo.into())));
        last = Some(draft.step(step));
    }
    if *live.status == ConnectionStatus::Pending {
        if spec.approval == Approval::Managed {
            fields.push(field(Property::Connection, live.status.to_string(), "Approved"));
            let undo = Undo::Impossible("a connection that is rejected never comes back".to_owned());
            last = approve(draft, resource, target, &live.id, undo, last).or(last);
        } else {
            let text = format!("{} waits for approval by the owner of the service", live.id);
            draft.note(NoteCode::PendingApproval, Some(&resource.addr), text);
        }
    }
    fields.extend(old.iter().map(|endpoint| field(Property::Leftover, endpoint.id.0.clone(), Value::Null)));
    if !fields.is_empty() {
        depends_on(draft, &place, &live.id.0, Some(live));
    }
    let action = if fields.is_empty() { Action::Same } else { Action::Update };
    draft.change(resource, action, fields, Some(live.id.0.clone()));
    last
}

/// Makes the endpoint, or a second one beside those that cannot become as declared; returns its id and the last step.
fn create(
    draft: &mut Draft<'_>,
    resource: &Resource,
    spec: &PrivateEndpoint,
    target: &Target,
    live: &AzureLive,
    ours: &[&LivePrivateEndpoint],
) -> Option<(ArmName, Option<usize>)> {
    let place = resource.place.key();
    let location = private_link::location(draft, resource)?;
    if !private_link::has_group(draft, resource, &spec.resource_group, live) {
        return None;
    }
    let id = private_link::free_id::<LivePrivateEndpoint>(draft, resource, (&spec.resource_group, &spec.name), live)?;
    if !live.subnets.iter().any(|subnet| subnet.id == spec.subnet) {
        draft.problem(
            &resource.addr,
            ProblemCode::SubnetMissing,
            format!("the subnet {} does not exist", spec.subnet),
            "",
        );
        return None;
    }
    let op = PrivateEndpointOp::Put {
        id: id.clone(),
        location,
        subnet: spec.subnet.clone(),
        service: target.handle.clone(),
        manual: asks(spec, target),
        tags: private_link::tags(draft, &resource.addr, ours.last().map(|old| &old.tags)),
        guard: WriteGuard::Absent,
    };
    let undo = Undo::Delete(Box::new(PrivateEndpointOp::Delete { id: id.clone(), guard: WriteGuard::None }.into()));
    let awaits = match (&target.handle, &target.id) {
        (Handle::Made(_), Some(service)) => {
            Some(private_link::watch(&target.place, Condition::ArmSucceeded { id: service.clone() }))
        }
        _ => None,
    };
    depends_on::<LivePrivateEndpoint>(draft, &place, &id.0, None);
    let step = DraftStep::build(&resource.addr, &place, op, undo).makes(Object::of(&resource.addr, "")).awaits(awaits);
    let step = step.awaits(private_link::gone_first(&place, &id, live));
    let mut last = draft.step(step);
    if spec.approval == Approval::Managed {
        last = approve(draft, resource, target, &id, Undo::Nothing, Some(last))?;
    }
    draft.settle.push(private_link::watch(&place, Condition::ArmSucceeded { id: id.clone() }));
    // The owner of the service may take days.
    let patience = match spec.approval {
        Approval::Managed => Patience::Fail(private_link::LINK_SECS),
        Approval::Automatic | Approval::ByOwner => Patience::Warn(60),
    };
    draft.settle.push(approved(&place, &id, patience));
    let old = ours.last().copied();
    let mut fields = fixed_fields(spec, target, old);
    let mut reasons = if old.is_some() { private_link::fixed(&fields) } else { Vec::new() };
    if let Some(dead) = old.filter(|old| old.status.is_dead()) {
        fields.push(field(Property::Connection, dead.status.to_string(), "Approved"));
        reasons.push(format!("the connection is {} and never comes back", dead.status.as_str().to_ascii_lowercase()));
    }
    let action = if old.is_some() { Action::Replace } else { Action::Create };
    draft.change_because(resource, action, fields, old.map(|old| old.id.0.clone()), reasons);
    Some((id, Some(last)))
}

/// Approves the connection of one endpoint of ours, once the service lists it.
fn approve(
    draft: &mut Draft<'_>,
    resource: &Resource,
    target: &Target,
    endpoint: &ArmName,
    undo: Undo,
    after: Option<usize>,
) -> Option<usize> {
    let service = match (&target.handle, &target.id) {
        (Handle::Made(_), _) => target.handle.clone(),
        (Handle::Known(_), Some(id)) => Handle::Known(id.0.clone()),
        (Handle::Known(alias), None) => {
            let message =
                format!("the connection to {alias} cannot be approved: only the alias of the service is known");
            draft.problem(
                &resource.addr,
                ProblemCode::ApprovalUnreachable,
                message,
                "name the service by its resource id, or set approval: by-owner",
            );
            return None;
        }
    };
    if !draft.observed.places.contains_key(&target.place) {
        let message = format!(
            "the connection to {} cannot be approved: the subscription {} is not one of this product's",
            service.id(),
            target.place.account
        );
        let hint = "add the subscription to the config, or set approval: by-owner";
        draft.problem(&resource.addr, ProblemCode::ApprovalUnreachable, message, hint);
        return None;
    }
    let listed = Condition::LinkConnectionListed { service: service.clone(), endpoint: endpoint.clone() };
    let op = PrivateEndpointOp::SetConnection { service, endpoint: endpoint.clone(), approve: true };
    let step = DraftStep::build(&resource.addr, &target.place, op, undo)
        .after(after)
        .awaits([private_link::watch(&target.place, listed)]);
    Some(draft.step(step))
}

/// The connection is approved.
fn approved(place: &PlaceKey, endpoint: &ArmName, patience: Patience) -> Await {
    let condition = Condition::LinkConnectionApproved { endpoint: endpoint.clone() };
    Await { patience, ..private_link::watch(place, condition) }
}

fn put_back(
    live: &LivePrivateEndpoint,
    tags: std::collections::BTreeMap<String, String>,
    guard: WriteGuard<PrivateEndpointOp>,
) -> PrivateEndpointOp {
    PrivateEndpointOp::Put {
        id: live.id.clone(),
        location: live.location.clone(),
        subnet: live.subnet.clone(),
        service: Handle::Known(live.service.clone()),
        manual: live.manual,
        tags,
        guard,
    }
}

fn delete(draft: &mut Draft<'_>, place: &PlaceKey, addr: &Addr, live: &LivePrivateEndpoint) -> usize {
    let mut again: Vec<Op> = vec![put_back(live, live.tags.clone(), WriteGuard::Absent).into()];
    if live.manual && *live.status == ConnectionStatus::Approved && live.service.starts_with('/') {
        let service = Handle::Known(live.service.clone());
        again.push(PrivateEndpointOp::SetConnection { service, endpoint: live.id.clone(), approve: true }.into());
    }
    depends_on(draft, place, &live.id.0, Some(live));
    let guard = WriteGuard::holds(put_back(live, live.tags.clone(), WriteGuard::None));
    let op = PrivateEndpointOp::Delete { id: live.id.clone(), guard };
    draft.step(DraftStep::commit(addr, place, op, Undo::Recreate(again)))
}
