//! A run that a failover has overtaken is not gone on with as it was planned: what it still has to do, or to undo, is
//! planned anew under the record as it is now.

use xcloud_core::journal::{Outcome, Phase, RunEnd, RunEvent, RunState, Verb, restore};
use xcloud_core::model::Desired;
use xcloud_core::plan::PlanOptions;
use xcloud_engine::Journal as _;
use xcloud_engine::ledger::RunKey;

use super::history::all_runs;
use crate::cli::{Format, ResumeArgs};
use crate::exit::Exit;
use crate::planning;
use crate::recording::{self, Head};
use crate::running::{Order, carry_out, no_failover_under_way, nothing_lost_to_active};
use crate::session::Session;

/// Plans and carries out what is left of the run, and ends the run.
pub(super) async fn run(
    session: &Session,
    head: &Head,
    key: &RunKey,
    state: &RunState,
    args: ResumeArgs,
    why: &str,
) -> anyhow::Result<Result<Exit, Exit>> {
    let ui = &session.ui;
    ui.remark(&format!("run {} is not gone on with as it was planned: {why}", key.epoch));
    let command = &state.header.command;
    if command.switches() || *command == Verb::Close {
        let message = match command {
            Verb::Close => "it was overtaken by a failover: close again if it is still wanted",
            _ => "a later failover has taken its place: nothing of it is left to do",
        };
        return Ok(match end(session, head, key, state, message).await? {
            Ok(()) => {
                match ui.format {
                    Format::Json => ui.json(&serde_json::json!({
                        "run": state.header.run, "outcome": "done", "steps": [], "replanned": message
                    }))?,
                    Format::Text => ui.result(&format!("{message}\n"))?,
                }
                Ok(Exit::Done)
            }
            Err(exit) => Err(exit),
        });
    }
    let back = args.undo || state.phase == Phase::Unwinding;
    let (seen, desired, options) = match goal(head, key, state, back).await? {
        Some(goal) => goal,
        None => return Ok(Err(ui.refuse_plainly(Exit::Refused, "the run is not in the ledger any more"))),
    };
    let options = recording::knowing(&desired, Some(head), options).await;
    let plan = match planning::plan_seeing(session, &seen, &desired, &options).await {
        Ok(plan) => plan,
        Err(exit) => return Ok(Err(exit)),
    };
    let checked = no_failover_under_way(session, &plan);
    let checked = checked.and_then(|()| if back { nothing_lost_to_active(session, &desired, &plan) } else { Ok(()) });
    if let Err(exit) = checked {
        return Ok(Err(exit));
    }
    if let Err(exit) = end(session, head, key, state, "it was planned anew under a later active-region record").await? {
        return Ok(Err(exit));
    }
    let head = match recording::head(session, &desired).await {
        Ok(head) => head,
        Err(exit) => return Ok(Err(exit)),
    };
    let order = Order {
        unknown: planning::unknown_parts(&plan, &desired, &options),
        plan: &plan,
        desired: &desired,
        options: &options,
        config_sha256: String::new(),
        head,
        reviewed: false,
        yes: args.yes,
        on_failure: xcloud_engine::OnFailure::Unwind,
        verb: if back { Verb::Rollback } else { Verb::Apply },
        object: back.then(|| key.epoch.to_string()),
        reason: None,
    };
    Ok(Ok(carry_out(session, &order).await?))
}

/// What is read, what is planned towards, and how: what the run was to reach, or what stood before it.
async fn goal(
    head: &Head,
    key: &RunKey,
    state: &RunState,
    back: bool,
) -> anyhow::Result<Option<(Desired, Desired, PlanOptions)>> {
    if !back {
        let desired = state.header.desired.clone();
        return Ok(Some((desired.clone(), desired, state.header.options.clone())));
    }
    let runs = all_runs(&head.named.ledger).await?;
    let Some(at) = runs.iter().position(|(one, _)| one == key) else { return Ok(None) };
    let past: Vec<RunState> = runs.into_iter().map(|(_, state)| state).take(at + 1).collect();
    let restored = restore(&past, at, &state.header.desired);
    Ok(Some((restored.seen, restored.desired, restored.options)))
}

/// Writes down that the run has ended, under the lock.
async fn end(
    session: &Session,
    head: &Head,
    key: &RunKey,
    state: &RunState,
    why: &str,
) -> anyhow::Result<Result<(), Exit>> {
    let lease = match recording::take(session, head, &key.run, Verb::Resume).await {
        Ok(lease) => lease,
        Err(exit) => return Ok(Err(exit)),
    };
    let read = recording::read_run(&head.named.ledger, key).await?;
    if let Some((_, next)) = read.filter(|(state, _)| state.can_resume()) {
        let header = &state.header;
        let this = recording::Run { lease: &lease, desired: &header.desired, plan: &header.plan };
        let journal = recording::recorder(session, &head.named.ledger, key, next, &this);
        let by = recording::by(&recording::holder(session, Verb::Resume));
        journal.record(RunEvent::Resumed { by, epoch: lease.epoch() }).await?;
        let end = RunEnd { outcome: Outcome::Replanned, failures: vec![why.to_owned()], left: Vec::new() };
        journal.record(RunEvent::Ended(end)).await?;
    }
    recording::give_back(session, &lease).await;
    Ok(Ok(()))
}
