//! `xcloud rollback`: plans the return to the state before a run, shows it, and carries it out.

use xcloud_core::journal::{Restored, RunState, Verb, restore};
use xcloud_core::model::Desired;

use super::dispatch::Invocation;
use super::history::{all_runs, position};
use crate::cli::RollbackArgs;
use crate::exit::Exit;
use crate::input;
use crate::planning;
use crate::recording;
use crate::running::{Order, carry_out, nothing_lost_to_active};
use crate::session::{self, Session, Setup};
use crate::wiring::Access;

pub(super) fn run(invocation: &Invocation, args: &RollbackArgs) -> anyhow::Result<Exit> {
    let (ui, global, settings) = (&invocation.ui, &invocation.global, &invocation.settings);
    if !global.filter().is_everything() {
        let message =
            "a rollback returns to the whole state before a run: it takes no --env, --region, --target, --exclude";
        return Ok(ui.refuse_plainly(Exit::Usage, message));
    }
    let input = match input::load(ui, &global.config) {
        Ok(input) => input,
        Err(exit) => return Ok(exit),
    };
    let setup = Setup { ui, global, settings, desired: &input.desired, access: Access::Write };
    session::run(&setup, async |session| match go_back(session, &input.desired, args).await? {
        Ok(exit) | Err(exit) => Ok(exit),
    })
}

/// Finds the run, plans the return to before it, and carries it out.
pub(crate) async fn go_back(
    session: &Session,
    now: &Desired,
    args: &RollbackArgs,
) -> anyhow::Result<Result<Exit, Exit>> {
    let head = match recording::head(session, now).await {
        Ok(head) => head,
        Err(exit) => return Ok(Err(exit)),
    };
    if let Err(exit) = head.refuse_if_cut_off(session) {
        return Ok(Err(exit));
    }
    let runs = all_runs(&head.named.ledger).await?;
    let at = match &args.before {
        Some(wanted) => position(&runs, wanted),
        None => Ok(runs.iter().rposition(|(_, state)| state.is_in_effect())),
    };
    let at = match at {
        Ok(Some(at)) => at,
        Ok(None) => return Ok(Err(session.ui.refuse_plainly(Exit::Refused, "no run has changed anything"))),
        Err(message) => return Ok(Err(session.ui.refuse_plainly(Exit::Refused, &message))),
    };
    let key = runs[at].0.clone();
    let command = &runs[at].1.header.command;
    if command.switches() || *command == Verb::Close {
        let message = format!(
            "run {} is a {command}: traffic is not sent back by a rollback, nothing was changed\nhint: `xcloud failback` plans the way back with its checks",
            key.epoch
        );
        return Ok(Err(session.ui.refuse_plainly(Exit::Refused, &message)));
    }
    let past: Vec<RunState> = runs.into_iter().map(|(_, state)| state).collect();
    let restored = restore(&past, at, now);
    tell_unknown(session, &restored);
    session.ui.remark(&format!("back to the state before run {} (`{}`)", key.epoch, past[at].header.command));
    if restored.options.filter.targets.is_empty() {
        let message = "there is nothing to take back: no resource that the journals know has changed since";
        return Ok(Err(session.ui.refuse_plainly(Exit::Refused, message)));
    }
    let restored_options = recording::knowing(now, Some(&head), restored.options.clone()).await;
    let plan = match planning::plan_seeing(session, &restored.seen, &restored.desired, &restored_options).await {
        Ok(plan) => plan,
        Err(exit) => return Ok(Err(exit)),
    };
    if let Err(exit) = nothing_lost_to_active(session, &restored.desired, &plan) {
        return Ok(Err(exit));
    }
    let order = Order {
        unknown: planning::unknown_parts(&plan, &restored.desired, &restored_options),
        plan: &plan,
        desired: &restored.desired,
        options: &restored_options,
        config_sha256: String::new(),
        head,
        reviewed: false,
        yes: args.yes,
        on_failure: args.on_failure.into(),
        verb: Verb::Rollback,
        object: Some(key.epoch.to_string()),
        reason: None,
    };
    Ok(Ok(carry_out(session, &order).await?))
}

fn tell_unknown(session: &Session, restored: &Restored) {
    for (addr, why) in &restored.unknown {
        session.ui.warn(&format!("{addr} is left as it is: {why}"));
    }
}
