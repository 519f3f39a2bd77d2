//! Where a step stands, and which event may follow: the only state machine of steps.

use serde::{Deserialize, Serialize};

use super::entry::StepEvent;

/// Where a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Its call was never made.
    #[default]
    Pending,
    /// Its call is about to be made, or was under way when the run was cut off.
    Started,
    /// It was done.
    Done,
    /// Its call failed and had no effect.
    Failed,
    /// Whether its call had an effect is not known.
    Unknown,
    /// Its undo is about to be made, or was under way when the run was cut off.
    Undoing,
    /// It is undone, or there was nothing to undo.
    Undone,
    /// It could not be undone.
    Stuck,
}

/// An event that cannot follow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a step that is {from:?} cannot be followed by `{event}`")]
pub struct IllegalTransition {
    /// Where the step stood.
    pub from: Status,
    /// The word of the event.
    pub event: &'static str,
}

impl Status {
    /// Returns where a step stands after an event.
    ///
    /// A call may be started again after it failed (a resumed run goes forward), and an undo after it got stuck.
    /// Whether an unknown outcome was an effect is found out by looking: `succeeded`, or `failed` without doubt.
    ///
    /// # Errors
    /// If the event cannot follow.
    pub fn next(self, event: &StepEvent) -> Result<Self, IllegalTransition> {
        Ok(match (self, event) {
            (Self::Pending | Self::Started | Self::Failed | Self::Unknown, StepEvent::Started { .. }) => Self::Started,
            (Self::Started, StepEvent::NotMade) => Self::Pending,
            (Self::Started, StepEvent::Retried { .. }) => Self::Started,
            (Self::Started | Self::Unknown, StepEvent::Succeeded { .. }) => Self::Done,
            (Self::Started, StepEvent::Failed { unknown: true, .. }) => Self::Unknown,
            (Self::Started | Self::Unknown, StepEvent::Failed { unknown: false, .. }) => Self::Failed,
            (Self::Done | Self::Undoing | Self::Stuck, StepEvent::UndoStarted { .. }) => Self::Undoing,
            (Self::Undoing, StepEvent::Retried { .. }) => Self::Undoing,
            (Self::Done | Self::Undoing | Self::Stuck, StepEvent::Undone { .. }) => Self::Undone,
            (Self::Done | Self::Undoing | Self::Stuck, StepEvent::UndoFailed { .. }) => Self::Stuck,
            (from, event) => return Err(IllegalTransition { from, event: event.word() }),
        })
    }

    /// Returns true if the step's call has an effect now, or may have one.
    #[must_use]
    pub fn is_in_effect(self) -> bool {
        match self {
            Self::Pending | Self::Failed | Self::Undone => false,
            Self::Started | Self::Done | Self::Unknown | Self::Undoing | Self::Stuck => true,
        }
    }
}
