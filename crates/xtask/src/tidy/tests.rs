//! The tree keeps its rules.

use super::check::findings;

#[test]
fn the_tree_is_tidy() {
    let findings = findings().expect("the tree can be read");
    assert!(findings.broken.is_empty(), "{}", findings.broken.join("\n"));
}
