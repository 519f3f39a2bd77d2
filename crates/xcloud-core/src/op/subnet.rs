//! A subnet in which a call takes an address.

use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

/// A subnet with the pinned address in it, if there is one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SubnetPin {
    /// The subnet's id.
    pub subnet: String,
    /// The pinned address.
    pub ip: Option<Ipv4Addr>,
}
