//! The end of a run for people: what was done, what failed and what the cloud said, what exists now, what to do next.

use std::collections::BTreeMap;

use anstyle::Style;
use xcloud_core::model::Addr;
use xcloud_core::provider::ErrorKind;
use xcloud_engine::{CallCounts, Failure, Outcome, RunReport, StepReport, StepStatus};

use super::duration::human;
use super::layout::Page;
use super::plan::calls_line;
use super::style::{BAD, DIM, GOOD, HEADING, WARNING, paint};

/// So many failures are told in full: the first ones are the causes, the others mostly follow.
const IN_FULL: usize = 5;

/// What the report is about.
pub(crate) struct ReportView<'a> {
    /// The end of the run.
    pub(crate) report: &'a RunReport,
    /// All calls of the command, reads too.
    pub(crate) calls: &'a CallCounts,
    /// Places that did not answer, with the reason.
    pub(crate) unknown: Vec<(String, String)>,
    /// All operations are named.
    pub(crate) verbose: bool,
    /// The command that goes on: `xcloud apply -c xcloud.yaml`.
    pub(crate) again: String,
}

/// Returns the report.
pub(crate) fn page(view: &ReportView<'_>, width: Option<usize>) -> String {
    let mut page = Page::new(width);
    headline(&mut page, view);
    for failure in view.report.failures.iter().take(IN_FULL) {
        page.gap();
        one_failure(&mut page, failure, &view.report.steps);
    }
    if view.report.failures.len() > IN_FULL {
        page.gap();
        for failure in &view.report.failures[IN_FULL..] {
            in_short(&mut page, failure);
        }
    }
    for (place, error) in &view.unknown {
        page.gap();
        page.line(format!("{} {place}: nothing was changed there", paint(WARNING, "? unknown")));
        page.paragraph(4, error, DIM);
    }
    if view.report.outcome == Outcome::Left {
        page.gap();
        exists_now(&mut page, &view.report.steps);
        page.gap();
        next(&mut page, view);
    }
    for warning in &view.report.warnings {
        page.gap();
        page.pair(0, 9, "! warning", warning, WARNING);
    }
    page.gap();
    page.paragraph(0, &calls_line(view.calls, view.verbose), DIM);
    page.text()
}

fn headline(page: &mut Page, view: &ReportView<'_>) {
    let report = view.report;
    let done = report.steps.iter().filter(|step| step.status == StepStatus::Done).count();
    let took = format!("in {} (run {})", human(report.elapsed_ms), report.run);
    match report.outcome {
        Outcome::Done if view.unknown.is_empty() => {
            page.line(format!("{} {done} calls {took}", paint(GOOD, "Done:")));
        }
        Outcome::Done => {
            page.line(format!("{} {done} calls {took}", paint(WARNING, "Done where the clouds answered:")))
        }
        Outcome::Unwound => page.line(format!("{} everything was undone {took}", paint(BAD, "Failed:"))),
        Outcome::Left => {
            let word = if report.interrupted { "Interrupted:" } else { "Failed:" };
            let text = format!("{done} of {} calls were made {took}", report.steps.len());
            page.line(format!("{} {text}", paint(BAD, word)));
        }
    }
}

fn one_failure(page: &mut Page, failure: &Failure, steps: &[StepReport]) {
    let step = failure.step.as_ref().and_then(|id| steps.iter().find(|step| &step.id == id));
    let what = step.map(|step| format!("{} {}  ", step.id.0, step.operation)).unwrap_or_default();
    let addr = failure.addr.as_ref().map(ToString::to_string).unwrap_or_default();
    if what.is_empty() && addr.is_empty() {
        page.line(format!("{}  {}", paint(BAD, "x failed"), failure.message));
    } else {
        page.line(format!("{} {what}{}", paint(BAD, "x failed"), paint(HEADING, &addr)));
        if failure.error.is_none() {
            page.paragraph(4, &failure.message, Style::new());
        }
    }
    if let Some(error) = &failure.error {
        let said = match &error.code {
            Some(code) => format!("{code}: {}", error.message),
            None => error.message.clone(),
        };
        page.pair(4, 10, "cloud said", &said, Style::new());
        page.pair(4, 10, "call", &format!("{} in {}", error.operation, error.place), Style::new());
        if let Some(request_id) = &error.request_id {
            page.pair(4, 10, "request id", request_id, Style::new());
        }
    }
    let hint = failure.hint.clone().or_else(|| failure.error.as_ref().and_then(|error| hint_for(error.kind)));
    if let Some(hint) = hint {
        page.pair(4, 10, "hint:", &hint, WARNING);
    }
}

fn in_short(page: &mut Page, failure: &Failure) {
    let text = match (&failure.error, &failure.addr) {
        (Some(error), Some(addr)) => {
            format!("{addr}: {} {}", error.operation, error.code.as_deref().unwrap_or("failed"))
        }
        _ => failure.message.clone(),
    };
    page.pair(0, 8, "x failed", &text, Style::new());
}

/// What helps against a kind of failure, where the engine has nothing better to say.
fn hint_for(kind: ErrorKind) -> Option<String> {
    let hint = match kind {
        ErrorKind::Denied => "the role lacks a permission; docs/guide.md lists what each role needs",
        ErrorKind::Credentials => "sign in again, or look at the profile and role that this account uses",
        ErrorKind::Quota => "ask for a higher quota, or delete what is not used",
        ErrorKind::Unreachable => "look at the network, the proxy and the endpoint variables",
        ErrorKind::Conflict => "somebody else changed the object; the next apply looks again",
        _ => return None,
    };
    Some(hint.to_owned())
}

/// What this run made or changed, resource by resource, and what nobody can know yet.
fn exists_now(page: &mut Page, steps: &[StepReport]) {
    let mut touched: BTreeMap<&Addr, Vec<&StepReport>> = BTreeMap::new();
    for step in steps.iter().filter(|step| matches!(step.status, StepStatus::Done | StepStatus::Unknown)) {
        touched.entry(&step.addr).or_default().push(step);
    }
    if touched.is_empty() {
        page.line("Nothing was changed by this run");
        return;
    }
    page.line(paint(HEADING, "What exists now because of this run"));
    for (addr, steps) in touched {
        page.line(format!("  {addr}"));
        one_resource(page, &steps);
    }
}

fn one_resource(page: &mut Page, steps: &[&StepReport]) {
    let done = steps.iter().filter(|step| step.status == StepStatus::Done);
    let mut changed: Vec<&str> = Vec::new();
    for step in done {
        match &step.made {
            Some(id) => page.pair(6, 7, "made", id, Style::new()),
            None => changed.push(&step.operation),
        }
    }
    if !changed.is_empty() {
        page.pair(6, 7, "changed", &format!("by {}", changed.join(", ")), DIM);
    }
    for step in steps.iter().filter(|step| step.status == StepStatus::Unknown) {
        let ids = listed(&step.request_ids);
        let text = format!("whether {} had its effect is not known (request ids: {ids})", step.operation);
        page.pair(6, 7, "?", &text, WARNING);
    }
}

fn next(page: &mut Page, view: &ReportView<'_>) {
    page.line(paint(HEADING, "What to do next"));
    let first = if view.report.failures.is_empty() { "" } else { "put right what failed, then " };
    let text =
        format!("{first}run `{}`: it finds what exists by its marks and names, and goes on from there", view.again);
    page.paragraph(2, &text, Style::new());
}

fn listed(ids: &[String]) -> String {
    if ids.is_empty() { "none".to_owned() } else { ids.join(", ") }
}
