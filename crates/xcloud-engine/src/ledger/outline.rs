//! What the first and the last entry of a run tell, without reading all of it.

use xcloud_core::journal::{Entry, Header, RunEnd, RunEvent};

use super::{Ledger, LedgerError, RunKey};

/// A run in short.
pub struct Outline {
    /// Where it stands in the ledger.
    pub key: RunKey,
    /// When it began, in milliseconds since 1970.
    pub at_ms: u64,
    /// What it was to do.
    pub header: Header,
    /// When and how it ended; `None`: it was cut off, or is still running.
    pub end: Option<(u64, RunEnd)>,
}

impl Ledger {
    /// Reads the ends of a run; `None`: it died before its first entry and did nothing.
    ///
    /// # Errors
    /// As [`Ledger::read`].
    pub async fn outline(&self, key: RunKey) -> Result<Option<Outline>, LedgerError> {
        let (first, last): (Vec<Entry>, Vec<Entry>) = self.ends(&key).await?;
        let Some(Entry { at_ms, event: RunEvent::Began(header) }) = first.into_iter().next() else { return Ok(None) };
        let end = match last.into_iter().next_back() {
            Some(Entry { at_ms: until, event: RunEvent::Ended(end) }) => Some((until, end)),
            _ => None,
        };
        Ok(Some(Outline { key, at_ms, header: *header, end }))
    }
}
