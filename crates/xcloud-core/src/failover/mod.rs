//! How another region of an environment becomes the active one.
//!
//! ```text
//! Facts ─► decide: gates, then the plan: intent, switch, commit, fence ─► account ─► close
//!                                  └─► epochs: whether a run may go on
//! ```

mod account;
mod close;
mod decide;
mod epochs;
mod estimate;
mod gate;
pub(crate) mod gates;
mod least_time;
mod lost;
mod note;
mod plan;
pub(crate) mod target;
mod write;

pub use account::{Account, done_ms};
pub use close::Closing;
pub use decide::{Decided, Order, decide};
pub use epochs::{NotHeld, epochs_hold, epochs_of, may_go_on};
pub use estimate::{about_secs, durations};
pub use gate::{Gate, GateName, Judged, Light, When, red, verdict};
pub use gates::Facts;
pub use least_time::{least_secs, missing_calls};
pub use lost::lost_to_active;
pub use note::{Debt, Note, Past, last_commit};
pub use plan::{Purpose, part};
