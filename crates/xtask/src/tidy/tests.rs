//! The tree keeps its rules.

use super::check::findings;

#[test]
fn the_tree_is_tidy() {
    let findings = findings().expect("the tree can be read");
    assert!(findings.broken.is_empty(), "{}", findings.broken.join("\n"));
}

#[test]
fn the_list_of_what_is_allowed_is_not_longer_than_needed() {
    let findings = findings().expect("the tree can be read");
    assert!(findings.shorter.is_empty(), "`cargo xtask tidy --shrink` mends this:\n{}", findings.shorter.join("\n"));
}
