//! Network security groups and their rules.

mod as_written;
mod observe;
mod perform;

#[cfg(test)]
pub(super) use observe::rule_of;
pub(crate) use observe::{by_id, observe};
pub(crate) use perform::perform;
