//! One step: what it waits for, its intent, its one call, its outcome.

use futures_util::future::try_join_all;
use xcloud_core::journal::{Status, StepEvent};
use xcloud_core::op::Op;
use xcloud_core::plan::Step;
use xcloud_core::provider::{Performed, Provider, ProviderError};

use super::call::{Call, CallResult};
use super::context::Context;
use super::look::{Sight, look_for};
use super::watch::{WatchError, watch};
use crate::{EventKind, StepStatus};

/// How a step ended.
pub(super) struct StepEnd {
    pub(super) status: StepStatus,
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
    fn of(status: StepStatus) -> Self {
        Self { status, error: None }
    }

    fn failed(error: StepError) -> Self {
        Self { status: StepStatus::Failed, error: Some(error) }
    }
}

/// Runs one step whose needs are done. A step that was under way when an earlier process ended is looked up first.
pub(super) async fn run_step(ctx: &Context<'_>, step: &Step) -> StepEnd {
    let Some(provider) = ctx.provider(&step.place) else {
        return StepEnd::failed(StepError::Plan(format!("the plan does not name {}", step.place)));
    };
    let before = ctx.state().step(&step.id);
    let begun = before.call.filter(|_| matches!(before.status, Status::Started | Status::Unknown));
    let doubtful = begun.is_some();
    let (op, token) = match begun {
        Some((op, token)) => {
            if let Sight::Happened(performed) = look_for(ctx, step, (&op, &token), &*provider, 0).await {
                return done(ctx, step, performed, Vec::new(), 0).await;
            }
            (op, token)
        }
        None => match wait_and_bind(ctx, step).await {
            Ok(op) => (op, format!("{}-{}", ctx.run, step.id.0)),
            Err(end) => return end,
        },
    };
    make(ctx, step, &*provider, &op, &token, doubtful).await
}

/// Waits until everything holds that must hold before the call, and binds what is known by then.
async fn wait_and_bind(ctx: &Context<'_>, step: &Step) -> Result<Op, StepEnd> {
    // All at once: the time that one takes counts for the others.
    match try_join_all(step.awaits.iter().map(|watched| watch(ctx, Some(step), watched))).await {
        Ok(_) => {}
        Err(WatchError::Halted) => return Err(StepEnd::of(StepStatus::Skipped)),
        Err(WatchError::Failed(error)) => return Err(StepEnd::failed(StepError::Cloud(error))),
        Err(WatchError::Unbound(unbound)) => return Err(StepEnd::failed(StepError::Plan(unbound.to_string()))),
    }
    let bound = step.op.bind(&ctx.state().bindings);
    bound.map_err(|unbound| StepEnd::failed(StepError::Plan(unbound.to_string())))
}

async fn make(
    ctx: &Context<'_>,
    step: &Step,
    provider: &dyn Provider,
    op: &Op,
    token: &str,
    doubtful: bool,
) -> StepEnd {
    if ctx.is_halted() {
        return StepEnd::of(if doubtful { StepStatus::Unknown } else { StepStatus::Skipped });
    }
    let intent = StepEvent::Started { token: token.to_owned(), op: op.clone(), noted: ctx.take_noted() };
    if ctx.record_step(&step.id, intent).await.is_err() {
        return StepEnd::of(StepStatus::Skipped);
    }
    let fresh = !step.op.needed_objects().is_empty() || step.makes.is_some();
    let call = Call { ctx, step, op, provider, token, doubtful, fresh };
    let end = call.until_done().await;
    match end.result {
        CallResult::Done(performed) => done(ctx, step, performed, end.request_ids, end.elapsed_ms).await,
        CallResult::NotMade { last } => {
            if let Some(error) = last {
                ctx.warn(format!("{}: {} was stopped before it was repeated after {error}", step.addr, step.id.0));
            }
            let message = "the run halted before the call was made again".to_owned();
            let doubt = StepEvent::Failed { unknown: true, message, error: None, request_ids: end.request_ids };
            let event = if doubtful { doubt } else { StepEvent::NotMade };
            let _halted_already = ctx.record_step(&step.id, event).await;
            StepEnd::of(if doubtful { StepStatus::Unknown } else { StepStatus::Skipped })
        }
        CallResult::Failed { error, unknown } => {
            let event = StepEvent::Failed {
                unknown,
                message: error.to_string(),
                error: Some(error.clone()),
                request_ids: end.request_ids,
            };
            let _halted_already = ctx.record_step(&step.id, event).await;
            let status = if unknown { StepStatus::Unknown } else { StepStatus::Failed };
            StepEnd { status, error: Some(StepError::Cloud(error)) }
        }
    }
}

/// Writes down that a step was done. If that fails the step is done all the same: the run halts and tells it.
async fn done(
    ctx: &Context<'_>,
    step: &Step,
    performed: Performed,
    mut request_ids: Vec<String>,
    elapsed_ms: u64,
) -> StepEnd {
    if request_ids.is_empty() {
        request_ids = performed.request_ids;
    }
    let event = StepEvent::Succeeded { made: performed.made, request_ids, elapsed_ms };
    let _halts_the_run = ctx.record_step(&step.id, event).await;
    ctx.emit(EventKind::Done {
        step: step.id.clone(),
        addr: step.addr.clone(),
        operation: step.op.name().to_owned(),
        elapsed_ms,
    });
    StepEnd::of(StepStatus::Done)
}
