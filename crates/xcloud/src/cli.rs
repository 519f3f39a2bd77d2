//! The command line: what an operator can type. Only what is built is offered.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use xcloud_core::plan::Filter;

use crate::settings;

/// Private AWS <-> Azure connectivity through the cloud SDKs: plan, review, apply.
#[derive(Debug, Parser)]
#[command(name = "xcloud", version, propagate_version = true, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

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

/// The form of a result that every command has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For scripts.
    Json,
}

/// What to do.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum Command {
    /// Check the config without calling a cloud.
    Validate,
    /// Print the resources that the flows expand to, as a config file.
    Expand,
    /// Print the JSON Schema of the config file.
    Schema {
        /// The reference of the codes instead: `make gen` writes docs/reference/codes.md from it.
        #[arg(long, hide = true)]
        codes: bool,
    },
    /// Show what apply would change.
    Plan(PlanArgs),
    /// Make the clouds what the config says.
    Apply(ApplyArgs),
    /// Delete everything that carries this product's mark.
    Destroy(DestroyArgs),
    /// Report what is not as the config says. Reads only, takes no lock, and fits a schedule.
    Drift(DriftArgs),
    /// Tell whether the other region could take over now. Reads only, and fits a schedule.
    Readiness(ReadinessArgs),
    /// Make the other region the active one.
    Failover(FailoverArgs),
    /// Make the primary region the active one again.
    Failback(SwitchArgs),
    /// Close the rules of the region that is not active.
    Close(CloseArgs),
    /// Look after what a failover could not do while the region that it left did not answer.
    Settle,
    /// Finish a run that was cut off or left something, or undo it.
    Resume(ResumeArgs),
    /// Plan the return to the state before a run, show it, and carry it out.
    Rollback(RollbackArgs),
    /// List the runs of this product, the last one first.
    History(HistoryArgs),
    /// Show a run: what it did, every call with its request id, and what is left.
    Show(ShowArgs),
    /// Who works on this product now.
    #[command(subcommand)]
    Lock(LockCommand),
    /// The simulated clouds as a server for other clients.
    #[command(subcommand)]
    Sandbox(SandboxCommand),
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print the man page, or write one page for each command into a directory.
    Man {
        /// Write `xcloud.1`, `xcloud-plan.1`, ... here.
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
}

/// Options of `plan`.
#[derive(Debug, Clone, Args)]
pub(crate) struct PlanArgs {
    /// Save the plan, for `xcloud apply FILE`.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Also delete what carries our mark and is not in the config.
    #[arg(long)]
    pub(crate) prune: bool,
    /// End with 2 if there are differences or something is unknown.
    #[arg(long)]
    pub(crate) detailed_exitcode: bool,
    /// Show each call with its undo; with a step, what would be undone if that step failed.
    #[arg(long, value_name = "STEP", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub(crate) undo: Option<String>,
}

/// Options of `drift`.
#[derive(Debug, Clone, Args)]
pub(crate) struct DriftArgs {
    /// The configs of the estates to check; without one, that of `--config`.
    pub(crate) files: Vec<PathBuf>,
    /// Check only part I of N of the files, counted from 0: the same part on every machine.
    #[arg(long, value_name = "I/N")]
    pub(crate) shard: Option<Shard>,
    /// Write a Prometheus text file, for node_exporter's textfile collector.
    #[arg(long, value_name = "FILE")]
    pub(crate) metrics: Option<PathBuf>,
}

/// One part of so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shard {
    /// From 0.
    pub(crate) index: u64,
    /// How many there are.
    pub(crate) count: u64,
}

impl std::str::FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.split_once('/').and_then(|(index, count)| Some((index.parse().ok()?, count.parse().ok()?)));
        match parts {
            Some((index, count)) if index < count => Ok(Self { index, count }),
            _ => Err("I/N is needed, with I from 0 to N-1: 0/4".to_owned()),
        }
    }
}

/// Options of `apply`.
#[derive(Debug, Clone, Args)]
pub(crate) struct ApplyArgs {
    /// A plan saved by `xcloud plan --out`; without it, apply plans first.
    pub(crate) file: Option<PathBuf>,
    /// Do not ask.
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Also delete what carries our mark and is not in the config.
    #[arg(long, conflicts_with = "file")]
    pub(crate) prune: bool,
    /// What happens when the run fails before its commit point.
    #[arg(long, value_enum, default_value_t = OnFailure::Unwind, value_name = "WHAT")]
    pub(crate) on_failure: OnFailure,
}

/// What happens when a run fails before its commit point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OnFailure {
    /// What was done is undone.
    Unwind,
    /// What was done stays, for `resume` or `resume --undo`.
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

/// Options of `readiness`.
#[derive(Debug, Clone, Args)]
pub(crate) struct ReadinessArgs {
    /// Judge only environments that this region would take over; without it, each one's other region.
    #[arg(long, value_name = "REGION")]
    pub(crate) to: Option<String>,
}

/// Options of `failover`.
#[derive(Debug, Clone, Args)]
pub(crate) struct FailoverArgs {
    /// The region that becomes active.
    #[arg(long, value_name = "REGION")]
    pub(crate) to: String,
    /// When the region that is left is fenced; without it `now` for an incident, else `after-drain`.
    #[arg(long, value_enum, value_name = "WHEN")]
    pub(crate) fence: Option<FenceWhen>,
    #[command(flatten)]
    pub(crate) switch: SwitchArgs,
}

