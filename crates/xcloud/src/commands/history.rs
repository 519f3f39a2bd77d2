//! `xcloud history`: what ran, by whom, and how it ended.

use clap::Args;

use crate::context::on_ledger;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::{Invocation, Runnable};
use crate::render::history::{list_json, list_page};

/// List the runs of this product, the last one first.
#[derive(Debug, Clone, Args)]
pub(crate) struct HistoryArgs {
    /// How many runs to show, the last one first.
    #[arg(short = 'n', long, value_name = "N", default_value_t = 20)]
    pub(crate) limit: usize,
}

impl Runnable for HistoryArgs {
    fn run(&self, invocation: &Invocation) -> Result<Exit, Failure> {
        let ui = &invocation.ui;
        on_ledger(invocation, async |_, named| {
            let mut runs = Vec::new();
            for key in named.ledger.runs().await?.into_iter().rev().take(self.limit) {
                runs.extend(named.ledger.outline(key).await?);
            }
            ui.answer(|| list_page(&runs, &named.url, ui.out_columns()), || list_json(&runs))?;
            Ok(Exit::Done)
        })
    }
}
