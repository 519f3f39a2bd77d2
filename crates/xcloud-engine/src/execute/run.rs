//! The scheduler: as wide as the needs allow, builds before the commit point, nothing new after a failure.

use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;
use xcloud_core::op::Object;
use xcloud_core::plan::{Plan, Step};
use xcloud_core::provider::{Clouds, ErrorKind, ProviderError};

use super::call::{StepError, run_step};
use super::context::{Context, ExecuteOptions, Stop};
use super::schedule::Schedule;
use super::watch::{WatchError, watch};
use crate::{EventKind, Failure, Listener, Outcome, Pacer, RunReport, StepReport, StepStatus};

/// Carries out a plan, as wide as its needs allow.
///
/// After a failure, or a request to stop, nothing new starts and running calls are waited for.
pub async fn execute(
    clouds: &dyn Clouds,
    pacer: &Arc<Pacer>,
    plan: &Plan,
    options: &ExecuteOptions,
    stop: Stop,
    listener: &Listener,
) -> RunReport {
    let ctx = Context::new(clouds, pacer, plan, options, listener);
    ctx.emit(EventKind::Started { steps: plan.steps.len() });
    let mut schedule = Schedule::of(plan);
    let interrupted = drive(&ctx, plan, &mut schedule, stop).await;
    let mut failures = schedule.failures(plan, interrupted);
    if failures.is_empty() && !interrupted {
        failures.extend(settle(&ctx, plan).await);
    }
    report(&ctx, plan, &schedule, failures, interrupted)
}

/// Runs the steps; returns true if the run was asked to stop.
async fn drive(ctx: &Context<'_>, plan: &Plan, schedule: &mut Schedule, mut stop: Stop) -> bool {
    let mut running = FuturesUnordered::new();
    let mut interrupted = *stop.borrow();
    let mut listening = true;
    loop {
        if !ctx.is_halted() && !interrupted {
            for index in schedule.take_ready() {
                let step = &plan.steps[index];
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
            () = tokio::time::sleep_until(ctx.deadline), if !ctx.is_halted() => {
                ctx.halt();
                schedule.too_late = true;
            }
            Some((index, end)) = running.next() => {
                if let Some(error) = &end.error {
                    ctx.halt();
                    let step = &plan.steps[index];
                    let error = failure(step, error, end.status).message;
                    ctx.emit(EventKind::Failed { step: step.id.clone(), addr: step.addr.clone(), error });
                }
                schedule.ended(index, end);
            }
        }
    }
}

/// Waits for everything that the plan wants to see before it calls itself done.
async fn settle(ctx: &Context<'_>, plan: &Plan) -> Vec<Failure> {
    let watches = plan.settle.iter().map(|watched| watch(ctx, None, watched));
    let ends = join_all(watches).await;
    ends.into_iter()
        .filter_map(|end| match end {
            Ok(()) | Err(WatchError::Halted) => None,
            Err(WatchError::Failed(error)) => Some(Failure {
                step: None,
                addr: None,
                message: format!("{}: {}", error.operation, error.message),
                error: Some(error),
                hint: Some("apply again once the cause is removed".to_owned()),
            }),
            Err(WatchError::Unbound(unbound)) => {
                Some(Failure { step: None, addr: None, message: unbound.to_string(), error: None, hint: None })
            }
        })
        .collect()
}

pub(super) fn failure(step: &Step, error: &StepError, status: StepStatus) -> Failure {
    let unsure = if status == StepStatus::Unknown { " (whether it had an effect is not known)" } else { "" };
    let (message, error) = match error {
        StepError::Cloud(error) => (format!("{}: {error}{unsure}", step.addr), Some(error.clone())),
        StepError::Plan(text) => (format!("{}: {text}", step.addr), None),
    };
    let hint = error.as_ref().map(hint).or_else(|| Some("plan again: the world moved".to_owned()));
    Failure { step: Some(step.id.clone()), addr: Some(step.addr.clone()), message, error, hint }
}

fn hint(error: &ProviderError) -> String {
    match error.kind {
        ErrorKind::Denied => "grant the permission named above to the role, then apply again",
        ErrorKind::Credentials => "log in again, then apply again",
        ErrorKind::Quota => "ask for a higher quota, then apply again",
        ErrorKind::Conflict => "plan again: the object changed since it was read",
        ErrorKind::InUse => "remove what still uses it, then apply again",
        ErrorKind::Invalid => "correct the configuration, then apply again",
        ErrorKind::Unreachable | ErrorKind::Deadline | ErrorKind::Throttled | ErrorKind::Busy => {
            "apply again when the cloud answers"
        }
        ErrorKind::Stopped => "apply again to go on",
        ErrorKind::NotFound | ErrorKind::OutcomeUnknown | ErrorKind::Malformed | ErrorKind::Other => {
            "apply again: it goes on by mark and name"
        }
    }
    .to_owned()
}

fn report(ctx: &Context<'_>, plan: &Plan, schedule: &Schedule, failures: Vec<Failure>, interrupted: bool) -> RunReport {
    let bindings = ctx.bindings().clone();
    let made = |object: &Object| bindings.objects.get(object).cloned();
    let steps: Vec<StepReport> = plan
        .steps
        .iter()
        .enumerate()
        .map(|(index, step)| {
            let end = schedule.end(index);
            StepReport {
                id: step.id.clone(),
                addr: step.addr.clone(),
                operation: step.op.name().to_owned(),
                status: end.map_or(StepStatus::Skipped, |end| end.status),
                elapsed_ms: end.map_or(0, |end| end.elapsed_ms),
                request_ids: end.map(|end| end.request_ids.clone()).unwrap_or_default(),
                made: step.makes.as_ref().and_then(made),
            }
        })
        .collect();
    let all_done = steps.iter().all(|step| step.status == StepStatus::Done);
    let touched = steps.iter().any(|step| matches!(step.status, StepStatus::Done | StepStatus::Unknown));
    let outcome = match (failures.is_empty() && all_done, touched) {
        (true, _) => Outcome::Done,
        (false, true) => Outcome::Left,
        (false, false) => Outcome::Unwound,
    };
    RunReport {
        run: ctx.run.to_owned(),
        outcome,
        steps,
        failures,
        warnings: ctx.take_warnings(),
        interrupted,
        elapsed_ms: ctx.elapsed_ms(),
    }
}
