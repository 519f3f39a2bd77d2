//! What drift told last, so that it tells only what is new: written when the set of findings changes.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::objects::{self, Put};
use super::store::VERSION;
use super::{Ledger, LedgerError};

/// What drift told last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// The findings, each as a text of its own.
    pub findings: BTreeSet<String>,
    /// The number of the next object.
    next: u64,
}

#[derive(Serialize, Deserialize)]
struct Object {
    version: u64,
    /// A list with one element: objects of the ledger hold entries.
    entries: [BTreeSet<String>; 1],
}

impl Ledger {
    /// Returns what drift told last; nothing if it never told anything.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub async fn told(&self) -> Result<Told, LedgerError> {
        let paths = self.list(&self.path(&["drift"]), None).await?;
        let Some(last) = paths.last() else { return Ok(Told::default()) };
        let number = last.filename().and_then(|name| name.strip_suffix(".json")?.parse::<u64>().ok());
        let findings = self.batch::<BTreeSet<String>>(last).await?.into_iter().next().unwrap_or_default();
        Ok(Told { findings, next: number.map_or(0, |number| number + 1) })
    }

    /// Writes down what drift has told now. If another run was faster, its word stands.
    ///
    /// # Errors
    /// If the ledger cannot be written.
    pub async fn tell(&self, before: &Told, findings: BTreeSet<String>) -> Result<(), LedgerError> {
        self.claim().await?;
        let path = self.path(&["drift", &format!("{:012}.json", before.next)]);
        let object = Object { version: VERSION, entries: [findings] };
        match objects::put_new(&*self.store, &path, objects::json(&path, &object)?).await? {
            Put::Written | Put::Taken => Ok(()),
        }
    }
}
