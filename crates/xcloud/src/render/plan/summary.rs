//! The end of the page: how much changes, and what it costs.

use xcloud_core::counted::counted;
use xcloud_core::duration::human;
use xcloud_core::plan::{Action, Filter, Phase, Plan, Step, Undo, Waits};
use xcloud_engine::CallCounts;

use super::view::PlanView;
use crate::render::layout::Page;
use crate::render::style::{self, DIM, GOOD, HEADING, WARNING, paint};

pub(super) fn section(page: &mut Page, view: &PlanView<'_>) {
    let plan = view.plan;
    if plan.is_empty() {
        let verdict = if plan.unknown.is_empty() { "No changes:" } else { "No changes where the clouds answered:" };
        let same = counted(plan.changes.len(), "resource");
        let are = if plan.changes.len() == 1 { "is" } else { "are" };
        page.line(format!("{} {same} {are} as declared", paint(GOOD, verdict)));
    } else {
        page.line(format!("{} {}", paint(HEADING, "Plan:"), counts(plan)));
        page.paragraph(0, &steps_line(plan), anstyle::Style::new());
        if let Some(waits) = waits_line(plan.waits()) {
            page.paragraph(0, &format!("Waits {waits}"), DIM);
        }
    }
    if !plan.unknown.is_empty() {
        let places = counted(plan.unknown.len(), "place");
        page.paragraph(0, &format!("Unknown: {places} did not answer; nothing is planned there"), WARNING);
    }
    if !view.filter.is_everything() {
        let words = part(view.filter);
        let told = if words.len() > 6 { format!("{} addresses", words.len()) } else { words.join(" ") };
        page.paragraph(0, &format!("Only a part was planned: {told}"), WARNING);
    }
    page.paragraph(0, &calls_line(view.calls, view.verbose), DIM);
}

fn counts(plan: &Plan) -> String {
    let summary = plan.summary();
    let counted = [
        (Action::Create, summary.create),
        (Action::Update, summary.update),
        (Action::Replace, summary.replace),
        (Action::Delete, summary.delete),
        (Action::Same, summary.unchanged),
    ];
    let parts: Vec<String> = counted
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(action, count)| paint(style::action(action), &format!("{} {count} {}", action.symbol(), past(action))))
        .collect();
    if parts.is_empty() { "only calls, no resource changes".to_owned() } else { parts.join(", ") }
}

fn past(action: Action) -> &'static str {
    match action {
        Action::Same => "unchanged",
        Action::Create => "to create",
        Action::Update => "to update",
        Action::Replace => "to replace",
        Action::Delete => "to delete",
    }
}

fn steps_line(plan: &Plan) -> String {
    let after = plan.steps.iter().filter(|step| step.phase == Phase::Commit).count();
    let fixed = plan.steps.iter().filter(|step| matches!(step.undo, Undo::Impossible(_))).count();
    let mut parts = vec![format!("{} to make", counted(plan.steps.len(), "call"))];
    if after > 0 {
        parts.push(format!("{after} after the commit point"));
    }
    if fixed > 0 {
        // What a failover or `close` cannot undo is its commit, which its own list of steps shows.
        let switches = |step: &Step| step.op.writes().active_record();
        let hint = if plan.steps.iter().any(switches) { "" } else { " (--undo shows which)" };
        parts.push(format!("{fixed} that cannot be undone{hint}"));
    }
    parts.join(", ")
}

/// Returns for how long is waited at most, and for what.
pub(crate) fn waits_line(waits: Waits) -> Option<String> {
    let spans = [(waits.health_secs, "for health"), (waits.drain_secs, "for drains")];
    let spans = spans.into_iter().filter(|(secs, _)| *secs > 0);
    let parts: Vec<String> = spans.map(|(secs, what)| format!("{} {what}", human(secs * 1000))).collect();
    (!parts.is_empty()).then(|| format!("at most {}", parts.join(", ")))
}

/// Returns the summary without colour: for a question.
pub(crate) fn one_line(plan: &Plan) -> String {
    let summary = plan.summary();
    format!(
        "{} to create, {} to update, {} to replace, {} to delete",
        summary.create, summary.update, summary.replace, summary.delete
    )
}

/// So many operations are named; the rest is counted (`-v` and JSON name all).
const OPERATIONS: usize = 6;

/// Returns the calls made, by operation, the most frequent first.
pub(crate) fn calls_line(calls: &CallCounts, verbose: bool) -> String {
    let mut operations: Vec<(&String, &u64)> = calls.by_operation.iter().collect();
    operations.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    let named = if verbose { operations.len() } else { OPERATIONS };
    let mut parts: Vec<String> = operations.iter().take(named).map(|(name, count)| format!("{name} {count}")).collect();
    let rest: u64 = operations.iter().skip(named).map(|(_, count)| **count).sum();
    if rest > 0 {
        parts.push(format!("others {rest}"));
    }
    let listed = if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) };
    let changing = if calls.mutating == 0 { String::new() } else { format!(", {} of them changing", calls.mutating) };
    let throttled = if calls.throttled == 0 { String::new() } else { format!(", {} throttled", calls.throttled) };
    format!("Calls made: {}{listed}{changing}{throttled}", calls.total)
}

/// Returns a part of an estate as the options that choose it.
pub(crate) fn part(filter: &Filter) -> Vec<String> {
    let sets = [
        ("--env", &filter.envs),
        ("--region", &filter.regions),
        ("--target", &filter.targets),
        ("--exclude", &filter.excludes),
    ];
    sets.iter().flat_map(|(flag, set)| set.iter().map(move |value| format!("{flag} {value}"))).collect()
}
