//! What commands share of the command line: the global options, the forms of a result, what a failed run does.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use xcloud_core::plan::Filter;

use crate::settings;

/// Options of every command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// The file with the desired state.
    #[arg(short, long, global = true, value_name = "FILE", default_value = settings::DEFAULT_CONFIG)]
    pub(crate) config: PathBuf,
    /// Only this environment (repeatable).
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) env: Vec<String>,
    /// Only this AWS region, and the Azure rules that serve it (repeatable).
    #[arg(long, global = true, value_name = "REGION")]
    pub(crate) region: Vec<String>,
    /// Only this address; `*` and `?` are wildcards (repeatable).
    #[arg(long, global = true, value_name = "ADDRESS")]
    pub(crate) target: Vec<String>,
    /// Not this address; `*` and `?` are wildcards (repeatable).
    #[arg(long, global = true, value_name = "ADDRESS")]
    pub(crate) exclude: Vec<String>,
    /// The form of the result on stdout.
    #[arg(long, global = true, value_enum, default_value_t = Output::Text)]
    pub(crate) format: Output,
    /// No colours, as with the environment variable `NO_COLOR`.
    #[arg(long, global = true)]
    pub(crate) no_color: bool,
    /// Log more to stderr: -v one line for each step, -vv each call, -vvv everything.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Where runs are recorded, in place of the config's `ledger`: `file:DIR`, `s3://...`, `az://...`.
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) ledger: Option<String>,
    /// Run against both clouds simulated in this process, with their state beside the config.
    #[arg(long, global = true)]
    pub(crate) sandbox: bool,
}

impl Global {
    /// Returns the part of the desired state that the run is about.
    pub(crate) fn filter(&self) -> Filter {
        Filter {
            envs: self.env.iter().cloned().collect(),
            regions: self.region.iter().cloned().collect(),
            targets: self.target.iter().cloned().collect(),
            excludes: self.exclude.iter().cloned().collect(),
            ..Filter::default()
        }
    }
}

/// The form of a result, as it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people.
    Text,
    /// For scripts; the keys are documented and stay.
    Json,
    /// For a pull request or a ticket (plan and drift).
    Markdown,
    /// JUnit XML, for a CI that shows tests (drift).
    Junit,
}

/// Options of the commands that converge: `apply`, `destroy`, `rollback`.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Consent {
    /// Do not ask.
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// What to do when the run fails before its commit point.
    #[arg(long, value_enum, default_value_t = OnFailure::Unwind, value_name = "WHAT")]
    pub(crate) on_failure: OnFailure,
}

/// What happens when a run fails before its commit point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OnFailure {
    /// Undo what was done.
    Unwind,
    /// Keep what was done, for `resume` or `resume --undo`.
    Hold,
}

impl From<OnFailure> for xcloud_engine::OnFailure {
    fn from(on_failure: OnFailure) -> Self {
        match on_failure {
            OnFailure::Unwind => Self::Unwind,
            OnFailure::Hold => Self::Hold,
        }
    }
}
