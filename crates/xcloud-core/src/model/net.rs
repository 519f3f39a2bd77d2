//! Protocols, ports and address sets, canonical: two that mean the same are equal.

use std::collections::BTreeSet;
use std::fmt;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::Addr;

/// An IP protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// ICMP for IPv4.
    Icmp,
    /// ICMP for IPv6 (AWS only).
    Icmpv6,
    /// Every protocol.
    All,
}

/// An inclusive range of ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct PortRange {
    /// The first port.
    pub from: u16,
    /// The last port.
    pub to: u16,
}

impl PortRange {
    /// Returns the range of one port.
    #[must_use]
    pub fn single(port: u16) -> Self {
        Self { from: port, to: port }
    }

    /// Every port.
    pub const ALL: Self = Self { from: 0, to: u16::MAX };
}

impl fmt::Display for PortRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.from == self.to { write!(f, "{}", self.from) } else { write!(f, "{}-{}", self.from, self.to) }
    }
}

impl From<PortRange> for String {
    fn from(range: PortRange) -> Self {
        range.to_string()
    }
}

impl TryFrom<String> for PortRange {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let (from, to) = text.split_once('-').unwrap_or((&text, &text));
        let port = |text: &str| text.trim().parse::<u16>().map_err(|_| format!("`{text}` is not a port"));
        let (from, to) = (port(from)?, port(to)?);
        if from > to { Err(format!("the port range {text} is reversed")) } else { Ok(Self { from, to }) }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Icmp => "icmp",
            Self::Icmpv6 => "icmpv6",
            Self::All => "all",
        })
    }
}

/// Which addresses of a resource are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum AddressKind {
    /// The load balancer addresses behind an endpoint service: what Azure sees as source.
    #[serde(rename = "service_ips")]
    ServiceIps,
    /// The interface addresses of an endpoint: what Azure calls.
    #[serde(rename = "endpoint_ips")]
    EndpointIps,
}

/// A declared set of addresses: written down, or those of another resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressSource {
    /// Written in the config.
    Listed(BTreeSet<IpNet>),
    /// The addresses of another resource (`service_ips_of`: an endpoint service; `endpoint_ips_of`: an endpoint).
    Of {
        /// The endpoint service or the endpoint.
        addr: Addr,
        /// Which of its addresses.
        kind: AddressKind,
    },
}

/// A set of addresses in a plan: known, or known after another step, within a bound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Addresses {
    /// Known now.
    Known(BTreeSet<IpNet>),
    /// Known after another resource exists.
    Late(LateAddresses),
}

/// Addresses that the cloud chooses, and the bound inside which they must fall.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LateAddresses {
    /// The endpoint service or endpoint whose addresses are meant.
    pub of: Addr,
    /// Which of its addresses.
    pub kind: AddressKind,
    /// The subnets from which they must come.
    pub within: BTreeSet<IpNet>,
    /// Exactly this many addresses are expected.
    pub count: usize,
    /// Known addresses that are named besides: what is live stays named until the commit point.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub kept: BTreeSet<IpNet>,
}

/// Returns networks that share no address and together are the given ones: those that are inside another one are left
/// out. Azure refuses a security rule with overlapping networks (facts/azure 2.3).
#[must_use]
pub fn disjoint(nets: &BTreeSet<IpNet>) -> BTreeSet<IpNet> {
    let inside = |net: &&IpNet| nets.iter().any(|other| other != *net && other.contains(*net));
    nets.iter().filter(|net| !inside(net)).copied().collect()
}

impl fmt::Display for LateAddresses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let within: Vec<String> = self.within.iter().map(ToString::to_string).collect();
        write!(f, "(known after apply; within {}, at most {})", within.join(", "), self.count)?;
        for net in &self.kept {
            write!(f, ", {net}")?;
        }
        Ok(())
    }
}
