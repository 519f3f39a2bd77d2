//! Which region of an environment is active, and what follows from that for what is desired.
//!
//! ```text
//! observed TXT record ─┐
//! what the ledger knows ├─► read ─► Standing ─► under ─► Desired: fences in, closed rules out
//! live A records ───────┘                └──► which region's addresses the switched names have
//! ```
//!
//! Only an environment that lives in two regions has a record; all others have none, and no epoch. Every plan stands on
//! this; how another region becomes active is [`failover`](crate::failover).

mod addresses;
mod effect;
mod fence_name;
mod record;
mod request;
mod standing;

pub use addresses::known_addresses;
pub(crate) use effect::{behind_firewall, fence_range};
pub use effect::{is_shut, under};
pub use fence_name::fence_name;
pub(crate) use fence_name::fenced_name;
pub use record::{ActiveRecord, InvalidRecord, OldRegion};
pub use request::{Failover, Fence};
pub use standing::{Known, Reading, RecordHome, Standing, Written, read, record_addr, record_name};

#[cfg(test)]
mod tests;
