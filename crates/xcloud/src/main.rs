//! The `xcloud` command: private AWS <-> Azure connectivity, planned, reviewed, applied.
//!
//! ```text
//! cli ─► commands ─► session (clouds, clock, signals) ─► core and engine ─► render ─► ui
//! ```

mod cli;
mod commands;
mod exit;
mod input;
mod logging;
mod planning;
mod progress;
mod render;
mod running;
mod sandbox;
mod saved;
mod session;
mod settings;
mod stop;
mod ui;
mod wiring;

use std::process::ExitCode;

fn main() -> ExitCode {
    commands::run().into()
}
