//! The end of a run for people: what was done, what failed and what the cloud said, what exists now, what to do next.

use std::collections::BTreeMap;

use anstyle::Style;
use xcloud_core::counted::counted;
use xcloud_core::journal::{LeftOver, Outcome};
use xcloud_core::model::Addr;
use xcloud_engine::{CallCounts, Failure, RunReport, StepReport, StepStatus};

use super::layout::Page;
use super::plan::calls_line;
use super::style::{BAD, DIM, GOOD, HEADING, WARNING, paint};
use xcloud_core::duration::human;

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
    /// The command that tries again: `xcloud apply -c xcloud.yaml`.
    pub(crate) again: String,
    /// The command that goes on with the run: `xcloud resume -c xcloud.yaml`.
    pub(crate) resume: String,
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
    match view.report.outcome {
        Outcome::Done | Outcome::Replanned => {}
        Outcome::Unwound => {
            page.gap();
            tried_again(&mut page, view);
        }
        Outcome::Left => {
            page.gap();
            left(&mut page, view.report);
            page.gap();
            next(&mut page, view);
        }
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
    let of = |wanted: &[StepStatus]| report.steps.iter().filter(|step| wanted.contains(&step.status)).count();
    let done = counted(of(&[StepStatus::Done]), "call");
    let took = format!("in {} (run {})", human(report.elapsed_ms), report.run);
    match report.outcome {
        Outcome::Done if view.unknown.is_empty() => {
            page.line(format!("{} {done} {took}", paint(GOOD, "Done:")));
        }
        Outcome::Done | Outcome::Replanned => {
            page.line(format!("{} {done} {took}", paint(WARNING, "Done where the clouds answered:")))
        }
        Outcome::Unwound => {
            let what = match of(&[StepStatus::Undone]) {
                0 => "nothing was changed".to_owned(),
                1 => "the call that was made is undone, the clouds are as before".to_owned(),
                many => format!("all {many} calls that were made are undone, the clouds are as before"),
            };
            let word = if report.interrupted { "Interrupted:" } else { "Failed:" };
            page.line(format!("{} {what} {took}", paint(BAD, word)));
        }
        Outcome::Left => {
            let word = if report.interrupted { "Interrupted:" } else { "Failed:" };
            page.line(format!("{} {}", paint(BAD, word), halfway(report, &of, &took)));
        }
    }
}

/// What a run that ended halfway has made, what of it is undone, and what is not: `8 of 9 calls were made in 3m12s (run
/// 0192); 7 are undone, 1 is not`.
fn halfway(report: &RunReport, of: &dyn Fn(&[StepStatus]) -> usize, took: &str) -> String {
    let (undone, unsure) = (of(&[StepStatus::Undone]), of(&[StepStatus::Unknown]));
    let kept = of(&[StepStatus::Done, StepStatus::Stuck]);
    let are = |count: usize| if count == 1 { "is" } else { "are" };
    let calls = counted(report.steps.len(), "call");
    let were = if report.steps.len() == 1 { "was" } else { "were" };
    let mut parts = vec![format!("{} of {calls} {were} made {took}", undone + kept)];
    if !report.committed {
        parts.extend(match (undone, kept) {
            (0, 0) => None,
            (_, 0) => Some(format!("{undone} {} undone", are(undone))),
            (0, _) => Some("none is undone".to_owned()),
            (_, _) => Some(format!("{undone} {} undone, {kept} {} not", are(undone), are(kept))),
        });
    }
    if unsure > 0 {
        parts.push(format!("the effect of {unsure} more is not known"));
    }
    parts.join("; ")
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
            Some(code) => format!("{code}: {}", error.said()),
            None => error.said().to_owned(),
        };
        page.pair(4, 10, "cloud said", &said, Style::new());
        page.pair(4, 10, "call", &format!("{} in {}", error.operation, error.place), Style::new());
        if let Some(request_id) = &error.request_id {
            page.pair(4, 10, "request id", request_id, Style::new());
        }
        if let Some(reasons) = error.encoded_reasons() {
            page.line(format!("    reasons:  aws sts decode-authorization-message --encoded-message {reasons}"));
        }
    }
    let hint = failure.hint.clone().or_else(|| Some(failure.error.as_ref()?.kind.hint().to_owned()));
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

/// So many things that are left are told in full.
const LEFT_IN_FULL: usize = 20;

/// What is left, resource by resource: what it is, why, and the cloud call that finishes it.
fn left(page: &mut Page, report: &RunReport) {
    if report.left.is_empty() {
        page.line("Nothing is left of this run");
        return;
    }
    let heading = if report.committed { "What is still to be done" } else { "What is left of this run" };
    page.line(paint(HEADING, heading));
    let mut by_addr: BTreeMap<&Addr, Vec<&LeftOver>> = BTreeMap::new();
    for one in report.left.iter().take(LEFT_IN_FULL) {
        by_addr.entry(&one.addr).or_default().push(one);
    }
    for (addr, all) in by_addr {
        page.line(format!("  {addr}"));
        for one in all {
            let id = one.id.as_deref().map(|id| format!(" {id}")).unwrap_or_default();
            page.pair(6, 7, &one.step.0, &format!("{}{id}: {}", one.operation, one.why), WARNING);
            if let Some(call) = &one.by_hand {
                page.pair(6, 7, "by hand", call, DIM);
            }
        }
    }
    if report.left.len() > LEFT_IN_FULL {
        page.line(format!("  and {} more: `xcloud show` lists all", report.left.len() - LEFT_IN_FULL));
    }
}

fn tried_again(page: &mut Page, view: &ReportView<'_>) {
    page.line(paint(HEADING, "What to do next"));
    let text = format!("fix what failed, then run `{}`", view.again);
    page.paragraph(2, &text, Style::new());
}

fn next(page: &mut Page, view: &ReportView<'_>) {
    page.line(paint(HEADING, "What to do next"));
    let text = if view.report.committed {
        format!("the run has passed its commit point: fix what failed, then `{}` finishes it", view.resume)
    } else {
        format!(
            "fix what failed, then `{0}` finishes the run, or `{0} --undo` undoes it; new plans are not blocked",
            view.resume
        )
    };
    page.paragraph(2, &text, Style::new());
}
