//! `xcloud validate`: checks the config without calling a cloud.

use super::dispatch::Invocation;
use crate::cli::Format;
use crate::exit::Exit;
use crate::input;
use crate::render::{diagnostics, json};

pub(super) fn run(invocation: &Invocation) -> anyhow::Result<Exit> {
    let ui = &invocation.ui;
    let (file, text) = match input::read(ui, &invocation.global.config) {
        Ok(read) => read,
        Err(exit) => return Ok(exit),
    };
    let (desired, problems) = xcloud_core::config::load(&file, &text);
    let resources = desired.as_ref().map_or(0, |desired| desired.resources.len());
    let valid = desired.is_some() && !problems.has_errors();
    ui.diagnostics(&problems, &text);
    match ui.format {
        Format::Json => ui.json(&json::validation(&file, resources, &problems))?,
        Format::Text if valid && problems.0.is_empty() => {
            ui.result(&format!("{file} is valid: {resources} resources\n"))?
        }
        Format::Text if valid => {
            let tally = diagnostics::tally(&problems);
            ui.result(&format!("{file} is valid, with {tally}: {resources} resources\n"))?;
        }
        Format::Text => ui.result(&format!("{file} is not valid: {}\n", diagnostics::tally(&problems)))?,
    }
    Ok(if valid { Exit::Done } else { Exit::Refused })
}
