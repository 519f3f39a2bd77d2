//! Where the tree stands and what is in it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use serde_json::Value;

/// Returns the root of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Returns the files that git knows, relative to the root.
///
/// # Errors
/// If git cannot list them.
pub(crate) fn files() -> anyhow::Result<Vec<String>> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .context("git cannot be started")?;
    anyhow::ensure!(output.status.success(), "git ls-files ended with {}", output.status);
    let files = String::from_utf8(output.stdout).context("a file name is not Unicode")?;
    Ok(files.lines().filter(|file| root().join(file).exists()).map(str::to_owned).collect())
}

/// Returns a file's text.
///
/// # Errors
/// If it cannot be read as text.
pub(crate) fn read(file: &str) -> anyhow::Result<String> {
    std::fs::read_to_string(root().join(file)).with_context(|| format!("{file} cannot be read"))
}

/// Returns what cargo knows of the workspace, without the dependencies' own.
///
/// # Errors
/// If cargo cannot answer.
pub(crate) fn metadata() -> anyhow::Result<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps"])
        .current_dir(root())
        .output()
        .context("cargo cannot be started")?;
    anyhow::ensure!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).context("cargo metadata is not JSON")
}
