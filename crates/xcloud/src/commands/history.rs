//! `xcloud history`: what ran, by whom, and how it ended.

use clap::Args;
use xcloud_core::journal::{Entry, RunEvent};
use xcloud_engine::ledger::{Ledger, RunKey};

use crate::context::on_ledger;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::{Invocation, Runnable};
use crate::render::history::{Line, list_json, list_page};

/// List the runs of this product, the last one first.
#[derive(Debug, Clone, Args)]
pub(crate) struct HistoryArgs {
    /// Show so many runs, the last one first.
    #[arg(short = 'n', long, value_name = "N", default_value_t = 20)]
    pub(crate) limit: usize,
}

impl Runnable for HistoryArgs {
    fn run(&self, invocation: &Invocation) -> Result<Exit, Failure> {
        let ui = &invocation.ui;
        on_ledger(invocation, async |_, named| {
            let mut lines = Vec::new();
            for key in named.ledger.runs().await?.into_iter().rev().take(self.limit) {
                lines.extend(line(&named.ledger, key).await?);
            }
            ui.answer(|| list_page(&lines, &named.url, ui.out_columns()), || list_json(&lines))?;
            Ok(Exit::Done)
        })
    }
}

/// What a list tells of a run: from its first and last entries, without reading all of it.
async fn line(ledger: &Ledger, key: RunKey) -> Result<Option<Line>, Failure> {
    let (first, last): (Vec<Entry>, Vec<Entry>) = ledger.ends(&key).await?;
    let Some(Entry { at_ms, event: RunEvent::Began(header) }) = first.into_iter().next() else { return Ok(None) };
    let ended = last.into_iter().next_back();
    let end = match ended {
        Some(Entry { at_ms: until, event: RunEvent::Ended(end) }) => Some((until, end)),
        _ => None,
    };
    Ok(Some(Line { key, at_ms, header: *header, end }))
}
