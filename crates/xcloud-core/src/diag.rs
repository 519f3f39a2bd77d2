//! What is wrong with the input: plain data with file positions, rendered by the binary.

use serde::{Deserialize, Serialize};

use crate::code::ProblemCode;
pub use crate::code::Severity;

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
    /// First byte after it.
    pub end: usize,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Diagnostic {
    /// Where, if it has a place.
    pub span: Option<Span>,
    /// How serious.
    pub severity: Severity,
    /// What it is.
    pub code: ProblemCode,
    /// One sentence without a full stop.
    pub message: String,
    /// What to do, without a full stop.
    pub hint: Option<String>,
}

/// Everything that is wrong, in the order of the file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Diagnostics(pub Vec<Diagnostic>);

impl Diagnostics {
    /// Returns true if one of them refuses the input.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// Adds an error.
    pub fn error(&mut self, span: Option<Span>, code: ProblemCode, message: impl Into<String>, hint: Option<String>) {
        debug_assert_eq!(code.severity(), Severity::Error, "{code}");
        self.0.push(Diagnostic { span, severity: Severity::Error, code, message: message.into(), hint });
    }

    /// Adds a warning.
    pub fn warning(&mut self, span: Option<Span>, code: ProblemCode, message: impl Into<String>, hint: Option<String>) {
        // Clients of both clouds in one range are legal, and hard to tell apart in a rule.
        debug_assert!(code.severity() == Severity::Warning || code == ProblemCode::BothSides, "{code}");
        self.0.push(Diagnostic { span, severity: Severity::Warning, code, message: message.into(), hint });
    }
}
