//! A cloud of canned answers, and a gate that lets everything through and counts.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use xcloud_aws::{AwsClouds, AwsSettings};
use xcloud_core::model::Place;
use xcloud_core::provider::{ApiCall, BoxFuture, Clouds as _, Gate, Outcome, Provider, ProviderError};

/// Every error of a test.
pub(crate) type TestResult = Result<(), Box<dyn std::error::Error>>;

/// What the canned cloud does with one call.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// It answers.
    Answer(u16, String),
    /// Nobody listens.
    Refused,
    /// The connection breaks after the request was sent.
    Reset,
    /// No answer ever comes.
    Silence,
}

/// One request that reached the canned cloud: operation and parameters.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// `DescribeVpcs`, or method and path for Route 53.
    pub operation: String,
    /// The form fields; for Route 53 the whole body under "".
    pub fields: BTreeMap<String, String>,
    /// Where it was sent.
    pub uri: String,
}

#[derive(Debug, Default)]
struct Script {
    replies: BTreeMap<String, VecDeque<Reply>>,
    seen: Vec<Seen>,
}

/// A cloud of canned answers. The last reply of an operation is repeated.
#[derive(Debug, Clone, Default)]
pub(crate) struct Canned(Arc<Mutex<Script>>);

impl Canned {
    /// Adds a reply to an operation.
    pub(crate) fn reply(self, operation: &str, reply: Reply) -> Self {
        self.lock().replies.entry(operation.to_owned()).or_default().push_back(reply);
        self
    }

    /// Adds a successful EC2 answer with this inside its root element.
    pub(crate) fn ec2(self, operation: &str, inner: &str) -> Self {
        let body = format!("<{operation}Response><requestId>body-id</requestId>{inner}</{operation}Response>");
        self.reply(operation, Reply::Answer(200, body))
    }

    /// Adds a successful load balancing or STS answer with this inside its result element.
    pub(crate) fn query(self, operation: &str, inner: &str) -> Self {
        let body = format!(
            "<{operation}Response><{operation}Result>{inner}</{operation}Result>\
             <ResponseMetadata><RequestId>body-id</RequestId></ResponseMetadata></{operation}Response>"
        );
        self.reply(operation, Reply::Answer(200, body))
    }

    /// Adds an error in EC2's form.
    pub(crate) fn ec2_error(self, operation: &str, status: u16, code: &str) -> Self {
        let body = format!(
            "<Response><Errors><Error><Code>{code}</Code><Message>said by the cloud</Message></Error></Errors>\
             <RequestID>body-id</RequestID></Response>"
        );
        self.reply(operation, Reply::Answer(status, body))
    }

