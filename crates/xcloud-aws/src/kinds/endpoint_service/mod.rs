//! Endpoint services, who may connect to them, and their connections.

mod as_written;
mod connections;
mod observe;
mod perform;
mod ready;

pub(crate) use observe::observe;
pub(crate) use perform::perform;
pub(crate) use ready::{available, connection_listed, connections_gone};
