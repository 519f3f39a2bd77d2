//! The bearer token appears in no output, at any log level, with no filter at all.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;
use xcloud_azure::{AzureClouds, AzureSettings, HttpsTransport, Secret, TransportError};
use xcloud_core::live::{AzureQuery, Query};
use xcloud_core::model::Place;
use xcloud_core::provider::{Clouds as _, Gate};

use crate::fake::{Canned, Fake, SUB, TOKEN, id};
use crate::writing::{RULE, put_rule};

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Captured {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

impl Write for Captured {
    fn write(&mut self, buffer: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(buffer);
        Ok(buffer.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Captured {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

fn everything(captured: &Captured) -> tracing::subscriber::DefaultGuard {
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(captured.clone())
        .with_ansi(false)
        .finish();
    tracing::subscriber::set_default(subscriber)
}

#[tokio::test(start_paused = true)]
async fn no_log_shows_the_token() {
    let captured = Captured::default();
    let _guard = everything(&captured);
    let fake = Fake::new([
        (&format!("GET {RULE}"), Canned::absent()),
        (&format!("PUT {RULE}"), Canned::json(200, &json!({"properties": {}}))),
        ("GET networkSecurityGroups/n", Canned::Lost(TransportError::Reset("gone".to_owned()))),
    ]);
    let provider = fake.provider();
    assert!(provider.perform(&xcloud_core::op::Op::Azure(put_rule()), "t").await.is_ok());
    let query = Query::Azure(AzureQuery { nsgs: [id("networkSecurityGroups/n")].into(), ..AzureQuery::default() });
    assert!(provider.observe(&query).await.is_err());
    let sent = fake.request(&format!("PUT {RULE}"));
    assert_eq!(sent.header("authorization"), Some(format!("Bearer {TOKEN}").as_str()), "it was really sent");
    let log = captured.text();
    assert!(log.contains("securityRules"), "the client's own request log was captured:\n{log}");
    assert!(!log.contains(TOKEN), "{log}");
}

#[tokio::test]
async fn no_log_of_the_network_stack_shows_the_token() {
    let captured = Captured::default();
    let _guard = everything(&captured);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a loopback port is free");
    let port = listener.local_addr().expect("the listener has an address").port();
    let serve = async {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let (mut socket, _) = listener.accept().await.expect("the client connects");
        let mut buffer = vec![0_u8; 8192];
        let read = socket.read(&mut buffer).await.expect("the request arrives");
        let body = "{\"error\":{\"code\":\"AuthorizationFailed\",\"message\":\"no\"}}";
        let answer = format!("HTTP/1.1 403 F\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        socket.write_all(answer.as_bytes()).await.expect("the answer is read");
        String::from_utf8_lossy(&buffer[..read]).into_owned()
    };
    let settings = AzureSettings {
        arm_endpoint: format!("http://127.0.0.1:{port}").parse().ok(),
        arm_token: Some(Secret::new(TOKEN)),
        ..AzureSettings::default()
    };
    assert!(HttpsTransport::new(settings.timeouts).is_ok());
    let gate = Fake::new([]);
    let clouds = AzureClouds::new(&settings, gate as Arc<dyn Gate>).expect("the settings are valid");
    let provider = clouds.provider(&Place::Azure { subscription: SUB.to_owned(), location: None });
    let query = Query::Azure(AzureQuery { nsgs: [id("networkSecurityGroups/n")].into(), ..AzureQuery::default() });
    let (request, outcome) = tokio::join!(serve, provider.observe(&query));
    assert!(request.contains(TOKEN), "it was really sent: {request}");
    let error = outcome.expect_err("the server refuses");
    let shown = format!("{error} {error:?} {settings:?} {clouds:?} {}", captured.text());
    assert!(!shown.contains(TOKEN), "{shown}");
}
