//! What a changing command does with the ledger.
//!
//! ```text
//! last_run (was a run cut off?) ─► epochs (what is known of failovers) ─► lock ─► run (its journal, its calls)
//! ```
//!
//! `runs` reads and finds what was recorded before.

mod epochs;
mod last_run;
mod lock;
mod run;
mod runs;

pub(crate) use epochs::{knowing, under_way};
pub(crate) use last_run::{Head, head, look, look_at, moved_on, still_last};
pub(crate) use lock::{by, give_back, holder, lease_settings, take};
pub(crate) use run::{Run, header};
pub(crate) use runs::{all_runs, find, position, read_run};
