//! What an operator should know beside the changes.

use xcloud_core::plan::NoteLevel;

use super::view::PlanView;
use crate::render::layout::Page;
use crate::render::style::{self, HEADING, paint};

pub(super) fn section(page: &mut Page, view: &PlanView<'_>) {
    if view.plan.notes.is_empty() {
        return;
    }
    page.line(paint(HEADING, "Notes"));
    let mut notes: Vec<_> = view.plan.notes.iter().collect();
    notes.sort_by_key(|note| std::cmp::Reverse(note.level));
    for note in notes {
        let label = match note.level {
            NoteLevel::Warning => "! warning",
            NoteLevel::Info => "i note",
        };
        let text = match &note.addr {
            Some(addr) => format!("{addr}: {} [{}]", note.text, note.code),
            None => format!("{} [{}]", note.text, note.code),
        };
        page.pair(2, 9, label, &text, style::note(note.level));
    }
}
