//! Private endpoints and their connections.

mod as_written;
mod connection;
mod observe;
mod perform;
mod ready;

pub(crate) use as_written::{find, left, poll};
#[cfg(test)]
pub(super) use observe::endpoint_of;
pub(crate) use observe::{by_id, observe};
pub(crate) use perform::perform;
pub(crate) use ready::{approved, listed};
