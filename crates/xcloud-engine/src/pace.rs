//! Pacing, counting and the one retry policy for reads.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
use xcloud_core::model::Limit;
use xcloud_core::provider::{ApiCall, BoxFuture, ErrorKind, Gate, Outcome, ProviderError};

use crate::{CallCounts, Journal};

/// Attempts of a read before its error is believed.
const READ_ATTEMPTS: u32 = 5;

/// A refused connection and silence are believed earlier: the region may be gone, and others wait.
const UNREACHABLE_ATTEMPTS: u32 = 2;

/// Part of a published rate that is used, so that clocks and networks that differ a little cause no throttle.
const SHARE_OF_RATE: f64 = 0.97;

/// How calls are paced.
#[derive(Debug, Clone)]
pub struct PaceSettings {
    /// False for emulators: no pacing (`XCLOUD_PACING=off`).
    pub enabled: bool,
    /// Limits that AWS has raised, by operation.
    pub limits: BTreeMap<String, Limit>,
}

/// The gate before every call: token buckets for each account, region and API, and the counts of a run.
pub struct Pacer {
    settings: PaceSettings,
    state: Mutex<State>,
    halted: watch::Sender<bool>,
    /// Asked directly before each changing call.
    journal: Mutex<Option<Arc<dyn Journal>>>,
}

#[derive(Debug, Default)]
struct State {
    buckets: BTreeMap<String, Bucket>,
    counts: CallCounts,
}

/// A token bucket that may go below zero: each caller takes a token and waits until it would have been there.
#[derive(Debug)]
struct Bucket {
    tokens: f64,
    limit: Limit,
    /// 1 normally; smaller after a throttle that came anyway.
    share: f64,
    at: Instant,
}

impl Bucket {
    fn full(limit: Limit) -> Self {
        Self { tokens: limit.burst, limit, share: 1.0, at: Instant::now() }
    }

    fn rate(&self) -> f64 {
        self.limit.per_second * SHARE_OF_RATE * self.share
    }

    /// Takes one token and returns how long to wait for it.
    fn take(&mut self) -> Duration {
        let now = Instant::now();
        let gained = now.duration_since(self.at).as_secs_f64() * self.rate();
        self.tokens = (self.tokens + gained).min(self.limit.burst);
        self.at = now;
        self.tokens -= 1.0;
        if self.tokens >= 0.0 { Duration::ZERO } else { Duration::from_secs_f64(-self.tokens / self.rate()) }
    }

    /// A throttle came anyway (others use the account too): empty the bucket and halve the rate.
    fn slow_down(&mut self) {
        self.tokens = self.tokens.min(0.0);
        self.share = (self.share * 0.5).max(0.05);
    }

    fn recover(&mut self) {
        self.share = (self.share * 1.1).min(1.0);
    }
}

impl Pacer {
    /// Returns a pacer with full buckets.
    #[must_use]
    pub fn new(settings: PaceSettings) -> Self {
        let (state, halted) = (Mutex::default(), watch::Sender::new(false));
        Self { settings, state, halted, journal: Mutex::default() }
    }

    /// Returns the calls so far.
    #[must_use]
    pub fn calls(&self) -> CallCounts {
        self.lock().counts.clone()
    }

    /// No mutating call passes from here on.
    pub(crate) fn halt(&self) {
        self.halted.send_replace(true);
    }

    /// Changing calls pass again.
    pub(crate) fn go_on(&self) {
        self.halted.send_replace(false);
    }

    /// From here on the journal is asked directly before each changing call whether it may be made.
    pub(crate) fn guard(&self, journal: Arc<dyn Journal>) {
        *self.journal.lock().unwrap_or_else(PoisonError::into_inner) = Some(journal);
    }

