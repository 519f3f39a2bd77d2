//! The last lines of a terminal, redrawn: what runs now.

use super::board::{Board, Doing};
use crate::render::layout::{columns, pad};
use crate::render::style::{DIM, GOOD, HEADING, WARNING, paint};
use xcloud_core::counted::counted;
use xcloud_core::duration::human;

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
        let (word, style) = if board.undoing { ("undone", WARNING) } else { ("done", GOOD) };
        let text = format!("{} of {} {word}, {}", board.done, counted(board.total, "call"), human(at));
        lines.push(format!("{} {}", paint(style, &bar), paint(HEADING, &text)));
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
    let room = width.saturating_sub(2 + 8 + 2 + 7 + 2 + 1);
    format!("  {}  {:>7}  {}", paint(style, &pad(word, 8)), human(elapsed), cut(&brief(text), room))
}

/// Returns the text on one line of at most `room` columns.
pub(super) fn cut(text: &str, room: usize) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if columns(&clean) <= room {
        return clean;
    }
    clean.chars().take(room.saturating_sub(3)).collect::<String>() + "..."
}

/// Shortens ARNs and Azure ids to what tells them apart: a line has no room for whole ones.
fn brief(text: &str) -> String {
    let short = |word: &str| match word {
        arn if arn.starts_with("arn:") => arn.rsplit(':').next().unwrap_or(arn).to_owned(),
        id if id.starts_with("/subscriptions/") => id.rsplit('/').next().unwrap_or(id).to_owned(),
        other => other.to_owned(),
    };
    text.split(' ').map(short).collect::<Vec<_>>().join(" ")
}

fn bar(done: usize, total: usize) -> String {
    const CELLS: usize = 20;
    let full = (done * CELLS).checked_div(total).unwrap_or_default().min(CELLS);
    format!("[{}{}]", "#".repeat(full), ".".repeat(CELLS - full))
}

#[cfg(test)]
mod tests {
    use super::{brief, cut};

    #[test]
    fn ids_are_shortened_and_lines_cut() {
        let arn = "arn:aws:elasticloadbalancing:eu-north-1:100000000001:loadbalancer/net/xc-1/50dc6c495c0c9188";
        assert_eq!(
            brief(&format!("load balancer {arn} is active")),
            "load balancer loadbalancer/net/xc-1/50dc6c495c0c9188 is active"
        );
        assert_eq!(brief("/subscriptions/1/resourceGroups/rg/providers/x/y/afwp-hub"), "afwp-hub");
        assert_eq!(cut("0123456789", 8), "01234...");
        assert_eq!(cut("a\u{1b}b", 8), "a b");
    }
}
