//! The HTTP client under the management crates: one place through which every byte to Azure goes.
//!
//! ```text
//! request builder ─ azure_core pipeline ─ Wire ─ ArmTransport
//!                    (placeholder token)   │ host check, real token, If-Match, body, timeout
//!                                          └ keeps status, headers and body for the caller
//! ```
//!
//! The pipeline loses what a failed call answered (details, request id) and the crates cannot set If-Match or send
//! an explicit `[]`. So the caller puts a [`Call`] into the task, and the wire reads it and leaves the answer there.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use azure_core::time::parse_rfc7231;
use azure_core_legacy::headers::{HeaderName, HeaderValue, Headers};
use azure_core_legacy::{BytesStream, HttpClient, Method, Request, Response, StatusCode};
use bytes::Bytes;
use url::Url;

use crate::credential::Tokens;
use crate::no_token::NoToken;
use crate::settings::Secret;
use crate::transport::{ArmTransport, TransportError};

/// Seconds to the next look where Azure does not say; ARM's own guidance is 10 to 30.
pub(crate) const WAIT_SECS: u64 = 10;

/// The longest wait that is taken over from `Retry-After`: operations end sooner than Azure guesses.
const LONGEST_WAIT_SECS: u64 = 60;

/// What Resource Manager answered, whole.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: Bytes,
    /// What was sent and is forbidden: it may only want a policy token.
    pub(crate) refused: Option<Box<Sent>>,
    /// The id of the policy token with which it was sent.
    pub(crate) policy_token: Option<String>,
}

/// A request that can be sent again, with the same bytes.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) request: Request,
    extra: Extra,
}

impl Sent {
    /// Returns the bytes of its body.
    pub(crate) fn body(&self) -> Result<Bytes, String> {
        body(&self.request, &self.extra)
    }
}

impl Reply {
    /// Makes an answer to a request that is not sent again.
    pub(crate) fn new(status: u16, headers: http::HeaderMap, body: Bytes) -> Self {
        Self { status, headers, body, refused: None, policy_token: None }
    }

    /// Returns a header as text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Returns the request id that Azure gave the call.
    pub(crate) fn request_id(&self) -> Option<String> {
        self.header("x-ms-request-id").or_else(|| self.header("x-ms-correlation-request-id")).map(str::to_owned)
    }

    /// Returns the seconds to the next look at an operation.
    pub(crate) fn wait_secs(&self) -> u64 {
        self.retry_after_secs().unwrap_or(WAIT_SECS).min(LONGEST_WAIT_SECS)
    }

    /// Returns `Retry-After` in seconds. Resource Manager sends seconds; a gateway before it may send a moment (RFC 9110, 10.2.3),
    /// which is told by the clock that the answer itself shows.
    pub(crate) fn retry_after_secs(&self) -> Option<u64> {
        let text = self.header("retry-after")?.trim();
        let until = |text: &str| {
            let (then, now) = (parse_rfc7231(text).ok()?, parse_rfc7231(self.header("date")?.trim()).ok()?);
            Some(u64::try_from((then - now).whole_seconds()).unwrap_or_default())
        };
        text.parse().ok().or_else(|| until(text))
    }

    /// Returns true for a 2xx status.
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The transport says.
    Transport(TransportError),
    /// There is no token; why.
    NoToken(NoToken),
    /// The URL leads to another host than Resource Manager's: nothing was sent.
    ForeignHost(String),
    /// The request could not be built; why.
    NotBuilt(String),
}

/// What a call adds to its request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Extra {
    /// `If-Match` with this `ETag`.
    pub(crate) if_match: Option<String>,
    /// `If-None-Match: *`.
    pub(crate) must_be_new: bool,
    /// The body to send in place of the typed one, which cannot express `[]`, `null` and unknown fields.
    pub(crate) body: Option<Bytes>,
    /// The token of a policy that evaluates the request outside of Azure.
    pub(crate) policy_token: Option<Secret>,
}

struct Call {
    extra: Extra,
    outcome: Mutex<Option<Result<Reply, Trouble>>>,
}

tokio::task_local! {
    static CALL: Arc<Call>;
}

