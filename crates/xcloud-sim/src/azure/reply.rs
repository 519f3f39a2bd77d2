//! Answers: a JSON body with headers, or an error in Resource Manager's format.

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::ids::guid;
use super::operation_name::operation_of;
use crate::{Request, Response};

/// An answer before the headers that every answer has.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Option<Value>,
    pub(super) mutated: bool,
}

/// A refusal.
#[derive(Debug)]
pub(super) struct ArmError {
    pub(super) status: u16,
    pub(super) code: String,
    pub(super) message: String,
    pub(super) details: Vec<(String, String)>,
    pub(super) additional_info: Vec<Value>,
    pub(super) headers: Vec<(String, String)>,
}

/// What every handler returns.
pub(super) type Outcome = Result<Reply, ArmError>;

impl Reply {
    pub(super) fn json(status: u16, body: Value) -> Self {
        Self { status, headers: Vec::new(), body: Some(body), mutated: false }
    }

    pub(super) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: None, mutated: false }
    }

    /// Marks the answer as one of a call that changed the state.
    pub(super) fn mutating(mut self) -> Self {
        self.mutated = true;
        self
    }

    pub(super) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

impl ArmError {
    pub(super) fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self {
            status,
            code: code.to_owned(),
            message: message.into(),
            details: Vec::new(),
            additional_info: Vec::new(),
            headers: Vec::new(),
        }
    }

    pub(super) fn bad_request(code: &str, message: impl Into<String>) -> Self {
        Self::new(400, code, message)
    }

    pub(super) fn detail(mut self, code: &str, message: impl Into<String>) -> Self {
        self.details.push((code.to_owned(), message.into()));
        self
    }

    /// Adds what a policy says beside the message.
    pub(super) fn info(mut self, info: Value) -> Self {
        self.additional_info.push(info);
        self
    }

    pub(super) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// A resource named in the body does not exist, or is in another region.
    pub(super) fn invalid_reference(referenced: &str, by: &str) -> Self {
        Self::bad_request(
            "InvalidResourceReference",
            format!(
                "Resource {referenced} referenced by resource {by} was not found. Please make sure that the \
                 referenced resource exists, and that both resources are in the same region."
            ),
        )
    }

    /// A child does not exist below a parent that does.
    pub(super) fn child_not_found(id: &str) -> Self {
        Self::new(404, "NotFound", format!("Resource {id} not found."))
    }

    fn body(&self) -> Value {
        let details: Vec<Value> =
            self.details.iter().map(|(code, message)| json!({"code": code, "message": message})).collect();
        let mut body = error_body(&self.code, &self.message, details);
        if !self.additional_info.is_empty() {
            body["error"]["additionalInfo"] = Value::Array(self.additional_info.clone());
        }
        body
    }
}

/// Turns an outcome into a reply, with the error's format.
pub(super) fn settle_outcome(outcome: Outcome) -> Reply {
    outcome.unwrap_or_else(|error| Reply {
        status: error.status,
        body: Some(error.body()),
        headers: error.headers,
        mutated: false,
    })
}

/// Adds the body's and the request's own headers and serialises the body.
pub(super) fn into_response(reply: Reply, request: &Request, request_id: &str) -> Response {
    let mut headers = reply.headers;
    headers.push(("x-ms-request-id".to_owned(), request_id.to_owned()));
    headers.push(("x-ms-correlation-request-id".to_owned(), correlation_id(request, request_id)));
    if let Some(client_id) = request.headers.get("x-ms-client-request-id").and_then(|value| value.to_str().ok()) {
        headers.push(("x-ms-client-request-id".to_owned(), client_id.to_owned()));
    }
    let body = match &reply.body {
        None => Bytes::new(),
        Some(body) => {
            headers.push(("content-type".to_owned(), "application/json; charset=utf-8".to_owned()));
            Bytes::from(body.to_string())
        }
    };
    Response { status: reply.status, headers, body, operation: operation_of(request), mutated: reply.mutated }
}

/// Returns an error in Resource Manager's format, for faults put between client and cloud.
#[must_use]
pub fn error_response(request: &Request, status: u16, code: &str, message: &str) -> Response {
    let reply = Reply::json(status, error_body(code, message, Vec::new()));
    let request_id = guid(&format!("{} {}", request.method, request.uri));
    into_response(reply, request, &request_id)
}

/// Returns the error object of Resource Manager.
pub(super) fn error_body(code: &str, message: &str, details: Vec<Value>) -> Value {
    let mut error = Map::new();
    error.insert("code".to_owned(), json!(code));
    error.insert("message".to_owned(), json!(message));
    error.insert("details".to_owned(), Value::Array(details));
    json!({ "error": error })
}

fn correlation_id(request: &Request, request_id: &str) -> String {
    request
        .headers
        .get("x-ms-correlation-request-id")
        .and_then(|value| value.to_str().ok())
        .map_or_else(|| request_id.to_owned(), str::to_owned)
}
