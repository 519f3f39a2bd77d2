//! Long-running operations: started with their end written down, and followed by their URLs.

use serde_json::{Map, Value, json};

use super::call::Call;
use super::ids::{ResourceId, region_name, same_id};
use super::operation::{Operation, OperationStatus, Verb};
use super::reply::{ArmError, Outcome, Reply, error_body};
use super::world::{AzureWorld, State};
use crate::Millis;

/// Starts an operation on a resource that is in the state already; takes the place of one that still runs.
pub(super) fn start(
    world: &mut AzureWorld,
    now: Millis,
    id: &ResourceId,
    (verb, before): (Verb, Vec<Option<Map<String, Value>>>),
    region: &str,
    seconds: f64,
) -> String {
    let key = id.key();
    let superseded = world.resources.get(&key).and_then(|stored| stored.state.operation().map(str::to_owned));
    if let Some(superseded) = superseded {
        cancel(world, &superseded);
    }
    let operation = Operation {
        id: world.new_guid(),
        subscription: id.subscription.clone(),
        region: region_name(region),
        target: id.to_string(),
        verb,
        visible_from: now.plus_secs(world.durations.replication_lag),
        ends_at: now.plus_secs(seconds),
        status: OperationStatus::InProgress,
        will_fail: planned_failure(world, verb, id),
        before,
    };
    let name = operation.id.clone();
    if let Some(stored) = world.resources.get_mut(&key) {
        stored.state = match verb {
            Verb::Put => State::Updating(name.clone()),
            Verb::Delete => State::Deleting(name.clone()),
        };
    }
    world.running.insert((operation.ends_at, name.clone()));
    world.operations.insert(name.clone(), operation);
    world.touch_with_parent(id);
    name
}

/// Returns what the properties of a resource may be: after a failed operation, what was and what should have been.
pub(super) fn possible(world: &AzureWorld, id: &ResourceId) -> Vec<Option<Map<String, Value>>> {
    let Some(stored) = world.resources.get(&id.key()) else { return vec![None] };
    let mut found = vec![Some(stored.properties.clone())];
    let failure =
        Some(&stored.state).filter(|state| **state == State::Failed).and_then(|_| world.failure_of(&stored.id));
    let deletion = failure.filter(|failure| failure.verb == Verb::Delete).map(|_| None);
    for before in failure.into_iter().flat_map(|failure| failure.before.iter().cloned()).chain(deletion) {
        if !found.contains(&before) {
            found.push(before);
        }
    }
    found
}

impl AzureWorld {
    /// Returns the last operation on a resource that failed.
    pub(crate) fn failure_of(&self, id: &str) -> Option<&Operation> {
        let failed = self.operations.values().filter(|operation| {
            matches!(operation.status, OperationStatus::Failed(..)) && same_id(&operation.target, id)
        });
        failed.max_by_key(|operation| operation.ends_at)
    }
}

/// Answers a status URL (`operations`) or a result URL (`operationResults`).
pub(super) fn poll(call: &Call<'_>, subscription: &str, id: &str, result: bool) -> Outcome {
    let unknown = || ArmError::new(404, "NotFound", format!("Operation {id} not found."));
    let operation = call.world.operations.get(&id.to_lowercase());
    let operation = operation.filter(|operation| same_id(&operation.subscription, subscription)).ok_or_else(unknown)?;
    if call.now < operation.visible_from {
        return Err(unknown());
    }
    if result {
        return poll_result(call, operation);
    }
    let (word, error) = match &operation.status {
        OperationStatus::InProgress => {
            let seconds = retry_after(operation.ends_at.secs_since(call.now));
            return Ok(Reply::json(200, json!({"status": "InProgress"})).header("retry-after", seconds));
        }
        OperationStatus::Succeeded => return Ok(Reply::json(200, json!({"status": "Succeeded"}))),
        OperationStatus::Failed(code, message) => ("Failed", error_body(code, message, Vec::new())),
        OperationStatus::Canceled => {
            let detail = json!({
                "code": "CanceledAndSupersededDueToAnotherOperation",
                "message": format!("Operation was canceled and superseded by another write of {}.", operation.target),
            });
            ("Canceled", error_body("Canceled", "Operation was canceled.", vec![detail]))
        }
    };
    Ok(Reply::json(200, json!({"status": word, "error": error["error"]})))
}

