//! `xcloud schema`: prints the JSON Schema of the config file.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::render;

pub(super) fn run(invocation: &Invocation, codes: bool) -> Result<Exit, Failure> {
    if codes {
        invocation.ui.result(&render::codes::page())?;
    } else {
        invocation.ui.json(&xcloud_core::config::schema())?;
    }
    Ok(Exit::Done)
}
