//! One way to make a call: through the engine's gate, with the error translated and the request id kept.

use std::collections::BTreeSet;
use std::error::Error;
use std::future::Future;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;
use futures_util::{StreamExt as _, TryStreamExt as _};
use xcloud_core::limits::Quota;
use xcloud_core::op::Call;
use xcloud_core::provider::{ApiCall, ErrorKind, Outcome, ProviderError, read_call};

use crate::clients::Api;
use crate::error;

/// Calls of one kind that run at the same time; the engine's gate paces them further.
const AT_ONCE: usize = 16;
/// EC2 accepts up to 200 values in one filter (EC2 API, Filter).
pub(crate) const FILTER_VALUES: usize = 200;
/// EC2's largest page.
pub(crate) const PAGE: i32 = 1000;
/// Elastic Load Balancing's largest page.
pub(crate) const BALANCER_PAGE: i32 = 400;

/// The items and the next token of one page.
pub(crate) type Page<T> = (Option<Vec<T>>, Option<String>);

impl Api {
    /// Makes one read call; the gate decides whether a failed one is repeated.
    pub(crate) async fn read<T, E, Fut>(
        &self,
        quota: Quota,
        operation: &'static str,
        send: impl Fn() -> Fut,
    ) -> Result<T, ProviderError>
    where
        T: RequestId,
        E: ProvideErrorMetadata + Error + 'static,
        Fut: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    {
        let call = ApiCall { place: self.place.clone(), operation, quota, mutating: false };
        read_call(&*self.gate, call, || {
            let answer = send();
            async move {
                let output = self.heard(operation, answer.await)?;
                let request_id = output.request_id().map(str::to_owned);
                Ok((output, request_id))
            }
        })
        .await
    }

    /// Reads every page of a list. A token that comes twice would never end: that answer is malformed.
    pub(crate) async fn pages<T, P, E, Fut>(
        &self,
        quota: Quota,
        operation: &'static str,
        send: impl Fn(Option<String>) -> Fut,
        take: fn(P) -> Page<T>,
    ) -> Result<Vec<T>, ProviderError>
    where
        P: RequestId,
        E: ProvideErrorMetadata + Error + 'static,
        Fut: Future<Output = Result<P, SdkError<E, HttpResponse>>>,
    {
        let mut items = Vec::new();
        let mut seen = BTreeSet::new();
        let mut token: Option<String> = None;
        loop {
            let page = self.read(quota, operation, || send(token.clone())).await?;
            let (found, next) = take(page);
            items.extend(found.unwrap_or_default());
            let Some(next) = next.filter(|next| !next.is_empty()) else { return Ok(items) };
            if !seen.insert(next.clone()) {
                return Err(self.error(operation, ErrorKind::Malformed, "the same page token came twice"));
            }
            token = Some(next);
        }
    }

    /// Makes one mutating call, once. A run that stops is told so by the gate, and then nothing is sent.
    pub(crate) async fn mutate<T, E>(
        &self,
        op: &impl Call,
        answer: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    ) -> Result<(T, Vec<String>), ProviderError>
    where
        T: RequestId,
        E: ProvideErrorMetadata + Error + 'static,
    {
        let (operation, quota) = (op.name(), op.quota());
        let call = ApiCall { place: self.place.clone(), operation, quota, mutating: true };
        self.gate.admit(&call).await?;
        match self.heard(operation, answer.await) {
            Ok(output) => {
                let request_id = output.request_id().map(str::to_owned);
                self.gate.settled(&call, 1, Outcome::Answered(request_id.as_deref())).await;
                Ok((output, request_id.into_iter().collect()))
            }
            Err(error) => {
                self.gate.settled(&call, 1, Outcome::Failed(&error)).await;
                Err(error)
            }
        }
    }

    /// Translates the answer of one attempt, and writes it to the log.
    fn heard<T, E>(
        &self,
        operation: &'static str,
        answer: Result<T, SdkError<E, HttpResponse>>,
    ) -> Result<T, ProviderError>
    where
        T: RequestId,
        E: ProvideErrorMetadata + Error + 'static,
    {
        let answer = answer.map_err(|error| error::from_sdk(&self.place, operation, &error));
        let (request_id, code) = match &answer {
            Ok(output) => (output.request_id(), None),
            Err(error) => (error.request_id.as_deref(), error.code.as_deref()),
        };
        tracing::debug!(provider = "aws", place = %self.place, op = operation, request_id, code, "call ended");
        answer
    }

    /// Returns an error that the adapter itself found.
    pub(crate) fn error(&self, operation: &str, kind: ErrorKind, message: &str) -> ProviderError {
        error::new(&self.place, operation, kind, message)
    }
}

/// Runs calls side by side, a bounded number at once, and keeps their order.
pub(crate) async fn side_by_side<T, Fut>(calls: Vec<Fut>) -> Result<Vec<T>, ProviderError>
where
    Fut: Future<Output = Result<T, ProviderError>>,
{
    futures_util::stream::iter(calls).buffered(AT_ONCE).try_collect().await
}

/// Answers `None` where the object does not exist.
pub(crate) fn absent_is_none<T>(result: Result<T, ProviderError>) -> Result<Option<T>, ProviderError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
