//! Record sets (A and TXT) of private DNS zones.

mod as_written;
mod observe;
mod perform;
mod ready;
mod record_type;

#[cfg(test)]
pub(super) use observe::record_set_of;
pub(crate) use observe::{by_id, observe};
pub(crate) use perform::perform;
pub(crate) use ready::{answers, epochs_hold};
#[cfg(test)]
pub(super) use record_type::RecordType;
