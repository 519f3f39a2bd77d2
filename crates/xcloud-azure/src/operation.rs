//! Long-running operations: read from the answer of a write, then looked at, one look at a time.
//!
//! ```text
//! PUT ─► Azure-AsyncOperation? ─► Location? ─► provisioningState of the body?   ─► Operation, or done
//! poll ─► status ─► Succeeded ─► GET the resource ─► facts
//! ```
//!
//! Nothing here waits. The driver of the management crates is not used: it loses the error, gives up on the first
//! 404 of a status URL and waits for no deletion.

use std::collections::BTreeMap;
use xcloud_core::live::ProvisioningState;

use serde_json::Value;
use url::Url;
use xcloud_core::model::ArmName;
use xcloud_core::provider::{ApiCall, ErrorKind, Operation, Performed, Polled, ProviderError};

use crate::arm::{Arm, Judged};
use crate::error::{self, ArmError};
use crate::json::{etag, state, text};
use crate::read;
use crate::wire::{Reply, Trouble};

/// Seconds to the next look where Azure does not say; ARM's own guidance is 10 to 30.
const DEFAULT_WAIT_SECS: u64 = 10;

/// The longest wait that is taken over from `Retry-After`: operations end sooner than Azure guesses.
const LONGEST_WAIT_SECS: u64 = 60;

/// Returns what a write has made, or the operation that it has started. `id` names the object.
pub(crate) fn begun(
    arm: &Arm,
    operation: &'static str,
    id: &ArmName,
    reply: &Reply,
) -> Result<Performed, ProviderError> {
    let request_ids = reply.request_id().into_iter().collect();
    let deletion = is_deletion(operation);
    let status_url = |header: &str| reply.header(header).filter(|url| arm.is_ours(url)).map(str::to_owned);
    let body = if deletion { Value::Null } else { body_of(arm, operation, reply)? };
    let unfinished = reply.status == 202 || !state(&body).is_settled();
    let (status_url, location_style) = match status_url("azure-asyncoperation") {
        Some(url) => (Some(url), false),
        // A finished PUT may carry a Location too: the resource's own.
        None if unfinished => (status_url("location"), true),
        None => (None, false),
    };
    let resource = if deletion && status_url.is_some() { None } else { Some(id.0.clone()) };
    if status_url.is_some() || unfinished {
        let wait = wait_secs(reply);
        let pending = Operation {
            operation: operation.to_owned(),
            location_style: location_style && status_url.is_some(),
            status_url,
            resource,
            retry_after_secs: wait,
        };
        let made = if deletion { BTreeMap::new() } else { BTreeMap::from([(String::new(), id.0.clone())]) };
        return Ok(Performed { made, request_ids, pending: Some(pending) });
    }
    if deletion {
        return Ok(Performed { request_ids, ..Performed::default() });
    }
    ended_well(&arm.writing(operation), &body)?;
    let body = with_header_etag(body, reply);
    Ok(Performed { made: facts(id, &body), request_ids, pending: None })
}

/// Looks once how an operation stands.
pub(crate) async fn poll(arm: &Arm, operation: &Operation) -> Result<Polled, ProviderError> {
    let Some(status_url) = &operation.status_url else {
        return resource_state(arm, operation).await;
    };
    let url = Url::parse(status_url).map_err(|why| arm.invalid("GET operations", &why.to_string()))?;
    let deletion = is_deletion(&operation.operation);
    let look = if operation.location_style {
        arm.read_url("GET operationResults", &url, |call, reply| location_answer(call, reply, deletion)).await?
    } else {
        arm.read_url("GET operations", &url, status_answer).await?
    };
    match look {
        Look::Wait(secs) => Ok(Polled::Wait(secs)),
        Look::Failed(mut failure) => {
            operation.operation.clone_into(&mut failure.operation);
            Ok(Polled::Failed(*failure))
        }
        Look::Succeeded if deletion => Ok(Polled::Done(BTreeMap::new())),
        // The operation can end before the resource does (terraform-provider-azurerm polls both).
        Look::Succeeded => resource_state(arm, operation).await,
    }
}

enum Look {
    Wait(u64),
    Succeeded,
    Failed(Box<ProviderError>),
}

/// Judges an answer of the `Azure-AsyncOperation` URL: its status is in the body.
fn status_answer(call: &ApiCall, reply: Result<Reply, Trouble>) -> Judged<Look> {
    let reply = reply.map_err(|trouble| error::troubled(call, &trouble))?;
    if is_again(&reply) || reply.status == 202 {
        return Ok((Look::Wait(wait_secs(&reply)), reply.request_id()));
    }
    if !reply.is_success() {
        return Err(error::failed(call, &reply));
    }
    let body: Value =
        serde_json::from_slice(&reply.body).map_err(|why| error::malformed(call, &reply, &why.to_string()))?;
    let status = text(&body, "/status");
    let look = match status.to_ascii_lowercase().as_str() {
        "succeeded" => Look::Succeeded,
        "failed" | "canceled" => Look::Failed(Box::new(failure(call, &body, status, reply.request_id()))),
        "" => return Err(error::malformed(call, &reply, "the operation has no `status`")),
        _ => Look::Wait(wait_secs(&reply)),
    };
    Ok((look, reply.request_id()))
}

