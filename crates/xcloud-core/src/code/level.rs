//! How grave what a code stands for is, and what it is to drift.

use serde::{Deserialize, Serialize};

/// How serious a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The input is used all the same.
    Warning,
    /// The input is refused.
    Error,
}

impl Severity {
    /// Returns the word of the contract.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// How serious a note is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NoteLevel {
    /// Good to know.
    Info,
    /// It may cost later.
    Warning,
}

impl NoteLevel {
    /// Returns the word of the contract.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
        }
    }
}

/// What kind of difference a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// It is declared, and live it is something else.
    Changed,
    /// It is declared and not live.
    Missing,
    /// It is live on what is ours, and nobody declared it.
    Unmanaged,
    /// It carries our mark and is not declared.
    Orphan,
    /// It could not be read or compared.
    Unknown,
}

impl Class {
    /// Every class.
    pub const ALL: [Self; 5] = [Self::Changed, Self::Missing, Self::Unmanaged, Self::Orphan, Self::Unknown];

    /// Returns the word of the contract.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Missing => "missing",
            Self::Unmanaged => "unmanaged",
            Self::Orphan => "orphan",
            Self::Unknown => "unknown",
        }
    }
}
