//! What a ledger holds that plans compare with.

use serde::{Deserialize, Serialize};

/// The active-region records of a product that has no zone for them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerLive {
    /// The records.
    pub records: Vec<LiveActiveRecord>,
}

/// An active-region record in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveActiveRecord {
    /// The environment.
    pub env: String,
    /// The record as text.
    pub text: String,
    /// The number of its last version, counted from 1.
    pub version: u64,
}
