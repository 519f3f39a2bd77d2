//! One mutating call: made, repeated, looked up when its answer is lost, and followed to its end.

use std::time::Duration;

use tokio::time::Instant;
use xcloud_core::duration::human;
use xcloud_core::journal::StepEvent;
use xcloud_core::op::Op;
use xcloud_core::plan::Step;
use xcloud_core::provider::{Disposition, Effect, ErrorKind, Performed, Polled, Provider, ProviderError};

use super::context::{Context, millis};
use crate::EventKind;
use crate::pace::backoff;

/// How long a call is repeated: the longest that Terraform waits for a dependency (facts/aws 2.2: 1 + 14 minutes).
pub(super) const CALL_SECS: u64 = 900;

/// How long a call waits for its turn at what many write, one at a time: a pipeline with ten rule collection groups holds a
/// firewall policy for up to fifty minutes.
const TURN_SECS: u64 = 3600;

/// The least time between two tries for a turn: others try too.
const TURN_PAUSE: Duration = Duration::from_secs(10);

/// A wait for a turn that is worth a word in the report.
const LONG_TURN: Duration = Duration::from_secs(60);

/// A long-running operation of Azure: an hour is the default timeout of the azurerm provider for private endpoints.
const OPERATION_SECS: u64 = 3600;

/// What an operation wrote may show this long after its end: Resource Manager reads its own writes, but what one object
/// shows of another lags (facts/azure 4.1).
const UNSEEN_SECS: u64 = 60;

/// How often a call is made in all that the cloud took and failed to carry out: each time costs the minutes that the
/// operation takes, and what two repetitions do not repair needs a person.
const FALTERED_ATTEMPTS: u32 = 3;

/// An object that this run made may stay invisible this long (facts/aws 2.2, Terraform's propagation timeout).
const VISIBLE_SECS: u64 = 300;

/// One call of a step: the one that it is for, or the one that undoes it.
pub(super) struct Call<'c> {
    pub(super) ctx: &'c Context<'c>,
    pub(super) step: &'c Step,
    pub(super) op: &'c Op,
    pub(super) provider: &'c dyn Provider,
    pub(super) token: &'c str,
    /// True: an earlier attempt may have had an effect.
    pub(super) doubtful: bool,
    /// True: what the call is about may have been made moments ago and be out of sight.
    pub(super) fresh: bool,
}

/// How long a call has waited for its turn, and at what.
#[derive(Default)]
struct Turn {
    waited: Duration,
    queue: String,
    /// How long it had waited when that was last told.
    told: Option<Duration>,
}

/// How a call ended.
pub(super) struct CallEnd {
    pub(super) result: CallResult,
    pub(super) request_ids: Vec<String>,
    pub(super) elapsed_ms: u64,
}

/// What came of a call.
pub(super) enum CallResult {
    /// It was done.
    Done(Performed),
    /// The run halted before it was made; `last`: why an attempt before that one, without effect, had to be repeated.
    NotMade { last: Option<ProviderError> },
    /// It failed; `unknown`: its effect is not known.
    Failed { error: ProviderError, unknown: bool },
}

