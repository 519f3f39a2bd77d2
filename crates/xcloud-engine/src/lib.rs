//! Everything that waits: observing, carrying out a plan, pacing, retrying, watching states.
//!
//! ```text
//! queries ─► observe ─► Observed          Plan ─► execute ─► RunReport
//!               │                                   │
//!               └────── Pacer (Gate) ───────────────┘        events to whoever listens
//! ```
//!
//! Adapters translate one call at a time; nothing outside this crate sleeps, retries or gives up.

mod event;
mod execute;
mod journal;
pub mod ledger;
mod observe;
mod pace;
mod report;

pub use event::{Event, EventKind, Listener};
pub use execute::{ExecuteOptions, Heir, OnFailure, Stop, Surroundings, Way, execute, resume};
pub use journal::{Broken, Journal};
pub use observe::{observe, observe_some};
pub use pace::{PaceSettings, Pacer};
pub use report::{CallCounts, Failure, RunReport, StepReport, StepStatus};
