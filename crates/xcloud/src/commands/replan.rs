//! A run that a failover has overtaken is not gone on with as it was planned: what it still has to do, or to undo, is
//! planned again under the record as it is now.

use xcloud_core::journal::{Outcome, Phase, RunEnd, RunEvent, RunState, Verb, restore};
use xcloud_core::model::{Desired, Protected};
use xcloud_core::plan::PlanOptions;
use xcloud_engine::Journal as _;
use xcloud_engine::ledger::RunKey;

use crate::context::Opened;
use crate::exit::Exit;
use crate::failure::{Failure, Refusal};
use crate::planning;
use crate::recording::all_runs;
use crate::recording::{self, Head};
use crate::running::{Order, carry_out, no_failover_under_way, nothing_lost_to_active};
use crate::session::Session;

/// A run that a failover has overtaken.
pub(super) struct Overtaken<'a> {
    /// Where it stands in the ledger.
    pub(super) key: &'a RunKey,
    /// How far it has come.
    pub(super) state: &'a RunState,
    /// How it was overtaken.
    pub(super) why: &'a str,
    /// Whether the operator wants it undone.
    pub(super) undo: bool,
    /// Nobody is asked.
    pub(super) yes: bool,
}

/// Plans and carries out what is left of the run, and ends the run.
pub(super) async fn run(session: &Session, head: Head, overtaken: &Overtaken<'_>) -> Result<Exit, Failure> {
    let ui = &session.ui;
    let Overtaken { key, state, why, .. } = *overtaken;
    ui.remark(&format!("run {} cannot continue as it was planned: {why}", key.epoch));
    let command = &state.header.command;
    if command.switches() || *command == Verb::Close {
        let message = match command {
            Verb::Close => "a failover superseded it: run close again if it is still needed",
            _ => "a later failover superseded it: nothing remains to be done",
        };
        end(session, &head, key, state, message).await?;
        let run = &state.header.run;
        let json = || serde_json::json!({ "run": run, "outcome": "done", "steps": [], "replanned": message });
        ui.answer(|| format!("{message}\n"), json)?;
        return Ok(Exit::Done);
    }
    let back = overtaken.undo || state.phase == Phase::Unwinding;
    let goal = goal(&head, key, state, back).await?;
    let (seen, desired, options) = goal.ok_or_else(|| Refusal::new("the run is not in the ledger any more"))?;
    let mut opened = Opened::at(session, &desired, options, head).await;
    let plan = planning::plan_seeing(session, &seen, &desired, &opened.options).await?;
    no_failover_under_way(&plan)?;
    if back {
        nothing_lost_to_active(&desired, &plan)?;
    }
    end(session, &opened.head, key, state, "it was planned again under a later active-region record").await?;
    opened.head = recording::head(session, &desired).await?;
    let order = Order::of(if back { Verb::Rollback } else { Verb::Apply }, &opened, &plan);
    carry_out(&Order { yes: overtaken.yes, object: back.then(|| key.epoch.to_string()), ..order }).await
}

/// What is read, what is planned towards, and how: what the run was to reach, or what stood before it.
async fn goal(
    head: &Head,
    key: &RunKey,
    state: &RunState,
    back: bool,
) -> Result<Option<(Desired, Desired, PlanOptions)>, Failure> {
    if !back {
        let desired = state.header.desired.clone();
        return Ok(Some((desired.clone(), desired, state.header.options.clone())));
    }
    let runs = all_runs(&head.named.ledger).await?;
    let Some(at) = runs.iter().position(|(one, _)| one == key) else { return Ok(None) };
    let past: Vec<RunState> = runs.into_iter().map(|(_, state)| state).take(at + 1).collect();
    let restored = restore(&past, at, &state.header.desired);
    // What a run itself has made is taken back by its undo, also where it is protected: here the undo is a plan.
    let desired = Desired { protected: Protected::default(), ..restored.desired };
    Ok(Some((restored.seen, desired, restored.options)))
}

/// Writes down that the run has ended, under the lock.
async fn end(session: &Session, head: &Head, key: &RunKey, state: &RunState, why: &str) -> Result<(), Failure> {
    let lease = recording::take(session, head, &key.run, Verb::Resume).await?;
    let read = recording::read_run(&head.named.ledger, key).await?;
    if let Some((_, next)) = read.filter(|(state, _)| state.can_resume()) {
        let (ledger, header) = (&head.named.ledger, &state.header);
        let journal = recording::Run { session, ledger, key, next, lease: &lease, header }.journal();
        let by = recording::by(&session.settings);
        journal.record(RunEvent::Resumed { by, epoch: lease.epoch() }).await?;
        let end = RunEnd { outcome: Outcome::Replanned, failures: vec![why.to_owned()], left: Vec::new() };
        journal.record(RunEvent::Ended(end)).await?;
    }
    recording::give_back(session, &lease).await;
    Ok(())
}
