//! The port between the engine and the clouds. Adapters translate; the engine waits, retries, paces and reports.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

pub use crate::fault::{Disposition, ErrorKind, ProviderError};
use crate::limits::Quota;
use crate::live::{Answer, Query};
use crate::model::{Place, PlaceKey};
use crate::op::Op;
use crate::plan::Condition;

/// A boxed future, so that the port can be used as a trait object without naming a runtime.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Gives the adapter for a place. Asking twice for one place answers the same adapter.
pub trait Clouds: Send + Sync {
    /// Returns the adapter for `place`. Credentials are not checked here but with the first call.
    fn provider(&self, place: &Place) -> Arc<dyn Provider>;
}

/// One AWS account and region, or one Azure subscription.
///
/// Every method makes calls and returns; none sleeps or waits for readiness. Each call asks the [`Gate`] first and
/// tells it how it ended; reads ask it also whether to repeat. [`Provider::perform`] makes one mutating call, once.
pub trait Provider: Send + Sync {
    /// Reads everything that the query asks, in bulk.
    fn observe<'a>(&'a self, query: &'a Query) -> BoxFuture<'a, Result<Answer, ProviderError>>;

    /// Looks once whether a condition holds.
    fn check<'a>(&'a self, condition: &'a Condition) -> BoxFuture<'a, Result<Progress, ProviderError>>;

    /// Makes the one call of a fully bound operation. `token` is its idempotency token.
    fn perform<'a>(&'a self, op: &'a Op, token: &'a str) -> BoxFuture<'a, Result<Performed, ProviderError>>;

    /// Looks whether an operation whose outcome is unknown had its effect.
    fn find<'a>(&'a self, op: &'a Op, token: &'a str) -> BoxFuture<'a, Result<Effect, ProviderError>>;

    /// Looks whether the object is still as `op` left it, so that `undo` may be performed. Both are bound; only the
    /// guard of `undo` may name an `ETag` that nobody answered.
    ///
    /// It is asked in reverse order: when the undo of a later step on the same object has been done, the object must
    /// again be as the earlier step left it. What is not visible yet looks as if it never came ([`Left::Back`]): the
    /// caller repeats such a look within the consistency window where the outcome is unknown.
    ///
    /// # Errors
    /// [`ErrorKind::Busy`] while the object is being changed: the caller looks again.
    fn left<'a>(&'a self, op: &'a Op, undo: &'a Op, token: &'a str) -> BoxFuture<'a, Result<Left, ProviderError>>;

    /// Looks once how the long-running operation stands that `op` has started.
    fn poll<'a>(&'a self, op: &'a Op, operation: &'a Operation) -> BoxFuture<'a, Result<Polled, ProviderError>>;
}

/// The answer of a mutating call.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Performed {
    /// What the call made: "" is the object's id, other keys are facts (`service-name`, `etag`).
    pub made: BTreeMap<String, String>,
    /// The request ids that the cloud answered.
    pub request_ids: Vec<String>,
    /// The call has only started an operation, which must be polled.
    pub pending: Option<Operation>,
}

/// A long-running operation of Azure Resource Manager, which a call has started.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Operation {
    /// Where to poll; `None`: look at the object itself.
    pub status_url: Option<String>,
    /// True: `status_url` came from `Location` (done at 200 or 204), not from `Azure-AsyncOperation`.
    pub location_style: bool,
    /// Seconds to wait before the first look.
    pub retry_after_secs: u64,
}

/// How a long-running operation stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Polled {
    /// Look again after this many seconds.
    Wait(u64),
    /// It succeeded, and the object is as the call wrote it; facts of the object as in [`Performed::made`].
    Done(BTreeMap<String, String>),
    /// It succeeded, and the object does not show what the call wrote (yet): what that means if it stays so.
    Unseen(ProviderError),
    /// It failed or was cancelled.
    Failed(ProviderError),
}

/// Whether a condition holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Progress {
    /// Not yet; what is there now, for people (`state pending`).
    NotYet(String),
    /// It holds.
    Done(Facts),
    /// It can never hold: what happened instead.
    Never(ProviderError),
}

/// What a look at an object answered.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts {
    /// Facts of the object (`dns-name`, `dns-zone`), bound under the watched object.
    pub facts: BTreeMap<String, String>,
    /// Addresses, where the condition asks for them.
    pub addresses: BTreeSet<IpNet>,
}

/// Whether an operation had its effect.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// It had; what it made.
    Happened(Performed),
    /// It had not, as far as this look can tell.
    NotSeen,
}

/// How an object stands to the step that wrote it, when the step is to be undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Left {
    /// The effect of the call holds exactly, and nothing was added to the object since that the undo would take away
    /// or leave in a state that is neither.
    AsLeft,
    /// The world already is as the undo would leave it: the effect is gone, or never came, or the undo was done.
    Back,
    /// Somebody changed the object since: what, in one sentence for the operator.
    Changed(String),
}

/// One call to a cloud, for pacing, counting and logging.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ApiCall {
    /// Where.
    pub place: PlaceKey,
    /// The operation: `DescribeVpcEndpoints`, `GET networkSecurityGroups`.
    pub operation: &'static str,
    /// The published limit that it counts against.
    pub quota: Quota,
    /// Whether it changes anything.
    pub mutating: bool,
}

impl ApiCall {
    /// Returns the bucket from which the call takes.
    #[must_use]
    pub fn bucket(&self) -> String {
        self.quota.bucket(&self.place, self.operation)
    }
}

/// The engine's side of every call: pacing before it, counting and the retry decision after it.
pub trait Gate: Send + Sync {
    /// Waits until the call may be sent. Adapters ask before every call, reading or mutating.
    ///
    /// # Errors
    /// [`ErrorKind::Stopped`] for a mutating call of a run that stops: nothing new starts.
    fn admit<'a>(&'a self, call: &'a ApiCall) -> BoxFuture<'a, Result<(), ProviderError>>;

    /// Hears how an attempt ended. Answers `true`, after having waited, if the call should be made again; always
    /// `false` for a mutating call, which the engine repeats itself.
    fn settled<'a>(&'a self, call: &'a ApiCall, attempt: u32, outcome: Outcome<'a>) -> BoxFuture<'a, bool>;
}

/// How one attempt ended.
#[derive(Debug, Clone, Copy)]
pub enum Outcome<'a> {
    /// An answer came, with its request id where the cloud sends one.
    Answered(Option<&'a str>),
    /// An error.
    Failed(&'a ProviderError),
}

/// Makes one read call through the gate: paced, counted, repeated as the gate decides.
///
/// # Errors
/// The error of the last attempt.
pub async fn read_call<T, F>(gate: &dyn Gate, call: ApiCall, mut attempt: impl FnMut() -> F) -> Result<T, ProviderError>
where
    F: Future<Output = Result<(T, Option<String>), ProviderError>>,
{
    let mut attempts = 0;
    loop {
        gate.admit(&call).await?;
        attempts += 1;
        match attempt().await {
            Ok((value, request_id)) => {
                gate.settled(&call, attempts, Outcome::Answered(request_id.as_deref())).await;
                return Ok(value);
            }
            Err(error) => {
                if !gate.settled(&call, attempts, Outcome::Failed(&error)).await {
                    return Err(error);
                }
            }
        }
    }
}
