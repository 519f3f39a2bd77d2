//! The ledger as such: whose it is, and how its objects are listed and read.

use std::sync::Arc;

use futures_util::TryStreamExt as _;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::objects::{self, Put};
use super::{LedgerError, RunKey};

/// What the marker object says of the format.
const FORMAT: &str = "xcloud-ledger/1";

/// The version of every journal and lease object that this program writes.
pub(super) const VERSION: u64 = 1;

/// The ledger of one product.
#[derive(Debug, Clone)]
pub struct Ledger {
    pub(super) store: Arc<dyn ObjectStore>,
    root: Path,
    pub(super) product: String,
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

    /// Returns every object below `prefix`, after `offset` if it is given, in the order of names.
    pub(super) async fn list(&self, prefix: &Path, offset: Option<&Path>) -> Result<Vec<Path>, LedgerError> {
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

    /// Returns the entries of an object that the ledger lists.
    pub(super) async fn batch<T: DeserializeOwned>(&self, path: &Path) -> Result<Vec<T>, LedgerError> {
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

    /// Returns an object, if it is there.
    pub(super) async fn read_object<T: DeserializeOwned>(&self, path: &Path) -> Result<Option<T>, LedgerError> {
        let got = match self.store.get(path).await {
            Ok(got) => got,
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(LedgerError::unreadable(path, &error)),
        };
        let bytes = got.bytes().await.map_err(|error| LedgerError::unreadable(path, &error))?;
        let value = serde_json::from_slice(&bytes).map_err(|error| LedgerError::format(path, error.to_string()))?;
        Ok(Some(value))
    }

    /// Returns the path of an object below the ledger's root.
    pub(super) fn path(&self, parts: &[&str]) -> Path {
        let below = parts.iter().map(|part| object_store::path::PathPart::from(*part));
        Path::from_iter(self.root.parts().chain(below))
    }

    /// Returns the folder of a run.
    pub(super) fn run_prefix(&self, key: &RunKey) -> Path {
        self.path(&["runs", &key.name()])
    }

    /// Returns the path of a run's object.
    pub(super) fn run_path(&self, key: &RunKey, at: u64) -> Path {
        self.path(&["runs", &key.name(), &format!("{at:08}.json")])
    }
}
