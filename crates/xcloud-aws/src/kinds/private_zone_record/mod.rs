//! Records of Route 53 private zones.

mod as_written;
mod observe;
mod perform;

pub(crate) use observe::observe;
pub(crate) use perform::perform;
