//! `xcloud history` and `xcloud show`: what ran, by whom, and every call with its request id.

use xcloud_core::journal::{Entry, RunEvent, RunState};
use xcloud_engine::ledger::{Ledger, RunKey};

use crate::cli::{HistoryArgs, ShowArgs};
use crate::context::on_ledger;
use crate::exit::Exit;
use crate::failure::{Failure, Refusal};
use crate::invocation::Invocation;
use crate::render::history::{Line, list_json, list_page, run_json, run_page};

pub(super) fn list(invocation: &Invocation, args: HistoryArgs) -> Result<Exit, Failure> {
    let ui = &invocation.ui;
    on_ledger(invocation, async |_, named| {
        let mut lines = Vec::new();
        for key in named.ledger.runs().await?.into_iter().rev().take(args.limit) {
            lines.extend(line(&named.ledger, key).await?);
        }
        ui.answer(|| list_page(&lines, &named.url, ui.out_columns()), || list_json(&lines))?;
        Ok(Exit::Done)
    })
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

pub(super) fn show(invocation: &Invocation, args: &ShowArgs) -> Result<Exit, Failure> {
    let ui = &invocation.ui;
    on_ledger(invocation, async |_, named| {
        let keys = named.ledger.runs().await?;
        let key = match &args.wanted {
            None => keys.last().ok_or_else(|| Refusal::new("the ledger holds no run"))?,
            Some(wanted) => &keys[find(&keys, wanted)?],
        };
        let (entries, _) = named.ledger.read::<Entry>(key).await?;
        let state = RunState::after(entries.clone())?;
        let state = state.ok_or_else(|| Refusal::new("the run died before its first entry: it did nothing"))?;
        ui.answer(|| run_page(key, &state, &entries, ui.out_columns()), || run_json(key, &state, &entries))?;
        Ok(Exit::Done)
    })
}

/// Reads every run of a ledger, the first one first.
pub(super) async fn all_runs(ledger: &Ledger) -> Result<Vec<(RunKey, RunState)>, Failure> {
    let mut runs = Vec::new();
    for key in ledger.runs().await? {
        if let Some(state) = RunState::after(ledger.read::<Entry>(&key).await?.0)? {
            runs.push((key, state));
        }
    }
    Ok(runs)
}

/// Finds a run by its number, its id, or the beginning of it.
pub(super) fn position(runs: &[(RunKey, RunState)], wanted: &str) -> Result<usize, Refusal> {
    let keys: Vec<RunKey> = runs.iter().map(|(key, _)| key.clone()).collect();
    find(&keys, wanted)
}

fn find(keys: &[RunKey], wanted: &str) -> Result<usize, Refusal> {
    if let Some(at) = wanted.parse().ok().and_then(|epoch: u64| keys.iter().position(|key| key.epoch == epoch)) {
        return Ok(at);
    }
    let found: Vec<usize> = (0..keys.len()).filter(|at| keys[*at].run.starts_with(wanted)).collect();
    match found[..] {
        [one] => Ok(one),
        [] => Err(Refusal::new(format!("the ledger holds no run `{wanted}`")).hint("`xcloud history` lists them")),
        _ => {
            let count = found.len();
            Err(Refusal::new(format!("`{wanted}` is the beginning of {count} runs: name more of it, or the number")))
        }
    }
}
