//! Who may connect to a service: principals come before the commit point and go after it, with their connections.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::code::NoteCode;
use crate::kinds::planning::{Planning, Wanted};
use crate::kinds::shared::aws::{Indexes, Refs};
use crate::live::{LiveConnection, LiveService};
use crate::model::{Acceptance, EndpointService, Resource};
use crate::op::{EndpointServiceOp, Handle};
use crate::plan::draft::{Draft, DraftStep, field};
use crate::plan::{FieldChange, Path, Set, Undo};

pub(crate) fn changed_acceptance(spec: &EndpointService, live: &LiveService) -> Option<bool> {
    let required = spec.acceptance == Acceptance::Managed;
    (required != live.acceptance_required).then_some(required)
}

/// A service that is to accept by itself still asks while principals are allowed that are not declared: they go
/// after the commit point, and would connect without anybody's consent until then.
pub(crate) fn opens_late(spec: &EndpointService, live: &LiveService) -> bool {
    let undeclared = live.principals.iter().flatten().any(|one| !spec.principals.contains(one));
    changed_acceptance(spec, live) == Some(false) && undeclared
}

/// Adds the calls that make the principals those that are declared, and returns what differs.
pub(crate) fn change(
    cx: &mut Planning<'_, '_>,
    one: &Wanted<'_, '_, EndpointService>,
    live: &LiveService,
) -> Vec<FieldChange> {
    let &Wanted { resource, spec, .. } = one;
    let Planning { draft, refs, .. } = cx;
    let there = live.principals.clone().unwrap_or_default();
    let add: BTreeSet<String> = spec.principals.difference(&there).cloned().collect();
    let remove: BTreeSet<String> = there.difference(&spec.principals).cloned().collect();
    let service = Handle::Known(live.id.clone());
    let path = |principal: &String| Path::Member(Set::Principals, principal.clone());
    let mut fields: Vec<FieldChange> = add.iter().map(|one| field(path(one), Value::Null, true)).collect();
    fields.extend(remove.iter().map(|one| field(path(one), true, Value::Null)));
    permit(draft, refs, resource, &service, add);
    if remove.is_empty() {
        return fields;
    }
    let op =
        EndpointServiceOp::ModifyPermissions { service: service.clone(), add: BTreeSet::new(), remove: remove.clone() };
    let undo = Undo::Impossible("a principal that is not declared is never allowed again".to_owned());
    let step = draft.step(DraftStep::commit(&resource.addr, &resource.place.key(), op, undo));
    reject_removed(cx, one, live, &remove, step);
    let draft = &mut *cx.draft;
    if opens_late(spec, live) {
        open(draft, resource, service, step);
    }
    fields
}

/// Lets principals connect.
pub(super) fn permit(
    draft: &mut Draft<'_>,
    refs: &mut Refs,
    resource: &Resource,
    service: &Handle,
    add: BTreeSet<String>,
) {
    if add.is_empty() {
        return;
    }
    let undo =
        EndpointServiceOp::ModifyPermissions { service: service.clone(), add: BTreeSet::new(), remove: add.clone() };
    let op = EndpointServiceOp::ModifyPermissions { service: service.clone(), add, remove: BTreeSet::new() };
    let undo = Undo::Delete(Box::new(undo.into()));
    let step = draft.step(DraftStep::build(&resource.addr, &resource.place.key(), op, undo));
    refs.service_steps.entry(resource.addr.clone()).or_default().push(step);
}

/// Lets the service accept by itself, once only declared principals can connect.
fn open(draft: &mut Draft<'_>, resource: &Resource, service: Handle, after: usize) {
    let set = |required| EndpointServiceOp::Modify {
        service: service.clone(),
        acceptance_required: Some(required),
        add: BTreeSet::new(),
        remove: BTreeSet::new(),
    };
    let undo = Undo::Recreate(vec![set(true).into()]);
    draft.step(DraftStep::commit(&resource.addr, &resource.place.key(), set(false), undo).after([after]));
}

/// Taking a principal away does not cut its live connections (facts/aws 2.1): they are rejected, where xcloud
/// accepts them; where the service accepts by itself the operator is told.
fn reject_removed(
    cx: &mut Planning<'_, '_>,
    one: &Wanted<'_, '_, EndpointService>,
    live: &LiveService,
    removed: &BTreeSet<String>,
    after: usize,
) {
    let &Wanted { resource, spec, .. } = one;
    let Planning { draft, live: indexes, refs, .. } = cx;
    let still: BTreeSet<&str> = spec.principals.iter().filter_map(|arn| account(arn)).collect();
    let gone: BTreeSet<&str> =
        removed.iter().filter_map(|arn| account(arn)).filter(|one| !still.contains(one)).collect();
    if spec.acceptance == Acceptance::Automatic {
        let text = format!("live connections of {} are not cut by removing the principal", list(&gone));
        draft.note(NoteCode::ConnectionsStay, Some(&resource.addr), text);
        return;
    }
    let lives = |connection: &&LiveConnection| gone.contains(connection.owner.as_str()) && connection.state.is_live();
    let mut endpoints: BTreeSet<Handle> = BTreeSet::new();
    for connection in live.connections.iter().flatten().filter(lives) {
        let keeps = keeps_connection(draft, indexes, refs, connection);
        match keeps {
            None => drop(endpoints.insert(Handle::Known(connection.endpoint.clone()))),
            Some(why) => {
                let text = format!("the connection of {} is not cut: {why}", connection.endpoint);
                draft.note(NoteCode::ConnectionsStay, Some(&resource.addr), text);
            }
        }
    }
    if endpoints.is_empty() {
        return;
    }
    let op = EndpointServiceOp::RejectConnections { service: Handle::Known(live.id.clone()), endpoints };
    let undo = Undo::Impossible("a rejected endpoint never comes back".to_owned());
    draft.step(DraftStep::commit(&resource.addr, &resource.place.key(), op, undo).after([after]));
}

/// Returns why a connection of an account that lost its principal stays all the same.
fn keeps_connection(
    draft: &Draft<'_>,
    indexes: &Indexes<'_>,
    refs: &Refs,
    connection: &LiveConnection,
) -> Option<&'static str> {
    if refs.silent_accounts.contains(&connection.owner) {
        return Some("its account has a region that does not answer");
    }
    if !indexes.our_endpoint_ids.contains(connection.endpoint.as_str()) {
        return None;
    }
    if refs.kept_endpoints.contains(&connection.endpoint) {
        return Some("the endpoint is declared");
    }
    // Superseded ones and, with `--prune`, orphans are deleted in this run.
    let goes = refs.superseded.contains(&connection.endpoint) || draft.options.prune;
    goes.then_some("the endpoint is deleted")
}

fn account(arn: &str) -> Option<&str> {
    arn.split(':').nth(4)
}

fn list(accounts: &BTreeSet<&str>) -> String {
    accounts.iter().copied().collect::<Vec<_>>().join(", ")
}
