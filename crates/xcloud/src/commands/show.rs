//! `xcloud show`: a run with every call and its request id.

use clap::Args;
use xcloud_core::journal::{Entry, RunState};

use crate::context::on_ledger;
use crate::exit::Exit;
use crate::failure::{Failure, Refusal};
use crate::invocation::{Invocation, Runnable};
use crate::recording::find;
use crate::render::history::{run_json, run_page};

/// Show a run: what it did, every call with its request id, and what remains.
#[derive(Debug, Clone, Args)]
pub(crate) struct ShowArgs {
    /// Its number, its id or the beginning of it. Without it, the last run.
    #[arg(value_name = "RUN")]
    pub(crate) wanted: Option<String>,
}

impl Runnable for ShowArgs {
    fn run(&self, invocation: &Invocation) -> Result<Exit, Failure> {
        let ui = &invocation.ui;
        on_ledger(invocation, async |_, named| {
            let keys = named.ledger.runs().await?;
            let key = match &self.wanted {
                None => keys.last().ok_or_else(|| Refusal::new("the ledger holds no run"))?,
                Some(wanted) => &keys[find(&keys, wanted)?],
            };
            let (entries, _) = named.ledger.read::<Entry>(key).await?;
            let state = RunState::after(entries.clone())?;
            let state = state.ok_or_else(|| Refusal::new("the run ended before its first entry: it made no call"))?;
            ui.answer(|| run_page(key, &state, &entries, ui.out_columns()), || run_json(key, &state, &entries))?;
            Ok(Exit::Done)
        })
    }
}
