//! Private link services.

mod as_written;
mod observe;
mod perform;

#[cfg(test)]
pub(super) use observe::service_of;
pub(crate) use observe::{OPERATION, by_id, observe, one};
pub(crate) use perform::perform;
