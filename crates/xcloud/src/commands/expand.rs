//! `xcloud expand`: prints the resources that the flows expand to, as a config file that loads and plans the same.

use anyhow::Context as _;

use super::dispatch::Invocation;
use crate::cli::Format;
use crate::exit::Exit;
use crate::input;

pub(super) fn run(invocation: &Invocation) -> anyhow::Result<Exit> {
    let ui = &invocation.ui;
    let input = match input::load(ui, &invocation.global.config) {
        Ok(input) => input,
        Err(exit) => return Ok(exit),
    };
    match ui.format {
        Format::Text => ui.result(&xcloud_core::config::expand(&input.desired))?,
        Format::Json => {
            let resources: Vec<_> = input.desired.resources.values().collect();
            let value = serde_json::to_value(resources).context("the resources cannot be written as JSON")?;
            ui.json(&serde_json::json!({ "product": input.desired.product, "resources": value }))?;
        }
    }
    Ok(Exit::Done)
}
