//! `xcloud rollback`: plans the return to the state before a run, shows it, and carries it out.

use clap::Args;
use xcloud_core::journal::{Restored, RunState, Verb, restore};
use xcloud_core::model::Desired;

use crate::context::Opened;
use crate::exit::Exit;
use crate::failure::{Failure, Refusal};
use crate::invocation::{Invocation, Runnable};
use crate::options::Consent;
use crate::planning;
use crate::recording;
use crate::recording::{all_runs, position};
use crate::running::{Order, carry_out, nothing_lost_to_active};
use crate::session::{self, Session};
use crate::wiring::Access;

/// Roll back: plan the return to the state before a run, show it, and carry it out.
#[derive(Debug, Clone, Args)]
pub(crate) struct RollbackArgs {
    /// The run to roll back: its number, its id or the beginning of it. Without it, the last
    /// run that changed something.
    #[arg(value_name = "RUN")]
    pub(crate) before: Option<String>,
    #[command(flatten)]
    pub(crate) consent: Consent,
}

impl Runnable for RollbackArgs {
    fn run(&self, invocation: &Invocation) -> Result<Exit, Failure> {
        if !invocation.global.filter().is_everything() {
            let message =
                "a rollback returns to the whole state before a run: it takes no --env, --region, --target, --exclude";
            return Err(Refusal::usage(message).into());
        }
        let desired = invocation.input()?.desired;
        session::run(invocation, &desired, Access::Write, async |session| go_back(session, &desired, self).await)
    }
}

/// Finds the run, plans the return to before it, and carries it out.
pub(crate) async fn go_back(session: &Session, now: &Desired, args: &RollbackArgs) -> Result<Exit, Failure> {
    let head = recording::head(session, now).await?;
    head.refuse_if_cut_off()?;
    let runs = all_runs(&head.named.ledger).await?;
    let at = match &args.before {
        Some(wanted) => position(&runs, wanted)?,
        None => {
            let last = runs.iter().rposition(|(_, state)| state.is_in_effect());
            last.ok_or_else(|| Refusal::new("no run has changed anything"))?
        }
    };
    let key = runs[at].0.clone();
    let command = &runs[at].1.header.command;
    if command.switches() || *command == Verb::Close {
        let epoch = key.epoch;
        let message = format!("run {epoch} is a {command}: traffic is not sent back by a rollback,");
        return Err(Refusal::unchanged(message).hint("`xcloud failback` plans the way back with its checks").into());
    }
    let past: Vec<RunState> = runs.into_iter().map(|(_, state)| state).collect();
    let restored = restore(&past, at, now);
    tell_unknown(session, &restored);
    session.ui.remark(&format!("back to the state before run {} (`{}`)", key.epoch, past[at].header.command));
    if restored.options.filter.targets.is_empty() {
        let message = "nothing to roll back: no resource in the journals has changed since";
        return Err(Refusal::new(message).into());
    }
    let opened = Opened::at(session, &restored.desired, restored.options.clone(), head).await;
    let plan = planning::plan_seeing(session, &restored.seen, &restored.desired, &opened.options).await?;
    nothing_lost_to_active(&restored.desired, &plan)?;
    let order = Order::of(Verb::Rollback, &opened, &plan).agreed(args.consent);
    carry_out(&Order { object: Some(key.epoch.to_string()), ..order }).await
}

fn tell_unknown(session: &Session, restored: &Restored) {
    for (addr, why) in &restored.unknown {
        session.ui.warn(&format!("{addr} is not changed: {why}"));
    }
}
