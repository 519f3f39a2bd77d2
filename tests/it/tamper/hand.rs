//! The hand behind xcloud's back, and what must come of it.

use std::fmt::Write as _;
use std::sync::Arc;

use xcloud_core::drift::{Finding, Report};
use xcloud_core::journal::{Outcome, RunEvent};
use xcloud_core::model::Desired;
use xcloud_core::plan::{Plan, PlanOptions};
use xcloud_engine::{OnFailure, Way};
use xcloud_sim::{Millis, World};
use xcloud_tests::{Notebook, Testbed};

use crate::bed::{later, load};
use crate::cases::{block, carried_out, compare, in_sync, planned, shown};

/// One line of a table: what somebody does, and what the next plan must show.
pub(crate) struct Tamper {
    name: &'static str,
    change: fn(&mut World, Millis),
    /// Every change with its fields, and the notes of [`noted`].
    expected: &'static str,
}

/// Returns one line of a table.
pub(crate) fn tamper(name: &'static str, change: fn(&mut World, Millis), expected: &'static str) -> Tamper {
    Tamper { name, change, expected }
}

/// Applies `text`; then for each line, on clouds of its own: what somebody does, the plan, and the repair. Answers every
/// line where the plan shows something else, or the repair does not end in sync.
pub(crate) async fn check(name: &str, text: &str, lines: &[Tamper]) -> Result<(), String> {
    let desired = load(text);
    let bed = Testbed::new(&desired);
    let made = made(&bed, &desired).await?;
    later(&bed).await;
    let (mut wrong, mut told, mut drifted) = (String::new(), String::new(), String::new());
    for line in lines {
        if let Err(reason) = repaired(&bed.fork(), text, line).await {
            writeln!(wrong, "== {}\n{reason}", line.name).expect("a string takes text");
        }
        let found = drifts(&bed.fork(), &desired, line).await;
        writeln!(drifted, "{}\n  {}", line.name, found.join("\n  ")).expect("a string takes text");
        let left = undone(&bed.fork(), &desired, &made, line).await;
        writeln!(told, "{}\n  {}", line.name, left.join("\n  ")).expect("a string takes text");
    }
    // What a person did is left alone when the run that made the estate is undone; only what is gone needs no undo.
    insta::assert_snapshot!(format!("undone_{name}"), told);
    insta::assert_snapshot!(format!("drift_{name}"), drifted);
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

/// Applies, and answers the journal up to the point where the run could still be undone.
async fn made(bed: &Testbed, desired: &Desired) -> Result<Notebook, String> {
    let process = bed.process(desired);
    let plan = planned(bed, desired).await?;
    let notebook = Arc::default();
    let report = process.run(&plan, &notebook, OnFailure::Unwind).await;
    if report.outcome != Outcome::Done {
        return Err(format!("the estate is not made: {:?}", report.failures));
    }
    let mut entries = notebook.entries();
    entries.retain(|entry| !matches!(entry.event, RunEvent::Committed | RunEvent::Ended(_)));
    Ok(Notebook::with(entries))
}

/// Undoes the run that made everything after somebody changed something; answers what the undo left, and why.
async fn undone(bed: &Testbed, desired: &Desired, made: &Notebook, line: &Tamper) -> Vec<String> {
    bed.cloud().change(line.change);
    later(bed).await;
    let report = bed.process(desired).resume(&Arc::new(made.copy()), Way::Unwind).await;
    if report.outcome == Outcome::Unwound {
        return vec!["undone".to_owned()];
    }
    let mut lines: Vec<String> =
        report.left.iter().map(|left| without_ids(&format!("{}: {}", left.addr, left.why))).collect();
    lines.sort();
    lines.dedup();
    lines
}

/// Returns what drift tells of it. Nothing was told before, and nothing is changed by asking.
async fn drifts(bed: &Testbed, desired: &Desired, line: &Tamper) -> Vec<String> {
    let before = bed.process(desired).drift(&PlanOptions::default()).await;
    assert_eq!(findings(&before), Vec::<String>::new(), "before {}", line.name);
    bed.cloud().change(line.change);
    later(bed).await;
    let process = bed.process(desired);
    let report = process.drift(&PlanOptions::default()).await;
    assert_eq!(process.calls().mutating, 0, "{}", line.name);
    assert!(bed.cloud().calls().iter().all(|call| !call.mutated), "{}: drift changes nothing", line.name);
    findings(&report)
}

/// Returns each finding in a line: class, severity, address, property, and what it lets in.
pub(crate) fn findings(report: &Report) -> Vec<String> {
    let line = |finding: &Finding| {
        let lets_in = match (&finding.example, finding.widens_access) {
            (Some(example), _) => format!(" lets in {example}"),
            (None, true) => " lets more in".to_owned(),
            (None, false) => String::new(),
        };
        let (class, severity) = (finding.class.word(), finding.severity.word());
        without_ids(&format!("{class} {severity} {} {}{lets_in}", finding.address, finding.property))
    };
    report.findings.iter().map(line).collect()
}

/// Ids that a cloud draws differ with every call that is made before: `sg-0a1b...` becomes `sg-*`.
fn without_ids(text: &str) -> String {
    let word = |word: &str| match word.rsplit_once(['-', '/']) {
        Some((kind, drawn)) if drawn.trim_end_matches([':', ',', ')']).len() >= 16 => format!("{kind}-*"),
        _ => word.to_owned(),
    };
    let mut parts = text.split(REQUEST_ID);
    let first = parts.next().unwrap_or_default().to_owned();
    let text = parts.fold(first, |text, part| {
        let (_drawn, rest) = part.split_once(')').unwrap_or_default();
        format!("{text}{REQUEST_ID}*){rest}")
    });
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

const REQUEST_ID: &str = "(request id ";

async fn repaired(bed: &Testbed, text: &str, line: &Tamper) -> Result<(), String> {
    let desired = load(text);
    let before = world(bed);
    bed.cloud().change(line.change);
    if world(bed) == before {
        return Err("nothing was changed".to_owned());
    }
    later(bed).await;
    let plan = planned(bed, &desired).await?;
    let found = format!("{}{}", shown(&plan), noted(&plan));
    carried_out(bed, &desired, &plan).await.map_err(|error| format!("{error}\nafter\n{found}"))?;
    in_sync(bed, &desired).await.map_err(|error| format!("{error}\nafter\n{found}"))?;
    compare(&block(line.expected), &found)
}

fn world(bed: &Testbed) -> serde_json::Value {
    serde_json::to_value(bed.cloud().world()).expect("the state is JSON")
}

/// Returns the notes of a plan, one line each: `note <code> <address>`.
pub(crate) fn noted(plan: &Plan) -> String {
    let mut text = String::new();
    for note in &plan.notes {
        let addr = note.addr.as_ref().map(ToString::to_string).unwrap_or_default();
        writeln!(text, "note {} {addr}", note.code).expect("a string takes text");
    }
    text
}
