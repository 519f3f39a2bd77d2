//! What carries a request to Resource Manager: reqwest with rustls, or the simulator.

use std::error::Error as _;
use std::io::Read as _;
use std::time::Duration;

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use http::HeaderValue;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING};
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
            let (mut parts, body) = request.into_parts();
            parts.headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(GZIP));
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
            let packed = response.headers_mut().and_then(|headers| headers.remove(CONTENT_ENCODING));
            let body = answer.bytes().await.map_err(no_answer)?;
            let body = if packed.is_some_and(|packed| packed == GZIP) { unpacked(&body)? } else { body };
            response.body(body).map_err(|error| TransportError::Reset(error.to_string()))
        })
    }
}

/// A list of all security groups of a subscription is tens of megabytes of JSON, and a tenth of that on the way.
const GZIP: &str = "gzip";
/// More than any answer has: what grows beyond is none.
const MOST_BYTES: u64 = 1 << 28;

fn unpacked(body: &[u8]) -> Result<Bytes, TransportError> {
    let mut whole = Vec::new();
    let read = MultiGzDecoder::new(body).take(MOST_BYTES).read_to_end(&mut whole);
    match read {
        Ok(length) if (length as u64) < MOST_BYTES => Ok(whole.into()),
        Ok(_) => Err(TransportError::Reset("the answer is too large".to_owned())),
        Err(error) => Err(TransportError::Reset(format!("the answer cannot be unpacked: {error}"))),
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
    async fn serve(answer: impl AsRef<[u8]> + Send + Sync + 'static, keep: bool) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port is free");
        let address = listener.local_addr().expect("the listener has an address");
        tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.expect("the client connects");
            let mut buffer = [0_u8; 4096];
            let _read = socket.read(&mut buffer).await;
            let _written = socket.write_all(answer.as_ref()).await;
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
    async fn a_compressed_answer_is_unpacked() {
        let list = br#"{"value":[]}"#.repeat(10_000);
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut packed, &list).expect("memory takes it");
        let body = packed.finish().expect("memory takes it");
        assert!(body.len() * 100 < list.len());
        let of = |body: &[u8]| {
            let head = format!("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n", body.len());
            [head.as_bytes(), body].concat()
        };
        let answer = transport().send(get(serve(of(&body), false).await)).await.expect("an answer");
        assert_eq!((answer.headers().get("content-encoding"), answer.body()), (None, &Bytes::from(list)));
        let error = transport().send(get(serve(of(&body[..40]), false).await)).await.expect_err("the body is short");
        assert!(matches!(error, TransportError::Reset(_)), "{error:?}");
    }

    #[tokio::test]
    async fn a_redirect_is_not_followed() {
        let url = serve("HTTP/1.1 307 Go\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n", false).await;
        let answer = transport().send(get(url)).await.expect("the redirect itself is the answer");
        assert_eq!(answer.status(), 307);
    }
}
