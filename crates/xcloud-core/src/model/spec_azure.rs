//! The declared resources of Azure.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::{Addr, AddressSource, Approval, PortRange, Protocol};

/// A found Azure object: its full resource id, lower-cased where Azure ignores case, compared without case.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ArmName(pub String);

impl ArmName {
    /// Returns the id in the one spelling in which ids are compared.
    #[must_use]
    pub fn folded(&self) -> String {
        self.0.to_ascii_lowercase()
    }

    /// Returns the last segment: the object's own name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// Returns the segment after `key` (case-insensitive): `segment("resourceGroups")`.
    #[must_use]
    pub fn segment(&self, key: &str) -> Option<&str> {
        let mut parts = self.0.split('/');
        while let Some(part) = parts.next() {
            if part.eq_ignore_ascii_case(key) {
                return parts.next();
            }
        }
        None
    }
}

impl PartialEq for ArmName {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for ArmName {}

impl PartialOrd for ArmName {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ArmName {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.folded().cmp(&other.folded())
    }
}

impl fmt::Display for ArmName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Rules in a found network security group. The group itself is never written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkSecurityGroup {
    /// The group's full resource id.
    pub group: ArmName,
    /// Our rules, by name.
    pub rules: Vec<NsgRule>,
}

/// One of our rules in a network security group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NsgRule {
    /// The rule's name in Azure: `xc-<product>-...`.
    pub name: String,
    /// The environment and region that the rule serves (filters `--env`, `--region`); the region is `None` for a
    /// rule that serves no single region.
    pub env: String,
    /// See `env`.
    pub region: Option<String>,
    /// Its priority, or the range from which a free one is taken.
    pub priority: Priority,
    /// Inbound or outbound.
    pub direction: Direction,
    /// Allow or deny.
    pub access: Access,
    /// The protocol.
    pub protocol: Protocol,
    /// Sources.
    pub from: AddressSource,
    /// Destinations.
    pub to: AddressSource,
    /// Destination ports, sorted.
    pub ports: Vec<PortRange>,
}

/// The priority of a network-security-group rule (Azure: 100-4096).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// Exactly this one.
    Fixed(u16),
    /// The live one if it is in this inclusive range, else the lowest free number of it, in the order of addresses.
    Within(u16, u16),
}

impl Priority {
    /// Returns the numbers at which a live rule is as declared.
    pub(crate) fn numbers(self) -> RangeInclusive<u16> {
        match self {
            Self::Fixed(number) => number..=number,
            Self::Within(from, to) => from..=to,
        }
    }
}

/// The direction of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Into the subnet or interface.
    Inbound,
    /// Out of it.
    Outbound,
}

/// What a rule does with what it matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Access {
    /// Let it pass.
    Allow,
    /// Refuse it.
    Deny,
}

/// The word of the config.
impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Inbound => "inbound",
            Self::Outbound => "outbound",
        })
    }
}

/// The word of the config.
impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
        })
    }
}

/// One wholly owned rule collection group with network rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirewallRules {
    /// The firewall policy's full resource id; found, never written.
    pub policy: ArmName,
    /// The rule collection group's name.
    pub group: String,
    /// Its priority in the policy (Azure: 100-65000).
    pub priority: u16,
    /// The rules, by name.
    pub rules: Vec<FirewallRule>,
}

/// One network rule of the group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirewallRule {
    /// The rule's name in Azure: `xc-<product>-...`.
    pub name: String,
    /// The environment that the rule serves (filter `--env`).
    pub env: String,
    /// The region that the rule serves (filter `--region`), if it serves a single one.
    pub region: Option<String>,
    /// Allow; or deny, as the fence of a failover does.
    #[serde(default = "allow")]
    pub access: Access,
    /// The protocol.
    pub protocol: Protocol,
    /// Sources.
    pub from: AddressSource,
    /// Destinations.
    pub to: AddressSource,
    /// Destination ports, sorted.
    pub ports: Vec<PortRange>,
}

fn allow() -> Access {
    Access::Allow
}

/// A private link service in front of a standard load balancer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrivateLinkService {
    /// Its name in Azure: `xc-<product>-...`.
    pub name: String,
    /// Its resource group.
    pub resource_group: String,
    /// The load balancer frontend's full resource id; cannot change in place.
    pub frontend: ArmName,
    /// The subnet of its NAT addresses: full resource id.
    pub nat_subnet: ArmName,
    /// Subscriptions that see it; `*` is everyone.
    pub visibility: BTreeSet<String>,
    /// Subscriptions whose connections are approved at once.
    pub auto_approval: BTreeSet<String>,
}

/// A private endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrivateEndpoint {
    /// Its name in Azure: `xc-<product>-...`.
    pub name: String,
    /// Its resource group.
    pub resource_group: String,
    /// The subnet's full resource id; cannot change in place.
    pub subnet: ArmName,
    /// The service it connects to; cannot change in place.
    pub service: LinkServiceRef,
    /// Who approves the connection.
    pub approval: Approval,
}

/// The service that a private endpoint connects to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkServiceRef {
    /// A declared private link service.
    Declared(Addr),
    /// A found one: full resource id, or alias.
    Id(String),
}

/// An A record set in a found private DNS zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrivateDnsRecord {
    /// The zone's full resource id.
    pub zone: ArmName,
    /// The record's name relative to the zone (`@` for the apex).
    pub record: String,
    /// Time to live in seconds.
    pub ttl_secs: u32,
    /// The addresses.
    pub addresses: DnsAddresses,
}

/// The addresses of a record: one set, or one for each region of which the active one counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DnsAddresses {
    /// Always these.
    Fixed(AddressSource),
    /// Those of the active region: the record that a failover switches.
    Active(BTreeMap<String, AddressSource>),
}
