//! The journal of a run in the ledger, under its lease.

use std::sync::{Arc, Mutex, PoisonError};

use xcloud_core::journal::{Entry, RunEvent};
use xcloud_core::provider::BoxFuture;

use super::lease::Lease;
use super::writer::RunWriter;
use crate::{Broken, Journal};

/// Milliseconds since 1970, for people.
pub type WallClock = Arc<dyn Fn() -> u64 + Send + Sync>;

/// The journal of a run in the ledger, under its lease.
pub struct Recorder {
    writer: RunWriter<Entry>,
    lease: Arc<Lease>,
    clock: WallClock,
    broken: Mutex<Option<Broken>>,
}

impl Recorder {
    /// Records through `writer` as long as `lease` holds.
    #[must_use]
    pub fn new(writer: RunWriter<Entry>, lease: Arc<Lease>, clock: WallClock) -> Self {
        Self { writer, lease, clock, broken: Mutex::default() }
    }

    /// The first reason stays.
    fn break_for(&self, why: String) -> Broken {
        let mut broken = self.broken.lock().unwrap_or_else(PoisonError::into_inner);
        broken.get_or_insert(Broken(why)).clone()
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
            self.lease.check().await.map_err(|lost| self.break_for(lost.to_string()))
        })
    }

    fn broken(&self) -> Option<Broken> {
        self.broken.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
