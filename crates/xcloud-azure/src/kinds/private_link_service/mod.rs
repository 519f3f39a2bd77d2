//! Private link services.

mod as_written;
mod observe;
mod perform;

pub(crate) use observe::{OPERATION, by_id, observe, one, service_of};
pub(crate) use perform::perform;
