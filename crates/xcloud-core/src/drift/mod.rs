//! Drift: what is not as declared, property by property, by its meaning and not by its text.
//!
//! ```text
//! Desired, Observed ──► plan::compare ──► report ──► findings, ignored ones, what was not checked
//! ```

mod finding;
mod ignore;
mod report;
mod rules;
#[cfg(test)]
mod tests;

pub use finding::{Class, Finding, Severity};
pub use ignore::Ignored;
pub use report::{Report, report};
