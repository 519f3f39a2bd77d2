//! `xcloud schema`: prints the JSON Schema of the config file.

use super::dispatch::Invocation;
use crate::exit::Exit;

pub(super) fn run(invocation: &Invocation) -> anyhow::Result<Exit> {
    invocation.ui.json(&xcloud_core::config::schema())?;
    Ok(Exit::Done)
}