/// Sends what `send` builds, with `extra` added to its request, and returns what was answered.
pub(crate) async fn exchange<T, E>(extra: Extra, send: impl Future<Output = Result<T, E>>) -> Result<Reply, Trouble>
where
    E: std::fmt::Display,
{
    let call = Arc::new(Call { extra, outcome: Mutex::new(None) });
    let sent = CALL.scope(Arc::clone(&call), send).await;
    let outcome = call.outcome.lock().unwrap_or_else(PoisonError::into_inner).take();
    match (outcome, sent) {
        (Some(outcome), _) => outcome,
        (None, Err(error)) => Err(Trouble::NotBuilt(error.to_string())),
        (None, Ok(_)) => Err(Trouble::NotBuilt("the client sent nothing".to_owned())),
    }
}

/// The HTTP client of the management crates.
pub(crate) struct Wire {
    endpoint: Url,
    tokens: Arc<Tokens>,
    transport: Arc<dyn ArmTransport>,
    timeout: Duration,
}

impl std::fmt::Debug for Wire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wire").field("endpoint", &self.endpoint.as_str()).finish_non_exhaustive()
    }
}

impl Wire {
    /// Makes the client for one Resource Manager.
    pub(crate) fn new(endpoint: Url, tokens: Arc<Tokens>, transport: Arc<dyn ArmTransport>, timeout: Duration) -> Self {
        Self { endpoint, tokens, transport, timeout }
    }

    /// Returns true if the URL leads to the same scheme, host and port as Resource Manager.
    pub(crate) fn is_ours(&self, url: &Url) -> bool {
        url.origin() == self.endpoint.origin()
    }

    /// Returns the URL of a path of Resource Manager.
    pub(crate) fn url(&self, path: &str) -> Result<Url, String> {
        self.endpoint.join(path).map_err(|why| why.to_string())
    }

    /// Reads a URL that Resource Manager answered (the next page, an operation's status).
    pub(crate) async fn get(&self, url: Url) -> Result<Reply, Trouble> {
        let request = Request::new(url, Method::Get);
        exchange(Extra::default(), self.execute_request(&request)).await
    }

    /// Sends a JSON text to a URL of Resource Manager, and waits for the answer there.
    pub(crate) async fn post(&self, url: Url, body: String) -> Result<Reply, Trouble> {
        let mut request = Request::new(url, Method::Post);
        request.insert_header("content-type", "application/json");
        request.insert_header("x-ms-force-sync", "true");
        request.set_body(body);
        exchange(Extra::default(), self.execute_request(&request)).await
    }

    /// Sends a request again, with a policy token.
    pub(crate) async fn again(&self, sent: &Sent, policy_token: Secret) -> Result<Reply, Trouble> {
        let extra = Extra { policy_token: Some(policy_token), ..sent.extra.clone() };
        self.carry(&sent.request, &extra).await
    }

    /// Sends the request; once more with a new token if Resource Manager refuses the first one: nothing was done then.
    async fn carry(&self, request: &Request, extra: &Extra) -> Result<Reply, Trouble> {
        if !self.is_ours(request.url()) {
            let host = request.url().host_str().unwrap_or_default().to_owned();
            return Err(Trouble::ForeignHost(host));
        }
        let mut reply = self.send(request, extra).await?;
        if reply.status == http::StatusCode::UNAUTHORIZED.as_u16() {
            reply = self.send(request, extra).await?;
        }
        if reply.status == http::StatusCode::FORBIDDEN.as_u16() {
            reply.refused = Some(Box::new(Sent { request: request.clone(), extra: extra.clone() }));
        }
        Ok(reply)
    }

    async fn send(&self, request: &Request, extra: &Extra) -> Result<Reply, Trouble> {
        let token = self.tokens.bearer().await.map_err(Trouble::NoToken)?;
        let outgoing = outgoing(request, extra, &token).map_err(Trouble::NotBuilt)?;
        // The transport has its own timeouts; this one also holds for a simulated transport.
        let answer = tokio::time::timeout(self.timeout, self.transport.send(outgoing))
            .await
            .unwrap_or(Err(TransportError::Timeout))
            .map_err(Trouble::Transport)?;
        let (parts, body) = answer.into_parts();
        if parts.status == http::StatusCode::UNAUTHORIZED {
            self.tokens.forget(&token).await;
        }
        let mut body = body;
        if !parts.status.is_success() {
            for secret in [Some(&token), extra.policy_token.as_ref()].into_iter().flatten() {
                body = without(secret, &body);
            }
        }
        Ok(Reply::new(parts.status.as_u16(), parts.headers, body))
    }
}

