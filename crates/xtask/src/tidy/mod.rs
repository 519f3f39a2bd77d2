//! The rules of the tree that no compiler checks. `cargo xtask tidy` runs them, and so does every test run.

mod allowed;
mod check;
mod circles;
mod closed;
mod crates;
mod decisions;
mod facts;
mod links;
mod parameters;
mod rooms;
mod rust;
mod scope;
mod sources;
mod title_pages;
mod tree;
mod wildcards;

pub(crate) use check::{check, list, shrink};

#[cfg(test)]
mod tests;
