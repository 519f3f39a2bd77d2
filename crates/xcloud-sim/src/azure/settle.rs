//! The end of long-running operations: what was accepted takes its effect when somebody looks.

use super::ids::{Kind, ResourceId};
use super::operation::{Operation, OperationStatus, Verb};
use super::world::{AzureWorld, State};
use super::{link_connections, link_services, private_endpoints};
use crate::Millis;

/// How long the status of a finished operation can be read: one day.
const KEPT_SECONDS: f64 = 86_400.0;

/// Lets every operation that is over by `now` take its effect, the earliest first.
pub(super) fn settle(world: &mut AzureWorld, now: Millis) {
    while let Some((at, id)) = world.running.first().cloned()
        && at <= now
    {
        world.running.remove(&(at, id.clone()));
        finish(world, &id);
    }
    link_connections::show_decisions(world, now);
    let forgotten = |operation: &Operation| {
        operation.status != OperationStatus::InProgress && now.secs_since(operation.ends_at) > KEPT_SECONDS
    };
    if world.operations.values().any(forgotten) {
        world.operations.retain(|_, operation| !forgotten(operation));
    }
}

fn finish(world: &mut AzureWorld, id: &str) {
    let Some(operation) = world.operations.get(id).cloned() else { return };
    let Some(target) = ResourceId::parse(&operation.target) else { return };
    let result = match operation.will_fail {
        Some(error) => Err(error),
        None if operation.verb == Verb::Put => complete(world, &target),
        None => {
            remove(world, &target);
            Ok(())
        }
    };
    let (status, state) = match result {
        Ok(()) => (OperationStatus::Succeeded, State::Succeeded),
        Err((code, message)) => (OperationStatus::Failed(code, message), State::Failed),
    };
    if let Some(stored) = world.resources.get_mut(&target.key()) {
        stored.state = state;
    }
    if let Some(operation) = world.operations.get_mut(id) {
        if status == OperationStatus::Succeeded {
            operation.before = Vec::new();
        }
        operation.status = status;
    }
    world.touch_with_parent(&target);
}

/// Does what happens at the end of a successful PUT.
fn complete(world: &mut AzureWorld, id: &ResourceId) -> Result<(), (String, String)> {
    match id.kind {
        Kind::Endpoint => private_endpoints::complete(world, id),
        Kind::LinkService => {
            link_services::complete(world, id);
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Removes a resource with its children and does what follows from that.
pub(super) fn remove(world: &mut AzureWorld, id: &ResourceId) {
    match id.kind {
        Kind::Endpoint => private_endpoints::removed(world, id),
        Kind::LinkService => link_services::removed(world, id),
        Kind::Connection => link_connections::removed(world, id),
        _ => {}
    }
    let key = id.key();
    let below = format!("{key}/");
    world.resources.retain(|other, _| *other != key && !other.starts_with(&below));
}
