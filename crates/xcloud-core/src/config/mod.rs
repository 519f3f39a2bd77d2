//! From YAML text to [`Desired`]: every problem at once, each with its line and column.

use crate::diag::Diagnostics;
use crate::model::Desired;

/// Reads a config file's text. `file` is the name that diagnostics print.
///
/// Answers the desired state if no diagnostic is an error, and all diagnostics.
#[must_use]
pub fn load(file: &str, _text: &str) -> (Option<Desired>, Diagnostics) {
    let mut diagnostics = Diagnostics::default();
    diagnostics.error(None, "not-built", format!("{file} cannot be read yet"), None);
    (None, diagnostics)
}
