//! How another region of an environment becomes the active one.
//!
//! ```text
//! Standing, Observed ─► gates ─► plan: intent, switch, commit, fence ─► account ─► close
//!                                  └─► epochs: whether a run may go on
//! ```

mod close;
mod epochs;
mod estimate;
pub mod gates;
mod least_time;
mod lost;
mod plan;
mod target;
mod write;

pub use close::Closing;
pub use epochs::{NotHeld, epochs_hold, epochs_of, may_go_on};
pub use estimate::{about_secs, durations};
pub use least_time::{least_secs, missing_calls};
pub use lost::lost_to_active;
pub use plan::{Purpose, part};
pub use target::as_target;