/// Judges an answer of the `Location` URL: its status is the HTTP status.
fn location_answer(call: &ApiCall, reply: Result<Reply, Trouble>, deletion: bool) -> Judged<Look> {
    let reply = reply.map_err(|trouble| error::troubled(call, &trouble))?;
    let request_id = reply.request_id();
    match reply.status {
        202 => Ok((Look::Wait(wait_secs(&reply)), request_id)),
        404 if deletion => Ok((Look::Succeeded, request_id)),
        _ if is_again(&reply) => Ok((Look::Wait(wait_secs(&reply)), request_id)),
        200..300 => Ok((Look::Succeeded, request_id)),
        // The result of a failed operation is its error, with its status.
        400 | 409 | 412 => Ok((Look::Failed(Box::new(error::failed(call, &reply))), request_id)),
        _ => Err(error::failed(call, &reply)),
    }
}

/// A status URL that is not known yet (replication), throttled or broken says nothing about the operation.
fn is_again(reply: &Reply) -> bool {
    reply.status == 404 || reply.status == 408 || reply.status == 429 || reply.status >= 500
}

/// Reads the resource itself, once, and judges its `provisioningState`.
async fn resource_state(arm: &Arm, operation: &Operation) -> Result<Polled, ProviderError> {
    let deletion = is_deletion(&operation.operation);
    let Some(resource) = &operation.resource else {
        return Err(arm.invalid("GET operations", "the operation has neither a status URL nor a resource"));
    };
    let id = ArmName(resource.clone());
    match read::by_id(arm, &id).await? {
        None if deletion => Ok(Polled::Done(BTreeMap::new())),
        // Not visible yet.
        None => Ok(Polled::Wait(DEFAULT_WAIT_SECS)),
        Some(body) if !state(&body).is_settled() => Ok(Polled::Wait(DEFAULT_WAIT_SECS)),
        Some(body) => {
            let call = ApiCall { mutating: true, ..arm.reading("GET operations") };
            let named = |mut failure: ProviderError| {
                operation.operation.clone_into(&mut failure.operation);
                Polled::Failed(failure)
            };
            if deletion {
                let why = format!("the object is still there, in state {}", state(&body));
                return Ok(named(error::of(&call, ErrorKind::Other, &why)));
            }
            Ok(ended_well(&call, &body).map_or_else(named, |()| Polled::Done(facts(&id, &body))))
        }
    }
}

/// Returns the failure that the body of a failed or cancelled operation tells.
fn failure(call: &ApiCall, body: &Value, status: &str, request_id: Option<String>) -> ProviderError {
    let Some(arm) = body.get("error").and_then(|_| ArmError::from_value(body)) else {
        let why = format!("the operation ended as {status} and Azure does not say why");
        return ProviderError { request_id, ..error::of(call, ErrorKind::Other, &why) };
    };
    // An operation's error has no HTTP status of its own: 400 lets the code decide.
    let kind = match error::kind(400, Some(&arm)) {
        ErrorKind::Invalid if arm.code.contains("InternalServerError") => ErrorKind::Other,
        kind => kind,
    };
    ProviderError { code: Some(arm.code.clone()), request_id, ..error::of(call, kind, &arm.text()) }
}

fn ended_well(call: &ApiCall, body: &Value) -> Result<(), ProviderError> {
    let state = state(body);
    if state.is_silent() || *state == ProvisioningState::Succeeded {
        return Ok(());
    }
    Err(error::of(call, ErrorKind::Other, &format!("the object's provisioningState is {state}")))
}

/// Returns the facts of an object: its id and `ETag`, and a private link service's alias.
pub(crate) fn facts(id: &ArmName, body: &Value) -> BTreeMap<String, String> {
    let mut facts = BTreeMap::from([(String::new(), id.0.clone())]);
    for (fact, value) in [("etag", etag(body)), ("alias", text(body, "/properties/alias"))] {
        if !value.is_empty() {
            facts.insert(fact.to_owned(), value.to_owned());
        }
    }
    facts
}

fn is_deletion(operation: &str) -> bool {
    operation.starts_with("DELETE ")
}

fn wait_secs(reply: &Reply) -> u64 {
    reply.retry_after_secs().unwrap_or(DEFAULT_WAIT_SECS).min(LONGEST_WAIT_SECS)
}

/// A 202 may have no body; every other answer of a PUT has one.
fn body_of(arm: &Arm, operation: &'static str, reply: &Reply) -> Result<Value, ProviderError> {
    if reply.status == 202 && reply.body.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(&reply.body)
        .map_err(|why| error::malformed(&arm.writing(operation), reply, &format!("not JSON ({why})")))
}

fn with_header_etag(mut body: Value, reply: &Reply) -> Value {
    if let (Some(object), Some(etag)) = (body.as_object_mut(), reply.header("etag")) {
        object.entry("etag").or_insert_with(|| Value::from(etag));
    }
    body
}
