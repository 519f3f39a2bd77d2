//! The hand behind xcloud's back, and what must come of it.

use std::fmt::Write as _;

use xcloud::testbed::Testbed;
use xcloud_core::plan::Plan;
use xcloud_sim::{Millis, World};

use crate::bed::{later, load};
use crate::cases::{applied, block, carried_out, compare, in_sync, planned, shown};

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
pub(crate) async fn check(text: &str, lines: &[Tamper]) -> Result<(), String> {
    let desired = load(text);
    let bed = Testbed::new(&desired);
    applied(&bed, &desired).await?;
    later(&bed).await;
    let mut wrong = String::new();
    for line in lines {
        if let Err(reason) = repaired(&bed.fork(), text, line).await {
            writeln!(wrong, "== {}\n{reason}", line.name).expect("a string takes text");
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

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
