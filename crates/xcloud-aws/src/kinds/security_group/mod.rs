//! Security groups and their rules.

mod as_written;
mod in_use_by;
mod observe;
mod perform;
mod rules;

pub(crate) use in_use_by::unused;
pub(crate) use observe::observe;
pub(crate) use perform::perform;
