//! Tells somebody: a signed JSON message to the webhooks of `notify:`.

mod drift;
mod runs;
mod webhook;

pub(crate) use drift::drift;
pub(crate) use runs::ended;
