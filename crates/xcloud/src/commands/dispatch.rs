//! From the command line to the command, and from its end to the exit code.

use clap::Parser as _;

use super::{
    apply, close, destroy, drift, expand, failover, history, lock, manual, plan, readiness, resume, rollback, schema,
    serve, settle, validate,
};
use crate::cli::{Cli, Command, Global, Output, SandboxCommand};
use crate::exit::Exit;
use crate::logging;
use crate::settings::Settings;
use crate::ui::Ui;

/// What every command gets.
pub(super) struct Invocation {
    /// The terminal.
    pub(super) ui: Ui,
    /// The options of every command.
    pub(super) global: Global,
    /// The environment.
    pub(super) settings: Settings,
}

/// Reads the command line and runs the command.
pub(crate) fn run() -> Exit {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let asked_for = !error.use_stderr();
            let _unheard = error.print();
            return if asked_for { Exit::Done } else { Exit::Usage };
        }
    };
    let settings = Settings::from_environment();
    let ui = Ui::new(&cli.global, &settings);
    if let Err(error) = logging::start(cli.global.verbose, &settings, &ui) {
        return ui.refuse_plainly(Exit::Usage, &format!("{error:#}"));
    }
    if !has_form(&cli.command, cli.global.format) {
        return ui.refuse_plainly(Exit::Usage, "this command answers text or json: `--format text|json`");
    }
    let invocation = Invocation { ui: ui.clone(), global: cli.global, settings };
    match command(&invocation, cli.command) {
        Ok(exit) => exit,
        Err(error) => ui.refuse_plainly(Exit::Unexpected, &format!("{error:#}")),
    }
}

fn has_form(command: &Command, format: Output) -> bool {
    match format {
        Output::Text | Output::Json => true,
        Output::Markdown => matches!(command, Command::Plan(_) | Command::Drift(_)),
        Output::Junit => matches!(command, Command::Drift(_)),
    }
}

fn command(invocation: &Invocation, command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::Validate => validate::run(invocation),
        Command::Expand => expand::run(invocation),
        Command::Schema { codes } => schema::run(invocation, codes),
        Command::Plan(args) => plan::run(invocation, &args),
        Command::Apply(args) => apply::run(invocation, &args),
        Command::Drift(args) => drift::run(invocation, &args),
        Command::Destroy(args) => destroy::run(invocation, &args),
        Command::Readiness(args) => readiness::run(invocation, &args),
        Command::Failover(args) => failover::run(invocation, &args),
        Command::Failback(args) => failover::back(invocation, &args),
        Command::Close(args) => close::run(invocation, &args),
        Command::Settle => settle::run(invocation),
        Command::Resume(args) => resume::run(invocation, args),
        Command::Rollback(args) => rollback::run(invocation, &args),
        Command::History(args) => history::list(invocation, args),
        Command::Show(args) => history::show(invocation, &args),
        Command::Lock(command) => lock::run(invocation, &command),
        Command::Sandbox(SandboxCommand::Serve(args)) => serve::run(invocation, args),
        Command::Completions { shell } => manual::completions(invocation, shell),
        Command::Man { out } => manual::man(invocation, out.as_deref()),
    }
}
