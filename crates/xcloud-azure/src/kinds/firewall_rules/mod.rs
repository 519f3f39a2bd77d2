//! Rule collection groups of firewall policies.

mod as_written;
mod observe;
mod perform;

#[cfg(test)]
pub(super) use observe::group_of;
pub(crate) use observe::{observe, one};
pub(crate) use perform::perform;
