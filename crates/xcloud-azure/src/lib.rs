//! The provider port on Azure: network security group rules, a rule collection group, private link services and
//! endpoints, private DNS records, through `azure_mgmt_network` and `azure_mgmt_privatedns`.
//!
//! ```text
//! Query ─────► place ─┐
//! Condition ─► check  ├─► kinds: observe, perform, as_written, ready ─► request builders ─┐
//! Op ────────► calls ─┘       guard: looked at right before a write                       ├─► Wire ─► ArmTransport
//! Operation ─► poll ──────────────────────────────────────────────────────────────────────┘  token, host check,
//!                                                                                            If-Match, timeout
//! ```
//!
//! Adapters translate: nothing here sleeps, retries or keeps a journal. A long-running operation is answered as an
//! [`Operation`](xcloud_core::provider::Operation) that the engine polls.
//!
//! ```
//! use std::sync::Arc;
//! use xcloud_azure::{AzureClouds, AzureSettings};
//! # use xcloud_core::provider::{ApiCall, BoxFuture, Gate, Outcome, ProviderError};
//! # struct Open;
//! # impl Gate for Open {
//! #     fn admit<'a>(&'a self, _: &'a ApiCall) -> BoxFuture<'a, Result<(), ProviderError>> {
//! #         Box::pin(async { Ok(()) })
//! #     }
//! #     fn settled<'a>(&'a self, _: &'a ApiCall, _: u32, _: Outcome<'a>) -> BoxFuture<'a, bool> {
//! #         Box::pin(async { false })
//! #     }
//! # }
//! # let gate = Arc::new(Open);
//! // Plain http would show the bearer token to the network: it is accepted for this machine only.
//! let arm_endpoint = "http://arm.example".parse().ok();
//! assert!(AzureClouds::new(&AzureSettings { arm_endpoint, ..AzureSettings::default() }, gate).is_err());
//! ```

mod arm;
mod as_written;
mod azure_cloud;
mod by_id;
mod calls;
mod change;
mod check;
mod credential;
mod error;
mod guard;
mod identity;
mod ids;
mod invalid;
mod json;
mod kinds;
mod ledger;
mod list;
mod locks;
mod merge;
mod network;
mod no_token;
mod object;
mod pass_cache;
mod place;
mod policy_token;
mod poll;
mod port;
mod rights;
mod rule_fields;
mod settings;
mod tagged;
mod transport;
mod wire;

pub use invalid::InvalidSettings;
pub use ledger::{BlobEmulator, blob_ledger};
pub use port::AzureClouds;
pub use settings::{AzureSettings, Secret};
pub use transport::{ArmTransport, HttpsTransport, Timeouts, TransportError};
