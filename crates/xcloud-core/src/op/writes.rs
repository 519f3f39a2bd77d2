//! What a call writes that is read off a plan again.

use crate::model::{Addresses, ArmName};

/// What a call writes, as far as somebody asks who reads a plan: which step switches a name, fences, or writes the
/// active-region record. Each kind says it of its own calls.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Writes<'a> {
    /// The active-region record, as text.
    ActiveRecord(&'a str),
    /// The addresses that a name has.
    Name(NameWrite<'a>),
    /// A rule collection group of a firewall.
    FirewallRules {
        /// Whether a rule in it denies.
        denies: bool,
    },
    /// A rule of a network security group.
    GroupRule {
        /// Whether it denies.
        denies: bool,
    },
    /// A new target group.
    TargetGroup,
    /// Anything else; deletions too.
    Other,
}

/// A write of a record set of addresses.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NameWrite<'a> {
    /// The zone.
    pub zone: &'a ArmName,
    /// The record set's name in it.
    pub record: &'a str,
    /// The new time to live.
    pub ttl_secs: u32,
    /// The new addresses.
    pub addresses: &'a Addresses,
}
