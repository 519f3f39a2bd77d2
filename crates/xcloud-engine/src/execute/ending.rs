//! The end of a run: what came of each step, what is left, and what the operator does next.

use xcloud_core::journal::{LeftOver, Outcome, Phase, RunEnd, RunEvent, RunState, Status};
use xcloud_core::op::Op;
use xcloud_core::plan::{Step, Undo};

use super::context::Context;
use super::step::StepError;
use crate::{Failure, RunReport, StepReport, StepStatus};

/// Returns a failure of a step for people.
pub(super) fn failure(step: &Step, error: &StepError, status: StepStatus) -> Failure {
    let message = format!("{}: {}", step.addr, what(error, status));
    let error = match error {
        StepError::Cloud(error) => Some(error.clone()),
        StepError::Plan(_) => None,
    };
    let hint = error
        .as_ref()
        .map(|error| error.kind.hint().to_owned())
        .or_else(|| Some("plan again: the clouds have changed since".to_owned()));
    Failure { step: Some(step.id.clone()), addr: Some(step.addr.clone()), message, error, hint }
}

/// Returns what went wrong with a step, without the step.
pub(super) fn what(error: &StepError, status: StepStatus) -> String {
    let unsure = if status == StepStatus::Unknown { " (its effect is not known)" } else { "" };
    match error {
        StepError::Cloud(error) => format!("{error}{unsure}"),
        StepError::Plan(text) => text.clone(),
    }
}

/// Closes the journal and returns the report.
pub(super) async fn report(ctx: &Context<'_>, mut failures: Vec<Failure>, interrupted: bool) -> RunReport {
    let (steps, left, mut outcome) = {
        let state = ctx.state();
        let steps: Vec<StepReport> = ctx.plan.steps.iter().map(|step| step_report(&state, step)).collect();
        let outcome = outcome(&state, &failures, ctx.broken().is_some());
        let left = if outcome == Outcome::Left { left_over(&state) } else { Vec::new() };
        (steps, left, outcome)
    };
    if ctx.broken().is_none() {
        let end = RunEnd {
            outcome,
            failures: failures.iter().map(|failure| failure.message.clone()).collect(),
            left: left.clone(),
        };
        if let Err(broken) = ctx.record(RunEvent::Ended(end)).await {
            outcome = Outcome::Left;
            failures.push(unclosed(&broken.0));
        }
    }
    RunReport {
        run: ctx.run.clone(),
        outcome,
        committed: ctx.state().phase == Phase::Committed,
        broken: ctx.broken().map(|broken| broken.0),
        steps,
        failures,
        left,
        warnings: ctx.take_warnings(),
        interrupted,
        elapsed_ms: ctx.elapsed_ms(),
    }
}

fn unclosed(why: &str) -> Failure {
    let message = format!("the end of the run cannot be written down: {why}");
    let hint = Some("`xcloud resume` closes the run".to_owned());
    Failure { step: None, addr: None, message, error: None, hint }
}

fn outcome(state: &RunState, failures: &[Failure], broken: bool) -> Outcome {
    let all_done = state.header.plan.steps.iter().all(|step| state.status(&step.id) == Status::Done);
    if all_done && failures.is_empty() && state.phase != Phase::Unwinding {
        return Outcome::Done;
    }
    if broken || state.phase == Phase::Committed || state.is_in_effect() { Outcome::Left } else { Outcome::Unwound }
}

fn step_report(state: &RunState, step: &Step) -> StepReport {
    let known = state.step(&step.id);
    let made = step.makes.as_ref().and_then(|object| state.bindings.objects.get(object).cloned());
    StepReport {
        id: step.id.clone(),
        addr: step.addr.clone(),
        operation: step.op.name().to_owned(),
        status: match known.status {
            Status::Pending => StepStatus::Skipped,
            Status::Done => StepStatus::Done,
            Status::Failed => StepStatus::Failed,
            Status::Started | Status::Unknown => StepStatus::Unknown,
            Status::Undone => StepStatus::Undone,
            Status::Undoing | Status::Stuck => StepStatus::Stuck,
        },
        elapsed_ms: known.elapsed_ms,
        request_ids: known.request_ids,
        made,
    }
}

/// What is left: after the commit point what was not done, before it what was not undone.
fn left_over(state: &RunState) -> Vec<LeftOver> {
    let committed = state.phase == Phase::Committed;
    let is_left = |step: &&Step| {
        let status = state.status(&step.id);
        if committed { status != Status::Done } else { status.is_in_effect() }
    };
    state.header.plan.steps.iter().filter(is_left).map(|step| one_left(state, step, committed)).collect()
}

fn one_left(state: &RunState, step: &Step, committed: bool) -> LeftOver {
    let known = state.step(&step.id);
    let undo = match &step.undo {
        Undo::Delete(op) | Undo::Restore(op) => op.bind(&state.bindings).ok(),
        Undo::Recreate(_) | Undo::Nothing | Undo::Impossible(_) => None,
    };
    let by_hand = if committed { step.op.bind(&state.bindings).ok() } else { undo };
    let why = known.message.unwrap_or_else(|| {
        let word = match (committed, known.status) {
            (true, _) => "it was not done yet",
            (false, Status::Started | Status::Unknown) => "its effect is not known",
            (false, _) => "it was not undone yet",
        };
        word.to_owned()
    });
    LeftOver {
        step: step.id.clone(),
        addr: step.addr.clone(),
        id: step.makes.as_ref().and_then(|object| state.bindings.objects.get(object).cloned()),
        operation: step.op.name().to_owned(),
        why,
        by_hand: by_hand.map(|op: Op| op.by_hand(&step.place)),
    }
}
