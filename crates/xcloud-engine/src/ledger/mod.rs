//! The ledger: where runs are recorded. Every object is written once and never changed, so that a local disk, S3 and
//! Azure Blob behave the same.
//!
//! ```text
//! ledger.json                                    whose it is, in which format
//! runs/<epoch>-<run id>/<sequence>.json          the journal of a run: batches of entries
//! runs/<epoch>-<run id>/report.{json,md}         the report of a failover
//! failovers/<epoch>-<run id>.json                which epochs a failover reached, and what it owes
//! failovers/<epoch>-<run id>-settled.json        what it owed is done
//! lease/<sequence>.json                          the lease log: who works on the product now
//! drift/<sequence>.json                          what drift told, written when that changes
//! ```
//!
//! Runs are ordered by the epoch of the lease under which they began, never by a clock.

mod error;
mod failovers;
mod findings;
mod identity;
mod lease;
mod objects;
mod recorder;
mod records;
mod writer;

use std::sync::Arc;

use futures_util::TryStreamExt as _;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use error::LedgerError;
pub use failovers::{Debt, FailoverNote};
pub use findings::Told;
pub use identity::{is_gone, suspension_clock, this_process};
pub use lease::{
    Lease, LeaseError, LeaseLost, LeaseSettings, SteadyClock, acquire, break_lease, overrule, preempt, read_lease,
};
pub use recorder::{RecordCheck, Recorder, WallClock};
pub use records::RecordsInLedger;
pub use writer::RunWriter;

use objects::Put;

/// What the marker object says of the format.
const FORMAT: &str = "xcloud-ledger/1";

/// The version of every journal and lease object that this program writes.
const VERSION: u64 = 1;

/// The ledger of one product.
#[derive(Debug, Clone)]
pub struct Ledger {
    store: Arc<dyn ObjectStore>,
    root: Path,
    product: String,
}

/// A run in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RunKey {
    /// The epoch of the lease under which it began.
    pub epoch: u64,
    /// Its id.
    pub run: String,
}

#[derive(Serialize, Deserialize)]
struct Marker {
    format: String,
    product: String,
}

impl Ledger {
    /// Returns the ledger below `root`. Nothing is read or written yet.
    #[must_use]
    pub fn new(store: Arc<dyn ObjectStore>, root: Path, product: &str) -> Self {
        Self { store, root, product: product.to_owned() }
    }

    /// Returns a ledger in memory, for tests.
    #[must_use]
    pub fn in_memory(product: &str) -> Self {
        Self::new(Arc::new(object_store::memory::InMemory::new()), Path::default(), product)
    }

    /// Looks whether the ledger is this product's, in a format that this program knows. One that nobody has written
    /// yet is.
    ///
    /// # Errors
    /// If it is not, or cannot be read.
    pub async fn check(&self) -> Result<(), LedgerError> {
        let path = self.path(&["ledger.json"]);
        match self.read_object::<Marker>(&path).await? {
            Some(marker) => self.check_marker(&path, &marker),
            None => Ok(()),
        }
    }

    /// Marks the ledger as this product's.
    ///
    /// # Errors
    /// If it is another one's, or cannot be written.
    pub async fn claim(&self) -> Result<(), LedgerError> {
        let path = self.path(&["ledger.json"]);
        let marker = Marker { format: FORMAT.to_owned(), product: self.product.clone() };
        match objects::put_new(&*self.store, &path, objects::json(&path, &marker)?).await? {
            Put::Written => Ok(()),
            Put::Taken => self.check().await,
        }
    }

    fn check_marker(&self, path: &Path, marker: &Marker) -> Result<(), LedgerError> {
        if marker.format != FORMAT {
            return Err(LedgerError::format(path, format!("it is {}, this program reads {FORMAT}", marker.format)));
        }
        if marker.product != self.product {
            let (theirs, ours) = (marker.product.clone(), self.product.clone());
            return Err(LedgerError::OtherProduct { theirs, ours });
        }
        Ok(())
    }

