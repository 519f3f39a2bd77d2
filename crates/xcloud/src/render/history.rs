//! The runs of a product, and one of them with every call.

use std::collections::BTreeMap;

use anstyle::Style;
use serde_json::{Value, json};
use xcloud_core::counted::counted;
use xcloud_core::journal::{Entry, Header, Outcome, Phase, RunEnd, RunEvent, RunState, Status, StepEvent};
use xcloud_core::plan::{Step, StepId};
use xcloud_engine::ledger::{Outline, RunKey};

use super::layout::{Page, columns, pad};
use super::style::{BAD, DIM, GOOD, HEADING, WARNING, paint};
use xcloud_core::duration::human;

/// Returns the list of runs.
pub(crate) fn list_page(lines: &[Outline], url: &str, width: Option<usize>) -> String {
    let mut page = Page::new(width);
    if lines.is_empty() {
        page.line(format!("No run is recorded in {url}"));
        return page.text();
    }
    let widest = |text: fn(&Outline) -> String| lines.iter().map(|line| columns(&text(line))).max().unwrap_or_default();
    let (commands, names) = (widest(|line| line.header.command.to_string()), widest(|line| line.header.by.clone()));
    page.line(paint(DIM, &format!("{:>5}  {:<20}  {:<10}  what", "run", "began (UTC)", "ended")));
    for line in lines {
        let (word, style) = ended(line.end.as_ref().map(|(_, end)| end));
        let took = line.end.as_ref().map(|(until, _)| human(until.saturating_sub(line.at_ms))).unwrap_or_default();
        let summary = summary(&line.header);
        page.line(format!(
            "{:>5}  {}  {}  {} {}  {summary} {}",
            line.key.epoch,
            moment(line.at_ms),
            paint(style, &pad(word, 10)),
            paint(HEADING, &pad(line.header.command.word(), commands)),
            pad(&line.header.by, names),
            paint(DIM, &took),
        ));
    }
    page.text()
}

fn ended(end: Option<&RunEnd>) -> (&'static str, Style) {
    match end.map(|end| end.outcome) {
        Some(Outcome::Done) => ("done", GOOD),
        Some(Outcome::Unwound) => ("undone", WARNING),
        Some(Outcome::Replanned) => ("replanned", WARNING),
        Some(Outcome::Left) => ("left", BAD),
        None => ("cut off", BAD),
    }
}

fn summary(header: &Header) -> String {
    let summary = header.plan.summary();
    let parts = [("+", summary.create), ("~", summary.update), ("±", summary.replace), ("-", summary.delete)];
    let told: Vec<String> = parts.iter().filter(|(_, n)| *n > 0).map(|(symbol, n)| format!("{symbol}{n}")).collect();
    format!("{} in {}", told.join(" "), counted(header.plan.steps.len(), "call"))
}

fn moment(ms: u64) -> String {
    let moment = i64::try_from(ms).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    moment.map(|moment| moment.strftime("%Y-%m-%d %H:%M:%S").to_string() + " ").unwrap_or_default()
}

/// Returns the list of runs for scripts.
pub(crate) fn list_json(lines: &[Outline]) -> Value {
    let run = |line: &Outline| {
        json!({
            "number": line.key.epoch,
            "run": line.key.run,
            "command": line.header.command,
            "by": line.header.by,
            "began_ms": line.at_ms,
            "ended_ms": line.end.as_ref().map(|(until, _)| until),
            "outcome": line.end.as_ref().map(|(_, end)| &end.outcome),
            "summary": line.header.plan.summary(),
            "steps": line.header.plan.steps.len(),
        })
    };
    json!({ "runs": lines.iter().map(run).collect::<Vec<_>>() })
}

/// Returns one run with every call.
pub(crate) fn run_page(key: &RunKey, state: &RunState, entries: &[Entry], width: Option<usize>) -> String {
    let mut page = Page::new(width);
    let header = &state.header;
    let (word, style) = ended(state.end.as_ref());
    page.line(format!("{} {} {}", paint(HEADING, &format!("Run {}", key.epoch)), paint(style, word), key.run));
    page.pair(2, 8, "what", &format!("`{}` of {}: {}", header.command, header.config, summary(header)), Style::new());
    page.pair(2, 8, "by", &format!("{}, xcloud {}", header.by, header.version), Style::new());
    if let Some(reason) = header.reason() {
        page.pair(2, 8, "why", reason, Style::new());
    }
    if let (Some(first), Some(last)) = (entries.first(), entries.last()) {
        let took = human(last.at_ms.saturating_sub(first.at_ms));
        page.pair(2, 8, "when", &format!("{}UTC, {took}", moment(first.at_ms)), Style::new());
    }
    turns(&mut page, entries);
    let errors = errors(entries);
    page.gap();
    page.line(paint(HEADING, "Calls"));
    let names = header.plan.steps.iter().map(|step| columns(step.op.name())).max().unwrap_or_default();
    for step in &header.plan.steps {
        one_step(&mut page, state, step, names, errors.get(&step.id));
    }
    for one in state.end.iter().flat_map(|end| &end.left) {
        page.gap();
        page.line(format!("{} {} {}", paint(BAD, "left"), one.step.0, one.addr));
        page.paragraph(4, &one.why, Style::new());
        if let Some(call) = &one.by_hand {
            page.pair(4, 7, "by hand", call, DIM);
        }
    }
    page.text()
}

