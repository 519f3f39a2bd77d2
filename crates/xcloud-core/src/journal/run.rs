//! Where a run stands after its entries.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::entry::{Entry, Header, Noted, RunEnd, RunEvent, StepEvent};
use super::status::{IllegalTransition, Status};
use super::words::Outcome;
use crate::op::{Bindings, Op};
use crate::plan::{Phase as StepPhase, Step, StepId};

/// The part of its way in which a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Before the commit point: a failure undoes it.
    Building,
    /// Behind the commit point: it only goes forward.
    Committed,
    /// It undoes what it did.
    Unwinding,
}

/// An entry that cannot follow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IllegalEvent {
    /// The run is at another point of its way.
    #[error("`{event}` cannot follow here: {why}")]
    Run {
        /// The word of the event.
        event: &'static str,
        /// What stands against it.
        why: String,
    },
    /// The step stands elsewhere.
    #[error("step {}: {illegal}", step.0)]
    Step {
        /// The step.
        step: StepId,
        /// What stands against it.
        #[source]
        illegal: IllegalTransition,
    },
}

/// What is known of a step.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StepState {
    /// Where it stands.
    pub status: Status,
    /// The call with everything bound, and its idempotency token, once it was started.
    pub call: Option<(Op, String)>,
    /// The request ids that the cloud answered.
    pub request_ids: Vec<String>,
    /// Milliseconds of its call.
    pub elapsed_ms: u64,
    /// Why it failed, or why it could not be undone.
    pub message: Option<String>,
    /// True once a call that undoes it may have been made.
    pub undo_tried: bool,
}

/// Where a run stands.
#[derive(Debug, Clone, PartialEq)]
pub struct RunState {
    /// What it was to do.
    pub header: Header,
    /// The part of its way in which it is.
    pub phase: Phase,
    /// What is known of each step that was touched.
    pub steps: BTreeMap<StepId, StepState>,
    /// What steps and watches answered.
    pub bindings: Bindings,
    /// How it ended; `None` if it runs or was cut off.
    pub end: Option<RunEnd>,
    /// Where each step stands in the plan.
    places: Arc<BTreeMap<StepId, usize>>,
}

impl RunState {
    /// Returns the state of a run that has just begun.
    #[must_use]
    pub fn new(header: Header) -> Self {
        let places = header.plan.steps.iter().enumerate().map(|(at, step)| (step.id.clone(), at)).collect();
        Self {
            header,
            phase: Phase::Building,
            steps: BTreeMap::new(),
            bindings: Bindings::default(),
            end: None,
            places: Arc::new(places),
        }
    }

    /// Returns where a run stands after its entries; `None` if there are none.
    ///
    /// # Errors
    /// If an entry cannot follow those before it.
    pub fn after(entries: Vec<Entry>) -> Result<Option<Self>, IllegalEvent> {
        let mut state: Option<Self> = None;
        for entry in entries {
            match (&mut state, entry.event) {
                (None, RunEvent::Began(header)) => state = Some(Self::new(*header)),
                (None, event) => return Err(illegal(&event, "the run has not begun")),
                (Some(state), event) => state.apply(&event)?,
            }
        }
        Ok(state)
    }

    /// Takes one more event.
    ///
    /// # Errors
    /// If it cannot follow; the state is as before.
    pub fn apply(&mut self, event: &RunEvent) -> Result<(), IllegalEvent> {
        let ended = self.end.as_ref().is_some_and(|end| end.outcome != Outcome::Left);
        match event {
            _ if ended => Err(illegal(event, "the run has ended")),
            RunEvent::Began(_) => Err(illegal(event, "the run has begun")),
            RunEvent::Resumed { .. } => {
                self.end = None;
                Ok(())
            }
            _ if self.end.is_some() => Err(illegal(event, "the run has ended, and nobody resumed it")),
            RunEvent::Committed if self.phase == Phase::Building => {
                self.phase = Phase::Committed;
                Ok(())
            }
            RunEvent::Unwinding { .. } if self.may_turn_back() => {
                self.phase = Phase::Unwinding;
                Ok(())
            }
            RunEvent::Committed | RunEvent::Unwinding { .. } => {
                Err(illegal(event, "the run is not before its commit point"))
            }
            RunEvent::Ended(end) => {
                self.end = Some(end.clone());
                Ok(())
            }
            RunEvent::Step { step, event } => self.apply_step(step, event),
        }
    }

