//! What every step of a run shares.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
use xcloud_core::journal::{Noted, RunEvent, RunState, Status, StepEvent};
use xcloud_core::model::PlaceKey;
use xcloud_core::plan::{Plan, StepId};
use xcloud_core::provider::{Clouds, Provider};

use crate::{Broken, Event, EventKind, Journal, Listener, Pacer};

/// A request to stop: nothing new starts, running calls are waited for.
pub type Stop = watch::Receiver<bool>;

/// What happens when a run fails before its commit point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnFailure {
    /// Undo what was done.
    Unwind,
    /// What was done stays.
    Hold,
}

/// How a plan is carried out.
#[derive(Debug, Clone)]
pub struct ExecuteOptions {
    /// Seconds that the run may go without a step being done, forward and on the way back: what queues at one firewall policy
    /// takes as long as it takes, and each call has a deadline of its own.
    pub deadline_secs: u64,
    /// What happens when it fails before its commit point.
    pub on_failure: OnFailure,
    /// Seconds after which a call that nobody sees an effect of had none; `None`: what the clouds need.
    pub out_of_sight_secs: Option<u64>,
}

/// Everything around a run.
pub struct Surroundings<'a> {
    /// The adapters.
    pub clouds: &'a dyn Clouds,
    /// The gate before every call.
    pub pacer: &'a Arc<Pacer>,
    /// Where the run is written down.
    pub journal: Arc<dyn Journal>,
    /// Who hears what happens.
    pub listener: &'a Listener,
    /// A request to stop.
    pub stop: Stop,
}

/// What every step of a run shares.
pub(super) struct Context<'a> {
    pub(super) plan: Arc<Plan>,
    pub(super) run: String,
    pub(super) pacer: &'a Arc<Pacer>,
    journal: Arc<dyn Journal>,
    providers: BTreeMap<PlaceKey, Arc<dyn Provider>>,
    state: Mutex<RunState>,
    /// What watches answered and no entry holds yet.
    unrecorded: Mutex<Noted>,
    /// When each step was done in this process.
    done_at: Mutex<BTreeMap<StepId, Instant>>,
    warnings: Mutex<Vec<String>>,
    halt: watch::Sender<bool>,
    deadline: Mutex<Instant>,
    /// How long the run may go without a step being done.
    patience: Duration,
    pub(super) out_of_sight_secs: Option<u64>,
    start: Instant,
    listener: &'a Listener,
}

impl<'a> Context<'a> {
    pub(super) fn new(around: &Surroundings<'a>, state: RunState, options: &ExecuteOptions) -> Self {
        let (start, plan) = (Instant::now(), state.header.plan.clone());
        around.pacer.go_on();
        around.pacer.guard(around.journal.clone());
        let provider = |(key, (place, _)): (&PlaceKey, &(_, _))| (key.clone(), around.clouds.provider(place));
        Self {
            run: state.header.run.clone(),
            pacer: around.pacer,
            journal: around.journal.clone(),
            providers: plan.places.iter().map(provider).collect(),
            plan,
            state: Mutex::new(state),
            unrecorded: Mutex::default(),
            done_at: Mutex::default(),
            warnings: Mutex::default(),
            halt: watch::Sender::new(false),
            deadline: Mutex::new(start + Duration::from_secs(options.deadline_secs)),
            patience: Duration::from_secs(options.deadline_secs),
            out_of_sight_secs: options.out_of_sight_secs,
            start,
            listener: around.listener,
        }
    }

    /// Returns the adapter of a place, or `None` if the plan does not name the place.
    pub(super) fn provider(&self, place: &PlaceKey) -> Option<Arc<dyn Provider>> {
        self.providers.get(place).cloned()
    }

    pub(super) fn state(&self) -> MutexGuard<'_, RunState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn status(&self, step: &StepId) -> Status {
        self.state().status(step)
    }

    /// Writes an event down and goes on when it is stored. If it cannot be, the run halts.
    pub(super) async fn record(&self, event: RunEvent) -> Result<(), Broken> {
        let applied = self.state().apply(&event);
        if let Err(illegal) = applied {
            self.halt();
            return Err(Broken(illegal.to_string()));
        }
        self.journal.record(event).await.inspect_err(|_broken| self.halt())
    }

    /// Writes down what happened to a step.
    pub(super) async fn record_step(&self, step: &StepId, event: StepEvent) -> Result<(), Broken> {
        if matches!(event, StepEvent::Succeeded { .. }) {
            self.done_at.lock().unwrap_or_else(PoisonError::into_inner).insert(step.clone(), Instant::now());
            // What is done took its time: the rest of the run is not made to pay for it.
            self.renew_deadline();
        }
        self.record(RunEvent::Step { step: step.clone(), event }).await
    }

    /// Returns when a step was done, at the latest: a run that was resumed knows no better than its own beginning.
    pub(super) fn done_at(&self, step: &StepId) -> Instant {
        self.done_at.lock().unwrap_or_else(PoisonError::into_inner).get(step).copied().unwrap_or(self.start)
    }

    /// Takes what a watch answered; the next entry of a step writes it down.
    pub(super) fn note(&self, noted: Noted) {
        self.state().note(&noted);
        let mut unrecorded = self.unrecorded.lock().unwrap_or_else(PoisonError::into_inner);
        unrecorded.objects.extend(noted.objects);
        unrecorded.addresses.extend(noted.addresses);
    }

    pub(super) fn take_noted(&self) -> Noted {
        std::mem::take(&mut *self.unrecorded.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns what broke the journal or the lease, if something did.
    pub(super) fn broken(&self) -> Option<Broken> {
        self.journal.broken()
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

    pub(super) fn deadline(&self) -> Instant {
        *self.deadline.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Nothing new starts from here on.
    pub(super) fn halt(&self) {
        self.halt.send_replace(true);
        self.pacer.halt();
    }

    /// The way back begins: calls may start again, with a deadline of their own.
    pub(super) fn turn_back(&self) {
        self.halt.send_replace(false);
        self.pacer.go_on();
        self.renew_deadline();
    }

    fn renew_deadline(&self) {
        *self.deadline.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now() + self.patience;
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
