//! What was seeded already.

use std::collections::BTreeMap;

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

/// What was seeded already, and the address ranges that are taken.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Seeded {
    /// The id of each object by what asked for it.
    pub(super) objects: BTreeMap<String, String>,
    /// The ranges of each VPC.
    pub(super) vpcs: BTreeMap<String, Range>,
    /// How many ranges for VPCs without pins were given out.
    pub(super) given: u32,
}

/// The address range of a VPC and what is taken of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Range {
    /// The whole.
    pub(super) cidr: Ipv4Net,
    /// The subnets.
    pub(super) taken: Vec<Ipv4Net>,
}