    /// Returns every run, the first one first.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub async fn runs(&self) -> Result<Vec<RunKey>, LedgerError> {
        let prefix = self.path(&["runs"]);
        let listed = self.store.list_with_delimiter(Some(&prefix)).await;
        let listed = listed.map_err(|error| LedgerError::unreadable(&prefix, &error))?;
        let mut runs: Vec<RunKey> = listed.common_prefixes.iter().filter_map(key_of).collect();
        runs.sort();
        Ok(runs)
    }

    /// Returns the entries of a run in their order, with the number of the next object.
    ///
    /// # Errors
    /// If the ledger cannot be read, an object is missing, or one is in a form that this program does not know.
    pub async fn read<T: DeserializeOwned>(&self, key: &RunKey) -> Result<(Vec<T>, u64), LedgerError> {
        let paths = self.objects(key).await?;
        let mut entries = Vec::new();
        for (at, path) in paths.iter().enumerate() {
            if *path != self.run_path(key, at as u64) {
                return Err(LedgerError::format(path, "an object before it is missing".to_owned()));
            }
            entries.extend(self.batch(path).await?);
        }
        Ok((entries, paths.len() as u64))
    }

    /// Returns the entries of a run's first and of its last object: what a list of runs tells.
    ///
    /// # Errors
    /// As [`Ledger::read`].
    pub async fn ends<T: DeserializeOwned>(&self, key: &RunKey) -> Result<(Vec<T>, Vec<T>), LedgerError> {
        let paths = self.objects(key).await?;
        let first = match paths.first() {
            Some(path) => self.batch(path).await?,
            None => Vec::new(),
        };
        let last = match paths.last() {
            Some(path) => self.batch(path).await?,
            None => Vec::new(),
        };
        Ok((first, last))
    }

    /// Returns what writes the entries of a run from object `next` on.
    #[must_use]
    pub fn writer<T: Serialize + Send + Sync + 'static>(&self, key: &RunKey, next: u64) -> RunWriter<T> {
        RunWriter::start(self.clone(), key.clone(), next)
    }

    async fn objects(&self, key: &RunKey) -> Result<Vec<Path>, LedgerError> {
        let mut paths = self.list(&self.run_prefix(key), None).await?;
        // A report stands beside the journal.
        paths.retain(|path| path.filename().is_some_and(|name| name.starts_with(|first: char| first.is_ascii_digit())));
        Ok(paths)
    }

    /// Returns every object below `prefix`, behind `offset` if it is given, in the order of names.
    async fn list(&self, prefix: &Path, offset: Option<&Path>) -> Result<Vec<Path>, LedgerError> {
        let stream = match offset {
            Some(offset) => self.store.list_with_offset(Some(prefix), offset),
            None => self.store.list(Some(prefix)),
        };
        let listed: Result<Vec<_>, _> = stream.map_ok(|meta| meta.location).try_collect().await;
        let mut paths = listed.map_err(|error| LedgerError::unreadable(prefix, &error))?;
        paths.retain(|path| path.filename().is_some_and(|name| name.ends_with(".json")));
        paths.sort();
        Ok(paths)
    }

    async fn batch<T: DeserializeOwned>(&self, path: &Path) -> Result<Vec<T>, LedgerError> {
        let Some(mut object) = self.read_object::<Value>(path).await? else {
            return Err(LedgerError::Gone { path: path.to_string() });
        };
        let version = object.get("version").and_then(Value::as_u64);
        if version != Some(VERSION) {
            let said = version.map_or("no version".to_owned(), |version| format!("version {version}"));
            return Err(LedgerError::format(path, format!("it has {said}, this program reads version {VERSION}")));
        }
        let entries = object.get_mut("entries").map(Value::take).unwrap_or_default();
        serde_json::from_value(entries).map_err(|error| LedgerError::format(path, error.to_string()))
    }

    async fn read_object<T: DeserializeOwned>(&self, path: &Path) -> Result<Option<T>, LedgerError> {
        let got = match self.store.get(path).await {
            Ok(got) => got,
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(LedgerError::unreadable(path, &error)),
        };
        let bytes = got.bytes().await.map_err(|error| LedgerError::unreadable(path, &error))?;
        let value = serde_json::from_slice(&bytes).map_err(|error| LedgerError::format(path, error.to_string()))?;
        Ok(Some(value))
    }

    fn path(&self, parts: &[&str]) -> Path {
        let below = parts.iter().map(|part| object_store::path::PathPart::from(*part));
        Path::from_iter(self.root.parts().chain(below))
    }

    fn run_prefix(&self, key: &RunKey) -> Path {
        self.path(&["runs", &format!("{:08}-{}", key.epoch, key.run)])
    }

    fn run_path(&self, key: &RunKey, at: u64) -> Path {
        let folder = format!("{:08}-{}", key.epoch, key.run);
        self.path(&["runs", &folder, &format!("{at:08}.json")])
    }
}

fn key_of(path: &Path) -> Option<RunKey> {
    let (epoch, run) = path.filename()?.split_once('-')?;
    Some(RunKey { epoch: epoch.parse().ok()?, run: run.to_owned() })
}