/// Options of `failover` and `failback`.
#[derive(Debug, Clone, Args)]
pub(crate) struct SwitchArgs {
    /// The incident: the failover is unplanned, and behind its switch it never sends traffic back.
    #[arg(long, value_name = "ID")]
    pub(crate) incident: Option<String>,
    /// When the fault was first seen, as `2026-11-22T08:14:00Z`: the report counts from there too.
    #[arg(long, value_name = "TIME")]
    pub(crate) detected: Option<String>,
    /// Pass this gate although it is red (repeatable); needs --reason.
    #[arg(long = "override", value_name = "GATE", requires = "reason")]
    pub(crate) overrides: Vec<String>,
    /// Why gates are passed; it is in the report.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// Make every read and check, show the plan and the time it would take, and change nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Do not ask.
    #[arg(short, long)]
    pub(crate) yes: bool,
}

/// When the region that is left is fenced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FenceWhen {
    /// Right behind the commit.
    Now,
    /// Once connections that stood before the switch have ended.
    AfterDrain,
    /// Before the switch.
    BeforeSwitch,
    /// Not at all.
    None,
}

impl From<FenceWhen> for xcloud_core::plan::Fence {
    fn from(when: FenceWhen) -> Self {
        match when {
            FenceWhen::Now => Self::Now,
            FenceWhen::AfterDrain => Self::AfterDrain,
            FenceWhen::BeforeSwitch => Self::BeforeSwitch,
            FenceWhen::None => Self::None,
        }
    }
}

/// Options of `close`.
#[derive(Debug, Clone, Args)]
pub(crate) struct CloseArgs {
    /// Close before the config's `close_after` is over, and say why.
    #[arg(long, value_name = "TEXT")]
    pub(crate) early: Option<String>,
    /// Do not ask.
    #[arg(short, long)]
    pub(crate) yes: bool,
}

/// Options of `resume`.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct ResumeArgs {
    /// Undo what the run did, instead of finishing it.
    #[arg(long)]
    pub(crate) undo: bool,
    /// Do not ask.
    #[arg(short, long)]
    pub(crate) yes: bool,
}

/// Options of `rollback`.
#[derive(Debug, Clone, Args)]
pub(crate) struct RollbackArgs {
    /// The run before which the state is restored: its number, its id or the beginning of it. Without it, the last
    /// run that changed something.
    #[arg(value_name = "RUN")]
    pub(crate) before: Option<String>,
    /// Do not ask.
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// What happens when the run fails before its commit point.
    #[arg(long, value_enum, default_value_t = OnFailure::Unwind, value_name = "WHAT")]
    pub(crate) on_failure: OnFailure,
}

/// Options of `history`.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct HistoryArgs {
    /// Show so many runs, the last one first.
    #[arg(short = 'n', long, value_name = "N", default_value_t = 20)]
    pub(crate) limit: usize,
}

/// Options of `show`.
#[derive(Debug, Clone, Args)]
pub(crate) struct ShowArgs {
    /// Its number, its id or the beginning of it. Without it, the last run.
    #[arg(value_name = "RUN")]
    pub(crate) wanted: Option<String>,
}

/// Commands of the lock.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum LockCommand {
    /// Show who works on this product now.
    List,
    /// End the lock of a run that is known to be dead. A run that is alive stops before its next call.
    Break(LockBreakArgs),
}

/// Options of `lock break`.
#[derive(Debug, Clone, Args)]
pub(crate) struct LockBreakArgs {
    /// Why; it is written down.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
    /// Do not ask.
    #[arg(short, long)]
    pub(crate) yes: bool,
}

/// Options of `destroy`.
#[derive(Debug, Clone, Args)]
pub(crate) struct DestroyArgs {
    /// Do not ask.
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// What happens when the run fails before its commit point.
    #[arg(long, value_enum, default_value_t = OnFailure::Unwind, value_name = "WHAT")]
    pub(crate) on_failure: OnFailure,
}

/// Commands of the sandbox.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum SandboxCommand {
    /// Serve the simulated clouds over loopback until Ctrl-C.
    Serve(ServeArgs),
}

/// Options of `sandbox serve`.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct ServeArgs {
    /// How many times faster than real time the clouds' own clock runs.
    #[arg(long, value_name = "N", default_value_t = 60.0, value_parser = speed)]
    pub(crate) speed: f64,
    /// The first port; 0 takes free ones.
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub(crate) port_base: u16,
}

fn speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(speed) if speed.is_finite() && (0.1..=100_000.0).contains(&speed) => Ok(speed),
        _ => Err("a number from 0.1 to 100000 is needed".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser as _};

    use super::{Cli, Command, Shard};

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn global_options_stand_before_and_behind_the_command() {
        let cli = Cli::try_parse_from(["xcloud", "plan", "--env", "dev", "--env", "int", "--undo"]).expect("parses");
        assert_eq!(cli.global.env, ["dev", "int"]);
        assert!(matches!(cli.command, Command::Plan(args) if args.undo.as_deref() == Some("")));
        let cli = Cli::try_parse_from(["xcloud", "--sandbox", "apply", "plan.json", "--yes"]).expect("parses");
        assert!(cli.global.sandbox);
    }

    #[test]
    fn a_shard_is_one_of_so_many() {
        let shard = |text: &str| text.parse::<Shard>().map(|shard| (shard.index, shard.count));
        assert_eq!(shard("3/4"), Ok((3, 4)));
        for wrong in ["4/4", "1", "a/b", "0/0", "-1/2"] {
            assert!(shard(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_speed_of_nothing_is_refused() {
        assert!(Cli::try_parse_from(["xcloud", "sandbox", "serve", "--speed", "0"]).is_err());
        assert!(Cli::try_parse_from(["xcloud", "sandbox", "serve", "--speed", "nan"]).is_err());
    }
}
