//! Whether a region can take over: the gates that `readiness` shows and that a failover passes before it changes
//! anything.
//!
//! ```text
//! Desired, Observed, Comparison ──► gates ──► Ok, Warn or Red for each of eight questions
//! ```
//!
//! The region that is to be left may be silent. Then no gate turns red because of it, and only `parity` and `helps`
//! mention it at all.

mod addresses;
mod connections;
mod endpoints;
mod findings;
mod gate;
mod health;
mod helps;
mod judge;
mod marked;
mod names;
mod ordered;
mod parity;
mod question;
mod quotas;
mod rules;
mod targets;
#[cfg(test)]
pub(crate) mod tests;

pub use gate::{Gate, Light, verdict};
pub use judge::{NAMES, gates};
pub use question::Question;
