//! The name of a run in the ledger.

use object_store::path::Path;

/// A run in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RunKey {
    /// The epoch of the lease under which it began.
    pub epoch: u64,
    /// Its id.
    pub run: String,
}

impl RunKey {
    /// Returns the key that a folder or an object is named after.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let (epoch, run) = path.filename()?.split_once('-')?;
        Some(Self { epoch: epoch.parse().ok()?, run: run.to_owned() })
    }

    /// Returns what folders and objects of the run are named: sorted by name they are in order.
    pub(super) fn name(&self) -> String {
        format!("{:08}-{}", self.epoch, self.run)
    }
}
