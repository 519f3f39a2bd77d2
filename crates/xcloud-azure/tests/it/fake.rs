//! A Resource Manager of canned answers, and a gate that counts.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use serde_json::{Value, json};
use xcloud_azure::{ArmTransport, AzureClouds, AzureSettings, Secret, TransportError};
use xcloud_core::model::{ArmName, Place};
use xcloud_core::op::Op;
use xcloud_core::provider::{ApiCall, BoxFuture, Clouds as _, Gate, Outcome, Performed, Provider, ProviderError};

pub(crate) const SUB: &str = "11111111-2222-3333-4444-555555555555";
pub(crate) const TOKEN: &str = "tok-VERY-SECRET";
pub(crate) const HOST: &str = "https://arm.example";

/// Returns the id of a resource of the resource group `rg`.
pub(crate) fn id(rest: &str) -> ArmName {
    ArmName(format!("/subscriptions/{SUB}/resourceGroups/rg/providers/Microsoft.Network/{rest}"))
}

/// Returns the URL of an operation's status.
pub(crate) fn status_url(name: &str) -> String {
    format!("{HOST}/subscriptions/{SUB}/providers/Microsoft.Network/{name}")
}

/// One canned answer.
#[derive(Debug, Clone)]
pub(crate) enum Canned {
    Answer { status: u16, headers: Vec<(&'static str, String)>, body: String },
    Lost(TransportError),
    Never,
}

impl Canned {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::Answer { status, headers: vec![("x-ms-request-id", "req-1".to_owned())], body: body.to_string() }
    }

    pub(crate) fn raw(status: u16, body: &str) -> Self {
        Self::Answer { status, headers: Vec::new(), body: body.to_owned() }
    }

    pub(crate) fn error(status: u16, code: &str) -> Self {
        Self::json(status, &json!({"error": {"code": code, "message": format!("about {code}"), "details": []}}))
    }

    pub(crate) fn absent() -> Self {
        Self::error(404, "ResourceNotFound")
    }

    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        if let Self::Answer { headers, .. } = &mut self {
            headers.push((name, value.to_owned()));
        }
        self
    }
}

/// One request that arrived.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) name: String,
    pub(crate) query: String,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: Value,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// Answers by method and path; the last answer for a path repeats.
#[derive(Default)]
pub(crate) struct Fake {
    answers: Mutex<BTreeMap<String, VecDeque<Canned>>>,
    seen: Mutex<Vec<Seen>>,
    pub(crate) admitted: Mutex<Vec<ApiCall>>,
    pub(crate) settled: Mutex<Vec<(String, Option<ProviderError>)>>,
    pub(crate) repeats: Mutex<u32>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Fake {
    /// Starts with answers, each named `METHOD <path behind Microsoft.Network/>`.
    pub(crate) fn new<const N: usize>(answers: [(&str, Canned); N]) -> Arc<Self> {
        let fake = Self::default();
        for (name, canned) in answers {
            lock(&fake.answers).entry(name.to_owned()).or_default().push_back(canned);
        }
        Arc::new(fake)
    }

    pub(crate) fn requests(&self) -> Vec<Seen> {
        lock(&self.seen).clone()
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.requests().into_iter().map(|seen| seen.name).collect()
    }

    /// Returns the one request of this name.
    pub(crate) fn request(&self, name: &str) -> Seen {
        let all = self.requests();
        let found: Vec<&Seen> = all.iter().filter(|seen| seen.name == name).collect();
        assert_eq!(found.len(), 1, "{name} among {:?}", self.names());
        found[0].clone()
    }

    /// Returns the adapter on this Resource Manager.
    pub(crate) fn provider(self: &Arc<Self>) -> Arc<dyn Provider> {
        let settings = AzureSettings {
            arm_endpoint: Some(HOST.parse().expect("the test's URL is valid")),
            arm_token: Some(Secret::new(TOKEN)),
            transport: Some(Arc::clone(self) as Arc<dyn ArmTransport>),
            ..AzureSettings::default()
        };
        let clouds = AzureClouds::new(&settings, Arc::clone(self) as Arc<dyn Gate>).expect("the settings are valid");
        clouds.provider(&Place::Azure { subscription: SUB.to_owned(), location: None })
    }

    pub(crate) async fn perform(self: &Arc<Self>, op: impl Into<Op>) -> Result<Performed, ProviderError> {
        self.provider().perform(&op.into(), "token").await
    }
}

impl ArmTransport for Fake {
    fn send(&self, request: http::Request<Bytes>) -> BoxFuture<'_, Result<http::Response<Bytes>, TransportError>> {
        let path = request.uri().path();
        let rest = path.split_once("/providers/Microsoft.Network/").map_or(path, |(_, rest)| rest);
        let name = format!("{} {rest}", request.method());
        let body = serde_json::from_slice(request.body()).unwrap_or(Value::Null);
        let query = request.uri().query().unwrap_or_default().to_owned();
        let headers = request.headers().clone();
        lock(&self.seen).push(Seen { name: name.clone(), query, headers, body });
        let canned = {
            let mut answers = lock(&self.answers);
            match answers.get_mut(&name) {
                Some(queue) if queue.len() > 1 => queue.pop_front(),
                Some(queue) => queue.front().cloned(),
                None => None,
            }
        };
        let canned = canned.unwrap_or_else(|| Canned::error(418, &format!("NoAnswerFor {name}")));
        Box::pin(async move {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            match canned {
                Canned::Lost(error) => Err(error),
                Canned::Never => std::future::pending().await,
                Canned::Answer { status, headers, body } => {
                    let mut response = http::Response::builder().status(status);
                    for (name, value) in headers {
                        response = response.header(name, value);
                    }
                    Ok(response.body(Bytes::from(body)).expect("the canned answer is valid"))
                }
            }
        })
    }
}

impl Gate for Fake {
    fn admit<'a>(&'a self, call: &'a ApiCall) -> BoxFuture<'a, Result<(), ProviderError>> {
        lock(&self.admitted).push(call.clone());
        Box::pin(async { Ok(()) })
    }

    fn settled<'a>(&'a self, call: &'a ApiCall, _: u32, outcome: Outcome<'a>) -> BoxFuture<'a, bool> {
        let error = match outcome {
            Outcome::Answered(_) => None,
            Outcome::Failed(error) => Some(error.clone()),
        };
        let again = error.is_some() && !call.mutating && *lock(&self.repeats) > 0;
        if again {
            *lock(&self.repeats) -= 1;
        }
        lock(&self.settled).push((call.operation.to_owned(), error));
        Box::pin(async move { again })
    }
}

/// Asserts that the call was refused and returns why.
pub(crate) fn refused<T: std::fmt::Debug>(outcome: Result<T, ProviderError>) -> ProviderError {
    outcome.expect_err("the call is refused")
}
