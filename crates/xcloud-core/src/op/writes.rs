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

impl<'a> Writes<'a> {
    /// Returns the name that it writes.
    #[must_use]
    pub fn name(self) -> Option<NameWrite<'a>> {
        match self {
            Self::Name(name) => Some(name),
            Self::ActiveRecord(_)
            | Self::FirewallRules { .. }
            | Self::GroupRule { .. }
            | Self::TargetGroup
            | Self::Other => None,
        }
    }

    /// Returns true if it writes the active-region record: this is how a failover commits.
    #[must_use]
    pub fn active_record(self) -> bool {
        match self {
            Self::ActiveRecord(_) => true,
            Self::Name(_) | Self::FirewallRules { .. } | Self::GroupRule { .. } | Self::TargetGroup | Self::Other => {
                false
            }
        }
    }

    /// Returns true if it writes a target group.
    #[must_use]
    pub fn target_group(self) -> bool {
        match self {
            Self::TargetGroup => true,
            Self::ActiveRecord(_)
            | Self::Name(_)
            | Self::FirewallRules { .. }
            | Self::GroupRule { .. }
            | Self::Other => false,
        }
    }
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
