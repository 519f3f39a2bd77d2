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
mod listed;
mod observe;
mod perform;
mod provider;
mod rules;
mod settings;
mod shared;
mod tags;
mod whole;

pub use ledger::s3_ledger;
pub use provider::AwsClouds;
pub use settings::{AwsSettings, Endpoints, InvalidEndpoint};
