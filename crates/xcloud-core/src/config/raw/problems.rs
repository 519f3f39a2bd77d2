//! What is wrong with a file, collected: reading goes on.

use crate::diag::{Diagnostics, Span};

use super::{At, Fault, secret_value};

/// The problems of one file.
#[derive(Debug)]
pub(crate) struct Problems<'a> {
    file: &'a str,
    found: Diagnostics,
}

impl<'a> Problems<'a> {
    pub(crate) fn new(file: &'a str) -> Self {
        Self { file, found: Diagnostics::default() }
    }

    /// Returns an empty collection for the same file, to try a reading.
    pub(crate) fn scratch(&self) -> Self {
        Self::new(self.file)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.found.0.is_empty()
    }

    pub(crate) fn absorb(&mut self, other: Self) {
        self.found.0.extend(other.found.0);
    }

    pub(crate) fn error(&mut self, at: At, fault: Fault) {
        let fault = without_secrets(fault);
        self.found.error(Some(self.span(at)), fault.code, fault.message, fault.hint);
    }

    pub(crate) fn warning(&mut self, at: At, fault: Fault) {
        let fault = without_secrets(fault);
        self.found.warning(Some(self.span(at)), fault.code, fault.message, fault.hint);
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.found.has_errors()
    }

    /// Returns everything in the order of the file, each once (an anchor that is used twice is wrong once).
    pub(crate) fn finish(self) -> Diagnostics {
        let mut found = self.found;
        found.0.sort_by(|a, b| {
            let start = |span: &Option<Span>| span.as_ref().map(|span| (span.start, span.end));
            start(&a.span).cmp(&start(&b.span))
        });
        let mut seen = std::collections::BTreeSet::new();
        found.0.retain(|diagnostic| seen.insert(diagnostic.clone()));
        found
    }

    fn span(&self, at: At) -> Span {
        Span {
            file: self.file.to_owned(),
            line: at.line.max(1),
            column: at.column.max(1),
            start: at.start,
            end: at.end,
        }
    }
}

/// A message quotes what was written; what looks like a secret is quoted by none: that it stands there is the message.
fn without_secrets(fault: Fault) -> Fault {
    let secret = secret_value(&fault.message).or_else(|| fault.hint.as_deref().and_then(secret_value));
    secret.unwrap_or(fault)
}