/// The turns of a run: its commit point, its way back, who went on with it.
fn turns(page: &mut Page, entries: &[Entry]) {
    for entry in entries {
        let (label, text) = match &entry.event {
            RunEvent::Committed => ("commit", "every step before the commit point was done".to_owned()),
            RunEvent::Unwinding { reason } => ("undo", format!("undo started: {reason}")),
            RunEvent::Resumed { by, epoch } => ("resumed", format!("by {by} under lock {epoch}")),
            RunEvent::Ended(end) => ("ended", ended(Some(end)).0.to_owned()),
            RunEvent::Began(_) | RunEvent::Step { .. } => continue,
        };
        page.pair(2, 8, label, &format!("{}{text}", moment(entry.at_ms)), DIM);
    }
}

/// The last thing that a cloud said against each step.
fn errors(entries: &[Entry]) -> BTreeMap<StepId, String> {
    let mut errors = BTreeMap::new();
    for entry in entries {
        let RunEvent::Step { step, event } = &entry.event else { continue };
        let text = match event {
            StepEvent::Failed { message, .. } | StepEvent::UndoFailed { message, .. } => message.clone(),
            StepEvent::Retried { error } => format!("tried again after {error}"),
            _ => continue,
        };
        errors.insert(step.clone(), text);
    }
    errors
}

fn one_step(page: &mut Page, state: &RunState, step: &Step, names: usize, error: Option<&String>) {
    let known = state.step(&step.id);
    let (word, style) = status(known.status);
    page.line(format!(
        "  {}  {}  {}  {}",
        paint(style, &pad(word, 8)),
        step.id.0,
        pad(step.op.name(), names),
        step.addr
    ));
    if let Some(id) = step.makes.as_ref().and_then(|object| state.bindings.objects.get(object)) {
        page.pair(12, 10, "made", id, DIM);
    }
    if !known.request_ids.is_empty() {
        page.pair(12, 10, "request id", &known.request_ids.join(", "), DIM);
    }
    if let Some(error) = error {
        page.pair(12, 10, "said", error, WARNING);
    }
}

fn status(status: Status) -> (&'static str, Style) {
    match status {
        Status::Pending => ("not made", DIM),
        Status::Started | Status::Unknown => ("unknown", WARNING),
        Status::Done => ("done", GOOD),
        Status::Failed => ("failed", BAD),
        Status::Undoing | Status::Stuck => ("left", BAD),
        Status::Undone => ("undone", WARNING),
    }
}

/// Returns one run for scripts.
pub(crate) fn run_json(key: &RunKey, state: &RunState, entries: &[Entry]) -> Value {
    let errors = errors(entries);
    let step = |step: &Step| {
        let known = state.step(&step.id);
        json!({
            "id": step.id,
            "address": step.addr,
            "operation": step.op.name(),
            "place": step.place,
            "status": known.status,
            "undo": step.undo.word(),
            "elapsed_ms": known.elapsed_ms,
            "request_ids": known.request_ids,
            "made": step.makes.as_ref().and_then(|object| state.bindings.objects.get(object)),
            "said": errors.get(&step.id),
        })
    };
    json!({
        "number": key.epoch,
        "run": key.run,
        "command": state.header.command,
        "by": state.header.by,
        "version": state.header.version,
        "config": state.header.config,
        "config_sha256": state.header.config_sha256,
        "reason": state.header.reason(),
        "began_ms": entries.first().map(|entry| entry.at_ms),
        "committed": state.phase == Phase::Committed,
        "outcome": state.end.as_ref().map(|end| &end.outcome),
        "failures": state.end.as_ref().map(|end| &end.failures),
        "left": state.end.as_ref().map(|end| &end.left),
        "steps": state.header.plan.steps.iter().map(step).collect::<Vec<_>>(),
    })
}
