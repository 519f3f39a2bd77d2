//! One subscription's access to Resource Manager: reads and writes through the gate, answers as JSON.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use azure_core_legacy::{RetryOptions, TransportOptions};
use serde_json::Value;
use url::Url;
use xcloud_core::model::PlaceKey;
use xcloud_core::provider::{ApiCall, ErrorKind, Gate, Outcome, ProviderError, read_call};

use crate::credential::Unsigned;
use crate::error;
use crate::shared::Shared;
use crate::wire::{self, Extra, Reply, Trouble, Wire};

/// The clients of one subscription.
pub(crate) struct Arm {
    pub(crate) network: azure_mgmt_network::Client,
    pub(crate) dns: azure_mgmt_privatedns::Client,
    pub(crate) place: PlaceKey,
    /// The lists that several estates read; `None` where each reads for itself.
    pub(crate) shared: Option<Shared>,
    wire: Arc<Wire>,
    gate: Arc<dyn Gate>,
    /// What objects were when a write of ours began, by id and `ETag`.
    begun: Mutex<BTreeMap<String, Value>>,
}

impl Arm {
    /// Makes the clients of one subscription; no call is made.
    pub(crate) fn new(endpoint: &Url, wire: Arc<Wire>, gate: Arc<dyn Gate>, place: PlaceKey) -> Self {
        let options = || {
            let transport = TransportOptions::new(Arc::clone(&wire) as Arc<dyn azure_core_legacy::HttpClient>);
            azure_core_legacy::ClientOptions::new(transport).retry(RetryOptions::none())
        };
        let network = azure_mgmt_network::Client::new(endpoint.clone(), Arc::new(Unsigned), Vec::new(), options());
        let dns = azure_mgmt_privatedns::Client::new(endpoint.clone(), Arc::new(Unsigned), Vec::new(), options());
        Self { network, dns, place, shared: None, wire, gate, begun: Mutex::default() }
    }

