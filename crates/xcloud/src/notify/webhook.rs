//! One message to one webhook: signed, and sent again if it was not reached.

use std::fmt::Write as _;
use std::time::Duration;

use anyhow::Context as _;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use xcloud_core::model::{Notify, NotifyForm};

use crate::settings::Settings;

/// The header with the message's signature: `sha256=` and the HMAC of the body in hexadecimal digits.
const SIGNATURE: &str = "x-xcloud-signature";
/// How long one attempt may take.
const ATTEMPT: Duration = Duration::from_secs(10);
/// Pauses before the second and the third attempt.
const PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(4)];

/// What is told, for programs and for people.
pub(super) struct Message {
    pub(super) generic: Value,
    pub(super) text: String,
}

/// Sends a message to one webhook, three times at most.
pub(super) async fn send(settings: &Settings, notify: &Notify, message: &Message) -> anyhow::Result<()> {
    // A webhook's address may be a secret itself: no message names it.
    let url = settings.kept_elsewhere(&notify.webhook).context("the webhook's address")?;
    let url: url::Url = url.trim().parse().ok().context("the webhook's address is not a URL")?;
    let loopback = matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
    anyhow::ensure!(url.scheme() == "https" || loopback, "the webhook's address is not https");
    let body = match notify.form {
        NotifyForm::Generic => message.generic.to_string(),
        NotifyForm::Slack => json!({ "text": escape(&message.text) }).to_string(),
    };
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
