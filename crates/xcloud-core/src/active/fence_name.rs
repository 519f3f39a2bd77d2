//! How a fence's rules are called.

/// Azure's limit of a rule's name, in characters.
const NAME_LIMIT: usize = 80;

/// The end of a fence's rule's name, after the name of the rule that it denies.
const SUFFIX: &str = "-fence";

/// Returns the name of the rule that denies what a rule lets through. A long name is cut in the middle: its end tells
/// the region.
#[must_use]
pub fn fence_name(rule: &str) -> String {
    /// Longer than any region's name.
    const END: usize = 16;
    let letters: Vec<char> = rule.chars().collect();
    let cut = (letters.len() + SUFFIX.len()).saturating_sub(NAME_LIMIT);
    let head = letters.len().saturating_sub(END + cut);
    letters[..head].iter().chain(&letters[head + cut..]).chain(&SUFFIX.chars().collect::<Vec<_>>()).collect()
}

/// Returns the name of the rule that a fence's rule denies, as far as its end tells it.
pub(crate) fn fenced_name(name: &str) -> &str {
    name.strip_suffix(SUFFIX).unwrap_or(name)
}
