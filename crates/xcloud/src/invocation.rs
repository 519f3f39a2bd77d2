//! What every command gets: the terminal, the options of every command, and the environment.

use std::path::Path;

use xcloud_core::plan::PlanOptions;

use crate::exit::Exit;
use crate::failure::{Failure, Refusal};
use crate::input::{self, Input};
use crate::options::{Global, Output};
use crate::settings::Settings;
use crate::ui::Ui;

/// What every command gets.
#[derive(Clone)]
pub(crate) struct Invocation {
    /// The terminal.
    pub(crate) ui: Ui,
    /// The options of every command.
    pub(crate) global: Global,
    /// The environment.
    pub(crate) settings: Settings,
    /// Returns the whole command line, for completions and man pages.
    pub(crate) program: fn() -> clap::Command,
}

/// A command with its arguments.
pub(crate) trait Runnable {
    /// Returns the forms of result that it has.
    fn forms(&self) -> &'static [Output] {
        &[Output::Text, Output::Json]
    }

    /// Does what was asked.
    ///
    /// # Errors
    /// Why it was not done.
    fn run(&self, invocation: &Invocation) -> Result<Exit, Failure>;
}

impl Invocation {
    /// Returns the same command with another config.
    pub(crate) fn of(&self, config: &Path) -> Self {
        let global = Global { config: config.to_path_buf(), ..self.global.clone() };
        Self { global, ..self.clone() }
    }

    /// Reads and checks the config; warnings are shown.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub(crate) fn input(&self) -> Result<Input, Refusal> {
        input::load(&self.ui, &self.global.config)
    }

    /// Reads and checks the config, of which these options choose a part.
    ///
    /// # Errors
    /// Everything that is wrong with it, or a filter that selects nothing.
    pub(crate) fn input_for(&self, options: &PlanOptions) -> Result<Input, Refusal> {
        let input = self.input()?;
        input::check_filter(&input.desired, options)?;
        Ok(input)
    }
}
