//! What the executor asks of a journal: written before it goes on, and asked before every call.

use xcloud_core::journal::RunEvent;
use xcloud_core::provider::BoxFuture;

/// A journal cannot be written any more, or the run has lost the right to go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Broken(pub String);

/// Where a run is written down, and what tells whether it may go on.
///
/// Once broken it stays broken: the run makes no further call and does not unwind.
pub trait Journal: Send + Sync {
    /// Writes an event down; answers when it is stored.
    ///
    /// # Errors
    /// [`Broken`] if it cannot be stored, or if somebody else writes this run.
    fn record(&self, event: RunEvent) -> BoxFuture<'_, Result<(), Broken>>;

    /// Looks whether the run may make another changing call: its lease holds. Asked directly before each call.
    ///
    /// # Errors
    /// [`Broken`] if it may not.
    fn may_call(&self) -> BoxFuture<'_, Result<(), Broken>>;

    /// Returns what broke it, if it is broken.
    fn broken(&self) -> Option<Broken>;
}
