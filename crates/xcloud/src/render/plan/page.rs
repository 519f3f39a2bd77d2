//! The page: its sections in order.

use xcloud_core::plan::{Filter, Plan};
use xcloud_engine::CallCounts;

use super::{changes, notes, rules, summary, undo};
use crate::render::layout::Page;

/// What a page shows.
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

/// Returns the whole page.
pub(crate) fn page(view: &PlanView<'_>, columns: Option<usize>) -> String {
    let mut page = Page::new(columns);
    for section in [changes::section, rules::section, undo::section, notes::section, summary::section] {
        page.gap();
        section(&mut page, view);
    }
    page.text()
}
