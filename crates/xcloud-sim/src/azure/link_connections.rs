//! The connections of a private link service, as its owner sees them: approve, reject, remove.

use serde_json::json;

use super::call::Call;
use super::ids::ResourceId;
use super::operation::Verb;
use super::reply::{ArmError, Outcome, Reply};
use super::views::{STATE, connection_state};
use super::world::{AzureWorld, Decision, State, Stored};
use super::{operations, render, schema, shapes, write};
use crate::Millis;

/// Approves or rejects a connection; there is no way to make one. It is a long-running operation, which the OpenAPI file
/// does not say: 200, `Updating` and `Azure-AsyncOperation`, with the new status in the answer
/// (Azure/azure-cli, network recordings, `test_network_private_endpoints.yaml`).
pub(super) fn put(call: &mut Call<'_>, id: &ResourceId) -> Outcome {
    let stored = call.existing(id)?;
    let body = schema::parse_body(&call.request.body)?;
    schema::check(&body, shapes::CONNECTION)?;
    write::check_preconditions(call, id)?;
    if let State::Deleting(operation) = &stored.state {
        return Err(write::conflict(call, operation));
    }
    let wanted = &body["properties"]["privateLinkServiceConnectionState"];
    let status = wanted["status"].as_str().unwrap_or_default();
    let Some(status) = ["Approved", "Rejected"].into_iter().find(|known| known.eq_ignore_ascii_case(status)) else {
        let message = format!("The status '{status}' of private endpoint connection {id} is not Approved or Rejected.");
        return Err(ArmError::bad_request("InvalidPrivateLinkServiceConnectionStatus", message));
    };
    let description = wanted["description"].as_str().unwrap_or_default();
    let wanted = connection_state(status, description);
    write::refuse_while_busy(call, id)?;
    let seconds = call.world.durations.connection_decision;
    let shown_at = call.now.plus_secs(seconds + call.world.durations.connection_lag);
    call.world.decisions.push(Decision { shown_at, connection: id.key(), state: wanted.clone() });
    let (before, region) = (operations::possible(call.world, id), write::stored_region(call, id));
    let operation = operations::start(call.world, call.now, id, (Verb::Put, before), &region, seconds);
    let mut body = render::resource(call.world, call.existing(id)?);
    body["properties"][STATE] = wanted;
    Ok(operations::with_headers(call, Reply::json(200, body).mutating(), &operation))
}

/// Lets the decisions show that are to be seen by now, at the service and at the endpoint.
pub(super) fn show_decisions(world: &mut AzureWorld, now: Millis) {
    let (due, later) = std::mem::take(&mut world.decisions).into_iter().partition(|decision| decision.shown_at <= now);
    world.decisions = later;
    let due: Vec<Decision> = due;
    for decision in due {
        let Some(id) = ResourceId::parse(&decision.connection) else { continue };
        let stored = world.resources.get_mut(&decision.connection).filter(|stored| stored.state != State::Failed);
        let Some(stored) = stored else { continue };
        stored.properties.insert(STATE.to_owned(), decision.state);
        let endpoint = stored.text("/privateEndpoint/id").map(str::to_owned);
        world.touch_with_parent(&id);
        if let Some(endpoint) = endpoint {
            world.touch(&endpoint);
        }
    }
}

/// Removes a connection; its endpoint stays and shows `Disconnected`.
pub(super) fn delete(call: &mut Call<'_>, id: &ResourceId) -> Outcome {
    call.parent_exists(id)?;
    let seconds = call.world.durations.connection_delete;
    write::delete(call, id, seconds)
}

/// Follows the removal of a connection.
pub(super) fn removed(world: &mut AzureWorld, id: &ResourceId) {
    let connection = world.resources.get(&id.key());
    let endpoint = connection.and_then(|stored| stored.text("/privateEndpoint/id")).map(str::to_owned);
    if let Some(endpoint) = endpoint {
        world.touch(&endpoint);
    }
}

/// Makes the connection of an endpoint on its service and returns the connection's id.
pub(super) fn connect(
    world: &mut AzureWorld,
    service: &ResourceId,
    endpoint: &ResourceId,
    status: &str,
    message: &str,
) -> Option<ResourceId> {
    let guid = world.new_guid();
    let id = service.child("privateEndpointConnections", &format!("{}.{guid}", endpoint.name()))?;
    let etag = world.new_etag(id.kind);
    let location = world.resources.get(&endpoint.key()).and_then(|stored| stored.location.clone());
    let link = u32::from_str_radix(guid.split('-').next().unwrap_or("0"), 16).unwrap_or_default();
    let mut stored = Stored::new(&id, None, etag);
    stored.properties.insert("privateEndpoint".to_owned(), json!({"id": endpoint.to_string()}));
    stored.properties.insert(STATE.to_owned(), connection_state(status, message));
    stored.properties.insert("linkIdentifier".to_owned(), json!(link.to_string()));
    stored.properties.insert("privateEndpointLocation".to_owned(), json!(location.unwrap_or_default()));
    world.resources.insert(id.key(), stored);
    world.touch(&service.key());
    Some(id)
}
