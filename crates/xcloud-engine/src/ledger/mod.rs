//! The ledger: where runs are recorded. Every object is written once and never changed, so that a local disk, S3 and
//! Azure Blob behave the same.
//!
//! ```text
//! ledger.json                                    whose it is, in which format
//! runs/<epoch>-<run id>/<sequence>.json          the journal of a run: batches of entries
//! runs/<epoch>-<run id>/report.{json,md}         the report of a failover
//! failovers/<epoch>-<run id>.json                which epochs a failover reached, and what it owes
//! failovers/<epoch>-<run id>-settled.json        what it owed is done
//! lease/<sequence>.json                          the lease log: who works on the product now
//! drift/<sequence>.json                          what drift told, written when that changes
//! ```
//!
//! Runs are ordered by the epoch of the lease under which they began, never by a clock.

mod clock;
mod error;
mod failovers;
mod findings;
mod identity;
mod lease;
mod objects;
mod outline;
mod recorder;
mod records;
mod run_key;
mod runs;
mod store;
mod writer;

pub use clock::{SteadyClock, suspension_clock};
pub use error::LedgerError;
pub use findings::Told;
pub use identity::{is_gone, this_process};
pub use lease::{
    Lease, LeaseError, LeaseLost, LeaseSettings, Precedence, acquire, break_lease, overrule, preempt, read_lease,
};
pub use outline::Outline;
pub use recorder::{RecordCheck, Recorder, WallClock};
pub use records::RecordsInLedger;
pub use run_key::RunKey;
pub use store::Ledger;
pub use writer::RunWriter;
