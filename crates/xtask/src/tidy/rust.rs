//! The rules that read Rust as syntax.

use super::allowed::Found;
use super::closed::Closed;
use super::tree::Crate;
use super::{circles, facts, parameters, title_pages, wildcards};

/// The crate that knows nothing of xcloud: names are its own there.
const APART: [&str; 2] = ["xcloud-sim", "xtask"];

/// Reads every crate of the workspace.
///
/// # Errors
/// If a file is not Rust.
pub(super) fn crates(files: &[String], read: &dyn Fn(&str) -> Option<String>) -> anyhow::Result<Vec<Crate>> {
    let roots = files.iter().filter(|file| file.starts_with("crates/"));
    let roots = roots.filter(|file| file.ends_with("/src/lib.rs") || file.ends_with("/src/main.rs"));
    roots.map(|root| Crate::read(root, read)).collect()
}

/// Returns everything that breaks a rule, what is allowed among it.
///
/// # Errors
/// If there is no core.
pub(super) fn findings(
    trees: &[Crate],
    files: &[String],
    read: &dyn Fn(&str) -> Option<String>,
) -> anyhow::Result<Vec<Found>> {
    let core = trees.iter().find(|tree| tree.name == "xcloud-core");
    let closed = Closed::of(core.ok_or_else(|| anyhow::anyhow!("the crate xcloud-core is not there"))?);
    let headings = facts::headings(read);
    let texts = files.iter().filter(|file| file.ends_with(".rs")).filter_map(|file| Some((file, read(file)?)));
    let mut found: Vec<Found> = texts.flat_map(|(file, text)| facts::findings(file, &text, &headings)).collect();
    for tree in trees {
        found.extend(circles::findings(tree));
        found.extend(title_pages::findings(tree));
        found.extend(parameters::findings(tree));
        if !APART.contains(&tree.name.as_str()) {
            found.extend(wildcards::findings(tree, &closed));
        }
    }
    Ok(found)
}
