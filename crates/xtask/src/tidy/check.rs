//! Runs every rule and tells everything that breaks one.

use super::{crates, decisions, sources};
use crate::workspace;

/// Runs every rule.
///
/// # Errors
/// If a rule is broken; all broken rules are told.
pub(crate) fn check() -> anyhow::Result<()> {
    let findings = findings()?;
    anyhow::ensure!(findings.is_empty(), "the tree is not tidy:\n  {}", findings.join("\n  "));
    Ok(())
}

/// Returns everything that breaks a rule.
pub(super) fn findings() -> anyhow::Result<Vec<String>> {
    let files = workspace::files()?;
    let mut findings = crates::findings(&workspace::metadata()?);
    findings.extend(crates::core_tree()?);
    findings.extend(decisions::findings(&files));
    for file in files.iter().filter(|file| file.ends_with(".rs")) {
        findings.extend(sources::findings(file, &workspace::read(file)?));
    }
    Ok(findings)
}
