//! What failover, failback, close and readiness share.
//!
//! ```text
//! survey (read) ─► core judges and plans ─► take (the lock, before others) ─► execute ─► record (report, note)
//! ```

pub(crate) mod record;
pub(crate) mod survey;
pub(crate) mod take;
