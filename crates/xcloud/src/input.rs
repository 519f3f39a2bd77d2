//! The config file: read, checked, and refused with everything that is wrong with it.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use xcloud_core::config;
use xcloud_core::model::Desired;
use xcloud_core::plan::{Filter, PlanOptions};

use crate::failure::Refusal;
use crate::ui::Ui;

/// A config file that can be used.
pub(crate) struct Input {
    /// The file as the operator named it.
    pub(crate) file: String,
    /// Its text.
    pub(crate) text: String,
    /// What it declares.
    pub(crate) desired: Desired,
}

impl Input {
    /// Returns the SHA-256 of the text.
    pub(crate) fn fingerprint(&self) -> String {
        fingerprint(&self.text)
    }
}

/// Returns the SHA-256 of a config's text.
pub(crate) fn fingerprint(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads the file. What cannot be read is refused here, with a hint.
pub(crate) fn read(path: &Path) -> Result<(String, String), Refusal> {
    let file = path.display().to_string();
    match std::fs::read_to_string(path) {
        Ok(text) => Ok((file, text)),
        Err(error) => {
            let refusal = Refusal::new(format!("{file} cannot be read: {error}"));
            Err(match error.kind() {
                ErrorKind::InvalidData => refusal.hint("save the file as UTF-8"),
                ErrorKind::IsADirectory => refusal.hint("name the file, not its folder: `-c FILE`"),
                ErrorKind::PermissionDenied => refusal.hint("make the file readable for this user"),
                _ => refusal.hint("name the config with `-c FILE`"),
            })
        }
    }
}

/// Reads and checks the config; warnings are shown.
pub(crate) fn load(ui: &Ui, path: &Path) -> Result<Input, Refusal> {
    let (file, text) = read(path)?;
    let (desired, diagnostics) = config::load(&file, &text);
    match desired {
        Some(desired) if !diagnostics.has_errors() => {
            ui.diagnostics(&diagnostics, &text);
            Ok(Input { file, text, desired })
        }
        _ => Err(Refusal::new(format!("{file} is not valid")).problems(diagnostics, &text)),
    }
}

/// Refuses filters that select nothing: a typing error must not read as "no changes".
pub(crate) fn check_filter(desired: &Desired, options: &PlanOptions) -> Result<(), Refusal> {
    let filter = &options.filter;
    among("environment", &filter.envs, &envs(desired))?;
    among("region", &filter.regions, &regions(desired))?;
    // What is deleted need not be in the config any more.
    if options.prune || options.destroy {
        return Ok(());
    }
    let matches = |target: &String| {
        let one = Filter { targets: [target.clone()].into(), ..Filter::default() };
        desired.resources.keys().any(|addr| one.includes(addr))
    };
    match filter.targets.iter().find(|target| !matches(target)) {
        Some(unknown) => Err(Refusal::new(format!("nothing in the config has the address `{unknown}`"))
            .hint("`xcloud plan -v` shows every address; `*` stands for any text")),
        None => Ok(()),
    }
}

/// Refuses a name that the config does not have.
pub(crate) fn among<'n>(
    what: &str,
    names: impl IntoIterator<Item = &'n String>,
    known: &BTreeSet<&str>,
) -> Result<(), Refusal> {
    let Some(unknown) = names.into_iter().find(|name| !known.contains(name.as_str())) else { return Ok(()) };
    let known: Vec<&str> = known.iter().copied().collect();
    Err(Refusal::new(format!("there is no {what} `{unknown}`; the config has {}", known.join(", "))))
}

/// Every region that the config names.
fn regions(desired: &Desired) -> BTreeSet<&str> {
    let declared = std::iter::once(desired.regions.primary.as_str()).chain(desired.regions.dr.as_deref());
    declared.chain(desired.resources.keys().map(|addr| addr.region()).filter(|region| *region != "azure")).collect()
}

/// Every environment that an address names, beside `shared`.
fn envs(desired: &Desired) -> BTreeSet<&str> {
    let named = desired.resources.keys().map(|addr| addr.env()).filter(|env| *env != "shared");
    named.chain(desired.environments.keys().map(String::as_str)).collect()
}

/// Returns where the state of a product stands: beside the config.
pub(crate) fn state_dir(config: &Path) -> PathBuf {
    let beside = config.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    beside.join(".xcloud")
}
