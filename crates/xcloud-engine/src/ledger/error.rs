//! What can be wrong with a ledger.

use object_store::path::Path;

/// What is wrong with a ledger.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// The store does not give it out.
    #[error("the ledger cannot be read: {path}: {why}")]
    Unreadable {
        /// The object, or where objects were looked for.
        path: String,
        /// What the store said.
        why: String,
    },
    /// The store does not take it.
    #[error("the ledger cannot be written: {path}: {why}")]
    Unwritable {
        /// The object.
        path: String,
        /// What the store said.
        why: String,
    },
    /// Somebody else writes this run.
    #[error("another process continues this run: {path} is not ours")]
    Overtaken {
        /// The object that should have been ours.
        path: String,
    },
    /// An object that was listed is gone.
    #[error("the ledger has lost {path}")]
    Gone {
        /// The object.
        path: String,
    },
    /// It is in a form that this program does not know, or was damaged.
    #[error("the ledger is damaged or of another version: {path}: {what}")]
    Format {
        /// The object.
        path: String,
        /// What is wrong.
        what: String,
    },
    /// It belongs to another product.
    #[error("the ledger belongs to the product {theirs}, not to {ours}")]
    OtherProduct {
        /// Whose it is.
        theirs: String,
        /// Whose it should be.
        ours: String,
    },
}

impl LedgerError {
    pub(super) fn unreadable(path: &Path, error: &object_store::Error) -> Self {
        Self::Unreadable { path: path.to_string(), why: told(error) }
    }

    pub(super) fn format(path: &Path, what: String) -> Self {
        Self::Format { path: path.to_string(), what }
    }
}

/// Returns what a store said with its causes, on one line.
pub(super) fn told(error: &object_store::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(source) = cause {
        let more = source.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = source.source();
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
