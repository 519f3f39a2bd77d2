//! One folder for each kind, with all that AWS is asked about it.
//!
//! - `observe`: bulk reads, and one object by its id
//! - `perform`: exactly one mutating call
//! - `as_written`: is it as a call wrote it?
//! - `ready`: has it come into the state that a condition waits for?

pub(crate) mod endpoint;
pub(crate) mod endpoint_service;
pub(crate) mod load_balancer;
pub(crate) mod private_zone_record;
pub(crate) mod security_group;
pub(crate) mod tag;