    fn apply_step(&mut self, id: &StepId, event: &StepEvent) -> Result<(), IllegalEvent> {
        let word = event.word();
        let Some(step) = self.places.get(id).map(|at| &self.header.plan.steps[*at]) else {
            return Err(IllegalEvent::Run { event: word, why: format!("the plan has no step {}", id.0) });
        };
        if let Some(why) = self.stands_against(step, event) {
            return Err(IllegalEvent::Run { event: word, why: why.to_owned() });
        }
        let makes = step.makes.clone();
        let state = self.steps.entry(id.clone()).or_default();
        let next = state.status.next(event);
        state.status = next.map_err(|illegal| IllegalEvent::Step { step: id.clone(), illegal })?;
        match event {
            StepEvent::Started { token, op, noted } => {
                state.call = Some((op.clone(), token.clone()));
                state.message = None;
                note(&mut self.bindings, noted);
            }
            StepEvent::Succeeded { made, request_ids, elapsed_ms } => {
                state.elapsed_ms = *elapsed_ms;
                state.request_ids.extend(request_ids.iter().cloned());
                for (fact, value) in made {
                    let Some(object) = &makes else { continue };
                    let object = if fact.is_empty() { object.clone() } else { object.fact(fact) };
                    self.bindings.objects.insert(object, value.clone());
                }
            }
            StepEvent::Failed { message, request_ids, .. } => {
                state.request_ids.extend(request_ids.iter().cloned());
                state.message = Some(message.clone());
            }
            StepEvent::UndoStarted { .. } => state.undo_tried = true,
            StepEvent::Undone { request_ids, .. } => state.request_ids.extend(request_ids.iter().cloned()),
            StepEvent::UndoFailed { message, .. } => state.message = Some(message.clone()),
            StepEvent::NotMade | StepEvent::Retried { .. } => {}
        }
        Ok(())
    }

    /// What stands against an event of a step at this point of the run.
    fn stands_against(&self, step: &Step, event: &StepEvent) -> Option<&'static str> {
        match (event, self.phase, step.phase) {
            (StepEvent::Started { .. }, Phase::Unwinding, _) => Some("the run is unwinding"),
            (StepEvent::Started { .. }, Phase::Building, StepPhase::Commit) => Some("the commit point is not reached"),
            (StepEvent::UndoStarted { .. } | StepEvent::Undone { .. } | StepEvent::UndoFailed { .. }, phase, _)
                if phase != Phase::Unwinding =>
            {
                Some("the run is not unwinding")
            }
            _ => None,
        }
    }

    /// Returns true if the run may still be undone: before its commit point, and a failover also after it as long as
    /// nothing after it is in effect.
    #[must_use]
    pub fn may_turn_back(&self) -> bool {
        let after = |step: &&Step| step.phase == StepPhase::Commit && self.status(&step.id).is_in_effect();
        match self.phase {
            Phase::Building => true,
            Phase::Committed => {
                self.header.declared.is_some() && !self.header.plan.steps.iter().any(|step| after(&step))
            }
            Phase::Unwinding => false,
        }
    }

    /// Takes what a watch answered.
    pub fn note(&mut self, noted: &Noted) {
        note(&mut self.bindings, noted);
    }

    /// Returns where a step stands.
    #[must_use]
    pub fn status(&self, id: &StepId) -> Status {
        self.steps.get(id).map(|step| step.status).unwrap_or_default()
    }

    /// Returns what is known of a step.
    #[must_use]
    pub fn step(&self, id: &StepId) -> StepState {
        self.steps.get(id).cloned().unwrap_or_default()
    }

    /// Returns true if a step's effect may be in the clouds.
    #[must_use]
    pub fn is_in_effect(&self) -> bool {
        self.steps.values().any(|step| step.status.is_in_effect())
    }

    /// Returns true if there is something that `resume` can do: the run was cut off, or ended with something left.
    #[must_use]
    pub fn can_resume(&self) -> bool {
        self.end.as_ref().is_none_or(|end| end.outcome == Outcome::Left)
    }
}

fn note(bindings: &mut Bindings, noted: &Noted) {
    bindings.objects.extend(noted.objects.iter().map(|(object, value)| (object.clone(), value.clone())));
    for (addr, kind, nets) in &noted.addresses {
        bindings.addresses.insert((addr.clone(), *kind), nets.clone());
    }
}

fn illegal(event: &RunEvent, why: &str) -> IllegalEvent {
    let event = match event {
        RunEvent::Began(_) => "began",
        RunEvent::Step { event, .. } => event.word(),
        RunEvent::Committed => "committed",
        RunEvent::Unwinding { .. } => "unwinding",
        RunEvent::Resumed { .. } => "resumed",
        RunEvent::Ended(_) => "ended",
    };
    IllegalEvent::Run { event, why: why.to_owned() }
}
