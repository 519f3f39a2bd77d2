//! The scheduler: as wide as the needs allow, builds before the commit point, nothing new after a failure; then, before
//! the commit point, the way back.

use futures_util::StreamExt as _;
use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;
use xcloud_core::journal::{Header, Phase, RunEvent, RunState};
use xcloud_core::plan::Step;

use super::context::{Context, ExecuteOptions, OnFailure, Surroundings};
use super::ending::{report, what};
use super::schedule::Schedule;
use super::step::run_step;
use super::unwind::unwind;
use super::watch::{WatchError, watch};
use crate::{EventKind, Failure, RunReport};

/// How a run is gone on with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// It is finished; a run that was being undone is undone.
    Finish,
    /// It is undone. Behind its commit point nothing happens: there a run only goes forward.
    Unwind,
}

/// Who goes on with a run.
#[derive(Debug, Clone)]
pub struct Heir {
    /// Who, on which host.
    pub by: String,
    /// The epoch of the lease.
    pub epoch: u64,
}

/// Carries out a plan, as wide as its needs allow.
///
/// After a failure, or a request to stop, nothing new starts and running calls are waited for; before the commit point
/// what was done is then undone.
pub async fn execute(around: &Surroundings<'_>, header: Header, options: &ExecuteOptions) -> RunReport {
    let began = RunEvent::Began(Box::new(header.clone()));
    let ctx = Context::new(around, RunState::new(header), options);
    if let Err(broken) = around.journal.record(began).await {
        ctx.halt();
        return report(&ctx, vec![unwritten(&broken.0)], false).await;
    }
    ctx.emit(EventKind::Started { steps: ctx.plan.steps.len() });
    go(&ctx, around, options, None).await
}

/// Goes on with a run that was cut off, or that ended with something left.
pub async fn resume(
    around: &Surroundings<'_>,
    state: RunState,
    heir: Heir,
    way: Way,
    options: &ExecuteOptions,
) -> RunReport {
    let ctx = Context::new(around, state, options);
    if let Err(broken) = ctx.record(RunEvent::Resumed { by: heir.by, epoch: heir.epoch }).await {
        return report(&ctx, vec![unwritten(&broken.0)], false).await;
    }
    ctx.emit(EventKind::Started { steps: ctx.plan.steps.len() });
    let asked = (way == Way::Unwind).then(|| "`resume --undo`".to_owned());
    go(&ctx, around, options, asked).await
}

fn unwritten(why: &str) -> Failure {
    let message = format!("the journal cannot be written, no call was made: {why}");
    let hint = Some("repair the ledger, then run the command again".to_owned());
    Failure { step: None, addr: None, message, error: None, hint }
}

/// Forward, and back if that fails before the commit point. `undo`: why it does not even go forward.
async fn go(ctx: &Context<'_>, around: &Surroundings<'_>, options: &ExecuteOptions, undo: Option<String>) -> RunReport {
    let (mut failures, mut interrupted) = (Vec::new(), false);
    let mut why = undo;
    let turned_back = ctx.state().phase == Phase::Unwinding;
    if why.is_none() && !turned_back {
        (failures, interrupted) = forward(ctx, around).await;
        why = failures.first().map(|first| first.message.clone());
        if interrupted && why.is_none() {
            why = Some("interrupted".to_owned());
        }
    }
    let phase = ctx.state().phase;
    let may_turn = ctx.state().may_turn_back();
    let back = turned_back || (why.is_some() && may_turn && options.on_failure == OnFailure::Unwind);
    if back && ctx.broken().is_none() {
        let reason = why.unwrap_or_default();
        let written = match phase {
            Phase::Building | Phase::Committed if ctx.state().is_in_effect() => {
                ctx.record(RunEvent::Unwinding { reason }).await
            }
            _ => Ok(()),
        };
        if written.is_ok() {
            ctx.turn_back();
            interrupted |= unwind(ctx, around.stop.clone(), interrupted).await;
        }
    }
    report(ctx, failures, interrupted).await
}

/// Runs the steps and waits for what the plan wants to see; answers what failed, and whether the run was asked to stop.
async fn forward(ctx: &Context<'_>, around: &Surroundings<'_>) -> (Vec<Failure>, bool) {
    let mut schedule = Schedule::of(&ctx.plan, &ctx.state());
    let mut interrupted = drive(ctx, &mut schedule, around.stop.clone()).await;
    let mut failures = schedule.failures(&ctx.plan, interrupted || ctx.broken().is_some());
    if let Some(broken) = ctx.broken() {
        failures.push(Failure {
            step: None,
            addr: None,
            message: format!("the run makes no further call: {broken}"),
            error: None,
            hint: Some("`xcloud resume` finishes the run, `xcloud resume --undo` undoes it".to_owned()),
        });
    } else if failures.is_empty() && schedule.is_done() {
        let halted = settle_or_stop(ctx, around.stop.clone(), &mut failures).await;
        interrupted |= halted;
    }
    (failures, interrupted)
}

