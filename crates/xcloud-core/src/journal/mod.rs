//! What is written down about a run: intent before each call, outcome after it.
//!
//! ```text
//! entries ──► RunState::after ──► where the run stands: statuses, what is bound, what comes next
//! ```
//!
//! One total function, [`Status::next`], says which event may follow which for a step, and [`RunState::apply`] the
//! same for a run. The live run, a resumed one and every test go through them. The stored form of an [`Entry`] is read
//! for ever; `tests/journal` holds a golden file of each version.

mod entry;
mod lease;
mod restore;
mod run;
mod status;
mod words;

pub use entry::{Declaration, Entry, Header, LeftOver, Look, Noted, RunEnd, RunEvent, StepEvent};
pub use lease::{Held, Holder, LeaseEntry, LeaseState};
pub use restore::{Restored, restore};
pub use run::{IllegalEvent, Phase, RunState, StepState};
pub use status::{IllegalTransition, Status};
pub use words::{Outcome, Verb};

#[cfg(test)]
mod tests;
