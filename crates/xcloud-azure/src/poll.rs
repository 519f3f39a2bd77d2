//! Long-running operations: what the answer of a write has named is looked at, one look at a time.
//!
//! ```text
//! PUT ─► Azure-AsyncOperation? ─► Location? ─► provisioningState of the body?   ─► Operation, or done
//! poll ─► status ─► Succeeded ─► GET the object ─► as the call wrote it? ─► facts
//! ```
//!
//! Nothing here waits. The driver of the management crates is not used: it loses the error, gives up on the first
//! 404 of a status URL and waits for no deletion.

use std::collections::BTreeMap;

use serde_json::Value;
use url::Url;
use xcloud_core::op::Call;
use xcloud_core::provider::{ApiCall, ErrorKind, Operation, Polled, ProviderError};

use crate::arm::Arm;
use crate::as_written::{Written, not_understood};
use crate::error::{self, ArmError};
use crate::json::{state, text};
use crate::object::{ended_well, facts};
use crate::wire::{Reply, WAIT_SECS};

/// Looks once how the operation stands that a call has started; in the end the object itself is read, and compared with
/// what the call wrote.
pub(crate) async fn poll(arm: &Arm, op: &impl Written, operation: &Operation) -> Result<Polled, ProviderError> {
    if let Some(polled) = status(arm, op, operation).await? {
        return Ok(polled);
    }
    if op.deletes() && operation.status_url.is_some() {
        return Ok(Polled::Done(BTreeMap::new()));
    }
    object_state(arm, op).await
}

/// Looks once at the status that Resource Manager named. `None`: the operation has succeeded, or it named none.
pub(crate) async fn status(arm: &Arm, op: &impl Call, operation: &Operation) -> Result<Option<Polled>, ProviderError> {
    let Some(status_url) = &operation.status_url else { return Ok(None) };
    let url = Url::parse(status_url).map_err(|why| arm.invalid("GET operations", &why.to_string()))?;
    let polled = if operation.location_style {
        let judge = |call: &ApiCall, reply: &Reply| location_answer(call, reply, op.deletes());
        arm.read_url("GET operationResults", &url, judge).await?
    } else {
        arm.read_url("GET operations", &url, status_answer).await?
    };
    Ok(match polled {
        // It is the operation that failed, and not the look.
        Some(Polled::Failed(failure)) => {
            Some(Polled::Failed(ProviderError { operation: op.name().to_owned(), ..failure }))
        }
        polled => polled,
    })
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
    let body = error::body(call, reply)?;
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

/// Reads the object itself, once: the operation can end before it does (terraform-provider-azurerm polls both), and what
/// others wrote at the same time is not what the call wrote.
async fn object_state(arm: &Arm, op: &impl Written) -> Result<Polled, ProviderError> {
    let (id, call) = (op.object(), arm.writing(op));
    Ok(match op.look(arm).await? {
        None if op.deletes() => Polled::Done(BTreeMap::new()),
        // Not visible yet.
        None => Polled::Wait(WAIT_SECS),
        Some(body) if !state(&body).is_settled() => Polled::Wait(WAIT_SECS),
        Some(body) if op.deletes() => {
            let why = format!("the object is still there, in state {}", state(&body));
            Polled::Failed(error::of(&call, ErrorKind::Other, &why))
        }
        Some(body) => match (ended_well(&call, &body), op.is_written(&body)) {
            (Err(failure), _) => Polled::Failed(failure),
            (Ok(()), Ok(true)) => Polled::Done(facts(&id, &body)),
            (Ok(()), Ok(false)) => Polled::Unseen(error::of(&call, ErrorKind::NotKept, NOT_KEPT)),
            (Ok(()), Err(why)) => return Err(not_understood(arm, op, &why)),
        },
    })
}

const NOT_KEPT: &str =
    "the object does not hold what was written: it was changed at the same time, or Azure did not keep it";

/// Returns the failure that the body of a failed or cancelled operation tells.
fn failure(call: &ApiCall, body: &Value, status: &str, request_id: Option<String>) -> ProviderError {
    let Some(arm) = body.get("error").and_then(|_| ArmError::from_value(body)) else {
        let why = format!("the operation ended as {status} and Azure does not say why");
        return ProviderError { request_id, ..error::of(call, ErrorKind::Other, &why) };
    };
    // An operation's error has no HTTP status of its own: 400 lets the code decide.
    let kind = match error::kind(400, Some(&arm)) {
        // Azure's own fault (terraform-provider-azurerm#19843): the same write repairs it.
        ErrorKind::Invalid if arm.code.contains("InternalServerError") => ErrorKind::Faltered,
        kind => kind,
    };
    ProviderError { code: Some(arm.code.clone()), request_id, ..error::of(call, kind, &arm.text()) }
}
