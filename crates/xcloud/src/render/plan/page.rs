//! The page: its sections in order.

use super::view::PlanView;
use super::{changes, notes, rules, summary, undo};
use crate::render::layout::Page;

/// Returns the whole page.
pub(crate) fn page(view: &PlanView<'_>, columns: Option<usize>) -> String {
    let mut page = Page::new(columns);
    for section in [changes::section, rules::section, undo::section, notes::section, summary::section] {
        page.gap();
        section(&mut page, view);
    }
    page.text()
}
