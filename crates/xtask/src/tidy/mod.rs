//! The rules of the tree that no compiler checks. `cargo xtask tidy` runs them, and so does every test run.

mod check;
mod crates;
mod decisions;
mod sources;

pub(crate) use check::check;

#[cfg(test)]
mod tests;
