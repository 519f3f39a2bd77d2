//! Tells that a run has ended, and how.

use anyhow::Context as _;
use futures_util::future::join_all;
use serde_json::json;
use xcloud_core::journal::{Header, Outcome, Verb};
use xcloud_core::model::Notify;
use xcloud_engine::RunReport;

use super::webhook::{Message, send};
use crate::render::json;
use crate::session::{Session, real_runtime};
use xcloud_core::duration::human;

/// Left objects that a message for people lists; the rest is counted.
const LISTED: usize = 10;

/// Tells every webhook that wants to know of such runs. What hinders it is a warning: the run is over.
pub(crate) async fn ended(session: &Session, header: &Header, report: &RunReport) {
    let event = event(&header.command);
    let wanted: Vec<Notify> =
        header.desired.notify.iter().filter(|notify| notify.on.contains(event)).cloned().collect();
    if wanted.is_empty() {
        return;
    }
    let (settings, message) = (session.settings.clone(), message(header, report, session));
    // The sandbox's clock jumps; whoever is told lives in real time.
    let sending = tokio::task::spawn_blocking(move || {
        let all = join_all(wanted.iter().map(|notify| send(&settings, notify, &message)));
        real_runtime().map(|runtime| runtime.block_on(all))
    });
    let sent = match sending.await.context("the messages were not sent") {
        Ok(Ok(sent)) => sent,
        Ok(Err(error)) | Err(error) => vec![Err(error)],
    };
    for error in sent.into_iter().filter_map(Result::err) {
        session.ui.warn(&format!("notification failed: {error:#}"));
    }
}

/// The word of `on:` for a command.
fn event(command: &Verb) -> &'static str {
    match command {
        Verb::Failover | Verb::Failback | Verb::Close => "failover",
        Verb::Rollback => "rollback",
        Verb::Apply | Verb::Destroy | Verb::Resume | Verb::Settle | Verb::LockBreak | Verb::Other(_) => "apply",
    }
}

fn message(header: &Header, report: &RunReport, session: &Session) -> Message {
    let summary = summary(header, report, session.global.sandbox);
    let mut lines = vec![summary.clone()];
    lines.extend(report.failures.first().map(|failure| format!("✗ {}", failure.message)));
    lines.extend(report.left.iter().take(LISTED).map(|left| format!("• left: {}: {}", left.addr, left.why)));
    if report.left.len() > LISTED {
        lines.push(format!("… and {} more", report.left.len() - LISTED));
    }
    let generic = json!({
        "source": format!("xcloud {}", header.command),
        "product": header.desired.product,
        "summary": summary,
        "by": header.by,
        "incident": header.declared.as_ref().and_then(|declared| declared.incident.clone()),
        "run": json::run(report, &session.wired.pacer.calls()),
    });
    Message { generic, text: lines.join("\n") }
}

/// One line: what was done to what, how it ended, and by whom.
fn summary(header: &Header, report: &RunReport, sandbox: bool) -> String {
    let declared = header.declared.as_ref().map(|declared| {
        let envs: Vec<&str> = declared.request.envs.iter().map(String::as_str).collect();
        let incident = declared.incident.as_ref().map(|incident| format!(" ({incident})")).unwrap_or_default();
        format!(" of {} to {}{incident}", envs.join(", "), declared.request.to)
    });
    let how = match (report.outcome, report.left.len()) {
        (Outcome::Done | Outcome::Replanned, _) => report.outcome.word().to_owned(),
        (Outcome::Unwound, _) => "not done, everything is as before".to_owned(),
        (Outcome::Left, 1) => "not done, 1 object is left".to_owned(),
        (Outcome::Left, left) => format!("not done, {left} objects are left"),
    };
    let place = if sandbox { " in a sandbox" } else { "" };
    format!(
        "{}: {}{}{place}: {how} ({} by {}, run {})",
        header.desired.product,
        header.command,
        declared.unwrap_or_default(),
        human(report.elapsed_ms),
        header.by,
        report.run
    )
}
