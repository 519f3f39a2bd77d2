//! The same clouds on a loopback port.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use xcloud_sim::{Fault, FaultKind};

use crate::client::{Estate, REGION, estate, form};

type Outcome = Result<(), Box<dyn std::error::Error>>;

async fn ask(estate: &Estate, patience: Duration) -> Result<String, Box<dyn std::error::Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let server = tokio::spawn(xcloud_sim::serve(estate.cloud.clone(), listener, format!("http://{address}")));
    let body = form("DescribeVpcs", &[]);
    let head = format!(
        "POST / HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {}\r\nauthorization: AWS4-HMAC-SHA256 \
         Credential=HUB/20261122/{REGION}/ec2/aws4_request\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all((head + &body).as_bytes()).await?;
    let mut answer = String::new();
    let read = tokio::time::timeout(patience, stream.read_to_string(&mut answer)).await;
    server.abort();
    Ok(match read {
        Ok(result) => result.map(|_| answer).unwrap_or_default(),
        Err(_) => "silent".to_owned(),
    })
}

fn once(kind: FaultKind) -> Vec<Fault> {
    vec![Fault { operation: None, region: None, skip: 0, times: 1, kind }]
}

#[tokio::test]
async fn a_call_over_loopback_is_answered_closed_or_left_silent() -> Outcome {
    let estate = estate()?;
    let answer = ask(&estate, Duration::from_secs(20)).await?;
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.contains(&estate.hub.vpc), "{answer}");
    for kind in [FaultKind::Refuse, FaultKind::ResetAfter] {
        estate.cloud.set_faults(once(kind));
        assert_eq!(ask(&estate, Duration::from_secs(20)).await?, "");
    }
    estate.cloud.set_faults(once(FaultKind::SilentAfter));
    assert_eq!(ask(&estate, Duration::from_millis(300)).await?, "silent");
    Ok(())
}
