//! Carrying out a plan.
//!
//! ```text
//! execute, resume ─► run (forward) ─► step ─► call        every call between its intent and its outcome
//!                        │ failed before the commit point
//!                        └► unwind (back) ─► undo ─► call
//! ```

mod call;
mod context;
mod ending;
mod look;
mod run;
mod schedule;
mod step;
mod undo;
mod unwind;
mod watch;

pub use context::{ExecuteOptions, OnFailure, Stop, Surroundings};
pub use run::{Heir, Way, execute, resume};
