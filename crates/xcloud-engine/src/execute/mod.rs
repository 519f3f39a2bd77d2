//! Carries out a plan: decides nothing, performs, waits, reports.

mod call;
mod context;
mod run;
mod schedule;
mod watch;

pub use context::{ExecuteOptions, Stop};
pub use run::execute;
