//! The undo of one step: found out whether it had its effect, looked whether that is still as the run left it, undone.

use std::time::Duration;

use tokio::time::Instant;
use xcloud_core::journal::{Look, Status, StepEvent};
use xcloud_core::op::Op;
use xcloud_core::plan::{Step, Undo};
use xcloud_core::provider::{Left, Provider, ProviderError};

use super::call::{CALL_SECS, Call, CallResult};
use super::context::Context;
use super::look::{Sight, look_for, out_of_sight_secs, passes};
use crate::EventKind;
use crate::pace::backoff;

/// Undoes one step that is in effect, or may be. How it ended stands in the state: undone, stuck, or as before if the
/// run halted or the cloud does not say.
pub(super) async fn undo_step(ctx: &Context<'_>, step: &Step) {
    let Some(provider) = ctx.provider(&step.place) else { return };
    let status = ctx.status(&step.id);
    if matches!(status, Status::Started | Status::Unknown) && !settle_doubt(ctx, step, &*provider).await {
        return;
    }
    let (op, undo) = match planned(ctx, step) {
        Ok(Some(pair)) => pair,
        Ok(None) => return undone(ctx, step, Look::Nothing, Vec::new()).await,
        Err(why) => return stuck(ctx, step, why, None).await,
    };
    match as_left(ctx, step, (&op, &undo), &*provider).await {
        Standing::AsLeft => carry_out(ctx, step, &undo, &*provider).await,
        Standing::Gone => undone(ctx, step, Look::WasGone, Vec::new()).await,
        Standing::Changed(what) => {
            stuck(ctx, step, format!("it is not as this run left it, so it was not touched: {what}"), None).await;
        }
        Standing::Unclear(error) => {
            stuck(ctx, step, format!("it could not be compared with what this run wrote: {error}"), Some(error)).await;
        }
        Standing::Halted => {}
    }
}

/// Finds out whether a call whose outcome is unknown had its effect. False: there is nothing to undo, or nobody knows.
async fn settle_doubt(ctx: &Context<'_>, step: &Step, provider: &dyn Provider) -> bool {
    let Some((op, token)) = ctx.state().step(&step.id).call else { return false };
    ctx.emit(EventKind::Watching {
        step: Some(step.id.clone()),
        addr: Some(step.addr.clone()),
        what: format!("whether {} had its effect", step.op.name()),
        now: "not known".to_owned(),
    });
    let (event, had) = match look_for(ctx, step, (&op, &token), provider, out_of_sight_secs(ctx, step)).await {
        Sight::Happened(performed) => {
            let ids = performed.request_ids;
            (StepEvent::Succeeded { made: performed.made, request_ids: ids, elapsed_ms: 0 }, true)
        }
        // A cloud may take a write and then fail to carry it out: what it wrote is there all the same.
        Sight::Absent if left_something(ctx, step, provider).await => {
            let made = std::collections::BTreeMap::new();
            (StepEvent::Succeeded { made, request_ids: Vec::new(), elapsed_ms: 0 }, true)
        }
        Sight::Absent => {
            let message = "it had no effect: no trace of it was found".to_owned();
            (StepEvent::Failed { unknown: false, message, error: None, request_ids: Vec::new() }, false)
        }
        Sight::Unclear(error) => {
            ctx.warn(format!("{}: the effect of {} is not known: {error}", step.addr, step.op.name()));
            return false;
        }
        Sight::Halted => return false,
    };
    ctx.record_step(&step.id, event).await.is_ok() && had
}

/// Looks whether the object holds what the call wrote, although the call did not succeed.
async fn left_something(ctx: &Context<'_>, step: &Step, provider: &dyn Provider) -> bool {
    let Ok(Some((op, undo))) = planned(ctx, step) else { return false };
    matches!(provider.left(&op, &undo, "").await, Ok(Left::AsLeft))
}