/// Runs the steps; returns true if the run was asked to stop.
async fn drive(ctx: &Context<'_>, schedule: &mut Schedule, mut stop: super::Stop) -> bool {
    let mut running = FuturesUnordered::new();
    let mut interrupted = *stop.borrow();
    let mut listening = true;
    loop {
        if !ctx.is_halted() && !interrupted {
            let mut ready = schedule.take_ready();
            let released = schedule.take_committed();
            if !released.is_empty() {
                match proved(ctx, &mut stop).await {
                    Ok(true) if commit(ctx).await => ready.extend(released),
                    Ok(true) => {}
                    Ok(false) => {
                        interrupted = true;
                        ctx.halt();
                        ctx.emit(EventKind::Stopping);
                    }
                    Err(failures) => {
                        ctx.halt();
                        schedule.unproved = failures;
                    }
                }
            }
            for index in ready {
                let step: &Step = &ctx.plan.steps[index];
                running.push(async move { (index, run_step(ctx, step).await) });
            }
        }
        if running.is_empty() {
            return interrupted;
        }
        tokio::select! {
            biased;
            changed = stop.wait_for(|asked| *asked), if listening && !interrupted => {
                listening = changed.is_ok();
                if listening {
                    interrupted = true;
                    ctx.halt();
                    ctx.emit(EventKind::Stopping);
                }
            }
            () = tokio::time::sleep_until(ctx.deadline()), if !ctx.is_halted() => {
                ctx.halt();
                schedule.too_late = true;
            }
            Some((index, end)) = running.next() => {
                if let Some(error) = &end.error {
                    ctx.halt();
                    let step = &ctx.plan.steps[index];
                    let error = what(error, end.status);
                    ctx.emit(EventKind::Failed { step: step.id.clone(), addr: step.addr.clone(), error });
                }
                schedule.ended(index, end);
            }
        }
    }
}

/// Watches for what must hold before the commit point is passed; false: the run was asked to stop meanwhile.
async fn proved(ctx: &Context<'_>, stop: &mut super::Stop) -> Result<bool, Vec<Failure>> {
    if ctx.state().phase == Phase::Committed || ctx.plan.before_commit.is_empty() {
        return Ok(true);
    }
    let watches = join_all(ctx.plan.before_commit.iter().map(|watched| watch(ctx, None, watched)));
    let ends = tokio::select! {
        biased;
        Ok(_) = stop.wait_for(|asked| *asked) => return Ok(false),
        ends = watches => ends,
    };
    let failures = unseen(ends, "fix the cause and run the command again; no step after the commit point was run");
    if failures.is_empty() { Ok(!ctx.is_halted()) } else { Err(failures) }
}

/// The commit point is reached: this is written down before the first step after it.
async fn commit(ctx: &Context<'_>) -> bool {
    if ctx.state().phase == Phase::Committed {
        return true;
    }
    ctx.record(RunEvent::Committed).await.is_ok()
}

/// Settles; returns true if the run was asked to stop meanwhile.
async fn settle_or_stop(ctx: &Context<'_>, mut stop: super::Stop, failures: &mut Vec<Failure>) -> bool {
    let mut settling = std::pin::pin!(settle(ctx));
    let mut asked = false;
    loop {
        tokio::select! {
            biased;
            Ok(_) = stop.wait_for(|asked| *asked), if !asked => {
                asked = true;
                ctx.halt();
                ctx.emit(EventKind::Stopping);
            }
            ends = &mut settling => {
                failures.extend(ends);
                return asked;
            }
        }
    }
}

/// Waits for everything that the plan wants to see before it calls itself done.
async fn settle(ctx: &Context<'_>) -> Vec<Failure> {
    let watches = ctx.plan.settle.iter().map(|watched| watch(ctx, None, watched));
    unseen(join_all(watches).await, "apply again once the cause is removed")
}

/// What did not come, as failures.
fn unseen(ends: Vec<Result<(), WatchError>>, hint: &str) -> Vec<Failure> {
    ends.into_iter()
        .filter_map(|end| match end {
            Ok(()) | Err(WatchError::Halted) => None,
            Err(WatchError::Failed(error)) => Some(Failure {
                step: None,
                addr: None,
                message: format!("{}: {}", error.operation, error.said()),
                error: Some(error),
                hint: Some(hint.to_owned()),
            }),
            Err(WatchError::Unbound(unbound)) => {
                Some(Failure { step: None, addr: None, message: unbound.to_string(), error: None, hint: None })
            }
        })
        .collect()
}
