//! From the command line to the command, and from its end to the exit code.

use clap::Parser as _;

use super::{
    apply, close, destroy, drift, expand, failover, history, lock, manual, plan, readiness, resume, rollback, schema,
    serve, settle, validate,
};
use crate::cli::{Cli, Command, Output, SandboxCommand};
use crate::exit::Exit;
use crate::failure::{Failure, Refusal};
use crate::invocation::Invocation;
use crate::logging;
use crate::settings::Settings;
use crate::ui::Ui;

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
    let invocation = Invocation { ui: ui.clone(), global: cli.global, settings };
    ui.ended(started(&invocation, cli.command))
}

fn started(invocation: &Invocation, chosen: Command) -> Result<Exit, Failure> {
    let Invocation { ui, global, settings } = invocation;
    logging::start(global.verbose, settings, ui).map_err(|error| Refusal::usage(format!("{error:#}")))?;
    if !has_form(&chosen, global.format) {
        return Err(Refusal::usage("this command answers text or json: `--format text|json`").into());
    }
    command(invocation, chosen)
}

fn has_form(command: &Command, format: Output) -> bool {
    match format {
        Output::Text | Output::Json => true,
        Output::Markdown => matches!(command, Command::Plan(_) | Command::Drift(_)),
        Output::Junit => matches!(command, Command::Drift(_)),
    }
}

fn command(invocation: &Invocation, command: Command) -> Result<Exit, Failure> {
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
