//! What is going on, as the events told it.

use std::collections::BTreeMap;

use xcloud_core::model::PlaceKey;
use xcloud_core::plan::{Plan, StepId};
use xcloud_engine::EventKind;

/// What is going on.
#[derive(Debug, Default)]
pub(super) struct Board {
    /// How many calls the plan has.
    pub(super) total: usize,
    /// The run goes back: `total` and `done` count what is undone.
    pub(super) undoing: bool,
    /// How many are done.
    pub(super) done: usize,
    /// What runs or waits now.
    pub(super) running: BTreeMap<StepId, Running>,
    /// Places that are being read, since when.
    pub(super) observing: BTreeMap<PlaceKey, u64>,
    /// What is waited for after the last step.
    pub(super) settling: Option<(String, u64)>,
    /// Which steps need a step directly.
    dependents: BTreeMap<StepId, usize>,
}

/// A step that has begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Running {
    /// The resource.
    pub(super) addr: String,
    /// The call; before it is made, what the plan says.
    pub(super) operation: String,
    /// What it is doing.
    pub(super) doing: Doing,
    /// Since when, in milliseconds of the run.
    pub(super) since: u64,
}

/// What a step is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Doing {
    /// Its call is under way.
    Calling,
    /// Something must hold first: what, and what is there now.
    Waiting(String, String),
    /// The call is made again: which attempt failed, and why.
    Retrying(u32, String),
}

impl Board {
    /// Returns an empty board, knowing which steps wait for which.
    pub(super) fn new(plan: Option<&Plan>) -> Self {
        let mut dependents = BTreeMap::new();
        for need in plan.iter().flat_map(|plan| &plan.steps).flat_map(|step| &step.needs) {
            *dependents.entry(need.clone()).or_default() += 1;
        }
        Self { total: plan.map_or(0, |plan| plan.steps.len()), dependents, ..Self::default() }
    }

    /// Returns how many steps cannot begin before this one is done.
    pub(super) fn dependents(&self, step: &StepId) -> usize {
        self.dependents.get(step).copied().unwrap_or_default()
    }

    /// Takes note of an event.
    pub(super) fn note(&mut self, at: u64, kind: &EventKind) {
        match kind {
            EventKind::Observing(place) => {
                self.observing.insert(place.clone(), at);
            }
            EventKind::Observed(place, _) => {
                self.observing.remove(place);
            }
            EventKind::Started { steps } => self.total = *steps,
            EventKind::Watching { step: Some(step), addr, what, now } => {
                let addr = addr.as_ref().map(ToString::to_string).unwrap_or_default();
                self.set(at, step, &addr, None, Doing::Waiting(what.clone(), now.clone()));
            }
            EventKind::Watching { step: None, what, now, .. } => {
                let since = self.settling.as_ref().map_or(at, |(_, since)| *since);
                self.settling = Some((format!("{what} (now: {now})"), since));
            }
            EventKind::Calling { step, addr, operation } => {
                self.set(at, step, addr.as_str(), Some(operation), Doing::Calling);
            }
            EventKind::Retrying { step, attempt, error, .. } => {
                self.set(at, step, "", None, Doing::Retrying(*attempt, error.clone()));
            }
            EventKind::Done { step, .. } => {
                self.running.remove(step);
                self.done += 1;
            }
            EventKind::Failed { step, .. } | EventKind::UndoFailed { step, .. } => {
                self.running.remove(step);
            }
            EventKind::Unwinding { steps } => {
                (self.undoing, self.total, self.done) = (true, *steps, 0);
            }
            EventKind::Undone { step, .. } => {
                self.running.remove(step);
                self.done += 1;
            }
            EventKind::Warning(_) | EventKind::Stopping => {}
        }
    }

    fn set(&mut self, at: u64, step: &StepId, addr: &str, operation: Option<&String>, doing: Doing) {
        let entry = self.running.entry(step.clone()).or_insert_with(|| Running {
            addr: addr.to_owned(),
            operation: String::new(),
            doing: doing.clone(),
            since: at,
        });
        if !addr.is_empty() {
            addr.clone_into(&mut entry.addr);
        }
        if let Some(operation) = operation {
            operation.clone_into(&mut entry.operation);
        }
        entry.doing = doing;
    }
}
