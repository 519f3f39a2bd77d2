//! Rule collection groups of firewall policies.

mod as_written;
mod ip_groups;
mod observe;
mod perform;

#[cfg(test)]
pub(super) use observe::group_of;
pub(crate) use observe::{by_id, observe};
pub(crate) use perform::perform;
