//! What the engine tells the world while it works. Only the outermost crate prints.

use xcloud_core::model::{Addr, PlaceKey};
use xcloud_core::plan::StepId;

/// Something happened.
#[derive(Debug, Clone)]
pub struct Event {
    /// Milliseconds since the run started.
    pub at_ms: u64,
    /// What happened.
    pub kind: EventKind,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum EventKind {
    /// A place is being read.
    Observing(PlaceKey),
    /// A place was read; an error text if it did not answer.
    Observed(PlaceKey, Option<String>),
    /// A run begins with so many steps.
    Started {
        /// How many calls it will make at least.
        steps: usize,
    },
    /// A step's needs are done, but something must hold before its call.
    Watching {
        /// The step; `None` while the run settles.
        step: Option<StepId>,
        /// The resource, where one is watched.
        addr: Option<Addr>,
        /// What is waited for, for people.
        what: String,
        /// What is there now, for people.
        now: String,
    },
    /// A step's call is made.
    Calling {
        /// The step.
        step: StepId,
        /// The resource.
        addr: Addr,
        /// The call.
        operation: String,
    },
    /// A step's call failed in a way that allows another try.
    Retrying {
        /// The step.
        step: StepId,
        /// Which attempt failed, from 1.
        attempt: u32,
        /// Why.
        error: String,
        /// Seconds until the next attempt.
        wait_secs: f64,
    },
    /// A step is done.
    Done {
        /// The step.
        step: StepId,
        /// The resource.
        addr: Addr,
        /// The call.
        operation: String,
        /// Milliseconds from its first attempt.
        elapsed_ms: u64,
    },
    /// A step failed.
    Failed {
        /// The step.
        step: StepId,
        /// The resource.
        addr: Addr,
        /// Why.
        error: String,
    },
    /// The run failed before its commit point: so many steps are undone, last first.
    Unwinding {
        /// How many steps are in effect.
        steps: usize,
    },
    /// A step is undone.
    Undone {
        /// The step.
        step: StepId,
        /// The resource.
        addr: Addr,
        /// The call that was undone.
        operation: String,
    },
    /// A step could not be undone.
    UndoFailed {
        /// The step.
        step: StepId,
        /// The resource.
        addr: Addr,
        /// Why.
        error: String,
    },
    /// Something that does not fail the run.
    Warning(String),
    /// The run was asked to stop: nothing new starts.
    Stopping,
}

/// Who listens to events; must not block.
pub type Listener = std::sync::Arc<dyn Fn(Event) + Send + Sync>;
