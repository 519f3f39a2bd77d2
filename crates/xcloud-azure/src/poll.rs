//! Long-running operations: what the answer of a write has named is looked at, one look at a time.
//!
//! ```text
//! PUT ─► Azure-AsyncOperation? ─► Location? ─► provisioningState of the body?   ─► Operation, or done
//! poll ─► status ─► Succeeded ─► GET the resource ─► facts
//! ```
//!
//! Nothing here waits. The driver of the management crates is not used: it loses the error, gives up on the first
//! 404 of a status URL and waits for no deletion.

use std::collections::BTreeMap;

use serde_json::Value;
use url::Url;
use xcloud_core::model::ArmName;
use xcloud_core::provider::{ApiCall, ErrorKind, Operation, Polled, ProviderError};

use crate::arm::Arm;
use crate::by_id::by_id;
use crate::error::{self, ArmError};
use crate::json::{state, text};
use crate::object::{ended_well, facts};
use crate::wire::{Reply, WAIT_SECS};

/// Looks once how an operation stands.
pub(crate) async fn poll(arm: &Arm, operation: &Operation) -> Result<Polled, ProviderError> {
    Ok(match look(arm, operation).await? {
        // It is the operation that failed, and not the look.
        Polled::Failed(failure) => Polled::Failed(ProviderError { operation: operation.operation.clone(), ..failure }),
        polled => polled,
    })
}

async fn look(arm: &Arm, operation: &Operation) -> Result<Polled, ProviderError> {
    let Some(status_url) = &operation.status_url else { return resource_state(arm, operation).await };
    let url = Url::parse(status_url).map_err(|why| arm.invalid("GET operations", &why.to_string()))?;
    let unfinished = if operation.location_style {
        let judge = |call: &ApiCall, reply: &Reply| location_answer(call, reply, operation.deletes);
        arm.read_url("GET operationResults", &url, judge).await?
    } else {
        arm.read_url("GET operations", &url, status_answer).await?
    };
    match unfinished {
        Some(polled) => Ok(polled),
        None if operation.deletes => Ok(Polled::Done(BTreeMap::new())),
        // The operation can end before the resource does (terraform-provider-azurerm polls both).
        None => resource_state(arm, operation).await,
    }
}

/// The status of an operation. Three words end it, whatever their case; each service has words of its own for "not yet"
/// (Microsoft's Resource Provider Contract, "Asynchronous operations").
enum OperationStatus {
    Succeeded,
    Failed,
    Canceled,
    /// The answer has none.
    None,
    /// Any other word: it goes on.
    Other,
}

impl OperationStatus {
    fn of(word: &str) -> Self {
        match word {
            "" => Self::None,
            _ if word.eq_ignore_ascii_case("Succeeded") => Self::Succeeded,
            _ if word.eq_ignore_ascii_case("Failed") => Self::Failed,
            _ if word.eq_ignore_ascii_case("Canceled") => Self::Canceled,
            _ => Self::Other,
        }
    }
}

/// Judges an answer of the `Azure-AsyncOperation` URL: its status is in the body. `None`: it has succeeded.
fn status_answer(call: &ApiCall, reply: &Reply) -> Result<Option<Polled>, ProviderError> {
    if is_again(reply) || reply.status == 202 {
        return Ok(Some(Polled::Wait(reply.wait_secs())));
    }
    if !reply.is_success() {
        return Err(error::failed(call, reply));
    }
    let body = error::json(call, reply)?;
    let word = text(&body, "/status");
    match OperationStatus::of(word) {
        OperationStatus::Succeeded => Ok(None),
        OperationStatus::Failed | OperationStatus::Canceled => {
            Ok(Some(Polled::Failed(failure(call, &body, word, reply.request_id()))))
        }
        OperationStatus::None => Err(error::malformed(call, reply, "the operation has no `status`")),
        OperationStatus::Other => Ok(Some(Polled::Wait(reply.wait_secs()))),
    }
}

/// Judges an answer of the `Location` URL: its status is the HTTP status. `None`: it has succeeded.
fn location_answer(call: &ApiCall, reply: &Reply, deletion: bool) -> Result<Option<Polled>, ProviderError> {
    match reply.status {
        202 => Ok(Some(Polled::Wait(reply.wait_secs()))),
        404 if deletion => Ok(None),
        _ if is_again(reply) => Ok(Some(Polled::Wait(reply.wait_secs()))),
        200..300 => Ok(None),
        // The result of a failed operation is its error, with its status.
        400 | 409 | 412 => Ok(Some(Polled::Failed(error::failed(call, reply)))),
        _ => Err(error::failed(call, reply)),
    }
}

/// A status URL that is not known yet (replication), throttled or broken says nothing about the operation.
fn is_again(reply: &Reply) -> bool {
    reply.status == 404 || reply.status == 408 || reply.status == 429 || reply.status >= 500
}

/// Reads the resource itself, once, and judges its `provisioningState`.
async fn resource_state(arm: &Arm, operation: &Operation) -> Result<Polled, ProviderError> {
    let Some(resource) = &operation.resource else {
        return Err(arm.invalid("GET operations", "the operation has neither a status URL nor a resource"));
    };
    let id = ArmName(resource.clone());
    let call = ApiCall { mutating: true, ..arm.reading("GET operations") };
    Ok(match by_id(arm, &id).await? {
        None if operation.deletes => Polled::Done(BTreeMap::new()),
        // Not visible yet.
        None => Polled::Wait(WAIT_SECS),
        Some(body) if !state(&body).is_settled() => Polled::Wait(WAIT_SECS),
        Some(body) if operation.deletes => {
            let why = format!("the object is still there, in state {}", state(&body));
            Polled::Failed(error::of(&call, ErrorKind::Other, &why))
        }
        Some(body) => ended_well(&call, &body).map_or_else(Polled::Failed, |()| Polled::Done(facts(&id, &body))),
    })
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
