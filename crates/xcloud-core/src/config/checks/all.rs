//! Everything that is held against everything else.

use super::{claims, graph, names, pins};
use crate::config::parsed_resource::Draft;
use crate::config::raw::Problems;

/// Reports everything that no two resources may share, and what does not fit together. Flows are checked among
/// themselves where they are read: here every declared resource is held against all others.
pub(in crate::config) fn check(expanded: &[Draft], declared: &[Draft], product: &str, problems: &mut Problems<'_>) {
    let all: Vec<&Draft> = expanded.iter().chain(declared).collect();
    names::check(&all, product, problems);
    claims::check(expanded, declared, problems);
    graph::check(&all, problems);
    pins::check(expanded, declared, problems);
}
