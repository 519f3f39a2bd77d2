//! Tells of drift when the set of findings changes, and nothing while it stays.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use anyhow::Context as _;
use serde_json::{Value, json};
use xcloud_core::counted::counted;
use xcloud_core::drift::Finding;
use xcloud_core::model::{Desired, Notify};

use super::webhook::{Message, send};
use crate::ledger;
use crate::options::Global;
use crate::render::drift::difference;
use crate::settings::Settings;

/// Findings that a message for people lists; the rest is counted.
const LISTED: usize = 20;

/// What changed since drift told something last.
struct News<'a> {
    product: &'a str,
    findings: &'a [Finding],
    new: Vec<&'a Finding>,
    resolved: Vec<String>,
}

/// Tells every webhook that wants to know of drift what is new and what is resolved. Nothing is sent while the set of
/// findings stays as it was told last.
///
/// # Errors
/// What hindered it: the ledger that holds what was told last, or a webhook. It is told with the next run.
pub(crate) async fn drift(
    global: &Global,
    settings: &Settings,
    desired: &Desired,
    findings: &[Finding],
) -> anyhow::Result<()> {
    let wanted: Vec<&Notify> = desired.notify.iter().filter(|notify| notify.on.contains("drift")).collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let named = ledger::open(global, settings, desired).await?;
    let before = named.ledger.told().await.context("the last notification cannot be read")?;
    let now: BTreeSet<String> = findings.iter().map(name).collect();
    if now == before.findings {
        return Ok(());
    }
    let news = News {
        product: &desired.product,
        findings,
        new: findings.iter().filter(|finding| !before.findings.contains(&name(finding))).collect(),
        resolved: before.findings.difference(&now).cloned().collect(),
    };
    let message = Message { generic: generic(&news), text: text(&news) };
    for notify in wanted {
        send(settings, notify, &message).await?;
    }
    named.ledger.tell(&before, now).await.context("the notification cannot be recorded")
}

/// What tells two findings apart. An example of what is let in may differ from run to run.
fn name(finding: &Finding) -> String {
    format!("{} {} {} {}", finding.class.word(), finding.address, finding.property, finding.actual)
}

/// One line that says what matters most: what became reachable.
fn summary(news: &News<'_>) -> String {
    if news.findings.is_empty() {
        return format!("{}: resolved, everything is as declared", news.product);
    }
    let mut text = format!("{}: {}", news.product, counted(news.findings.len(), "difference"));
    let _written = write!(text, " ({} new, {} resolved)", news.new.len(), news.resolved.len());
    let reachable: Vec<&str> = news.new.iter().filter_map(|finding| finding.example.as_deref()).take(3).collect();
    if !reachable.is_empty() {
        let _written = write!(text, "; became reachable: {}", reachable.join(", "));
    }
    text
}

fn generic(news: &News<'_>) -> Value {
    json!({
        "source": "xcloud drift",
        "product": news.product,
        "summary": summary(news),
        "in_sync": news.findings.is_empty(),
        "new": news.new,
        "resolved": news.resolved,
        "findings": news.findings,
    })
}

fn text(news: &News<'_>) -> String {
    let mut text = summary(news);
    for finding in news.new.iter().take(LISTED) {
        let line = format!(
            "{} ({}) {} {}: {}",
            finding.class.word(),
            finding.severity.word(),
            finding.address,
            finding.property,
            difference(finding)
        );
        let _written = write!(text, "\n• {line}");
    }
    if news.new.len() > LISTED {
        let _written = write!(text, "\n… and {} more", news.new.len() - LISTED);
    }
    for resolved in news.resolved.iter().take(LISTED) {
        let _written = write!(text, "\n✓ resolved: {resolved}");
    }
    text
}
