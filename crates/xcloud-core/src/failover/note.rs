//! What is kept of failovers in the ledger: the epochs that they reached, and what they owe.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::journal::Verb;

/// What is kept of a failover.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// What the operator typed: `failover`, `failback`.
    pub command: Verb,
    /// The epoch that each environment has since.
    pub epochs: BTreeMap<String, u64>,
    /// When it was committed, in milliseconds since 1970, for people and for `close_after`; `None`: it was undone.
    pub at_ms: Option<u64>,
    /// What it left to be done.
    pub debts: Vec<Debt>,
}

/// Something that a failover could not do, since the region that it left did not answer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Debt {
    /// The environment.
    pub env: String,
    /// The AWS account.
    pub account: String,
    /// The region.
    pub region: String,
    /// What is owed, in one sentence.
    pub what: String,
}

/// A failover that was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// What is kept of it.
    pub note: Note,
    /// Everything that it owed is done.
    pub settled: bool,
}

/// Returns when one of these environments was last committed to another region, in milliseconds since 1970.
pub fn last_commit(past: &[Past], is_one: impl Fn(&str) -> bool) -> Option<u64> {
    let of = past.iter().filter(|one| one.note.epochs.keys().any(|env| is_one(env)));
    of.filter_map(|one| one.note.at_ms).max()
}
