//! The one write to the ledger that is a step of a plan.

use serde::{Deserialize, Serialize};

use super::bind::Late;
use super::call::Call;
use super::{SubnetPin, WriteGuard, Writes};
use crate::limits::Quota;
use crate::model::PlaceKey;

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

impl Call for LedgerOp {
    fn name(&self) -> &'static str {
        let Self::PutActiveRecord { .. } = self;
        "PUT active-region"
    }

    fn late(&mut self) -> Late<'_> {
        let Self::PutActiveRecord { guard, .. } = self;
        guard.late()
    }

    fn takes(&self) -> &[SubnetPin] {
        &[]
    }

    fn writes(&self) -> Writes<'_> {
        let Self::PutActiveRecord { text, .. } = self;
        Writes::ActiveRecord(text)
    }

    fn quota(&self) -> Quota {
        Quota::Ledger
    }

    fn deletes(&self) -> bool {
        let Self::PutActiveRecord { .. } = self;
        false
    }

    /// No command line writes it: the object and what it holds.
    fn by_hand(&self, _place: &PlaceKey) -> String {
        let Self::PutActiveRecord { env, text, .. } = self;
        let body = serde_json::json!({"version": 1, "entries": [text]});
        format!("put {body} into the ledger as active/{env}/<the next number in eight digits>.json")
    }
}
