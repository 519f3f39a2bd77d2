//! The provider port on the AWS SDK: translates, and nothing else.
//!
//! ```text
//! Query ──► observe ──► bulk reads, paged ──► AwsLive
//! Op    ──► perform ──► exactly one mutating call ──► what it made
//! Op    ──► find    ──► reads: did a lost call have its effect?
//! Condition ──► check ──► reads: does it hold yet?
//! ```
//!
//! Nothing here sleeps, retries or waits for readiness: every call asks the engine's [`xcloud_core::provider::Gate`]
//! first and reports to it afterwards. The SDK's own retries and its stalled-stream protection are off.
//!
//! Two rules keep wrong answers from passing for an empty cloud. States are compared as strings, without case,
//! because the SDK's enum for VPC endpoint states never matches what is on the wire. And an answer counts only if its
//! XML is whole: the SDK takes a document that was cut off for a shorter list.

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
mod observe;
mod perform;
mod provider;
mod rules;
mod settings;
mod tags;
mod whole;

pub use provider::AwsClouds;
pub use settings::{AwsSettings, Endpoints, InvalidEndpoint};
