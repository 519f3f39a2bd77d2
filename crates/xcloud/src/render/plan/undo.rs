//! Every call in order with its undo, or what would be undone if one step failed.

use xcloud_core::plan::{Phase, Step, Undo};

use super::summary::waits_line;
use super::view::PlanView;
use crate::render::layout::{Page, columns, pad};
use crate::render::style::{DIM, HEADING, WARNING, paint};

pub(super) fn section(page: &mut Page, view: &PlanView<'_>) {
    let steps = &view.plan.steps;
    match view.undo {
        None => {}
        Some(_) if steps.is_empty() => {}
        Some("") => every(page, steps),
        Some(wanted) => match steps.iter().position(|step| step.id.0 == wanted) {
            Some(at) => failing(page, steps, at),
            None => page.line(paint(WARNING, &format!("The plan has no step {wanted}"))),
        },
    }
}

fn every(page: &mut Page, steps: &[Step]) {
    page.line(paint(HEADING, "Calls in order, each with its undo"));
    let mut committed = false;
    for step in steps {
        if step.phase == Phase::Commit && !committed {
            committed = true;
            page.line(paint(DIM, "  ---- commit point: from here on a run only goes forward ----"));
        }
        line(page, step, steps);
    }
}

/// What the failure of one step leads to: the steps before it that have effects, last first.
fn failing(page: &mut Page, steps: &[Step], at: usize) {
    let failed = &steps[at];
    page.line(paint(HEADING, &format!("If {} {} {} failed", failed.id.0, failed.op.name(), failed.addr)));
    if failed.phase == Phase::Commit {
        page.paragraph(2, "it comes after the commit point: nothing is undone, the run goes forward", DIM);
        return;
    }
    let before: Vec<&Step> = steps[..at].iter().rev().filter(|step| !matches!(step.undo, Undo::Nothing)).collect();
    if before.is_empty() {
        page.paragraph(2, "nothing would have to be undone", DIM);
    }
    for step in before {
        line(page, step, steps);
    }
}

fn line(page: &mut Page, step: &Step, steps: &[Step]) {
    let names = steps.iter().map(|step| columns(step.op.name())).max().unwrap_or_default();
    let lead = format!("{}  {}  ", step.id.0, pad(step.op.name(), names));
    let undo = format!("undo: {}", step.undo.word());
    let style = if step.undo.is_reversible() { DIM } else { WARNING };
    let room = page.width().saturating_sub(2 + columns(&lead) + columns(step.addr.as_str()));
    if columns(&undo) + 2 <= room {
        page.line(format!("  {lead}{}  {}", step.addr, paint(style, &undo)));
    } else {
        page.pair(2, 0, lead.trim_end(), step.addr.as_str(), anstyle::Style::new());
        page.paragraph(6, &undo, style);
    }
    if let Some(waits) = waits_line(step.waits()) {
        page.paragraph(6, &format!("waits {waits}"), DIM);
    }
}
