//! `xcloud schema`: prints the JSON Schema of the config file.

use clap::Args;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::{Invocation, Runnable};
use crate::render;

/// Print the JSON Schema of the config file.
#[derive(Debug, Clone, Args)]
pub(crate) struct SchemaArgs {
    /// The reference of the codes instead: `make gen` writes docs/reference/codes.md from it.
    #[arg(long, hide = true)]
    codes: bool,
    /// The reference of the gates instead: `make gen` writes docs/reference/gates.md from it.
    #[arg(long, hide = true)]
    gates: bool,
}

impl Runnable for SchemaArgs {
    fn run(&self, invocation: &Invocation) -> Result<Exit, Failure> {
        if self.codes {
            invocation.ui.result(&render::codes::page())?;
        } else if self.gates {
            invocation.ui.result(&render::codes::gates())?;
        } else {
            invocation.ui.json(&xcloud_core::config::schema())?;
        }
        Ok(Exit::Done)
    }
}
