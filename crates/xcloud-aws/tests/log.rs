//! No secret in the log, at any level. A process of its own: tracing's interest in an event is global.

use std::sync::{Arc, Mutex, PoisonError};

use xcloud_aws::AwsClouds;
use xcloud_core::live::{AwsQuery, Query};
use xcloud_core::provider::Clouds as _;

use support::{Canned, Open, TestResult, place, settings};

#[path = "it/support.rs"]
#[expect(dead_code, reason = "the other tests use the rest of it")]
mod support;

const GIVEN: &str = "<Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>role-secret</SecretAccessKey>\
                     <SessionToken>role-token</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>";

/// The SDK's own events are left out, as the command does it: at `trace` it writes whole requests and answers.
const ADAPTER: &str = "info,xcloud_aws=trace,xcloud_core=trace";

/// A log that a test can read.
#[derive(Debug, Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_secret_reaches_the_log_at_any_level() -> TestResult {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::try_new(ADAPTER)?)
        .with_writer(move || writer.clone())
        .try_init()
        .map_err(|error| error.to_string())?;
    let cloud = Canned::default()
        .query("AssumeRole", GIVEN)
        .ec2("DescribeSecurityGroups", "<securityGroupInfo/>")
        .ec2_error("DescribeVpcEndpointServiceConfigurations", 403, "UnauthorizedOperation");
    let query = AwsQuery { product: "bank".to_owned(), groups: true, services: true, ..AwsQuery::default() };
    let clouds = AwsClouds::new(settings(cloud), Arc::new(Open::default()));
    clouds.provider(&place(Some("role"))).observe(&Query::Aws(query)).await.expect_err("one call is denied");
    let bytes = log.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let log = String::from_utf8(bytes)?;
    assert!(log.contains("call ended") && log.contains("UnauthorizedOperation"), "the adapter's own events: {log}");
    for secret in ["role-secret", "role-token", "own-secret-key"] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
    Ok(())
}
