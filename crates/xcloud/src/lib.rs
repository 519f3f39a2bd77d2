//! The `xcloud` command: private AWS <-> Azure connectivity, planned, reviewed, applied.
//!
//! ```text
//! cli ─► commands ─► session (clouds, clock, signals) ─► core and engine ─► render ─► ui
//! ```
//!
//! It is a library only so that whole stories can be tested in one process: the feature `testbed`.

mod cli;
mod clock;
mod commands;
mod context;
mod exit;
mod failure;
mod files;
mod input;
mod invocation;
mod ledger;
mod logging;
mod notify;
mod options;
mod planning;
mod progress;
mod recording;
mod render;
mod running;
mod sandbox;
mod saved;
mod session;
mod settings;
mod stop;
mod switching;
#[cfg(feature = "testbed")]
pub mod testbed;
mod ui;
mod wiring;

use std::process::ExitCode;

/// Runs the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    cli::run().into()
}
