//! One folder for each kind, with all that Azure is asked about it.
//!
//! - `observe`: bulk reads, and one object by its id
//! - `perform`: exactly one mutating call
//! - `as_written`: is it as a call wrote it?
//! - `ready`: has it come into the state that a condition waits for?

pub(crate) mod firewall_rules;
pub(crate) mod network_security_group;
pub(crate) mod private_dns_record;
pub(crate) mod private_endpoint;
pub(crate) mod private_link_service;
#[cfg(test)]
mod tests;
