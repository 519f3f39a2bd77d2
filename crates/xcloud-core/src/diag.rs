//! What is wrong with the input: plain data with file positions, rendered by the binary.

use serde::{Deserialize, Serialize};

/// How serious a diagnostic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The input is used all the same.
    Warning,
    /// The input is refused.
    Error,
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// The file as the operator named it.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// First byte in the file's text.
    pub start: usize,
    /// First byte behind.
    pub end: usize,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Diagnostic {
    /// Where, if it has a place.
    pub span: Option<Span>,
    /// How serious.
    pub severity: Severity,
    /// A stable code: `unknown-key`, `cidr-not-canonical`.
    pub code: String,
    /// One sentence without a full stop.
    pub message: String,
    /// What to do, without a full stop.
    pub hint: Option<String>,
}

/// Everything that is wrong, in the order of the file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostics(pub Vec<Diagnostic>);

impl Diagnostics {
    /// Returns true if one of them refuses the input.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// Adds an error.
    pub fn error(&mut self, span: Option<Span>, code: &str, message: impl Into<String>, hint: Option<String>) {
        self.0.push(Diagnostic {
            span,
            severity: Severity::Error,
            code: code.to_owned(),
            message: message.into(),
            hint,
        });
    }

    /// Adds a warning.
    pub fn warning(&mut self, span: Option<Span>, code: &str, message: impl Into<String>, hint: Option<String>) {
        self.0.push(Diagnostic {
            span,
            severity: Severity::Warning,
            code: code.to_owned(),
            message: message.into(),
            hint,
        });
    }
}
