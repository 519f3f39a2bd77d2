//! One step: what it waits for, its one call, and what to do when that fails.

use std::time::Duration;

use tokio::time::Instant;
use xcloud_core::op::Op;
use xcloud_core::plan::Step;
use xcloud_core::provider::{Disposition, Effect, ErrorKind, Performed, Polled, Provider, ProviderError};

use super::context::{Context, millis};
use super::watch::{WatchError, watch};
use crate::pace::backoff;
use crate::{EventKind, StepStatus};

/// How long a call is repeated: the longest that Terraform waits for a dependency (facts/aws 2.2: 1 + 14 minutes).
const CALL_SECS: u64 = 900;

/// A long-running operation of Azure: an hour is the default timeout of the azurerm provider for private endpoints.
const OPERATION_SECS: u64 = 3600;

/// An object that this run made may stay invisible this long (facts/aws 2.2, Terraform's propagation timeout).
const VISIBLE_SECS: u64 = 300;

/// How a step ended.
pub(super) struct StepEnd {
    pub(super) status: StepStatus,
    pub(super) elapsed_ms: u64,
    pub(super) request_ids: Vec<String>,
    pub(super) error: Option<StepError>,
}

/// Why a step ended without being done.
pub(super) enum StepError {
    /// The cloud said so.
    Cloud(ProviderError),
    /// The values that the cloud chose are not those of the plan, or are missing.
    Plan(String),
}

impl StepEnd {
    fn skipped() -> Self {
        Self { status: StepStatus::Skipped, elapsed_ms: 0, request_ids: Vec::new(), error: None }
    }

    fn failed(error: StepError) -> Self {
        Self { status: StepStatus::Failed, elapsed_ms: 0, request_ids: Vec::new(), error: Some(error) }
    }
}

/// Runs one step whose needs are done.
pub(super) async fn run_step(ctx: &Context<'_>, step: &Step) -> StepEnd {
    for watched in &step.awaits {
        match watch(ctx, Some(step), watched).await {
            Ok(()) => {}
            Err(WatchError::Halted) => return StepEnd::skipped(),
            Err(WatchError::Failed(error)) => return StepEnd::failed(StepError::Cloud(error)),
            Err(WatchError::Unbound(unbound)) => return StepEnd::failed(StepError::Plan(unbound.to_string())),
        }
    }
    let bound = step.op.bind(&ctx.bindings());
    let op = match bound {
        Ok(op) => op,
        Err(unbound) => return StepEnd::failed(StepError::Plan(unbound.to_string())),
    };
    let Some(provider) = ctx.provider(&step.place) else {
        return StepEnd::failed(StepError::Plan(format!("the plan does not name {}", step.place)));
    };
    if ctx.is_halted() {
        return StepEnd::skipped();
    }
    let call = Calling { ctx, step, op: &op, provider: &*provider, token: format!("{}-{}", ctx.run, step.id.0) };
    call.until_done().await
}

struct Calling<'c> {
    ctx: &'c Context<'c>,
    step: &'c Step,
    op: &'c Op,
    provider: &'c dyn Provider,
    token: String,
}

