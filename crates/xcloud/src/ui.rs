//! The terminal: results to stdout and nothing else; questions, progress and diagnostics to stderr.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

use anstream::{AutoStream, ColorChoice};
use xcloud_core::diag::Diagnostics;

use crate::exit::Exit;
use crate::failure::{Failure, Refusal};
use crate::options::{Global, Output};
use crate::render::style::{BAD, DIM, HEADING, WARNING, paint};
use crate::render::{diagnostics, json};
use crate::settings::Settings;

/// Where results and messages go, and how they look.
#[derive(Debug, Clone)]
pub(crate) struct Ui {
    /// The form of the result.
    pub(crate) format: Output,
    /// Whether more is shown.
    pub(crate) verbose: bool,
    out: ColorChoice,
    err: ColorChoice,
    out_columns: Option<usize>,
    err_columns: Option<usize>,
    interactive: bool,
    /// Where results go in place of stdout; then nothing is said on stderr either. For tests of whole stories.
    heard: Option<Arc<Mutex<String>>>,
    redraws: bool,
}

impl Ui {
    /// Looks at the terminal. `NO_COLOR`, `CLICOLOR` and the like are honoured.
    pub(crate) fn new(global: &Global, settings: &Settings) -> Self {
        let choice = |auto| if global.no_color { ColorChoice::Never } else { auto };
        let err = choice(AutoStream::choice(&io::stderr()));
        Self {
            format: global.format,
            verbose: global.verbose > 0,
            out: choice(AutoStream::choice(&io::stdout())),
            err,
            out_columns: columns(io::stdout().is_terminal(), terminal_size::terminal_size_of(io::stdout())),
            err_columns: columns(io::stderr().is_terminal(), terminal_size::terminal_size_of(io::stderr())),
            interactive: io::stdin().is_terminal() && io::stderr().is_terminal(),
            heard: None,
            redraws: err != ColorChoice::Never && !settings.dumb_terminal() && global.verbose == 0,
        }
    }

    /// Lets results and everything that is said be heard in place of the terminal.
    #[cfg(feature = "testbed")]
    pub(crate) fn heard_by(mut self, heard: Arc<Mutex<String>>) -> Self {
        (self.heard, self.interactive) = (Some(heard), false);
        self
    }

    fn hear(&self, text: &str) -> bool {
        let Some(heard) = &self.heard else { return false };
        heard.lock().unwrap_or_else(PoisonError::into_inner).push_str(text);
        true
    }

    /// Returns the columns of stdout, if it is a terminal.
    pub(crate) fn out_columns(&self) -> Option<usize> {
        self.out_columns
    }

    /// Returns the columns of stderr, if it is a terminal.
    pub(crate) fn err_columns(&self) -> Option<usize> {
        self.err_columns
    }

    /// Returns the columns of stderr, if lines there can be redrawn: without escapes, or among log lines, they
    /// cannot.
    pub(crate) fn live_columns(&self) -> Option<usize> {
        self.err_columns.filter(|_| self.redraws)
    }

    /// Writes the result.
    ///
    /// # Errors
    /// If stdout cannot be written; a reader that has gone away (`| head`) is no error.
    pub(crate) fn result(&self, text: &str) -> io::Result<()> {
        if self.hear(text) {
            return Ok(());
        }
        let mut out = AutoStream::new(io::stdout().lock(), self.out);
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => other,
        }
    }

    /// Writes a JSON result.
    ///
    /// # Errors
    /// As [`Ui::result`].
    pub(crate) fn json(&self, value: &serde_json::Value) -> io::Result<()> {
        self.result(&format!("{value:#}\n"))
    }

    /// Writes the result in the form that was asked for.
    ///
    /// # Errors
    /// As [`Ui::result`].
    pub(crate) fn answer(
        &self,
        text: impl FnOnce() -> String,
        json: impl FnOnce() -> serde_json::Value,
    ) -> io::Result<()> {
        match self.format {
            Output::Json => self.json(&json()),
            Output::Text | Output::Markdown | Output::Junit => self.result(&text()),
        }
    }

    /// Says something on stderr. If even that cannot be written, there is nobody to tell.
    pub(crate) fn say(&self, text: &str) {
        if self.hear(text) {
            return;
        }
        let mut err = AutoStream::new(io::stderr().lock(), self.err);
        let _unheard = err.write_all(text.as_bytes()).and_then(|()| err.flush());
    }

    /// Says something about the run, in the background.
    pub(crate) fn remark(&self, text: &str) {
        self.say(&format!("{}\n", paint(DIM, text)));
    }

    /// Warns.
    pub(crate) fn warn(&self, text: &str) {
        self.say(&format!("{} {text}\n", paint(WARNING, "warning:")));
    }

    /// Returns true if stderr shows colours.
    pub(crate) fn coloured_err(&self) -> bool {
        self.err != ColorChoice::Never
    }

    /// Shows diagnostics, if there are any.
    pub(crate) fn diagnostics(&self, problems: &Diagnostics, source: &str) {
        if !problems.0.is_empty() {
            self.say(&diagnostics::text(problems, source, self.err_columns.unwrap_or(120)));
        }
    }

    /// Says why something is not done, with every diagnostic.
    pub(crate) fn error(&self, failure: &Failure) {
        let (problems, source) = failure.problems();
        self.diagnostics(problems, source);
        self.say(&format!("{} {failure}\n", paint(BAD, "error:")));
    }

    /// Ends a command: a failure is said, and takes the place of the result for scripts.
    pub(crate) fn ended(&self, ended: Result<Exit, Failure>) -> Exit {
        let failure = match ended {
            Ok(exit) => return exit,
            Err(failure) => failure,
        };
        self.error(&failure);
        let exit = failure.exit();
        if self.format == Output::Json {
            let _unheard = self.json(&json::refusal(&failure.to_string(), exit.code(), failure.problems().0));
        }
        exit
    }

    /// Asks the operator to type the product's name. `else_holds`: what is true if that is not done.
    ///
    /// # Errors
    /// Something else was typed, or there is no terminal to ask on.
    pub(crate) fn confirm(&self, question: &str, product: &str, else_holds: &str) -> Result<(), Refusal> {
        if !self.interactive {
            let refusal = Refusal::new(format!("there is no terminal to ask on: {else_holds}"));
            return Err(refusal.hint("--yes goes on without asking"));
        }
        self.say(&format!("\n{}\nType {} to go on: ", question, paint(HEADING, product)));
        let mut typed = String::new();
        match io::stdin().lock().read_line(&mut typed) {
            Ok(_) if typed.trim() == product => Ok(()),
            Ok(_) | Err(_) => Err(Refusal::new(format!("not confirmed: {else_holds}"))),
        }
    }
}

fn columns(is_terminal: bool, size: Option<(terminal_size::Width, terminal_size::Height)>) -> Option<usize> {
    is_terminal.then(|| size.map_or(80, |(width, _)| usize::from(width.0)))
}
