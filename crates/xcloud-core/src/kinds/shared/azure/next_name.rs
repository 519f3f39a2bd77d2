//! What the new form of a rule is called while the old one stands.

use std::collections::BTreeSet;

/// Azure's limit of a name, in characters; a longer one is cut before `-next`.
const NAME_LIMIT: usize = 80;

/// The name under which the new form of a rule stands beside the old one until the commit point.
pub(crate) fn next_name(name: &str, taken: &BTreeSet<String>) -> String {
    let base: String = name.chars().take(NAME_LIMIT - "-next-99".len()).collect();
    let numbered = (2..).map(|number| format!("{base}-next-{number}"));
    let mut names = std::iter::once(format!("{base}-next")).chain(numbered);
    names.find(|name| !taken.contains(&name.to_ascii_lowercase())).unwrap_or_else(|| format!("{base}-next"))
}
