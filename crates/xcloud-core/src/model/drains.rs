//! How long a way that was left is kept.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Addr;

/// How long what was left drains before what it stands on goes, in seconds, where the config says so. Without a word in it
/// AWS shows when a way carries nothing any more.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drains {
    /// By environment.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub environments: BTreeMap<String, u64>,
    /// By resource: before its environment.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub resources: BTreeMap<Addr, u64>,
}

impl Drains {
    /// The longest time for which a drain without a word in the config is waited for: AWS's default deregistration delay of
    /// 300 s, in which a target drains, and 300 s more.
    pub const MOST_SECS: u64 = 600;

    /// Returns how long what this resource leaves drains, if the config says so.
    #[must_use]
    pub fn secs_of(&self, addr: &Addr) -> Option<u64> {
        self.resources.get(addr).or_else(|| self.environments.get(addr.env())).copied()
    }

    /// Returns true if the config says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.environments.is_empty() && self.resources.is_empty()
    }
}
