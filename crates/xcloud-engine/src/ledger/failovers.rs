//! What the ledger keeps of failovers beside their journals: the epochs that they reached, and what they owe.

use bytes::Bytes;
use object_store::path::Path;
use serde::{Deserialize, Serialize};
use xcloud_core::active::Known;
use xcloud_core::failover::{Note, Past};

use super::objects::{self, Put};
use super::store::VERSION;
use super::{Ledger, LedgerError, RunKey};

#[derive(Serialize, Deserialize)]
struct Object<T> {
    version: u64,
    entries: [T; 1],
}

impl Ledger {
    /// Keeps what a failover reached. Once kept it stays as it is.
    ///
    /// # Errors
    /// If the ledger cannot be written.
    pub async fn keep_failover(&self, key: &RunKey, note: &Note) -> Result<(), LedgerError> {
        self.keep(&self.note_path(key, ""), note).await.map(|_| ())
    }

    /// Writes down that everything a failover owed is done.
    ///
    /// # Errors
    /// If the ledger cannot be written.
    pub async fn settle_failover(&self, key: &RunKey, by: &str) -> Result<(), LedgerError> {
        self.keep(&self.note_path(key, "-settled"), &by).await.map(|_| ())
    }

    /// Returns what is kept of every failover, the first one first.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub async fn failovers(&self) -> Result<Vec<(RunKey, Past)>, LedgerError> {
        let paths = self.list(&self.path(&["failovers"]), None).await?;
        let named = |path: &Path| path.filename().map(|name| name.trim_end_matches(".json").to_owned());
        let settled: Vec<String> =
            paths.iter().filter_map(named).filter_map(|name| Some(name.strip_suffix("-settled")?.to_owned())).collect();
        let mut found = Vec::new();
        for path in &paths {
            let Some(name) = named(path).filter(|name| !name.ends_with("-settled")) else { continue };
            let Some(key) = RunKey::of(&Path::from(name.as_str())) else { continue };
            if let Some(note) = self.batch::<Note>(path).await?.into_iter().next() {
                found.push((key, Past { note, settled: settled.contains(&name) }));
            }
        }
        Ok(found)
    }

    /// Returns what the ledger knows of active-region records.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub async fn known_records(&self) -> Result<Known, LedgerError> {
        let mut known = Known::default();
        for (env, epoch) in self.failovers().await?.into_iter().flat_map(|(_, past)| past.note.epochs) {
            let highest = known.epochs.entry(env).or_default();
            *highest = epoch.max(*highest);
        }
        Ok(known)
    }

    /// Writes a text beside the journal of a run, unless it stands there already.
    ///
    /// # Errors
    /// If the ledger cannot be written.
    pub async fn put_beside(&self, key: &RunKey, name: &str, text: &str) -> Result<(), LedgerError> {
        let path = self.run_prefix(key).join(name);
        match objects::put_new(&*self.store, &path, Bytes::copy_from_slice(text.as_bytes())).await? {
            Put::Written | Put::Taken => Ok(()),
        }
    }

    /// Writes an object with one entry, unless it stands there already: then says so.
    pub(super) async fn keep<T: Serialize>(&self, path: &Path, entry: &T) -> Result<Put, LedgerError> {
        self.claim().await?;
        let object = Object { version: VERSION, entries: [entry] };
        objects::put_new(&*self.store, path, objects::json(path, &object)?).await
    }

    fn note_path(&self, key: &RunKey, end: &str) -> Path {
        self.path(&["failovers", &format!("{}{end}.json", key.name())])
    }
}
