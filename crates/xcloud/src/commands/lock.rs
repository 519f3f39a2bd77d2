//! `xcloud lock`: who works on the product now, and the end of a lock whose holder is known to be dead.

use clap::{Args, Subcommand};
use serde_json::json;
use xcloud_core::journal::LeaseState;
use xcloud_engine::ledger::{break_lease, is_gone, read_lease};

use crate::context::on_ledger;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::Input;
use crate::invocation::{Invocation, Runnable};
use crate::ledger::Named;
use crate::recording::by;

/// Show or break the lock of this product.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum LockCommand {
    /// Show which run holds the lock.
    List,
    /// End the lock of a run that is known to be dead. A run that is alive stops before its next call.
    Break(LockBreakArgs),
}

/// Options of `lock break`.
#[derive(Debug, Clone, Args)]
pub(crate) struct LockBreakArgs {
    /// The reason; it is recorded.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
    /// Do not ask.
    #[arg(short, long)]
    pub(crate) yes: bool,
}

impl Runnable for LockCommand {
    fn run(&self, invocation: &Invocation) -> Result<Exit, Failure> {
        on_ledger(invocation, async |input, named| match self {
            Self::List => list(invocation, named).await,
            Self::Break(args) => end(invocation, input, named, args).await,
        })
    }
}

async fn list(invocation: &Invocation, named: &Named) -> Result<Exit, Failure> {
    let state = read_lease(&named.ledger).await?;
    let json = || json!({ "ledger": named.url, "held": state.held, "broken": state.broken });
    invocation.ui.answer(|| told(&state, &named.url), json)?;
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
        (None, None) => format!("Free: no run holds the lock ({url})\n"),
    }
}

async fn end(invocation: &Invocation, input: &Input, named: &Named, args: &LockBreakArgs) -> Result<Exit, Failure> {
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
        ui.confirm(&question, &input.desired.product, "the lock stays")?;
    }
    let who = by(&invocation.settings);
    match break_lease(&named.ledger, &who, &args.reason).await? {
        Some(held) => ui.result(&format!("Broken: the lock of run {} ({})\n", held.epoch, held.holder))?,
        None => ui.result("Free: the lock was released meanwhile\n")?,
    }
    Ok(Exit::Done)
}
