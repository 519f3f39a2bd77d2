//! What is to be done: a value that can be printed, stored, compared, and carried out.

mod change;
mod circle;
mod compare;
mod document;
pub(crate) mod draft;
mod filter;
mod ground;
pub(crate) mod order;
mod path;
pub(crate) mod pipeline;
mod query;
mod refusals;
pub(crate) mod release;
pub(crate) mod sets;
pub(crate) mod shown;
mod step;

pub(crate) use crate::kinds::shared::azure::Shape;
pub use change::{Action, Change, DerivedRule, FieldChange, Note, NoteLevel, Obstacle, Summary};
pub use compare::{Comparison, compare};
pub use document::Plan;
pub(crate) use filter::glob;
pub use filter::{Filter, PlanOptions};
pub(crate) use ground::{Aim, Ground};
pub use path::{ListenerPart, Path, Property, RuleList, RuleName, RulePart, Set};
pub use pipeline::converge;
pub use query::{queries, queries_everywhere, queries_for_drift, queries_for_failover};
pub use sets::{RuleSet, SetRule};
pub use shown::{Late, Shown};
pub use step::{Await, Condition, Judge, Patience, Phase, Step, StepId, Undo};
