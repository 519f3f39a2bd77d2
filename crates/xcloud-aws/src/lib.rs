//! The provider port on the AWS SDK: translates, and nothing else.
//!
//! ```text
//! Query ──► observe ──► bulk reads, paged ──► AwsLive
//! Op    ──► perform ──► exactly one mutating call ──► what it made
//! Op    ──► find    ──► reads: did a lost call have its effect?
//! Op, undo ──► left  ──► reads: is the object still as the call left it?
//! Condition ──► check ──► reads: does it hold yet?
//! ```
//!
//! Nothing here sleeps, retries or waits for readiness: every call asks the engine's [`xcloud_core::provider::Gate`]
//! first and reports to it afterwards. The SDK's own retries and its stalled-stream protection are off.
//!
//! Two rules keep wrong answers from passing for an empty cloud. States are compared as strings, without case,
//! because the SDK's enum for VPC endpoint states never matches what is on the wire. And an answer counts only if its
//! XML is whole: the SDK takes a document that was cut off for a shorter list.
//!
//! ```
//! let endpoints = xcloud_aws::Endpoints::from_variables([("AWS_ENDPOINT_URL", "http://127.0.0.1:5000")])?;
//! let settings = xcloud_aws::AwsSettings { endpoints, read_only: true, ..Default::default() };
//! # drop(settings);
//! # Ok::<(), xcloud_aws::InvalidEndpoint>(())
//! ```

mod call;
mod check;
mod clients;
mod connections;
mod credentials;
mod error;
mod find;
mod find_created;
mod holders;
mod interfaces;
mod ledger;
mod left;
mod left_created;
mod observe;
mod perform;
mod provider;
mod rules;
mod settings;
mod tags;
mod whole;

pub use ledger::s3_ledger;
pub use provider::AwsClouds;
pub use settings::{AwsSettings, Endpoints, InvalidEndpoint};

/// Limits that a log must put on the SDK's own events, in the form of `tracing_subscriber::EnvFilter` directives.
///
/// At level `trace` the SDK writes whole requests with their headers, the session token among them, and whole answers,
/// those of AssumeRole among them. The xcloud command goes further: below `info` it shows its own crates only.
pub const LOG_LIMITS: &str = "aws_sigv4=info,aws_smithy_runtime=info,aws_smithy_runtime_api=info,aws_runtime=info,\
aws_config=info,aws_credential_types=info,aws_smithy_http_client=info,aws_smithy_http=info,aws_sdk_sts=info,\
aws_sdk_ec2=info,aws_sdk_elasticloadbalancingv2=info,aws_sdk_route53=info,aws_sdk_sso=info,aws_sdk_ssooidc=info,\
hyper=info,hyper_util=info,h2=info,rustls=info";
