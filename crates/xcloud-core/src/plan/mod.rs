//! What is to be done: a value that can be printed, stored, compared, and carried out.

pub(crate) mod address_release;
mod change;
mod compare;
mod cycles;
mod document;
pub(crate) mod draft;
pub(crate) mod drain;
mod drained;
mod filter;
mod locks;
pub(crate) mod order;
mod path;
pub(crate) mod pipeline;
mod protected;
mod query;
mod refusals;
pub(crate) mod rule_sets;
pub(crate) mod shown;
mod step;
mod under_records;
mod waits;

pub use change::{Action, Change, DerivedRule, FieldChange, Note, NoteLevel, Obstacle, Summary};
pub use compare::{Comparison, compare};
pub use document::Plan;
pub(crate) use filter::glob;
pub use filter::{Filter, PlanOptions};
pub use path::{ListenerPart, Path, Property, RuleList, RuleName, RulePart, Set};
pub use pipeline::converge;
pub use query::{queries, queries_everywhere, queries_for_drift, queries_for_failover};
pub use rule_sets::{RuleSet, SetRule};
pub use shown::{Late, Shown};
pub use step::{Await, Condition, Judge, Patience, Phase, Step, StepId, Undo};
pub(crate) use under_records::{Aim, Ground};
pub use waits::Waits;
