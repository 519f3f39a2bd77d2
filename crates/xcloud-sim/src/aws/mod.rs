//! The simulated AWS side.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::{Millis, Request, Response};

/// The state of the simulated AWS side.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct AwsWorld {}

/// Returns the operation's name without executing it.
#[must_use]
pub fn operation_of(_request: &Request) -> String {
    String::new()
}

/// Answers one request.
#[must_use]
pub fn handle(_world: &mut AwsWorld, _now: Millis, request: &Request) -> Response {
    error_response(request, 501, "NotImplemented", "not built yet")
}

/// Returns an error in the service's own format.
#[must_use]
pub fn error_response(request: &Request, status: u16, code: &str, message: &str) -> Response {
    Response {
        status,
        headers: Vec::new(),
        body: Bytes::from(format!("{code}: {message}")),
        operation: operation_of(request),
        mutated: false,
    }
}
