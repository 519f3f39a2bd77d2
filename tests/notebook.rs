//! A journal in memory.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use xcloud_core::journal::{Entry, RunEvent, RunState};
use xcloud_core::provider::BoxFuture;
use xcloud_engine::ledger::Recorder;
use xcloud_engine::{Broken, Journal};

/// A journal in memory that tells how far a run has come, so that a test can end it there as a kill would. It may stand
/// before a journal in a ledger.
#[derive(Default)]
pub struct Notebook {
    entries: Mutex<Vec<Entry>>,
    calls: watch::Sender<usize>,
    written: watch::Sender<usize>,
    ledger: Option<Recorder>,
}

impl Notebook {
    /// Returns a notebook that goes on behind these entries.
    #[must_use]
    pub fn with(entries: Vec<Entry>) -> Self {
        Self { entries: Mutex::new(entries), ..Self::default() }
    }

    /// Returns a notebook before a ledger: what is written here is stored there first, and the lease is asked before
    /// every call.
    #[must_use]
    pub fn before(recorder: Recorder, entries: Vec<Entry>) -> Self {
        Self { ledger: Some(recorder), ..Self::with(entries) }
    }

    /// Returns the entries so far.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        self.lock().clone()
    }

    /// Returns where the run stands.
    ///
    /// # Panics
    /// If an entry cannot follow those before it, or no run has begun.
    #[must_use]
    pub fn state(&self) -> RunState {
        let state = RunState::after(self.entries()).expect("every entry follows those before it");
        state.expect("a run has begun")
    }

    /// Returns a copy: what is written into it is not written here.
    #[must_use]
    pub fn copy(&self) -> Self {
        Self::with(self.entries())
    }

    /// Waits until changing call number `count` (from 1) is about to leave.
    pub async fn call(&self, count: usize) {
        let mut calls = self.calls.subscribe();
        let _never_closed = calls.wait_for(|calls| *calls >= count).await;
    }

    /// Waits until so many entries are written.
    pub async fn entry(&self, count: usize) {
        let mut written = self.written.subscribe();
        let _never_closed = written.wait_for(|written| *written >= count).await;
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Journal for Notebook {
    fn record(&self, event: RunEvent) -> BoxFuture<'_, Result<(), Broken>> {
        Box::pin(async move {
            if let Some(ledger) = &self.ledger {
                ledger.record(event.clone()).await?;
            }
            let written = {
                let mut entries = self.lock();
                entries.push(Entry { at_ms: 0, event });
                entries.len()
            };
            self.written.send_replace(written);
            // As a write to a store would: others get their turn.
            tokio::task::yield_now().await;
            Ok(())
        })
    }

    fn may_call(&self) -> BoxFuture<'_, Result<(), Broken>> {
        Box::pin(async move {
            self.calls.send_modify(|calls| *calls += 1);
            tokio::task::yield_now().await;
            match &self.ledger {
                Some(ledger) => ledger.may_call().await,
                None => Ok(()),
            }
        })
    }

    fn broken(&self) -> Option<Broken> {
        self.ledger.as_ref().and_then(Journal::broken)
    }
}
