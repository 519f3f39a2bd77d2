//! `xcloud completions` and `xcloud man`.

use std::path::Path;

use anyhow::Context as _;
use clap::CommandFactory as _;

use crate::cli::Cli;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;

pub(super) fn completions(invocation: &Invocation, shell: clap_complete::Shell) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "xcloud", &mut script);
    invocation.ui.result(&String::from_utf8(script).context("the completion script is not text")?)?;
    Ok(Exit::Done)
}

pub(super) fn man(invocation: &Invocation, out: Option<&Path>) -> Result<Exit, Failure> {
    if let Some(dir) = out {
        std::fs::create_dir_all(dir).with_context(|| format!("{} cannot be made", dir.display()))?;
        clap_mangen::generate_to(Cli::command(), dir).context("the man pages cannot be written")?;
        return Ok(Exit::Done);
    }
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut page).context("the man page cannot be made")?;
    invocation.ui.result(&String::from_utf8(page).context("the man page is not text")?)?;
    Ok(Exit::Done)
}
