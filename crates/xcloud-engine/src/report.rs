//! The end of a run as a value: text, JSON and the exit code derive from it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use xcloud_core::journal::{LeftOver, Outcome};
use xcloud_core::model::Addr;
use xcloud_core::plan::StepId;
use xcloud_core::provider::ProviderError;

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum StepStatus {
    /// It never started, or was stopped before a try without effect was repeated.
    Skipped,
    /// It was done.
    Done,
    /// Its call failed without effect, or what it waits for did not come.
    Failed,
    /// Whether its call had an effect is not known.
    Unknown,
    /// It was done, and undone again.
    Undone,
    /// It was done, and could not be undone.
    Stuck,
}

/// One step of a run.
#[derive(Debug, Clone, Serialize)]
pub struct StepReport {
    /// The step.
    pub id: StepId,
    /// The resource.
    pub addr: Addr,
    /// The call.
    pub operation: String,
    /// How it ended.
    pub status: StepStatus,
    /// Milliseconds from its first attempt to its end.
    pub elapsed_ms: u64,
    /// Request ids of its calls.
    pub request_ids: Vec<String>,
    /// The id of what it made, if it made something.
    pub made: Option<String>,
}

/// Why a run failed.
#[derive(Debug, Clone, Serialize)]
pub struct Failure {
    /// The step, if one failed.
    pub step: Option<StepId>,
    /// The resource, if it is about one.
    pub addr: Option<Addr>,
    /// One sentence: what failed.
    pub message: String,
    /// What the cloud said, if it was asked.
    pub error: Option<ProviderError>,
    /// What the operator does next.
    pub hint: Option<String>,
}

/// Calls made, by operation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CallCounts {
    /// All calls, repeated ones too.
    pub total: u64,
    /// By operation.
    pub by_operation: BTreeMap<String, u64>,
    /// Calls that changed something, or were meant to.
    pub mutating: u64,
    /// Calls that a cloud answered with a throttle.
    pub throttled: u64,
}

/// The end of a run.
#[derive(Debug, Clone, Serialize)]
pub struct RunReport {
    /// The run's id.
    pub run: String,
    /// How it ended.
    pub outcome: Outcome,
    /// True if it passed its commit point.
    pub committed: bool,
    /// Why it made no further call and did not unwind: its journal could not be written, or its lease was lost.
    pub broken: Option<String>,
    /// Every step of the plan.
    pub steps: Vec<StepReport>,
    /// Why it failed; the first failure first.
    pub failures: Vec<Failure>,
    /// What is left, and what finishes it.
    pub left: Vec<LeftOver>,
    /// What did not fail the run.
    pub warnings: Vec<String>,
    /// True if it was stopped by a signal.
    pub interrupted: bool,
    /// Milliseconds from start to end.
    pub elapsed_ms: u64,
}

impl RunReport {
    /// Returns the resources on which a call was made, or may have been, also where it was undone.
    #[must_use]
    pub fn reached(&self) -> BTreeSet<&Addr> {
        let made = |step: &&StepReport| match step.status {
            StepStatus::Done | StepStatus::Undone | StepStatus::Unknown => true,
            StepStatus::Skipped | StepStatus::Failed | StepStatus::Stuck => false,
        };
        self.steps.iter().filter(made).map(|step| &step.addr).collect()
    }
}
