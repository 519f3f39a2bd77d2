//! Interface endpoints.

mod as_written;
mod observe;
mod perform;
mod ready;

pub(crate) use observe::{list, odd, one, ours, with_interfaces};
pub(crate) use perform::perform;
pub(crate) use ready::{available, gone};
