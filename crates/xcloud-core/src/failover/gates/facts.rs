//! What the gates are judged by.

use crate::failover::note::Past;
use crate::live::Observed;
use crate::model::Desired;
use crate::plan::PlanOptions;

/// What the gates are judged by, gathered by whoever may ask the clouds, the ledger and the clock.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    /// What is declared, without what a failover must not need.
    pub desired: &'a Desired,
    /// What the clouds answered.
    pub observed: &'a Observed,
    /// How plans are made, with what the ledger knows of active-region records.
    pub options: &'a PlanOptions,
    /// The URL of the ledger, or why it cannot be reached.
    pub ledger: Result<&'a str, String>,
    /// What the ledger keeps of failovers, or why that is not known.
    pub past: &'a Result<Vec<Past>, String>,
    /// Now, in milliseconds since 1970.
    pub now_ms: u64,
    /// The clouds and the ledger are simulated: where it stands says nothing, and the clock jumps.
    pub sandbox: bool,
}
