//! What failover, failback and readiness share.
//!
//! ```text
//! survey (read, judge) ─► gates ─► plan ─► take (the lock, before others) ─► execute ─► record (report, note, debts)
//! ```

pub(crate) mod choice;
pub(crate) mod gates;
pub(crate) mod record;
pub(crate) mod survey;
pub(crate) mod take;
