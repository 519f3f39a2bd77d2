//! What is wrong between resources, whichever layer they come from.

mod claims;
mod graph;
mod names;
mod pins;

use super::draft::Draft;
use super::raw::Problems;

/// Reports everything that no two resources may share, and what does not fit together. Flows are checked among
/// themselves where they are read: here every declared resource is held against all others.
pub(crate) fn check(expanded: &[Draft], declared: &[Draft], product: &str, problems: &mut Problems<'_>) {
    let all: Vec<&Draft> = expanded.iter().chain(declared).collect();
    names::check(&all, product, problems);
    claims::check(expanded, declared, problems);
    graph::check(&all, problems);
    pins::check(expanded, declared, problems);
}
