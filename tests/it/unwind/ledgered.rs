//! Runs in a ledger under a lease, as the command makes them: taken, written, given back, and found again after a kill.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use xcloud_core::journal::{Entry, Holder, Verb};
use xcloud_engine::ledger::{
    Lease, LeaseSettings, Ledger, Recorder, RunKey, SteadyClock, acquire, read_lease, this_process,
};
use xcloud_tests::Notebook;

/// A ledger in memory, and the clock of the test.
pub(super) struct Ledgered {
    ledger: Ledger,
    settings: LeaseSettings,
}

/// A run that is being written.
pub(super) struct Written {
    pub(super) notebook: Arc<Notebook>,
    lease: Arc<Lease>,
    key: RunKey,
}

impl Ledgered {
    pub(super) fn new() -> Self {
        let start = Instant::now();
        let clock: SteadyClock = Arc::new(move || start.elapsed());
        Self { ledger: Ledger::in_memory("payments"), settings: LeaseSettings::by(clock) }
    }

    async fn lease(&self) -> Result<Arc<Lease>, String> {
        // Every process of the test is this one: only silence tells that one is dead.
        let alive = |_: &Holder| false;
        let holder = this_process("tests", Verb::Apply, "0");
        let taken = acquire(&self.ledger, &holder, "run", &self.settings, &alive, &|_| {}).await;
        Ok(Arc::new(taken.map_err(|error| format!("LeaseFreed: the lease is not to be had: {error}"))?))
    }

    fn written(&self, lease: Arc<Lease>, key: RunKey, entries: Vec<Entry>, next: u64) -> Written {
        let recorder = Recorder::new(self.ledger.writer(&key, next), lease.clone(), Arc::new(|| 0));
        Written { notebook: Arc::new(Notebook::before(recorder, entries)), lease, key }
    }

    /// Takes the lease for a new run.
    pub(super) async fn begin(&self) -> Result<Written, String> {
        let lease = self.lease().await?;
        let key = RunKey { epoch: lease.epoch(), run: "run".to_owned() };
        Ok(self.written(lease, key, Vec::new(), 0))
    }

    /// The process is gone, and another one goes on with what it stored.
    pub(super) async fn killed(&self, dead: Written) -> Result<Written, String> {
        let key = dead.key.clone();
        drop(dead);
        // What was on its way to the store arrives.
        tokio::time::sleep(Duration::from_secs(1)).await;
        let lease = self.lease().await?;
        let stored = self.ledger.read::<Entry>(&key).await;
        let (entries, next) = stored.map_err(|error| format!("the journal cannot be read: {error}"))?;
        Ok(self.written(lease, key, entries, next))
    }

    /// Gives the lease back; then nobody holds it.
    pub(super) async fn end(&self, run: Written) -> Result<(), String> {
        run.lease.release().await.map_err(|error| format!("LeaseFreed: {error}"))?;
        let state = read_lease(&self.ledger).await.map_err(|error| format!("LeaseFreed: {error}"))?;
        match state.held {
            None => Ok(()),
            Some(held) => Err(format!("LeaseFreed: {} holds it", held.holder)),
        }
    }
}
