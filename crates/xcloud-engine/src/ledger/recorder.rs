//! The journal of a run in the ledger, under its lease.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Mutex as AsyncMutex;
use xcloud_core::journal::{Entry, RunEvent};
use xcloud_core::provider::BoxFuture;

use super::lease::{Lease, LeaseSettings};
use super::writer::RunWriter;
use crate::{Broken, Journal};

/// Milliseconds since 1970, for people.
pub type WallClock = Arc<dyn Fn() -> u64 + Send + Sync>;

/// Reads the active-region records of a run's environments and answers why the run must stop, if it must.
pub type RecordCheck = Arc<dyn Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync>;

/// What else is read before a call, and how long such a reading is good.
struct Records {
    check: RecordCheck,
    settings: LeaseSettings,
    /// When they were last read, by the steady clock; one caller reads for all.
    read_at: AsyncMutex<Option<Duration>>,
}

/// The journal of a run in the ledger, under its lease.
pub struct Recorder {
    writer: RunWriter<Entry>,
    lease: Arc<Lease>,
    records: Option<Records>,
    clock: WallClock,
    broken: Mutex<Option<Broken>>,
}

impl Recorder {
    /// Records through `writer` as long as `lease` holds.
    #[must_use]
    pub fn new(writer: RunWriter<Entry>, lease: Arc<Lease>, clock: WallClock) -> Self {
        Self { writer, lease, records: None, clock, broken: Mutex::default() }
    }

    /// Also stops the run once `check` says so, which is asked before a call if it was not within the time for which a
    /// reading is good.
    #[must_use]
    pub fn checking(self, check: RecordCheck, settings: LeaseSettings) -> Self {
        Self { records: Some(Records { check, settings, read_at: AsyncMutex::new(None) }), ..self }
    }

    /// The first reason stays.
    fn break_for(&self, why: String) -> Broken {
        let mut broken = self.broken.lock().unwrap_or_else(PoisonError::into_inner);
        broken.get_or_insert(Broken(why)).clone()
    }
}

impl Records {
    async fn still_hold(&self) -> Result<(), String> {
        let mut read_at = self.read_at.lock().await;
        let now = (self.settings.clock)();
        if read_at.is_none_or(|at| now.saturating_sub(at) >= self.settings.fresh) {
            (self.check)().await?;
            *read_at = Some(now);
        }
        Ok(())
    }
}

impl Journal for Recorder {
    fn record(&self, event: RunEvent) -> BoxFuture<'_, Result<(), Broken>> {
        Box::pin(async move {
            if let Some(broken) = self.broken() {
                return Err(broken);
            }
            let entry = Entry { at_ms: (self.clock)(), event };
            self.writer.append(entry).await.map_err(|error| self.break_for(error.to_string()))
        })
    }

    fn may_call(&self) -> BoxFuture<'_, Result<(), Broken>> {
        Box::pin(async move {
            if let Some(broken) = self.broken() {
                return Err(broken);
            }
            self.lease.check().await.map_err(|lost| self.break_for(lost.to_string()))?;
            let Some(records) = &self.records else { return Ok(()) };
            records.still_hold().await.map_err(|why| self.break_for(why))
        })
    }

    fn broken(&self) -> Option<Broken> {
        self.broken.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
