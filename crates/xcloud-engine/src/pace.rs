//! Pacing, counting and the one retry policy for reads.

use std::collections::BTreeMap;

use xcloud_core::model::Limit;
use xcloud_core::provider::{ApiCall, BoxFuture, Gate, Outcome, ProviderError};

use crate::CallCounts;

/// How calls are paced.
#[derive(Debug, Clone, Default)]
pub struct PaceSettings {
    /// False for emulators: no pacing (`XCLOUD_PACING=off`).
    pub enabled: bool,
    /// Limits that AWS has raised, by operation.
    pub limits: BTreeMap<String, Limit>,
    /// Seconds that all reads of one observation may take.
    pub read_deadline_secs: u64,
}

/// The gate before every call.
#[derive(Debug)]
pub struct Pacer {}

impl Pacer {
    /// Returns a pacer with full buckets.
    #[must_use]
    pub fn new(_settings: PaceSettings) -> Self {
        Self {}
    }

    /// Returns the calls so far.
    #[must_use]
    pub fn calls(&self) -> CallCounts {
        CallCounts::default()
    }
}

impl Gate for Pacer {
    fn admit<'a>(&'a self, _call: &'a ApiCall) -> BoxFuture<'a, Result<(), ProviderError>> {
        Box::pin(async { Ok(()) })
    }

    fn settled<'a>(&'a self, _call: &'a ApiCall, _attempt: u32, _outcome: Outcome<'a>) -> BoxFuture<'a, bool> {
        Box::pin(async { false })
    }
}

/// Returns the published limit of an operation.
#[must_use]
pub fn published_limits(_call: &ApiCall) -> Limit {
    Limit { burst: 50.0, per_second: 5.0 }
}
