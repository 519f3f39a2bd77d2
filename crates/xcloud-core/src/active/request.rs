//! What a failover is asked to do.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::record::{ActiveRecord, OldRegion};
use super::standing::Standing;

/// What a failover is asked to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failover {
    /// The region that becomes active.
    pub to: String,
    /// The environments.
    pub envs: BTreeSet<String>,
    /// The id of the run: it stands in the records.
    pub run: String,
    /// A disaster: after the switch the run goes forward only, and never sends traffic back.
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
    /// Right after the commit.
    Now,
    /// Once connections that stood before the switch have had time to end.
    AfterDrain,
    /// Before the switch.
    BeforeSwitch,
    /// Not at all.
    None,
}

impl Failover {
    /// Returns the record as the intent writes it.
    pub(crate) fn intended(&self, Standing { record, .. }: &Standing) -> ActiveRecord {
        let (epoch, to, run) = (record.epoch + 1, Some(self.to.clone()), self.run.clone());
        ActiveRecord { epoch, to, run, ..record.clone() }
    }

    /// Returns the record as the commit writes it.
    pub(crate) fn committed(&self, standing: &Standing) -> ActiveRecord {
        let old = if self.fence == Fence::None { OldRegion::Open } else { OldRegion::Fenced };
        ActiveRecord { region: self.to.clone(), to: None, old, ..self.intended(standing) }
    }
}
