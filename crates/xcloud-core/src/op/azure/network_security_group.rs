//! Calls about the rules of a network security group.

use serde::{Deserialize, Serialize};

use crate::limits::Quota;
use crate::model::{Access, Addresses, ArmName, Direction, PlaceKey, PortRange, Protocol};
use crate::op::bind::Late;
use crate::op::by_hand::{Line, nets, strs};
use crate::op::call::Call;
use crate::op::{SubnetPin, Writes};

/// A call about a rule of a network security group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "call")]
#[expect(missing_docs, reason = "the fields are named as in the Azure API of the same call")]
#[expect(clippy::large_enum_variant, reason = "a rule is the call: nearly every value is a write of one")]
pub enum NetworkSecurityGroupOp {
    /// PUT `networkSecurityGroups/securityRules`.
    #[serde(rename = "PutSecurityRule")]
    PutRule { group: ArmName, name: String, rule: NsgRuleBody },
    /// DELETE `networkSecurityGroups/securityRules`.
    #[serde(rename = "DeleteSecurityRule")]
    DeleteRule { group: ArmName, name: String },
}

/// A security rule as it is written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NsgRuleBody {
    /// 100-4096.
    pub priority: u16,
    /// Inbound or outbound.
    pub direction: Direction,
    /// Allow or deny.
    pub access: Access,
    /// The protocol.
    pub protocol: Protocol,
    /// Sources.
    pub from: Addresses,
    /// Destinations.
    pub to: Addresses,
    /// Destination ports.
    pub ports: Vec<PortRange>,
    /// At most 140 characters: our mark.
    pub description: String,
}

impl Call for NetworkSecurityGroupOp {
    fn name(&self) -> &'static str {
        match self {
            Self::PutRule { .. } => "PUT securityRules",
            Self::DeleteRule { .. } => "DELETE securityRules",
        }
    }

    fn late(&mut self) -> Late<'_> {
        match self {
            Self::PutRule { rule, .. } => Late::default().addresses(&mut rule.from).addresses(&mut rule.to),
            Self::DeleteRule { .. } => Late::default(),
        }
    }

    fn takes(&self) -> &[SubnetPin] {
        &[]
    }

    fn writes(&self) -> Writes<'_> {
        match self {
            Self::PutRule { rule, .. } => Writes::GroupRule { denies: rule.access == Access::Deny },
            Self::DeleteRule { .. } => Writes::Other,
        }
    }

    fn quota(&self) -> Quota {
        Quota::of_arm(self.deletes())
    }

    fn deletes(&self) -> bool {
        match self {
            Self::PutRule { .. } => false,
            Self::DeleteRule { .. } => true,
        }
    }

    fn lockable(&self) -> Option<String> {
        match self {
            Self::PutRule { group, name, .. } | Self::DeleteRule { group, name } => {
                Some(format!("{group}/securityRules/{name}"))
            }
        }
    }

    fn by_hand(&self, place: &PlaceKey) -> String {
        match self {
            Self::PutRule { group, name, rule } => Line::az("network nsg rule create", place, group)
                .with("--nsg-name", group.name())
                .with("--name", name)
                .with("--priority", &rule.priority.to_string())
                .with("--direction", if rule.direction == Direction::Inbound { "Inbound" } else { "Outbound" })
                .with("--access", if rule.access == Access::Allow { "Allow" } else { "Deny" })
                .with("--protocol", protocol_word(rule.protocol))
                .all("--source-address-prefixes", strs(&nets(&rule.from)))
                .all("--destination-address-prefixes", strs(&nets(&rule.to)))
                .all("--destination-port-ranges", strs(&rule.ports.iter().map(ToString::to_string).collect::<Vec<_>>()))
                .with("--description", &rule.description)
                .text(),
            Self::DeleteRule { group, name } => Line::az("network nsg rule delete", place, group)
                .with("--nsg-name", group.name())
                .with("--name", name)
                .text(),
        }
    }
}

/// The word of the Azure CLI.
fn protocol_word(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Tcp => "Tcp",
        Protocol::Udp => "Udp",
        Protocol::Icmp | Protocol::Icmpv6 => "Icmp",
        Protocol::All => "*",
    }
}