#[async_trait]
impl HttpClient for Wire {
    async fn execute_request(&self, request: &Request) -> azure_core_legacy::Result<Response> {
        let Ok(call) = CALL.try_with(Arc::clone) else {
            return Err(not_sent("a call outside of `exchange`"));
        };
        let outcome = self.carry(request, &call.extra).await;
        let response = match &outcome {
            Ok(reply) => Ok(legacy_response(reply)),
            Err(_) => Err(not_sent("no answer")),
        };
        *call.outcome.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
        response
    }
}

fn not_sent(message: &'static str) -> azure_core_legacy::Error {
    azure_core_legacy::Error::message(azure_core_legacy::error::ErrorKind::Io, message)
}

fn outgoing(request: &Request, extra: &Extra, token: &Secret) -> Result<http::Request<Bytes>, String> {
    let body = body(request, extra)?;
    let mut builder = http::Request::builder().method(request.method().as_ref()).uri(request.url().as_str());
    for (name, value) in request.headers().iter() {
        if !name.as_str().eq_ignore_ascii_case("authorization") {
            builder = builder.header(name.as_str(), value.as_str());
        }
    }
    let mut bearer = http::HeaderValue::try_from(format!("Bearer {}", token.expose()))
        .map_err(|_| "the token is no header value".to_owned())?;
    bearer.set_sensitive(true);
    builder = builder
        .header(http::header::AUTHORIZATION, bearer)
        .header("x-ms-client-request-id", uuid::Uuid::new_v4().to_string());
    if let Some(etag) = &extra.if_match {
        builder = builder.header(http::header::IF_MATCH, etag);
    }
    if extra.must_be_new {
        builder = builder.header(http::header::IF_NONE_MATCH, "*");
    }
    if let Some(policy_token) = &extra.policy_token {
        let mut value = http::HeaderValue::try_from(policy_token.expose())
            .map_err(|_| "the policy token is no header value".to_owned())?;
        value.set_sensitive(true);
        builder = builder.header("x-ms-policy-external-evaluations", value);
    }
    builder.body(body).map_err(|error| error.to_string())
}

fn body(request: &Request, extra: &Extra) -> Result<Bytes, String> {
    match (&extra.body, request.body()) {
        (Some(body), _) => Ok(body.clone()),
        (None, azure_core_legacy::Body::Bytes(body)) => Ok(body.clone()),
        (None, azure_core_legacy::Body::SeekableStream(_)) => Err("a streamed body".to_owned()),
    }
}

/// Replaces the token in an error's body, should a server ever echo it.
fn without(token: &Secret, body: &Bytes) -> Bytes {
    let text = String::from_utf8_lossy(body);
    if token.expose().is_empty() || !text.contains(token.expose()) {
        return body.clone();
    }
    Bytes::from(text.replace(token.expose(), "(hidden)"))
}

fn legacy_response(reply: &Reply) -> Response {
    let status = StatusCode::try_from(reply.status).unwrap_or(StatusCode::InternalServerError);
    let headers: HashMap<HeaderName, HeaderValue> = reply
        .headers
        .iter()
        .filter_map(|(name, value)| {
            let value = value.to_str().ok()?.to_owned();
            Some((HeaderName::from(name.as_str().to_owned()), HeaderValue::from(value)))
        })
        .collect();
    Response::new(status, Headers::from(headers), Box::pin(BytesStream::new(reply.body.clone())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(retry_after: &'static str) -> Reply {
        let mut headers = http::HeaderMap::new();
        headers.insert("retry-after", http::HeaderValue::from_static(retry_after));
        headers.insert("date", http::HeaderValue::from_static("Sun, 06 Nov 1994 08:49:37 GMT"));
        Reply::new(429, headers, Bytes::new())
    }

    #[test]
    fn a_moment_to_come_back_is_told_by_the_clock_of_the_answer() {
        assert_eq!(reply("17").retry_after_secs(), Some(17));
        assert_eq!(reply("Sun, 06 Nov 1994 08:50:07 GMT").retry_after_secs(), Some(30));
        assert_eq!(reply("Sun, 06 Nov 1994 08:49:00 GMT").retry_after_secs(), Some(0), "a moment that has passed");
        assert_eq!(reply("soon").retry_after_secs(), None);
    }
}
