//! The last lines of a terminal, redrawn: what runs now.

use super::board::{Board, Doing};
use crate::render::duration::human;
use crate::render::layout::{columns, pad};
use crate::render::style::{DIM, GOOD, HEADING, WARNING, paint};

/// More running steps than this are counted, not listed.
const LINES: usize = 10;

/// Returns the lines to show at this moment of the run, each at most `width` columns wide.
pub(super) fn lines(board: &Board, at: u64, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for (place, since) in &board.observing {
        lines.push(row("reading", &place.to_string(), at.saturating_sub(*since), width, DIM));
    }
    if board.total > 0 {
        let bar = bar(board.done, board.total);
        let text = format!("{} of {} calls done, {}", board.done, board.total, human(at));
        lines.push(format!("{} {}", paint(GOOD, &bar), paint(HEADING, &text)));
    }
    for (step, running) in board.running.iter().take(LINES) {
        let behind = match board.dependents(step) {
            0 => String::new(),
            1 => ", 1 waits for it".to_owned(),
            many => format!(", {many} wait for it"),
        };
        let (word, text, style) = match &running.doing {
            Doing::Calling => ("calling", format!("{} {}{behind}", running.operation, running.addr), GOOD),
            Doing::Waiting(what, now) => ("waiting", format!("{}: {what} (now: {now}){behind}", running.addr), DIM),
            Doing::Retrying(attempt, error) => {
                ("retrying", format!("{} after attempt {attempt}: {error}", running.addr), WARNING)
            }
        };
        lines.push(row(word, &text, at.saturating_sub(running.since), width, style));
    }
    if board.running.len() > LINES {
        lines.push(paint(DIM, &format!("  and {} more", board.running.len() - LINES)));
    }
    if let Some((what, since)) = &board.settling {
        lines.push(row("settling", what, at.saturating_sub(*since), width, DIM));
    }
    lines
}

fn row(word: &str, text: &str, elapsed: u64, width: usize, style: anstyle::Style) -> String {
    let elapsed = human(elapsed);
    let room = width.saturating_sub(2 + 8 + 2 + 7 + 2 + 1);
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let text = if columns(&clean) > room {
        clean.chars().take(room.saturating_sub(3)).collect::<String>() + "..."
    } else {
        clean
    };
    format!("  {}  {:>7}  {text}", paint(style, &pad(word, 8)), elapsed)
}

fn bar(done: usize, total: usize) -> String {
    const CELLS: usize = 20;
    let full = (done * CELLS).checked_div(total).unwrap_or_default().min(CELLS);
    format!("[{}{}]", "#".repeat(full), ".".repeat(CELLS - full))
}
