//! The journals of runs: which there are, and their entries.

use object_store::path::Path;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Ledger, LedgerError, RunKey, RunWriter};

impl Ledger {
    /// Returns every run, the first one first.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub async fn runs(&self) -> Result<Vec<RunKey>, LedgerError> {
        let prefix = self.path(&["runs"]);
        let listed = self.store.list_with_delimiter(Some(&prefix)).await;
        let listed = listed.map_err(|error| LedgerError::unreadable(&prefix, &error))?;
        let mut runs: Vec<RunKey> = listed.common_prefixes.iter().filter_map(RunKey::of).collect();
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
}
