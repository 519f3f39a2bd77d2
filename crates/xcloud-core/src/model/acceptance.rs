//! Who lets an endpoint connect.

use serde::{Deserialize, Serialize};

/// Who accepts connections to an endpoint service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Acceptance {
    /// xcloud accepts exactly the endpoints that it made.
    Managed,
    /// The service accepts every allowed principal.
    Automatic,
}

/// Who approves the connection of a private endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Approval {
    /// xcloud approves exactly the connection that it made.
    Managed,
    /// The service approves it at once.
    Automatic,
    /// The owner of the service does, some time: xcloud asks, and never approves.
    ByOwner,
}

impl Approval {
    /// Returns the word of the config.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Managed => "managed",
            Self::Automatic => "automatic",
            Self::ByOwner => "by-owner",
        }
    }

    /// Returns the approval of a word of the config.
    pub(crate) fn of(word: &str) -> Option<Self> {
        [Self::Managed, Self::Automatic, Self::ByOwner].into_iter().find(|approval| approval.word() == word)
    }
}
