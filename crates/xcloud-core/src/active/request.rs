//! What a failover is asked to do.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// What a failover is asked to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failover {
    /// The region that becomes active.
    pub to: String,
    /// The environments.
    pub envs: BTreeSet<String>,
    /// The id of the run: it stands in the records.
    pub run: String,
    /// A disaster: behind the switch the run goes forward only, and never sends traffic back.
    pub unplanned: bool,
    /// When the region that is left is fenced.
    pub fence: Fence,
    /// Gates that were red and are passed all the same.
    pub passed: BTreeSet<String>,
}

/// When the region that is left is fenced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fence {
    /// Right behind the commit.
    Now,
    /// Once connections that stood before the switch have had time to end.
    AfterDrain,
    /// Before the switch.
    BeforeSwitch,
    /// Not at all.
    None,
}
