//! Tells somebody when the set of findings changes: a signed JSON message to a webhook, and nothing while all stays.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Duration;

use anyhow::Context as _;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use xcloud_core::drift::Finding;
use xcloud_core::model::{Desired, Notify, NotifyForm};

use crate::cli::Global;
use crate::ledger;
use crate::render::drift::difference;
use crate::settings::Settings;

/// The header with the message's signature: `sha256=` and the HMAC of the body in hexadecimal digits.
const SIGNATURE: &str = "x-xcloud-signature";
/// How long one attempt may take.
const ATTEMPT: Duration = Duration::from_secs(10);
/// Pauses before the second and the third attempt.
const PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(4)];
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
    let before = named.ledger.told().await.context("what was told last cannot be read")?;
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
    for notify in wanted {
        send(settings, notify, &news).await?;
    }
    named.ledger.tell(&before, now).await.context("what was told cannot be written down")
}

/// What tells two findings apart. An example of what is let in may differ from run to run.
fn name(finding: &Finding) -> String {
    format!("{} {} {} {}", finding.class.word(), finding.address, finding.property, finding.actual)
}

async fn send(settings: &Settings, notify: &Notify, news: &News<'_>) -> anyhow::Result<()> {
    // A webhook's address may be a secret itself: no message names it.
    let url = settings.kept_elsewhere(&notify.webhook).context("the webhook's address")?;
    let url: url::Url = url.trim().parse().ok().context("the webhook's address is not a URL")?;
    let loopback = matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
    anyhow::ensure!(url.scheme() == "https" || loopback, "the webhook's address is not https");
    let body = match notify.form {
        NotifyForm::Generic => generic(news),
        NotifyForm::Slack => json!({ "text": slack(news) }),
    }
    .to_string();
    let signature = match &notify.signed_with {
        Some(place) => {
            let secret = settings.kept_elsewhere(place).context("the secret that signs messages")?;
            Some(signature(secret.trim().as_bytes(), body.as_bytes())?)
        }
        None => None,
    };
    let client = reqwest::Client::builder().timeout(ATTEMPT).build().context("no HTTP client")?;
    let mut pauses = PAUSES.into_iter();
    loop {
        let mut request = client.post(url.clone()).header("content-type", "application/json").body(body.clone());
        if let Some(signature) = &signature {
            request = request.header(SIGNATURE, signature);
        }
        let why = match request.send().await {
            Ok(answer) if answer.status().is_success() => return Ok(()),
            Ok(answer) if answer.status().is_server_error() || answer.status().as_u16() == 429 => {
                format!("it answered {}", answer.status())
            }
            Ok(answer) => anyhow::bail!("the webhook refused the message: {}", answer.status()),
            Err(error) => error.without_url().to_string(),
        };
        let Some(pause) = pauses.next() else { anyhow::bail!("the webhook was not reached: {why}") };
        tokio::time::sleep(pause).await;
    }
}

fn signature(secret: &[u8], body: &[u8]) -> anyhow::Result<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).context("the secret cannot be used")?;
    mac.update(body);
    let mut text = String::from("sha256=");
    for byte in mac.finalize().into_bytes() {
        let _written = write!(text, "{byte:02x}");
    }
    Ok(text)
}

/// One line that says what matters most: what became reachable.
fn summary(news: &News<'_>) -> String {
    if news.findings.is_empty() {
        return format!("{}: resolved, everything is as declared", news.product);
    }
    let count = news.findings.len();
    let mut text = format!("{}: {count} {}", news.product, if count == 1 { "difference" } else { "differences" });
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

fn slack(news: &News<'_>) -> String {
    let mut text = escape(&summary(news));
    for finding in news.new.iter().take(LISTED) {
        let line = format!(
            "{} ({}) {} {}: {}",
            finding.class.word(),
            finding.severity.word(),
            finding.address,
            finding.property,
            difference(finding)
        );
        let _written = write!(text, "\n• {}", escape(&line));
    }
    if news.new.len() > LISTED {
        let _written = write!(text, "\n… and {} more", news.new.len() - LISTED);
    }
    for resolved in news.resolved.iter().take(LISTED) {
        let _written = write!(text, "\n✓ resolved: {}", escape(resolved));
    }
    text
}

/// Slack's three control characters (api.slack.com/reference/surfaces/formatting).
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::{escape, signature};

    #[test]
    fn a_message_is_signed_as_everybody_can_check() {
        // RFC 4231, test case 2.
        let signed = signature(b"Jefe", b"what do ya want for nothing?").expect("signed");
        assert_eq!(signed, "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    #[test]
    fn text_of_others_mentions_nobody() {
        assert_eq!(escape("<!channel> & co"), "&lt;!channel&gt; &amp; co");
    }
}