    /// Adds an error in the form of load balancing, STS and Route 53.
    pub(crate) fn query_error(self, operation: &str, status: u16, code: &str) -> Self {
        let body = format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>said by the cloud</Message></Error>\
             <RequestId>body-id</RequestId></ErrorResponse>"
        );
        self.reply(operation, Reply::Answer(status, body))
    }

    /// Returns every request of an operation so far.
    pub(crate) fn seen(&self, operation: &str) -> Vec<Seen> {
        self.lock().seen.iter().filter(|seen| seen.operation == operation).cloned().collect()
    }

    /// Returns the operations in the order of their calls.
    pub(crate) fn operations(&self) -> Vec<String> {
        self.lock().seen.iter().map(|seen| seen.operation.clone()).collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Script> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HttpClient for Canned {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Canned {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let seen = read(&request);
        let reply = {
            let mut script = self.lock();
            // Who calls is asked once for each place without a role; most tests are about what comes after.
            if seen.operation == "GetCallerIdentity" && !script.replies.contains_key("GetCallerIdentity") {
                return HttpConnectorFuture::ready(Ok(response(200, identity("111122223333"))));
            }
            script.seen.push(seen.clone());
            let queue = script.replies.get_mut(&seen.operation);
            queue.and_then(|queue| if queue.len() > 1 { queue.pop_front() } else { queue.front().cloned() })
        };
        let lost = |kind: std::io::ErrorKind| ConnectorError::io(std::io::Error::from(kind).into());
        match reply {
            Some(Reply::Answer(status, body)) => HttpConnectorFuture::ready(Ok(response(status, body))),
            Some(Reply::Refused) => HttpConnectorFuture::ready(Err(lost(std::io::ErrorKind::ConnectionRefused))),
            Some(Reply::Reset) => HttpConnectorFuture::ready(Err(lost(std::io::ErrorKind::ConnectionReset))),
            Some(Reply::Silence) => HttpConnectorFuture::new(std::future::pending()),
            None => {
                let body = format!("<html>no reply is canned for {}</html>", seen.operation);
                HttpConnectorFuture::ready(Ok(response(500, body)))
            }
        }
    }
}

/// The answer of STS to who calls.
pub(crate) fn identity(account: &str) -> String {
    format!(
        "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>{account}</Account>\
         </GetCallerIdentityResult></GetCallerIdentityResponse>"
    )
}

fn response(status: u16, body: String) -> HttpResponse {
    let status = status.try_into().expect("invariant: tests use statuses that exist");
    let mut response = HttpResponse::new(status, SdkBody::from(body));
    response.headers_mut().insert("x-amzn-requestid", "request-1");
    response
}

fn read(request: &HttpRequest) -> Seen {
    let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned();
    let uri = request.uri().to_owned();
    let fields: BTreeMap<String, String> = body
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(key, value)| (decoded(key), decoded(value)))
        .collect();
    if let Some(action) = fields.get("Action") {
        return Seen { operation: action.clone(), fields: fields.clone(), uri };
    }
    let path = uri.split("amazonaws.com").nth(1).unwrap_or_default().split('?').next().unwrap_or_default();
    let operation = format!("{} {path}", request.method());
    Seen { operation, fields: BTreeMap::from([(String::new(), body)]), uri }
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let hex: Vec<u8> = rest.by_ref().take(2).collect();
            let code = std::str::from_utf8(&hex).ok().and_then(|hex| u8::from_str_radix(hex, 16).ok());
            bytes.push(code.unwrap_or(b'?'));
        } else {
            bytes.push(if byte == b'+' { b' ' } else { byte });
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A gate that lets everything through, counts, and repeats nothing.
#[derive(Debug, Clone, Default)]
pub(crate) struct Open(Arc<Mutex<Vec<ApiCall>>>);

impl Open {
    /// Returns every call so far.
    pub(crate) fn calls(&self) -> Vec<ApiCall> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Gate for Open {
    fn admit<'a>(&'a self, call: &'a ApiCall) -> BoxFuture<'a, Result<(), ProviderError>> {
        if call.operation != "GetCallerIdentity" {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(call.clone());
        }
        Box::pin(async { Ok(()) })
    }

    fn settled<'a>(&'a self, _: &'a ApiCall, _: u32, _: Outcome<'a>) -> BoxFuture<'a, bool> {
        Box::pin(async { false })
    }
}

/// The place of all tests, with a role to assume or without.
pub(crate) fn place(role: Option<&str>) -> Place {
    Place::Aws {
        account: "111122223333".to_owned(),
        region: "eu-north-1".to_owned(),
        role: role.map(str::to_owned),
        read_role: None,
    }
}

/// Settings that reach nothing but this transport.
pub(crate) fn settings(client: impl HttpClient + 'static) -> AwsSettings {
    let own = Credentials::new("AKIDTESTOWN", "own-secret-key", None, None, "test");
    AwsSettings {
        http_client: Some(SharedHttpClient::new(client)),
        base_credentials: Some(SharedCredentialsProvider::new(own)),
        ..AwsSettings::default()
    }
}

/// The adapter of the tests' place on a canned cloud.
pub(crate) fn adapter(cloud: &Canned) -> Arc<dyn Provider> {
    AwsClouds::new(settings(cloud.clone()), Arc::new(Open::default())).provider(&place(None))
}
