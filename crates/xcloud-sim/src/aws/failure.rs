//! A refusal: HTTP status, code and message, before it is put into a service's error format.

/// Why a call is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) status: u16,
    pub(super) code: String,
    pub(super) message: String,
}

impl Failure {
    /// Refuses with HTTP 400.
    pub(super) fn new(code: &str, message: impl Into<String>) -> Self {
        Self { status: 400, code: code.to_owned(), message: message.into() }
    }

    /// Refuses with another HTTP status.
    pub(super) fn with_status(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self { status, ..Self::new(code, message) }
    }
}

/// Refuses unless `condition` holds.
pub(super) fn ensure(condition: bool, code: &str, message: impl FnOnce() -> String) -> Result<(), Failure> {
    if condition { Ok(()) } else { Err(Failure::new(code, message())) }
}
