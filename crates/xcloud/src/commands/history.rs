//! `xcloud history` and `xcloud show`: what ran, by whom, and every call with its request id.

use xcloud_core::journal::{Entry, RunEvent, RunState};
use xcloud_engine::ledger::{Ledger, RunKey};

use super::dispatch::Invocation;
use crate::cli::{Format, HistoryArgs, ShowArgs};
use crate::exit::Exit;
use crate::input;
use crate::ledger;
use crate::render::history::{Line, list_json, list_page, run_json, run_page};
use crate::session::real_runtime;

pub(super) fn list(invocation: &Invocation, args: HistoryArgs) -> anyhow::Result<Exit> {
    let ui = &invocation.ui;
    let input = match input::load(ui, &invocation.global.config) {
        Ok(input) => input,
        Err(exit) => return Ok(exit),
    };
    real_runtime()?.block_on(async {
        let named = ledger::open(&invocation.global, &invocation.settings, &input.desired).await?;
        named.ledger.check().await?;
        let mut lines = Vec::new();
        for key in named.ledger.runs().await?.into_iter().rev().take(args.limit) {
            lines.extend(line(&named.ledger, key).await?);
        }
        match ui.format {
            Format::Json => ui.json(&list_json(&lines))?,
            Format::Text => ui.result(&list_page(&lines, &named.url, ui.out_columns()))?,
        }
        Ok(Exit::Done)
    })
}

/// What a list tells of a run: from its first and last entries, without reading all of it.
async fn line(ledger: &Ledger, key: RunKey) -> anyhow::Result<Option<Line>> {
    let (first, last): (Vec<Entry>, Vec<Entry>) = ledger.ends(&key).await?;
    let Some(Entry { at_ms, event: RunEvent::Began(header) }) = first.into_iter().next() else { return Ok(None) };
    let ended = last.into_iter().next_back();
    let end = match ended {
        Some(Entry { at_ms: until, event: RunEvent::Ended(end) }) => Some((until, end)),
        _ => None,
    };
    Ok(Some(Line { key, at_ms, header: *header, end }))
}

pub(super) fn show(invocation: &Invocation, args: &ShowArgs) -> anyhow::Result<Exit> {
    let ui = &invocation.ui;
    let input = match input::load(ui, &invocation.global.config) {
        Ok(input) => input,
        Err(exit) => return Ok(exit),
    };
    real_runtime()?.block_on(async {
        let named = ledger::open(&invocation.global, &invocation.settings, &input.desired).await?;
        named.ledger.check().await?;
        let keys = named.ledger.runs().await?;
        let found = match &args.wanted {
            None => keys.last(),
            Some(wanted) => match find(&keys, wanted) {
                Ok(at) => Some(&keys[at]),
                Err(message) => return Ok(ui.refuse_plainly(Exit::Refused, &message)),
            },
        };
        let Some(key) = found else {
            return Ok(ui.refuse_plainly(Exit::Refused, "the ledger holds no run"));
        };
        let (entries, _) = named.ledger.read::<Entry>(key).await?;
        let Some(state) = RunState::after(entries.clone())? else {
            return Ok(ui.refuse_plainly(Exit::Refused, "the run died before its first entry: it did nothing"));
        };
        match ui.format {
            Format::Json => ui.json(&run_json(key, &state, &entries))?,
            Format::Text => ui.result(&run_page(key, &state, &entries, ui.out_columns()))?,
        }
        Ok(Exit::Done)
    })
}

/// Reads every run of a ledger, the first one first.
pub(super) async fn all_runs(ledger: &Ledger) -> anyhow::Result<Vec<(RunKey, RunState)>> {
    let mut runs = Vec::new();
    for key in ledger.runs().await? {
        if let Some(state) = RunState::after(ledger.read::<Entry>(&key).await?.0)? {
            runs.push((key, state));
        }
    }
    Ok(runs)
}

/// Finds a run by its number, its id, or the beginning of it.
pub(super) fn position(runs: &[(RunKey, RunState)], wanted: &str) -> Result<Option<usize>, String> {
    let keys: Vec<RunKey> = runs.iter().map(|(key, _)| key.clone()).collect();
    find(&keys, wanted).map(Some)
}

fn find(keys: &[RunKey], wanted: &str) -> Result<usize, String> {
    if let Some(at) = wanted.parse().ok().and_then(|epoch: u64| keys.iter().position(|key| key.epoch == epoch)) {
        return Ok(at);
    }
    let found: Vec<usize> = (0..keys.len()).filter(|at| keys[*at].run.starts_with(wanted)).collect();
    match found[..] {
        [one] => Ok(one),
        [] => Err(format!("the ledger holds no run `{wanted}`\nhint: `xcloud history` lists them")),
        _ => Err(format!("`{wanted}` is the beginning of {} runs: name more of it, or the number", found.len())),
    }
}
