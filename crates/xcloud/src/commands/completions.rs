//! `xcloud completions`: a completion script for a shell.

use anyhow::Context as _;
use clap::Args;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::{Invocation, Runnable};

/// Print a completion script for a shell.
#[derive(Debug, Clone, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell.
    shell: clap_complete::Shell,
}

impl Runnable for CompletionsArgs {
    fn run(&self, invocation: &Invocation) -> Result<Exit, Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut (invocation.program)(), "xcloud", &mut script);
        invocation.ui.result(&String::from_utf8(script).context("the completion script is not text")?)?;
        Ok(Exit::Done)
    }
}
