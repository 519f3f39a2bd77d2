//! `xcloud expand`: prints the resources that the flows expand to, as a config file that loads and plans the same.

use anyhow::Context as _;
use clap::Args;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::{Invocation, Runnable};

/// Print the resources that the flows expand to, as a config file.
#[derive(Debug, Clone, Args)]
pub(crate) struct ExpandArgs;

impl Runnable for ExpandArgs {
    fn run(&self, invocation: &Invocation) -> Result<Exit, Failure> {
        let desired = invocation.input()?.desired;
        let resources: Vec<_> = desired.resources.values().collect();
        let value = serde_json::to_value(resources).context("the resources cannot be written as JSON")?;
        let json = || serde_json::json!({ "product": desired.product, "resources": value });
        invocation.ui.answer(|| xcloud_core::config::expand(&desired), json)?;
        Ok(Exit::Done)
    }
}
