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

mod answer;
mod as_written;
mod call;
mod calls;
mod check;
mod clients;
mod complete_xml;
mod credentials;
mod error;
mod handles;
mod interfaces;
mod kinds;
mod ledger;
mod listed;
mod network;
mod pass_cache;
mod place;
mod port;
mod progress;
mod settings;
mod tags;

pub use ledger::s3_ledger;
pub use port::AwsClouds;
pub use settings::{AwsSettings, Endpoints, InvalidEndpoint};
