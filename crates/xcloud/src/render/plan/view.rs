//! What a page shows.

use xcloud_core::plan::{Filter, Plan};
use xcloud_engine::CallCounts;

/// A plan, with what was asked of its page.
pub(crate) struct PlanView<'a> {
    /// The plan.
    pub(crate) plan: &'a Plan,
    /// The calls that observing made.
    pub(crate) calls: &'a CallCounts,
    /// The part that was asked for.
    pub(crate) filter: &'a Filter,
    /// Also what does not change.
    pub(crate) verbose: bool,
    /// Also every call with its undo (`Some("")`), or what is undone if this step fails.
    pub(crate) undo: Option<&'a str>,
}