impl Calling<'_> {
    async fn until_done(&self) -> StepEnd {
        let start = Instant::now();
        let mut request_ids = Vec::new();
        let (mut attempt, mut doubtful, mut last) = (0, false, None);
        loop {
            attempt += 1;
            let error = match self.attempt(&mut request_ids, &mut doubtful).await {
                Ok(Some(performed)) => return self.done(start, request_ids, performed),
                Ok(None) => return self.stopped(start, request_ids, last),
                Err(error) => error,
            };
            request_ids.extend(error.request_id.clone());
            doubtful |= error.kind.disposition() == Disposition::Inspect;
            if doubtful && let Some(performed) = self.inspect(&error).await {
                return self.done(start, request_ids, performed);
            }
            let pause = backoff(attempt, &error).max(self.least_pause(error.kind));
            if !self.may_repeat(&error, doubtful, start.elapsed() + pause) {
                return self.failed(start, request_ids, error, doubtful);
            }
            self.ctx.emit(EventKind::Retrying {
                step: self.step.id.clone(),
                attempt,
                error: error.to_string(),
                wait_secs: pause.as_secs_f64(),
            });
            if !self.ctx.sleep(pause).await {
                return self.failed(start, request_ids, error, doubtful);
            }
            last = Some((error, doubtful));
        }
    }

    /// Makes the call once and follows its operation to the end. `None`: the run halted before the call.
    /// `doubtful` turns true once the cloud has taken the call: from then on a failure may have left something.
    async fn attempt(&self, ids: &mut Vec<String>, doubtful: &mut bool) -> Result<Option<Performed>, ProviderError> {
        self.ctx.emit(EventKind::Calling {
            step: self.step.id.clone(),
            addr: self.step.addr.clone(),
            operation: self.op.name().to_owned(),
        });
        let performed = match self.provider.perform(self.op, &self.token).await {
            Err(error) if error.kind == ErrorKind::Stopped => return Ok(None),
            result => result?,
        };
        ids.extend(performed.request_ids.iter().cloned());
        *doubtful |= performed.pending.is_some();
        self.follow(performed).await.map(Some)
    }

    /// Follows a long-running operation. An interrupt does not end this: a running call is waited for.
    async fn follow(&self, mut performed: Performed) -> Result<Performed, ProviderError> {
        let Some(operation) = performed.pending.take() else { return Ok(performed) };
        let until = Instant::now() + Duration::from_secs(OPERATION_SECS);
        let mut wait = operation.retry_after_secs;
        loop {
            tokio::time::sleep(Duration::from_secs(wait.clamp(1, 60))).await;
            match self.provider.poll(&operation).await {
                Ok(Polled::Done(made)) => {
                    performed.made.extend(made);
                    return Ok(performed);
                }
                Ok(Polled::Failed(error)) => return Err(error),
                Ok(Polled::Wait(secs)) => wait = secs,
                Err(error) if error.kind.disposition() == Disposition::Fail => return Err(error),
                Err(error) => wait = error.retry_after_secs.unwrap_or(10),
            }
            if Instant::now() > until {
                return Err(self.too_late("the operation did not end within an hour"));
            }
            self.ctx.emit(EventKind::Watching {
                step: Some(self.step.id.clone()),
                addr: Some(self.step.addr.clone()),
                what: self.op.name().to_owned(),
                now: "in progress".to_owned(),
            });
        }
    }

    fn too_late(&self, text: &str) -> ProviderError {
        ProviderError {
            kind: ErrorKind::Deadline,
            operation: self.op.name().to_owned(),
            place: self.step.place.clone(),
            code: None,
            message: text.to_owned(),
            request_id: None,
            retry_after_secs: None,
        }
    }

    /// Looks whether a call whose outcome is unknown had its effect.
    async fn inspect(&self, error: &ProviderError) -> Option<Performed> {
        match self.provider.find(self.op, &self.token).await {
            Ok(Effect::Happened(performed)) => self.follow(performed).await.ok(),
            Ok(Effect::NotSeen) => None,
            Err(look) => {
                tracing::warn!(step = %self.step.id.0, %error, %look, "the outcome of a call could not be looked up");
                None
            }
        }
    }

    /// Every operation is written so that making it twice has the effect of once (tokens, unique names, sets,
    /// preconditions), so a call that was not seen to happen may be repeated.
    ///
    /// A conflict after a lost call is most likely with that call's own object, which is not visible yet: it is
    /// looked for until it must be. What a create call collides with may be out of sight too, if a run made it
    /// moments ago.
    fn may_repeat(&self, error: &ProviderError, doubtful: bool, so_far: Duration) -> bool {
        let fresh = !self.step.op.needed_objects().is_empty() || self.step.makes.is_some();
        let limit = match (error.kind.disposition(), error.kind) {
            (Disposition::Retry | Disposition::Inspect, _) => CALL_SECS,
            (Disposition::Fail, ErrorKind::NotFound) if fresh => VISIBLE_SECS,
            (Disposition::Fail, ErrorKind::Conflict) if doubtful => VISIBLE_SECS,
            (Disposition::Fail, _) => return false,
        };
        so_far < Duration::from_secs(limit) && Instant::now() < self.ctx.deadline && !self.ctx.is_halted()
    }

    fn least_pause(&self, kind: ErrorKind) -> Duration {
        match kind {
            ErrorKind::Busy => Duration::from_secs(5),
            ErrorKind::InUse => Duration::from_secs(10),
            ErrorKind::NotFound | ErrorKind::Conflict => Duration::from_secs(2),
            _ => Duration::ZERO,
        }
    }

    fn done(&self, start: Instant, request_ids: Vec<String>, performed: Performed) -> StepEnd {
        if let Some(object) = &self.step.makes {
            let mut bindings = self.ctx.bindings();
            for (fact, value) in performed.made {
                let object = if fact.is_empty() { object.clone() } else { object.fact(&fact) };
                bindings.objects.insert(object, value);
            }
        }
        let elapsed_ms = millis(start.elapsed());
        self.ctx.emit(EventKind::Done {
            step: self.step.id.clone(),
            addr: self.step.addr.clone(),
            operation: self.op.name().to_owned(),
            elapsed_ms,
        });
        StepEnd { status: StepStatus::Done, elapsed_ms, request_ids, error: None }
    }

    /// The run stopped before the next attempt: what the last one left is what is known.
    fn stopped(&self, start: Instant, request_ids: Vec<String>, last: Option<(ProviderError, bool)>) -> StepEnd {
        match last {
            Some((error, true)) => self.failed(start, request_ids, error, true),
            Some((_, false)) | None => StepEnd { request_ids, ..StepEnd::skipped() },
        }
    }

    fn failed(&self, start: Instant, request_ids: Vec<String>, error: ProviderError, doubtful: bool) -> StepEnd {
        let status = if doubtful { StepStatus::Unknown } else { StepStatus::Failed };
        let elapsed_ms = millis(start.elapsed());
        StepEnd { status, elapsed_ms, request_ids, error: Some(StepError::Cloud(error)) }
    }
}