    /// Notes what an object is as a write of ours begins.
    pub(crate) fn remember(&self, key: String, content: Value) {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner).insert(key, content);
    }

    /// Returns true if the object was exactly this when a write of ours began.
    pub(crate) fn saw(&self, key: &str, content: &Value) -> bool {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner).get(key) == Some(content)
    }

    /// Names a reading call.
    pub(crate) fn reading(&self, operation: &'static str) -> ApiCall {
        ApiCall { place: self.place.clone(), operation, mutating: false }
    }

    /// Names a changing call.
    pub(crate) fn writing(&self, operation: &'static str) -> ApiCall {
        ApiCall { place: self.place.clone(), operation, mutating: true }
    }

    /// Returns the failure of a call that is wrong before it is made.
    pub(crate) fn invalid(&self, operation: &'static str, message: &str) -> ProviderError {
        error::of(&self.reading(operation), ErrorKind::Invalid, message)
    }

    /// Returns true if the URL leads to this Resource Manager.
    pub(crate) fn is_ours(&self, url: &str) -> bool {
        Url::parse(url).is_ok_and(|url| self.wire.is_ours(&url))
    }

    /// Reads one resource; `None` if Resource Manager says that it does not exist.
    pub(crate) async fn read<T, F>(
        &self,
        operation: &'static str,
        send: impl Fn() -> F,
    ) -> Result<Option<Value>, ProviderError>
    where
        F: Future<Output = azure_core_legacy::Result<T>>,
    {
        let call = self.reading(operation);
        read_call(self.gate.as_ref(), call.clone(), || async {
            let reply = wire::exchange(Extra::default(), send()).await;
            found(&call, reply)
        })
        .await
    }

    /// Reads a list for all who ask for it by this key, where lists are shared.
    pub(crate) async fn once<F>(
        &self,
        key: String,
        read: impl FnOnce() -> F,
    ) -> Result<Option<Vec<Value>>, ProviderError>
    where
        F: Future<Output = Result<Option<Vec<Value>>, ProviderError>>,
    {
        match &self.shared {
            Some(shared) => shared.once(key, read).await,
            None => read().await,
        }
    }

    /// Reads the pages of a list to the end; `None` if what is listed does not exist.
    pub(crate) async fn read_all<T, F>(
        &self,
        operation: &'static str,
        send_first: impl Fn() -> F,
    ) -> Result<Option<Vec<Value>>, ProviderError>
    where
        F: Future<Output = azure_core_legacy::Result<T>>,
    {
        let Some(mut page) = self.read(operation, send_first).await? else { return Ok(None) };
        let wrong = |why: &str| error::of(&self.reading(operation), ErrorKind::Malformed, why);
        let (mut all, mut seen) = (Vec::new(), BTreeSet::new());
        loop {
            let Some(Value::Array(values)) = page.get_mut("value").map(Value::take) else {
                return Err(wrong("a page of the list has no `value`"));
            };
            all.extend(values);
            let next = page.get("nextLink").and_then(Value::as_str).unwrap_or_default();
            if next.is_empty() {
                return Ok(Some(all));
            }
            if !seen.insert(next.to_owned()) {
                return Err(wrong("the list repeats a page and would never end"));
            }
            let url = Url::parse(next).map_err(|_| wrong("the next page's address is not a URL"))?;
            let next = self.read_url(operation, &url, found).await?;
            page = next.ok_or_else(|| wrong("a page of the list is gone"))?;
        }
    }

    /// Reads a URL that Resource Manager answered; `judge` says what the answer means.
    pub(crate) async fn read_url<T>(
        &self,
        operation: &'static str,
        url: &Url,
        judge: impl Fn(&ApiCall, Result<Reply, Trouble>) -> Judged<T>,
    ) -> Result<T, ProviderError> {
        let call = self.reading(operation);
        read_call(self.gate.as_ref(), call.clone(), || async {
            let reply = self.wire.get(url.clone()).await;
            judge(&call, reply)
        })
        .await
    }

    /// Makes one changing call, once.
    pub(crate) async fn write<T, F>(
        &self,
        operation: &'static str,
        extra: Extra,
        send: F,
    ) -> Result<Reply, ProviderError>
    where
        F: Future<Output = azure_core_legacy::Result<T>>,
    {
        let call = self.writing(operation);
        self.gate.admit(&call).await?;
        let outcome = match wire::exchange(extra, send).await {
            Ok(reply) if reply.is_success() => Ok(reply),
            Ok(reply) => Err(error::failed(&call, &reply)),
            Err(trouble) => Err(error::troubled(&call, &trouble)),
        };
        match &outcome {
            Ok(reply) => {
                let request_id = reply.request_id();
                self.gate.settled(&call, 1, Outcome::Answered(request_id.as_deref())).await;
            }
            Err(error) => {
                self.gate.settled(&call, 1, Outcome::Failed(error)).await;
            }
        }
        outcome
    }

    /// Makes one deletion, once; what is absent already counts as deleted.
    pub(crate) async fn delete<T, F>(
        &self,
        operation: &'static str,
        extra: Extra,
        send: F,
    ) -> Result<Reply, ProviderError>
    where
        F: Future<Output = azure_core_legacy::Result<T>>,
    {
        match self.write(operation, extra, send).await {
            Err(error) if error.kind == ErrorKind::NotFound => {
                let mut headers = http::HeaderMap::new();
                if let Some(id) = error.request_id.and_then(|id| http::HeaderValue::try_from(id).ok()) {
                    headers.insert("x-ms-request-id", id);
                }
                Ok(Reply { status: 204, headers, body: bytes::Bytes::new() })
            }
            outcome => outcome,
        }
    }
}

/// An answer that was judged, with its request id.
pub(crate) type Judged<T> = Result<(T, Option<String>), ProviderError>;

/// Returns the body of an answer, or `None` if Resource Manager says that the resource does not exist.
pub(crate) fn found(call: &ApiCall, reply: Result<Reply, Trouble>) -> Judged<Option<Value>> {
    let reply = reply.map_err(|trouble| error::troubled(call, &trouble))?;
    if reply.is_success() {
        let value: Value = serde_json::from_slice(&reply.body)
            .map_err(|cause| error::malformed(call, &reply, &format!("not JSON ({cause})")))?;
        if !value.is_object() {
            return Err(error::malformed(call, &reply, "not a JSON object"));
        }
        return Ok((Some(with_etag(value, &reply)), reply.request_id()));
    }
    let failure = error::failed(call, &reply);
    if failure.kind == ErrorKind::NotFound { Ok((None, reply.request_id())) } else { Err(failure) }
}

/// Some answers carry the `ETag` in the header only.
fn with_etag(mut value: Value, reply: &Reply) -> Value {
    if let (Some(object), Some(etag)) = (value.as_object_mut(), reply.header("etag"))
        && !object.contains_key("etag")
    {
        object.insert("etag".to_owned(), Value::from(etag));
    }
    value
}
