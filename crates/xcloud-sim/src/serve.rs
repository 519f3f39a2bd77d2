//! The clouds on a loopback port, for clients in other processes and languages.

use std::convert::Infallible;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

use crate::{Cloud, Lost};

/// Largest request body that is read: more than any call of either cloud needs.
const LARGEST_BODY: usize = 16 * 1024 * 1024;

/// Why a connection is closed without an answer.
#[derive(Debug)]
struct Closed;

impl std::fmt::Display for Closed {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("closed by the simulator")
    }
}

impl std::error::Error for Closed {}

/// Serves both clouds on a listener until the task is dropped. `base_url` is where clients reach it: absolute URLs in
/// answers start with it.
///
/// # Errors
/// The listener's error, if it cannot accept any more.
pub async fn serve(cloud: Cloud, listener: TcpListener, base_url: String) -> std::io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        drop(tokio::spawn(connection(cloud.clone(), stream, base_url.clone())));
    }
}

async fn connection(cloud: Cloud, stream: TcpStream, base_url: String) {
    let service = service_fn(move |request| answer(cloud.clone(), request, base_url.clone()));
    // A connection that breaks, or that a fault closes, concerns its client alone.
    drop(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await);
}

async fn answer(
    cloud: Cloud,
    request: http::Request<Incoming>,
    base_url: String,
) -> Result<http::Response<Full<Bytes>>, Closed> {
    let (parts, body) = request.into_parts();
    let body = Limited::new(body, LARGEST_BODY).collect().await.map_err(|_| Closed)?.to_bytes();
    match cloud.handle(http::Request::from_parts(parts, body), &base_url).await {
        Ok(response) => Ok(response.map(Full::new)),
        Err(Lost::Refused | Lost::Reset) => Err(Closed),
        Err(Lost::Silent) => match std::future::pending::<Infallible>().await {},
    }
}