fn poll_result(call: &Call<'_>, operation: &Operation) -> Outcome {
    match &operation.status {
        OperationStatus::InProgress => {
            let seconds = retry_after(operation.ends_at.secs_since(call.now));
            let location = url(call, &operation.id, "operationResults");
            Ok(Reply::empty(202).header("location", location).header("retry-after", seconds))
        }
        OperationStatus::Succeeded => Ok(Reply::empty(204)),
        OperationStatus::Failed(code, message) => Err(ArmError::bad_request(code, message.clone())),
        OperationStatus::Canceled => Err(ArmError::new(409, "Canceled", "Operation was canceled.")
            .detail("CanceledAndSupersededDueToAnotherOperation", "Superseded by another write.")),
    }
}

/// Adds the headers by which a client follows the operation.
///
/// A PUT is followed through `Azure-AsyncOperation`, a DELETE through that or through `Location`.
pub(super) fn with_headers(call: &Call<'_>, reply: Reply, id: &str) -> Reply {
    let Some(operation) = call.world.operations.get(id) else { return reply };
    let seconds = retry_after(operation.ends_at.secs_since(call.now));
    let reply = reply.header("azure-asyncoperation", url(call, id, "operations")).header("retry-after", seconds);
    match operation.verb {
        Verb::Put => reply,
        Verb::Delete => reply.header("location", url(call, id, "operationResults")),
    }
}

/// Returns the URL at which an operation's status is read.
pub(super) fn status_url(call: &Call<'_>, id: &str) -> String {
    url(call, id, "operations")
}

fn url(call: &Call<'_>, id: &str, collection: &str) -> String {
    let operation = call.world.operations.get(id);
    let (subscription, region) =
        operation.map_or(("", ""), |operation| (operation.subscription.as_str(), operation.region.as_str()));
    // The firewall types are another provider's (recordings: Azure/azure-cli-extensions `test_azure_policy_rcg_draft`).
    let target = operation.and_then(|operation| ResourceId::parse(&operation.target));
    let collection = match (target.is_some_and(|target| target.kind.is_firewall()), collection) {
        (true, "operations") => "nfvOperations",
        (true, "operationResults") => "nfvOperationResults",
        _ => collection,
    };
    let version = call.query("api-version").unwrap_or_default();
    format!(
        "{}/subscriptions/{subscription}/providers/Microsoft.Network/locations/{region}/{collection}/{id}\
         ?api-version={version}",
        call.request.base_url
    )
}

/// Seconds until it is worth asking again: a third of what is left, at most 10.
fn retry_after(seconds_left: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "clamped to 1..=10")]
    let seconds = (seconds_left / 3.0).ceil().clamp(1.0, 10.0) as i64;
    seconds.to_string()
}

fn cancel(world: &mut AzureWorld, id: &str) {
    if let Some(operation) = world.operations.get_mut(id) {
        operation.status = OperationStatus::Canceled;
        operation.before = Vec::new();
        let ends_at = operation.ends_at;
        world.running.remove(&(ends_at, id.to_owned()));
    }
}

fn planned_failure(world: &mut AzureWorld, verb: Verb, id: &ResourceId) -> Option<(String, String)> {
    let method = match verb {
        Verb::Put => "PUT",
        Verb::Delete => "DELETE",
    };
    let name = format!("{method} {}", id.type_name());
    let plan = world.planned_failures.iter_mut().find(|plan| plan.times > 0 && plan.operation == name)?;
    plan.times -= 1;
    Some((plan.code.clone(), plan.message.clone()))
}
