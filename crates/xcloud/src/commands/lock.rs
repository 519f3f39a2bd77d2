//! `xcloud lock`: who works on the product now, and the end of a lock whose holder is known to be dead.

use serde_json::json;
use xcloud_core::journal::{LeaseState, Verb};
use xcloud_engine::ledger::{break_lease, is_gone, read_lease, this_process};

use super::dispatch::Invocation;
use crate::cli::{Format, LockBreakArgs, LockCommand};
use crate::exit::Exit;
use crate::input::{self, Input};
use crate::ledger::{self, Named};
use crate::recording::by;
use crate::session::real_runtime;
use crate::ui::Answer;

pub(super) fn run(invocation: &Invocation, command: &LockCommand) -> anyhow::Result<Exit> {
    let input = match input::load(&invocation.ui, &invocation.global.config) {
        Ok(input) => input,
        Err(exit) => return Ok(exit),
    };
    real_runtime()?.block_on(async {
        let named = ledger::open(&invocation.global, &invocation.settings, &input.desired).await?;
        named.ledger.check().await?;
        match command {
            LockCommand::List => list(invocation, &named).await,
            LockCommand::Break(args) => end(invocation, &input, &named, args).await,
        }
    })
}

async fn list(invocation: &Invocation, named: &Named) -> anyhow::Result<Exit> {
    let state = read_lease(&named.ledger).await?;
    let ui = &invocation.ui;
    match ui.format {
        Format::Json => ui.json(&json!({ "ledger": named.url, "held": state.held, "broken": state.broken }))?,
        Format::Text => ui.result(&told(&state, &named.url))?,
    }
    Ok(Exit::Done)
}

fn told(state: &LeaseState, url: &str) -> String {
    match (&state.held, &state.broken) {
        (Some(held), _) => {
            let alive =
                if is_gone(&held.holder) { "its process is gone: the next run takes the lock at once" } else { "" };
            let asked = held.preempted.as_ref().map(|(by, run)| format!("asked to stop by {by} for {run}"));
            let more: Vec<&str> =
                [Some(alive), asked.as_deref()].into_iter().flatten().filter(|text| !text.is_empty()).collect();
            let more = if more.is_empty() { String::new() } else { format!("\n  {}", more.join("\n  ")) };
            format!("Locked by run {}: {}\n  {} heartbeats, in {url}{more}\n", held.epoch, held.holder, held.beats)
        }
        (None, Some((by, reason))) => format!("Free: the last lock was broken by {by}: {reason}\n"),
        (None, None) => format!("Free: nobody works on this product ({url})\n"),
    }
}

async fn end(invocation: &Invocation, input: &Input, named: &Named, args: &LockBreakArgs) -> anyhow::Result<Exit> {
    let ui = &invocation.ui;
    let Some(held) = read_lease(&named.ledger).await?.held else {
        ui.result("Free: there is no lock to break\n")?;
        return Ok(Exit::Done);
    };
    if !args.yes {
        let question = format!(
            "Break the lock of run {} ({}). If it is alive it stops before its next call and leaves its run for `xcloud resume`.",
            held.epoch, held.holder
        );
        match ui.confirm(&question, &input.desired.product) {
            Answer::Yes => {}
            Answer::No => return Ok(ui.refuse_plainly(Exit::Refused, "not confirmed: the lock stays")),
            Answer::NobodyThere => {
                let message = "there is no terminal to ask on: the lock stays\nhint: --yes goes on without asking";
                return Ok(ui.refuse_plainly(Exit::Refused, message));
            }
        }
    }
    let who = by(&this_process(&invocation.settings.user(), Verb::LockBreak, env!("CARGO_PKG_VERSION")));
    match break_lease(&named.ledger, &who, &args.reason).await? {
        Some(held) => ui.result(&format!("Broken: the lock of run {} ({})\n", held.epoch, held.holder))?,
        None => ui.result("Free: the lock was given back meanwhile\n")?,
    }
    Ok(Exit::Done)
}
