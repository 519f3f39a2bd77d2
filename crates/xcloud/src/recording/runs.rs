//! The runs that a ledger holds: read, and found by what an operator types.

use xcloud_core::journal::{Entry, RunState};
use xcloud_engine::ledger::{Ledger, RunKey};

use crate::failure::{Failure, Refusal};

/// Reads every run of a ledger, the first one first.
pub(crate) async fn all_runs(ledger: &Ledger) -> Result<Vec<(RunKey, RunState)>, Failure> {
    let mut runs = Vec::new();
    for key in ledger.runs().await? {
        if let Some(state) = RunState::after(ledger.read::<Entry>(&key).await?.0)? {
            runs.push((key, state));
        }
    }
    Ok(runs)
}

/// Reads a whole run.
///
/// # Errors
/// If the ledger cannot be read, or its entries contradict each other.
pub(crate) async fn read_run(ledger: &Ledger, key: &RunKey) -> anyhow::Result<Option<(RunState, u64)>> {
    let (entries, next) = ledger.read::<Entry>(key).await?;
    Ok(RunState::after(entries)?.map(|state| (state, next)))
}

/// Finds a run by its number, its id, or the beginning of it.
pub(crate) fn position(runs: &[(RunKey, RunState)], wanted: &str) -> Result<usize, Refusal> {
    let keys: Vec<RunKey> = runs.iter().map(|(key, _)| key.clone()).collect();
    find(&keys, wanted)
}

/// Finds a run among these by its number, its id, or the beginning of it.
pub(crate) fn find(keys: &[RunKey], wanted: &str) -> Result<usize, Refusal> {
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
