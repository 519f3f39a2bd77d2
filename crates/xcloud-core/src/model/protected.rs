//! What must not go.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Addr;

/// What no plan deletes or replaces, since the config says `protect: true` of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Protected {
    /// Environments: whatever has an address in one, also if it is declared no more.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub environments: BTreeSet<String>,
    /// Resources.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub resources: BTreeSet<Addr>,
}

impl Protected {
    /// Returns true if nothing is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.environments.is_empty() && self.resources.is_empty()
    }
}