impl Call<'_> {
    pub(super) async fn until_done(&self) -> CallEnd {
        let start = Instant::now();
        let mut request_ids = Vec::new();
        let result = self.attempts(start, &mut request_ids).await;
        CallEnd { result, request_ids, elapsed_ms: millis(start.elapsed()) }
    }

    async fn attempts(&self, start: Instant, request_ids: &mut Vec<String>) -> CallResult {
        let (mut attempt, mut doubtful, mut last) = (0, self.doubtful, None);
        let mut turn = Turn::default();
        loop {
            attempt += 1;
            let error = match self.attempt(request_ids, &mut doubtful).await {
                Ok(Some(performed)) => {
                    self.tell_turn(&turn);
                    return CallResult::Done(performed);
                }
                Ok(None) => return stopped(last),
                Err(error) => error,
            };
            request_ids.extend(error.request_id.clone());
            doubtful |= error.kind.disposition() == Disposition::Inspect;
            if doubtful && let Some(performed) = self.inspect(&error).await {
                return CallResult::Done(performed);
            }
            let pause = backoff(attempt, &error).max(least_pause(error.kind));
            if error.kind == ErrorKind::Busy
                && let Some(queue) = self.op.queue()
            {
                // "Not yet" is an answer: the time until the turn comes is no time of the call.
                if turn.waited >= Duration::from_secs(TURN_SECS) || !self.wait_turn(&queue, &error, &mut turn).await {
                    return CallResult::Failed { error, unknown: doubtful };
                }
                attempt -= 1;
                last = Some((error, doubtful));
                continue;
            }
            let so_far = (start.elapsed() + pause).saturating_sub(turn.waited);
            if !self.may_repeat(attempt, &error, doubtful, so_far) {
                return CallResult::Failed { error, unknown: doubtful };
            }
            if self.ctx.is_halted() || !self.wait(attempt, &error, pause).await {
                // Past the deadline it is what the run waited for in vain.
                let in_vain = Instant::now() >= self.ctx.deadline();
                return if in_vain {
                    CallResult::Failed { error, unknown: doubtful }
                } else {
                    stopped(Some((error, doubtful)))
                };
            }
            last = Some((error, doubtful));
        }
    }

    /// Waits for the call's turn, and says once a minute what for. False: the run halts.
    async fn wait_turn(&self, queue: &str, error: &ProviderError, turn: &mut Turn) -> bool {
        if turn.told.is_none_or(|told| turn.waited.saturating_sub(told) >= LONG_TURN) {
            turn.told = Some(turn.waited);
            self.ctx.emit(EventKind::Watching {
                step: Some(self.step.id.clone()),
                addr: Some(self.step.addr.clone()),
                what: format!("the turn of {} at {queue}, which another write changes", self.op.name()),
                now: format!("for {}; {}", human(millis(turn.waited)), error.said()),
            });
            let retried = StepEvent::Retried { error: error.clone() };
            if self.ctx.record_step(&self.step.id, retried).await.is_err() {
                return false;
            }
        }
        let pause = backoff(1, error).max(TURN_PAUSE);
        turn.waited += pause;
        turn.queue = queue.to_owned();
        self.ctx.sleep(pause).await && Instant::now() < self.ctx.deadline()
    }

    /// A long wait is no failure, and nobody should have to look for it.
    fn tell_turn(&self, turn: &Turn) {
        if turn.waited >= LONG_TURN {
            let (addr, name, waited) = (&self.step.addr, self.op.name(), human(millis(turn.waited)));
            self.ctx.warn(format!("{addr}: {name} waited {waited} for its turn at {}, which others wrote", turn.queue));
        }
    }

    /// Tells and writes down that the call will be repeated, and waits. False: the run halts.
    async fn wait(&self, attempt: u32, error: &ProviderError, pause: Duration) -> bool {
        self.ctx.emit(EventKind::Retrying {
            step: self.step.id.clone(),
            attempt,
            error: error.to_string(),
            wait_secs: pause.as_secs_f64(),
        });
        let written = self.ctx.record_step(&self.step.id, StepEvent::Retried { error: error.clone() }).await;
        written.is_ok() && self.ctx.sleep(pause).await
    }

    /// Makes the call once and follows its operation to the end. `None`: the run halted before the call.
    /// `doubtful` turns true once the cloud has taken the call: from then on a failure may have left something.
    async fn attempt(&self, ids: &mut Vec<String>, doubtful: &mut bool) -> Result<Option<Performed>, ProviderError> {
        self.ctx.emit(EventKind::Calling {
            step: self.step.id.clone(),
            addr: self.step.addr.clone(),
            operation: self.op.name().to_owned(),
        });
        let performed = match self.provider.perform(self.op, self.token).await {
            Err(error) if error.kind == ErrorKind::Stopped => {
                self.ctx.halt();
                return Ok(None);
            }
            result => result?,
        };
        ids.extend(performed.request_ids.iter().cloned());
        *doubtful |= performed.pending.is_some();
        self.follow(performed).await.map(Some)
    }

    /// Follows a long-running operation. An interrupt does not end this: a running call is waited for.
    pub(super) async fn follow(&self, mut performed: Performed) -> Result<Performed, ProviderError> {
        let Some(operation) = performed.pending.take() else { return Ok(performed) };
        let until = Instant::now() + Duration::from_secs(OPERATION_SECS);
        let (mut wait, mut unseen) = (operation.retry_after_secs, None);
        loop {
            tokio::time::sleep(Duration::from_secs(wait.clamp(1, 60))).await;
            match self.provider.poll(self.op, &operation).await {
                Ok(Polled::Done(made)) => {
                    performed.made.extend(made);
                    return Ok(performed);
                }
                Ok(Polled::Failed(error)) => return Err(error),
                Ok(Polled::Wait(secs)) => wait = secs,
                Ok(Polled::Unseen(error)) => {
                    if unseen.get_or_insert_with(Instant::now).elapsed() >= Duration::from_secs(UNSEEN_SECS) {
                        return Err(error);
                    }
                    wait = 2;
                }
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
        match self.provider.find(self.op, self.token).await {
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
    fn may_repeat(&self, attempt: u32, error: &ProviderError, doubtful: bool, so_far: Duration) -> bool {
        let limit = match (error.kind.disposition(), error.kind) {
            (_, ErrorKind::Faltered) if attempt >= FALTERED_ATTEMPTS => return false,
            (Disposition::Retry | Disposition::Inspect, _) => CALL_SECS,
            (Disposition::Fail, ErrorKind::NotFound) if self.fresh => VISIBLE_SECS,
            (Disposition::Fail, ErrorKind::Conflict) if doubtful => VISIBLE_SECS,
            (Disposition::Fail, _) => return false,
        };
        so_far < Duration::from_secs(limit) && Instant::now() < self.ctx.deadline()
    }
}

fn least_pause(kind: ErrorKind) -> Duration {
    match kind {
        ErrorKind::Busy | ErrorKind::Faltered => Duration::from_secs(5),
        ErrorKind::InUse => Duration::from_secs(10),
        ErrorKind::NotFound | ErrorKind::Conflict => Duration::from_secs(2),
        _ => Duration::ZERO,
    }
}

/// The run stopped before the next attempt: what the last one left is what is known.
fn stopped(last: Option<(ProviderError, bool)>) -> CallResult {
    match last {
        Some((error, true)) => CallResult::Failed { error, unknown: true },
        Some((error, false)) => CallResult::NotMade { last: Some(error) },
        None => CallResult::NotMade { last: None },
    }
}
