//! One line for each event: for logs and for terminals that cannot redraw.

use xcloud_engine::{Event, EventKind};

use xcloud_core::counted::counted;
use xcloud_core::duration::human;

/// Returns the line for an event, if it is worth one. `verbose`: also calls as they begin.
pub(super) fn line(event: &Event, verbose: bool) -> Option<String> {
    let text = match &event.kind {
        EventKind::Observing(place) if verbose => format!("reading   {place}"),
        EventKind::Observing(_) | EventKind::Observed(_, None) => return None,
        EventKind::Observed(place, Some(error)) => format!("unknown   {place}: {error}"),
        EventKind::Started { steps } => format!("started   {} to make", counted(*steps, "call")),
        EventKind::Watching { step, addr, what, now } => {
            let step = step.as_ref().map_or("settling", |step| step.0.as_str());
            let addr = addr.as_ref().map(ToString::to_string).unwrap_or_default();
            format!("waiting   {step} {addr}: {what} (now: {now})")
        }
        EventKind::Calling { step, addr, operation } if verbose => format!("calling   {} {operation} {addr}", step.0),
        EventKind::Calling { .. } => return None,
        // A service that takes long to become ready is asked often: the first refusal tells why.
        EventKind::Retrying { attempt, .. } if !verbose && attempt % 10 != 1 => return None,
        EventKind::Retrying { step, attempt, error, wait_secs } => {
            format!("retrying  {} in {wait_secs:.1}s after attempt {attempt}: {error}", step.0)
        }
        EventKind::Done { step, addr, operation, elapsed_ms } => {
            format!("done      {} {operation} {addr} in {}", step.0, human(*elapsed_ms))
        }
        EventKind::Failed { step, addr, error } => format!("failed    {} {addr}: {error}", step.0),
        EventKind::Unwinding { steps } => format!("undoing   {}, last first", counted(*steps, "call")),
        EventKind::Undone { step, addr, operation } => format!("undone    {} {operation} {addr}", step.0),
        EventKind::UndoFailed { step, addr, error } => format!("left      {} {addr}: {error}", step.0),
        EventKind::Warning(text) => format!("warning   {text}"),
        EventKind::Stopping => {
            "stopping  nothing new starts, running calls are waited for (Ctrl-C again: stop at once)".to_owned()
        }
    };
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    Some(format!("{:>7}  {clean}", human(event.at_ms)))
}
