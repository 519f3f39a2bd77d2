//! One subscription's access to Resource Manager: reads and writes through the gate, answers as JSON.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use azure_core_legacy::{RetryOptions, TransportOptions};
use futures_util::{Stream, StreamExt as _};
use serde_json::Value;
use url::Url;
use xcloud_core::limits::Quota;
use xcloud_core::model::{ArmName, PlaceKey};
use xcloud_core::op::Call;
use xcloud_core::provider::{ApiCall, ErrorKind, Gate, Outcome, ProviderError, read_call};

use crate::credential::Unsigned;
use crate::error;
use crate::ids::{self, ResourcePath};
use crate::pass_cache::PassCache;
use crate::policy_token::{self, PolicyToken};
use crate::wire::{self, Extra, Reply, Sent, Trouble, Wire};

/// A resource as it was answered; `None` if it does not exist.
pub(crate) type Found = Result<Option<Value>, ProviderError>;

/// The items of a list; `None` if what is listed does not exist.
pub(crate) type Listed = Result<Option<Vec<Value>>, ProviderError>;

/// The clients of one subscription.
pub(crate) struct Arm {
    pub(crate) network: azure_mgmt_network::Client,
    pub(crate) dns: azure_mgmt_privatedns::Client,
    pub(crate) place: PlaceKey,
    /// The lists that several estates read; `None` where each reads for itself.
    pub(crate) shared: Option<PassCache>,
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
        ApiCall { place: self.place.clone(), operation, quota: Quota::ArmReads, mutating: false }
    }

    /// Names a changing call.
    pub(crate) fn writing(&self, op: &impl Call) -> ApiCall {
        ApiCall { place: self.place.clone(), operation: op.name(), quota: op.quota(), mutating: true }
    }

    /// Returns the failure of a call that is wrong before it is made.
    pub(crate) fn invalid(&self, operation: &'static str, message: &str) -> ProviderError {
        error::of(&self.reading(operation), ErrorKind::Invalid, message)
    }

    /// Takes an id apart for a call on a resource of these types.
    pub(crate) fn path(
        &self,
        operation: &'static str,
        id: &ArmName,
        types: &[&str],
    ) -> Result<ResourcePath, ProviderError> {
        ids::parse(id, types).map_err(|why| self.invalid(operation, &why))
    }

    /// Returns true if the URL leads to this Resource Manager.
    pub(crate) fn is_ours(&self, url: &str) -> bool {
        Url::parse(url).is_ok_and(|url| self.wire.is_ours(&url))
    }

    /// Reads the resource of an id of these types; `None` if Resource Manager says that it does not exist.
    pub(crate) async fn get<T, F>(
        &self,
        operation: &'static str,
        id: &ArmName,
        types: &[&str],
        send: impl Fn(&ResourcePath) -> F,
    ) -> Found
    where
        F: Future<Output = azure_core_legacy::Result<T>>,
    {
        let path = self.path(operation, id, types)?;
        self.read(operation, || send(&path)).await
    }

    async fn read<T, F>(&self, operation: &'static str, send: impl Fn() -> F) -> Found
    where
        F: Future<Output = azure_core_legacy::Result<T>>,
    {
        self.ask(operation, || wire::exchange(Extra::default(), send()), found).await
    }

    /// Reads the pages of a list to the end, where lists are shared once for all who ask. `of` is what is listed.
    pub(crate) async fn list<T, P>(&self, operation: &'static str, of: &str, pages: impl Fn() -> P) -> Listed
    where
        P: Stream<Item = azure_core_legacy::Result<T>> + Unpin,
    {
        let first = || {
            let mut pages = pages();
            async move { pages.next().await.transpose() }
        };
        match &self.shared {
            Some(shared) => shared.once(format!("{operation} {of}"), || self.read_all(operation, first)).await,
            None => self.read_all(operation, first).await,
        }
    }

    /// Likewise of a list that the management crates do not have: its path and query.
    pub(crate) async fn list_at(&self, operation: &'static str, path: &str) -> Listed {
        let url = self.wire.url(path).map_err(|why| self.invalid(operation, &why))?;
        let read = || async {
            match self.read_url(operation, &url, found).await? {
                Some(first) => self.following(operation, first).await,
                None => Ok(None),
            }
        };
        match &self.shared {
            Some(shared) => shared.once(path.to_owned(), read).await,
            None => read().await,
        }
    }

    async fn read_all<T, F>(&self, operation: &'static str, send_first: impl Fn() -> F) -> Listed
    where
        F: Future<Output = azure_core_legacy::Result<T>>,
    {
        match self.read(operation, send_first).await? {
            Some(first) => self.following(operation, first).await,
            None => Ok(None),
        }
    }

    /// Returns the items of a page and of those that follow it.
    async fn following(&self, operation: &'static str, mut page: Value) -> Listed {
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
        judge: impl Fn(&ApiCall, &Reply) -> Result<T, ProviderError>,
    ) -> Result<T, ProviderError> {
        self.ask(operation, || self.wire.get(url.clone()), judge).await
    }

    async fn ask<T, F>(
        &self,
        operation: &'static str,
        send: impl Fn() -> F,
        judge: impl Fn(&ApiCall, &Reply) -> Result<T, ProviderError>,
    ) -> Result<T, ProviderError>
    where
        F: Future<Output = Result<Reply, Trouble>>,
    {
        let call = self.reading(operation);
        read_call(self.gate.as_ref(), call.clone(), || async {
            let reply = send().await.map_err(|trouble| error::troubled(&call, &trouble))?;
            Ok((judge(&call, &reply)?, reply.request_id()))
        })
        .await
    }

    /// Makes one changing call, once; once more if a policy wants it evaluated outside of Azure first, and it was.
    pub(crate) async fn write<T, F>(&self, call: &ApiCall, extra: Extra, send: F) -> Result<Reply, ProviderError>
    where
        F: Future<Output = azure_core_legacy::Result<T>>,
    {
        let (outcome, unevaluated) = self.once(call, wire::exchange(extra, send)).await;
        match (outcome, unevaluated) {
            (Err(refusal), Some(sent)) => {
                let token = self.policy_token(&sent, &refusal).await?;
                let reply = self.once(call, self.wire.again(&sent, token.secret)).await.0?;
                Ok(Reply { policy_token: Some(token.id), ..reply })
            }
            (outcome, _) => outcome,
        }
    }

    /// Makes one changing call, and returns with its refusal what can be sent again with a policy token.
    async fn once(
        &self,
        call: &ApiCall,
        exchange: impl Future<Output = Result<Reply, Trouble>>,
    ) -> (Result<Reply, ProviderError>, Option<Box<Sent>>) {
        if let Err(error) = self.gate.admit(call).await {
            return (Err(error), None);
        }
        let mut unevaluated = None;
        let outcome = match exchange.await {
            Ok(reply) if reply.is_success() => Ok(reply),
            Ok(mut reply) => {
                unevaluated = reply.refused.take().filter(|_| policy_token::is_missing(&reply));
                Err(error::failed(call, &reply))
            }
            Err(trouble) => Err(error::troubled(call, &trouble)),
        };
        let request_id = outcome.as_ref().ok().and_then(Reply::request_id);
        let heard = outcome.as_ref().map_or_else(Outcome::Failed, |_| Outcome::Answered(request_id.as_deref()));
        self.gate.settled(call, 1, heard).await;
        (outcome, unevaluated)
    }

    /// Asks for the policy token of a refused request. That changes nothing, and may be repeated.
    async fn policy_token(&self, sent: &Sent, refusal: &ProviderError) -> Result<PolicyToken, ProviderError> {
        let call = ApiCall { quota: Quota::ArmWrites, ..self.reading(policy_token::ACQUIRE) };
        let question = policy_token::question(sent).map_err(|why| self.invalid(policy_token::ACQUIRE, &why))?;
        let url = policy_token::url(sent.request.url(), &self.place.account);
        read_call(self.gate.as_ref(), call.clone(), || async {
            let asked = self.wire.post(url.clone(), question.clone());
            let reply = asked.await.map_err(|trouble| error::troubled(&call, &trouble))?;
            Ok((policy_token::answered(&call, &reply, refusal)?, reply.request_id()))
        })
        .await
    }
}

/// Returns the body of an answer, or `None` if Resource Manager says that the resource does not exist.
fn found(call: &ApiCall, reply: &Reply) -> Found {
    if reply.is_success() {
        let value = error::body(call, reply)?;
        if !value.is_object() {
            return Err(error::malformed(call, reply, "not a JSON object"));
        }
        return Ok(Some(with_etag(value, reply)));
    }
    let failure = error::failed(call, reply);
    if failure.kind == ErrorKind::NotFound { Ok(None) } else { Err(failure) }
}

/// Some answers carry the `ETag` in the header only.
pub(crate) fn with_etag(mut value: Value, reply: &Reply) -> Value {
    if let (Some(object), Some(etag)) = (value.as_object_mut(), reply.header("etag")) {
        object.entry("etag").or_insert_with(|| Value::from(etag));
    }
    value
}
