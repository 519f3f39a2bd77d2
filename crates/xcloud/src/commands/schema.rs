//! `xcloud schema`: prints the JSON Schema of the config file.

use super::dispatch::Invocation;
use crate::exit::Exit;
use crate::render;

pub(super) fn run(invocation: &Invocation, codes: bool) -> anyhow::Result<Exit> {
    if codes {
        invocation.ui.result(&render::codes::page())?;
    } else {
        invocation.ui.json(&xcloud_core::config::schema())?;
    }
    Ok(Exit::Done)
}
