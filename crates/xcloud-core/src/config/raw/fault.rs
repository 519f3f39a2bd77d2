//! One thing that is wrong with a file.

use crate::code::ProblemCode;

/// One thing that is wrong, without its place.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    pub(crate) code: ProblemCode,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
}

impl Fault {
    pub(crate) fn new(code: ProblemCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: None }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
