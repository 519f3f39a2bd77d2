//! Network Load Balancers with their listeners, target groups and targets.

mod as_written;
mod observe;
pub(crate) mod parts;
mod perform;
mod ready;
mod taken;
mod target_groups;

pub(crate) use observe::observe;
pub(crate) use perform::perform;
pub(crate) use ready::{active, gone, targets, targets_gone};