    /// Asks the journal, last of all, so that no time passes between its answer and the call.
    async fn allowed(&self, call: &ApiCall) -> Result<(), ProviderError> {
        let journal = self.journal.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(journal) = journal.filter(|_| call.mutating) else { return Ok(()) };
        if let Err(broken) = journal.may_call().await {
            self.halt();
            tracing::warn!(operation = call.operation, place = %call.place, %broken, "no further call");
        }
        if *self.halted.borrow() { Err(stopped(call)) } else { Ok(()) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reserve(&self, call: &ApiCall) -> Duration {
        let mut state = self.lock();
        state.counts.total += 1;
        state.counts.mutating += u64::from(call.mutating);
        *state.counts.by_operation.entry(call.operation.to_owned()).or_default() += 1;
        if !self.settings.enabled {
            return Duration::ZERO;
        }
        let limit = self.settings.limits.get(call.operation).copied().unwrap_or_else(|| call.quota.published());
        state.buckets.entry(call.bucket()).or_insert_with(|| Bucket::full(limit)).take()
    }

    fn hear(&self, call: &ApiCall, outcome: Outcome<'_>) {
        let mut state = self.lock();
        let throttled = matches!(outcome, Outcome::Failed(error) if error.kind == ErrorKind::Throttled);
        state.counts.throttled += u64::from(throttled);
        if let Some(bucket) = state.buckets.get_mut(&call.bucket()) {
            if throttled { bucket.slow_down() } else { bucket.recover() }
        }
    }
}

impl Gate for Pacer {
    fn admit<'a>(&'a self, call: &'a ApiCall) -> BoxFuture<'a, Result<(), ProviderError>> {
        Box::pin(async move {
            if call.mutating && *self.halted.borrow() {
                return Err(stopped(call));
            }
            let wait = self.reserve(call);
            if wait.is_zero() {
                return self.allowed(call).await;
            }
            tracing::debug!(operation = call.operation, place = %call.place, wait_ms = wait.as_millis(), "paced");
            let mut halted = self.halted.subscribe();
            tokio::select! {
                biased;
                _ = halted.wait_for(|halted| *halted), if call.mutating => return Err(stopped(call)),
                () = tokio::time::sleep(wait) => {}
            }
            self.allowed(call).await
        })
    }

    fn settled<'a>(&'a self, call: &'a ApiCall, attempt: u32, outcome: Outcome<'a>) -> BoxFuture<'a, bool> {
        Box::pin(async move {
            self.hear(call, outcome);
            let error = match outcome {
                Outcome::Answered(request_id) => {
                    tracing::debug!(operation = call.operation, place = %call.place, request_id, "answered");
                    return false;
                }
                Outcome::Failed(error) => error,
            };
            tracing::debug!(operation = call.operation, place = %call.place, attempt, %error, "failed");
            if call.mutating || attempt >= read_attempts(error) {
                return false;
            }
            tokio::time::sleep(backoff(attempt, error)).await;
            true
        })
    }
}

fn stopped(call: &ApiCall) -> ProviderError {
    ProviderError {
        kind: ErrorKind::Stopped,
        operation: call.operation.to_owned(),
        place: call.place.clone(),
        code: None,
        message: "the run stops, the call was not made".to_owned(),
        request_id: None,
        retry_after_secs: None,
    }
}

/// Returns how often a read with this kind of error is made in all.
fn read_attempts(error: &ProviderError) -> u32 {
    let answered = error.code.is_some() || error.request_id.is_some();
    match error.kind {
        ErrorKind::Throttled => 4 * READ_ATTEMPTS,
        ErrorKind::OutcomeUnknown if !answered => UNREACHABLE_ATTEMPTS,
        ErrorKind::Busy | ErrorKind::OutcomeUnknown => READ_ATTEMPTS,
        // With a code: whoever gives tokens was there and faltered.
        ErrorKind::Unreachable if answered => READ_ATTEMPTS,
        ErrorKind::Unreachable | ErrorKind::Malformed => UNREACHABLE_ATTEMPTS,
        _ => 1,
    }
}

/// Returns how long to wait before attempt `attempt + 1`: what the cloud asks for, else doubling from 0.25 s to 15 s.
pub(crate) fn backoff(attempt: u32, error: &ProviderError) -> Duration {
    let doubled = 0.25 * f64::from(1_u32 << attempt.min(6).saturating_sub(1));
    let asked = error.retry_after_secs.map_or(0.0, |secs| f64::from(u32::try_from(secs).unwrap_or(u32::MAX)));
    Duration::from_secs_f64(doubled.max(asked).min(300.0))
}
