//! What every step of a run shares.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
use xcloud_core::model::PlaceKey;
use xcloud_core::op::Bindings;
use xcloud_core::plan::Plan;
use xcloud_core::provider::{Clouds, Provider};

use crate::{Event, EventKind, Listener, Pacer};

/// A request to stop: nothing new starts, running calls are waited for.
pub type Stop = watch::Receiver<bool>;

/// How a plan is carried out.
#[derive(Debug, Clone)]
pub struct ExecuteOptions {
    /// The run's id: in idempotency tokens and in the report.
    pub run: String,
    /// Seconds that the whole run may take.
    pub deadline_secs: u64,
}

/// What every step of a run shares.
pub(super) struct Context<'a> {
    pub(super) pacer: &'a Arc<Pacer>,
    pub(super) run: &'a str,
    pub(super) deadline: Instant,
    providers: BTreeMap<PlaceKey, Arc<dyn Provider>>,
    bindings: Mutex<Bindings>,
    warnings: Mutex<Vec<String>>,
    halt: watch::Sender<bool>,
    start: Instant,
    listener: &'a Listener,
}

impl<'a> Context<'a> {
    pub(super) fn new(
        clouds: &dyn Clouds,
        pacer: &'a Arc<Pacer>,
        plan: &Plan,
        options: &'a ExecuteOptions,
        listener: &'a Listener,
    ) -> Self {
        let start = Instant::now();
        Self {
            pacer,
            run: &options.run,
            deadline: start + Duration::from_secs(options.deadline_secs),
            providers: plan.places.iter().map(|(key, (place, _))| (key.clone(), clouds.provider(place))).collect(),
            bindings: Mutex::default(),
            warnings: Mutex::default(),
            halt: watch::Sender::new(false),
            start,
            listener,
        }
    }

    /// Returns the adapter of a place, or `None` if the plan does not name the place.
    pub(super) fn provider(&self, place: &PlaceKey) -> Option<Arc<dyn Provider>> {
        self.providers.get(place).cloned()
    }

    pub(super) fn bindings(&self) -> MutexGuard<'_, Bindings> {
        self.bindings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn emit(&self, kind: EventKind) {
        (self.listener)(Event { at_ms: self.elapsed_ms(), kind });
    }

    pub(super) fn warn(&self, text: String) {
        self.emit(EventKind::Warning(text.clone()));
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).push(text);
    }

    pub(super) fn take_warnings(&self) -> Vec<String> {
        std::mem::take(&mut *self.warnings.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn elapsed_ms(&self) -> u64 {
        millis(self.start.elapsed())
    }

    /// Nothing new starts from here on.
    pub(super) fn halt(&self) {
        self.halt.send_replace(true);
        self.pacer.halt();
    }

    pub(super) fn is_halted(&self) -> bool {
        *self.halt.borrow()
    }

    /// Sleeps, unless the run halts first; returns false if it did.
    pub(super) async fn sleep(&self, duration: Duration) -> bool {
        let mut halt = self.halt.subscribe();
        tokio::select! {
            biased;
            _ = halt.wait_for(|halted| *halted) => false,
            () = tokio::time::sleep(duration) => true,
        }
    }
}

pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