/// Returns the call that was made and the one that undoes it; `None`: there is nothing to undo.
fn planned(ctx: &Context<'_>, step: &Step) -> Result<Option<(Op, Op)>, String> {
    let undo = match &step.undo {
        Undo::Nothing => return Ok(None),
        Undo::Delete(op) | Undo::Restore(op) => op,
        Undo::Recreate(_) => return Err("it can only be made again, by `xcloud rollback`".to_owned()),
        Undo::Impossible(why) => return Err(format!("it cannot be undone: {why}")),
    };
    let state = ctx.state();
    let undo = undo.bind(&state.bindings).map_err(|unbound| format!("its undo cannot be named: {unbound}"))?;
    let op = match state.step(&step.id).call {
        Some((op, _)) => op,
        None => step.op.bind(&state.bindings).map_err(|unbound| unbound.to_string())?,
    };
    Ok(Some((op, undo)))
}

/// How an object stands before its undo.
enum Standing {
    AsLeft,
    Gone,
    Changed(String),
    Unclear(ProviderError),
    Halted,
}

/// Looks whether the object is still as the run left it. That it is gone is believed only when it can be out of sight
/// no longer, or when it was seen once: before its undo was tried.
async fn as_left(ctx: &Context<'_>, step: &Step, (op, undo): (&Op, &Op), provider: &dyn Provider) -> Standing {
    let state = ctx.state().step(&step.id);
    let token = state.call.map(|(_, token)| token).unwrap_or_default();
    let seen_until = ctx.done_at(&step.id) + Duration::from_secs(out_of_sight_secs(ctx, step));
    let (start, mut attempt) = (Instant::now(), 0);
    loop {
        attempt += 1;
        let pause = match provider.left(op, undo, &token).await {
            Ok(Left::AsLeft) => return Standing::AsLeft,
            Ok(Left::Changed(what)) => return Standing::Changed(what),
            Ok(Left::Back) if state.undo_tried || Instant::now() >= seen_until => return Standing::Gone,
            Ok(Left::Back) => Duration::from_secs(10).min(seen_until - Instant::now()),
            Err(error) if passes(error.kind) && start.elapsed() < Duration::from_secs(CALL_SECS) => {
                backoff(attempt, &error).max(Duration::from_secs(5))
            }
            Err(error) => return Standing::Unclear(error),
        };
        if !ctx.sleep(pause).await {
            return Standing::Halted;
        }
    }
}

async fn carry_out(ctx: &Context<'_>, step: &Step, undo: &Op, provider: &dyn Provider) {
    if ctx.is_halted() || ctx.record_step(&step.id, StepEvent::UndoStarted { op: undo.clone() }).await.is_err() {
        return;
    }
    let token = format!("{}-{}-undo", ctx.run, step.id.0);
    let call = Call { ctx, step, op: undo, provider, token: &token, doubtful: false, fresh: true };
    let end = call.until_done().await;
    match end.result {
        CallResult::Done(performed) => {
            let ids = if end.request_ids.is_empty() { performed.request_ids } else { end.request_ids };
            undone(ctx, step, Look::CarriedOut, ids).await;
        }
        CallResult::NotMade { last: None } => {}
        CallResult::NotMade { last: Some(error) } | CallResult::Failed { error, .. } => {
            stuck(ctx, step, format!("its undo failed: {error}"), Some(error)).await;
        }
    }
}

async fn undone(ctx: &Context<'_>, step: &Step, look: Look, request_ids: Vec<String>) {
    let _halts_the_run = ctx.record_step(&step.id, StepEvent::Undone { look, request_ids }).await;
    ctx.emit(EventKind::Undone {
        step: step.id.clone(),
        addr: step.addr.clone(),
        operation: step.op.name().to_owned(),
    });
}

async fn stuck(ctx: &Context<'_>, step: &Step, message: String, error: Option<ProviderError>) {
    let event = StepEvent::UndoFailed { message: message.clone(), error };
    let _halts_the_run = ctx.record_step(&step.id, event).await;
    ctx.emit(EventKind::UndoFailed { step: step.id.clone(), addr: step.addr.clone(), error: message });
}
