//! Which region of an environment is active, and what follows from that for what is desired.
//!
//! ```text
//! observed TXT record ─┐
//! what the ledger knows ├─► read ─► Standing ─► under ─► Desired: fences in, closed rules out
//! live A records ───────┘                └──► which region's addresses the switched names have
//! ```
//!
//! Only an environment that lives in two regions has a record; all others have none, and no epoch.

mod addresses;
mod effect;
mod hold;
mod read;
mod record;
mod target;

pub use addresses::known_addresses;
pub(crate) use effect::fenced_name;
pub use effect::{fence_name, is_shut, under};
pub use hold::{Lost, epochs_hold};
pub use read::{Known, Reading, RecordHome, Standing, Written, read, record_addr, record_name};
pub use record::{ActiveRecord, InvalidRecord, OldRegion};
pub use target::as_target;

#[cfg(test)]
mod tests;
