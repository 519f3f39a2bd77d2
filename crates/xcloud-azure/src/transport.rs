//! What carries a request to Resource Manager: reqwest with rustls, or the simulator.

use std::error::Error as _;
use std::time::Duration;

use bytes::Bytes;
use xcloud_core::provider::BoxFuture;

use crate::invalid::InvalidSettings;

/// How long a call may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// To open a connection.
    pub connect: Duration,
    /// For the whole exchange, and for getting a token.
    pub request: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(3), request: Duration::from_secs(30) }
    }
}

/// Carries one request to Resource Manager. It follows no redirects and repeats nothing.
pub trait ArmTransport: Send + Sync {
    /// Sends the request and returns the whole answer, whatever its status.
    fn send(&self, request: http::Request<Bytes>) -> BoxFuture<'_, Result<http::Response<Bytes>, TransportError>>;
}

/// Why no answer came.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// No connection could be made, so nothing was sent.
    #[error("no connection: {0}")]
    Refused(String),
    /// No answer came in time; the request may have arrived.
    #[error("no answer in time")]
    Timeout,
    /// The connection broke after the request was sent, or in the middle of the answer.
    #[error("the connection broke: {0}")]
    Reset(String),
}

/// The transport over the network: rustls, no redirects, with timeouts.
#[derive(Debug, Clone)]
pub struct HttpsTransport {
    client: reqwest::Client,
}

impl HttpsTransport {
    /// Makes the client.
    ///
    /// # Errors
    /// [`InvalidSettings::Client`] if TLS cannot be set up.
    pub fn new(timeouts: Timeouts) -> Result<Self, InvalidSettings> {
        let client = reqwest::Client::builder()
            .connect_timeout(timeouts.connect)
            .timeout(timeouts.request)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| InvalidSettings::Client(innermost(&error)))?;
        Ok(Self { client })
    }
}

impl ArmTransport for HttpsTransport {
    fn send(&self, request: http::Request<Bytes>) -> BoxFuture<'_, Result<http::Response<Bytes>, TransportError>> {
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let url = parts.uri.to_string();
            let answer = self
                .client
                .request(parts.method, url)
                .headers(parts.headers)
                .body(body)
                .send()
                .await
                .map_err(no_answer)?;
            let mut response = http::Response::builder().status(answer.status());
            if let Some(headers) = response.headers_mut() {
                *headers = answer.headers().clone();
            }
            let body = answer.bytes().await.map_err(no_answer)?;
            response.body(body).map_err(|error| TransportError::Reset(error.to_string()))
        })
    }
}

fn no_answer(error: reqwest::Error) -> TransportError {
    let error = error.without_url();
    if error.is_connect() {
        TransportError::Refused(innermost(&error))
    } else if error.is_timeout() {
        TransportError::Timeout
    } else if error.is_builder() {
        TransportError::Refused(innermost(&error))
    } else {
        TransportError::Reset(innermost(&error))
    }
}

/// The last cause is what a person needs (`Connection refused`), and holds neither URL nor header.
fn innermost(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = inner.to_string();
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    fn transport() -> HttpsTransport {
        let timeouts = Timeouts { connect: Duration::from_millis(200), request: Duration::from_millis(300) };
        HttpsTransport::new(timeouts).expect("the client can be made")
    }

    fn get(url: String) -> http::Request<Bytes> {
        http::Request::get(url).body(Bytes::new()).expect("the request is valid")
    }

    /// Serves one connection: reads what comes, writes `answer`, then keeps the connection or closes it.
    async fn serve(answer: &'static str, keep: bool) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port is free");
        let address = listener.local_addr().expect("the listener has an address");
        tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.expect("the client connects");
            let mut buffer = [0_u8; 4096];
            let _read = socket.read(&mut buffer).await;
            let _written = socket.write_all(answer.as_bytes()).await;
            if keep {
                tokio::time::sleep(Duration::from_secs(5)).await;
            }
        });
        format!("http://{address}/")
    }

    #[tokio::test]
    async fn a_closed_port_is_refused() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port is free");
        let address = listener.local_addr().expect("the listener has an address");
        drop(listener);
        let error = transport().send(get(format!("http://{address}/"))).await.expect_err("nobody listens");
        assert!(matches!(error, TransportError::Refused(_)), "{error:?}");
    }

    #[tokio::test]
    async fn a_silent_server_times_out() {
        let url = serve("", true).await;
        assert_eq!(transport().send(get(url)).await.expect_err("no answer"), TransportError::Timeout);
    }

    #[tokio::test]
    async fn a_cut_answer_is_a_reset() {
        let url = serve("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"a\":", false).await;
        let error = transport().send(get(url)).await.expect_err("the body is short");
        assert!(matches!(error, TransportError::Reset(_)), "{error:?}");
    }

    #[tokio::test]
    async fn a_redirect_is_not_followed() {
        let url = serve("HTTP/1.1 307 Go\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n", false).await;
        let answer = transport().send(get(url)).await.expect("the redirect itself is the answer");
        assert_eq!(answer.status(), 307);
    }
}
