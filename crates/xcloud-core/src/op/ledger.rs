//! The one write to the ledger that is a step of a plan.

use serde::{Deserialize, Serialize};

use super::WriteGuard;

/// A write to the ledger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "call")]
pub enum LedgerOp {
    /// Writes the active-region record of an environment, where no zone holds it. Each version is an object of its own
    /// that nobody may have written; its number stands for an `ETag`.
    PutActiveRecord {
        /// The environment.
        env: String,
        /// The record as text.
        text: String,
        /// The version that must be the last one.
        guard: WriteGuard,
    },
}
