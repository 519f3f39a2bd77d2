//! The command line: what an operator can type, and the way from it to the command and to the exit code.

use clap::{CommandFactory as _, Parser, Subcommand, ValueEnum as _};

use crate::commands;
use crate::exit::Exit;
use crate::failure::{Failure, Refusal};
use crate::invocation::{Invocation, Runnable};
use crate::logging;
use crate::options::{Global, Output};
use crate::settings::Settings;
use crate::ui::Ui;

/// Private AWS <-> Azure connectivity through the cloud SDKs: plan, review, apply.
#[derive(Debug, Parser)]
#[command(name = "xcloud", version, propagate_version = true, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    command: Command,
}

/// What to do. The help of each is the comment of its arguments.
#[derive(Debug, Clone, Subcommand)]
enum Command {
    Validate(commands::validate::ValidateArgs),
    Expand(commands::expand::ExpandArgs),
    Schema(commands::schema::SchemaArgs),
    Plan(commands::plan::PlanArgs),
    Apply(commands::apply::ApplyArgs),
    Destroy(commands::destroy::DestroyArgs),
    Drift(commands::drift::DriftArgs),
    Readiness(commands::readiness::ReadinessArgs),
    Failover(commands::failover::FailoverArgs),
    Failback(commands::failback::FailbackArgs),
    Close(commands::close::CloseArgs),
    Settle(commands::settle::SettleArgs),
    Resume(commands::resume::ResumeArgs),
    Rollback(commands::rollback::RollbackArgs),
    History(commands::history::HistoryArgs),
    Show(commands::show::ShowArgs),
    #[command(subcommand)]
    Lock(commands::lock::LockCommand),
    #[command(subcommand)]
    Sandbox(commands::sandbox::SandboxCommand),
    Completions(commands::completions::CompletionsArgs),
    Man(commands::man::ManArgs),
}

impl Command {
    /// Returns the one that was chosen.
    fn chosen(&self) -> &dyn Runnable {
        match self {
            Self::Validate(command) => command,
            Self::Expand(command) => command,
            Self::Schema(command) => command,
            Self::Plan(command) => command,
            Self::Apply(command) => command,
            Self::Destroy(command) => command,
            Self::Drift(command) => command,
            Self::Readiness(command) => command,
            Self::Failover(command) => command,
            Self::Failback(command) => command,
            Self::Close(command) => command,
            Self::Settle(command) => command,
            Self::Resume(command) => command,
            Self::Rollback(command) => command,
            Self::History(command) => command,
            Self::Show(command) => command,
            Self::Lock(command) => command,
            Self::Sandbox(command) => command,
            Self::Completions(command) => command,
            Self::Man(command) => command,
        }
    }
}

/// Reads the command line and runs the command.
pub(crate) fn run() -> Exit {
    let Cli { global, command } = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let asked_for = !error.use_stderr();
            let _unheard = error.print();
            return if asked_for { Exit::Done } else { Exit::Usage };
        }
    };
    let settings = Settings::from_environment();
    let invocation = Invocation { ui: Ui::new(&global, &settings), global, settings, program: Cli::command };
    let Invocation { ui, global, settings, .. } = &invocation;
    let logging = logging::start(global.verbose, settings, ui);
    let logging = logging.map_err(|error| Refusal::usage(format!("{error:#}")).into());
    ui.ended(logging.and_then(|()| start(command.chosen(), &invocation)))
}

/// Runs a command that has the form that is asked for.
fn start(command: &dyn Runnable, invocation: &Invocation) -> Result<Exit, Failure> {
    if !command.forms().contains(&invocation.global.format) {
        return Err(other_form(command.forms()).into());
    }
    command.run(invocation)
}

fn other_form(forms: &[Output]) -> Refusal {
    let names = forms.iter().filter_map(|form| Some(form.to_possible_value()?.get_name().to_owned()));
    let names: Vec<String> = names.collect();
    let (last, others) = names.split_last().map_or(("", &[][..]), |(last, others)| (last.as_str(), others));
    let message = format!("this command answers {} or {last}: `--format {}`", others.join(", "), names.join("|"));
    Refusal::usage(message)
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser as _};

    use super::{Cli, Command, other_form};
    use crate::options::Output;

    /// The commands of which `command` is made, as they are typed.
    fn typed(command: &clap::Command, before: &str) -> Vec<String> {
        let each = command.get_subcommands().map(|one| (one, format!("{before} {}", one.get_name())));
        each.flat_map(|(one, name)| std::iter::once(name.clone()).chain(typed(one, &name))).collect()
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_says_what_it_does() {
        let silent = |command: &&clap::Command| command.get_about().is_none();
        assert!(Cli::command().get_subcommands().find(silent).is_none());
    }

    #[test]
    fn the_generated_lists_hold_every_command() {
        let reference = include_str!("../../../docs/reference/cli.md");
        let headings: Vec<&str> = reference.lines().filter_map(|line| line.strip_prefix("## ")).skip(1).collect();
        let commands = typed(&Cli::command(), "xcloud");
        assert_eq!(headings, commands, "run `make gen`");
        let readme = include_str!("../../../README.md");
        for command in Cli::command().get_subcommands() {
            let name = command.get_name();
            assert!(readme.contains(&format!("\n| `{name}` |")), "{name} is not in README.md: run `make gen`");
        }
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
    fn a_speed_of_nothing_is_refused() {
        assert!(Cli::try_parse_from(["xcloud", "sandbox", "serve", "--speed", "0"]).is_err());
        assert!(Cli::try_parse_from(["xcloud", "sandbox", "serve", "--speed", "nan"]).is_err());
    }

    #[test]
    fn a_form_that_a_command_does_not_have_names_those_that_it_has() {
        assert_eq!(
            other_form(&[Output::Text, Output::Json]).to_string(),
            "this command answers text or json: `--format text|json`"
        );
        let three = other_form(&[Output::Text, Output::Json, Output::Markdown]).to_string();
        assert_eq!(three, "this command answers text, json or markdown: `--format text|json|markdown`");
    }
}
