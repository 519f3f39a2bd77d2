//! Runs every rule and tells everything that breaks one.

use std::collections::BTreeMap;

use super::allowed::{Allowed, Found, Judged};
use super::{circles, crates, decisions, links, rust, sources};
use crate::workspace;

/// What is allowed although a rule forbids it.
const ALLOWED: &str = "crates/xtask/src/tidy/allowed.txt";

/// Runs every rule.
///
/// # Errors
/// If a rule is broken; all broken rules are told.
pub(crate) fn check() -> anyhow::Result<()> {
    let Judged { broken, shorter } = findings()?;
    for line in &shorter {
        println!("{line}: `cargo xtask tidy --shrink` shortens {ALLOWED}");
    }
    anyhow::ensure!(broken.is_empty(), "the tree is not tidy:\n  {}", broken.join("\n  "));
    Ok(())
}

/// Takes out of the list of what is allowed whatever is there no more.
///
/// # Errors
/// If the list cannot be read or written.
pub(crate) fn shrink() -> anyhow::Result<()> {
    let found = found(&workspace::files()?)?;
    let list = Allowed::read(&workspace::read(ALLOWED)?)?;
    Ok(std::fs::write(workspace::root().join(ALLOWED), list.shrunk(&found))?)
}

/// Prints everything that breaks a rule, what is allowed among it, and how many of each.
///
/// # Errors
/// If the tree cannot be read.
pub(crate) fn list() -> anyhow::Result<()> {
    let files = workspace::files()?;
    let trees = rust::crates(&files, &read)?;
    let mut counts: BTreeMap<&str, usize> = BTreeMap::from([("circles", trees.iter().map(circles::count).sum())]);
    for found in found(&files)? {
        println!("{} | {} | {}: {}", found.rule, found.place, found.at, found.text);
        *counts.entry(found.rule).or_default() += 1;
    }
    trees.iter().flat_map(circles::arrows).for_each(|arrow| println!("arrow | {arrow}"));
    counts.into_iter().for_each(|(rule, count)| println!("{rule}: {count}"));
    Ok(())
}

/// Returns everything that breaks a rule, and what is mended and still stands in the list.
pub(super) fn findings() -> anyhow::Result<Judged> {
    let files = workspace::files()?;
    let mut broken = crates::findings(&workspace::metadata()?);
    broken.extend(crates::core_tree()?);
    broken.extend(decisions::findings(&files));
    for file in files.iter().filter(|file| file.ends_with(".rs")) {
        broken.extend(sources::findings(file, &workspace::read(file)?));
    }
    // The rules' own examples name pages that nobody wrote.
    let linking =
        |file: &&String| file.ends_with(".md") || (file.ends_with(".rs") && !file.starts_with("crates/xtask/"));
    for file in files.iter().filter(linking) {
        broken.extend(links::findings(file, &workspace::read(file)?, &files));
    }
    let mut judged = Allowed::read(&workspace::read(ALLOWED)?)?.judge(&found(&files)?);
    judged.broken.extend(broken);
    Ok(judged)
}

fn found(files: &[String]) -> anyhow::Result<Vec<Found>> {
    rust::findings(&rust::crates(files, &read)?, files, &read)
}

fn read(file: &str) -> Option<String> {
    workspace::read(file).ok()
}
