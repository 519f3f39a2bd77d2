//! Whether a region can take over: the gates that `readiness` shows and that a failover passes before it changes
//! anything.
//!
//! ```text
//! Facts: Desired, Observed, ledger, clock ──► judge ──► Ok, Warn or Red for each gate of the table
//! ```
//!
//! The region that is to be left may be silent. Then no gate turns red because of it, and only `parity` and `helps`
//! mention it at all.

mod addresses;
mod connections;
mod debts;
mod endpoints;
mod facts;
mod findings;
mod health;
mod helps;
mod judge;
mod ledger;
mod marked;
mod names;
mod parity;
mod question;
mod quotas;
mod record;
mod rto;
mod rules;
mod stable;
mod targets;
#[cfg(test)]
pub(crate) mod tests;

pub use facts::Facts;
#[cfg(test)]
pub(crate) use judge::gates;
pub(crate) use question::Question;

use super::gate::{Gate, GateName, Judged, Light};
