//! `xcloud man`: the man page, or one page for each command.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::{Invocation, Runnable};

/// Print the man page, or write one page for each command into a directory.
#[derive(Debug, Clone, Args)]
pub(crate) struct ManArgs {
    /// Write `xcloud.1`, `xcloud-plan.1`, ... here.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl Runnable for ManArgs {
    fn run(&self, invocation: &Invocation) -> Result<Exit, Failure> {
        let program = (invocation.program)();
        if let Some(dir) = &self.out {
            std::fs::create_dir_all(dir).with_context(|| format!("{} cannot be created", dir.display()))?;
            clap_mangen::generate_to(program, dir).context("the man pages cannot be written")?;
            return Ok(Exit::Done);
        }
        let mut page = Vec::new();
        clap_mangen::Man::new(program).render(&mut page).context("the man page cannot be made")?;
        invocation.ui.result(&String::from_utf8(page).context("the man page is not text")?)?;
        Ok(Exit::Done)
    }
}
