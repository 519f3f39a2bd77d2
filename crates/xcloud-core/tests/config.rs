//! The config as operators write it: examples, schema, and what is wrong with bad files.

#![expect(
    clippy::disallowed_methods,
    reason = "a test reads the examples and writes golden files; the library does neither"
)]

#[path = "config/bad_files.rs"]
mod bad_files;
#[path = "config/examples.rs"]
mod examples;
#[path = "config/expand.rs"]
mod expand;
#[path = "config/flows.rs"]
mod flows;
#[path = "config/generated.rs"]
mod generated;
#[path = "config/schema.rs"]
mod schema;

use std::path::{Path, PathBuf};

/// The repository's root.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Reads a file of the repository.
fn read(path: &str) -> String {
    let full = root().join(path);
    std::fs::read_to_string(&full).unwrap_or_else(|error| panic!("{}: {error}", full.display()))
}

/// Compares a file of the repository with what it should hold; with `UPDATE=1` it is written.
fn golden(path: &str, actual: &str) {
    let full = root().join(path);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&full, actual).unwrap_or_else(|error| panic!("{}: {error}", full.display()));
    }
    let expected = std::fs::read_to_string(&full).unwrap_or_default();
    assert_eq!(expected, actual, "{path} is not what it should be; UPDATE=1 writes it");
}
