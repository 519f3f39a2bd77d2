//! Carries out a plan: decides nothing, performs, waits, reports.

use std::sync::Arc;

use xcloud_core::plan::Plan;
use xcloud_core::provider::Clouds;

use crate::{Listener, Outcome, Pacer, RunReport};

/// A request to stop: nothing new starts, running calls are waited for.
pub type Stop = tokio::sync::watch::Receiver<bool>;

/// How a plan is carried out.
#[derive(Debug, Clone)]
pub struct ExecuteOptions {
    /// The run's id: in idempotency tokens and in the report.
    pub run: String,
    /// Seconds that the whole run may take.
    pub deadline_secs: u64,
}

/// Carries out a plan, as wide as its needs allow.
pub async fn execute(
    _clouds: &dyn Clouds,
    _pacer: &Arc<Pacer>,
    _plan: &Plan,
    options: &ExecuteOptions,
    _stop: Stop,
    _listener: &Listener,
) -> RunReport {
    RunReport {
        run: options.run.clone(),
        outcome: Outcome::Left,
        steps: Vec::new(),
        failures: Vec::new(),
        warnings: Vec::new(),
        interrupted: false,
        elapsed_ms: 0,
    }
}
