//! Traffic: connections that are tried all the time, while a run changes what they go through.
//!
//! What passes before a run and after it must pass in every second between, and what is admitted neither before nor
//! after must never be. `flow` is one connection, `declared` are those that follow from a config, `stream` tries them.

mod declared;
mod flow;
mod stream;

pub(crate) use declared::{flows, strangers};
pub(crate) use flow::{Flow, From};
pub(crate) use stream::{Seen, Stranger, ended, interruptions, watched};
