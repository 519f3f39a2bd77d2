//! One packet, as an example.

use std::fmt;
use std::net::IpAddr;

use super::IpProtocol;

/// A packet: of all that a set of traffic lets through, one that an operator can picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    /// Its protocol.
    pub protocol: IpProtocol,
    /// Its source.
    pub from: Peer,
    /// Its destination.
    pub to: Peer,
    /// Its destination port; `None` where the protocol has none.
    pub port: Option<u16>,
}

/// One end of a packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Peer {
    /// An address.
    Address(IpAddr),
    /// Something behind a name: a member of a security group, of a prefix list, of a service tag.
    Named(String),
    /// Something behind a name that no rule mentions: only `*` covers it.
    Unnamed,
}

impl Peer {
    /// Returns true unless both are addresses, and of different families.
    pub(super) fn reaches(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Address(from), Self::Address(to)) => from.is_ipv4() == to.is_ipv4(),
            _ => true,
        }
    }
}

impl fmt::Display for Packet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} -> {}", self.protocol, self.from, self.to)?;
        self.port.map_or(Ok(()), |port| write!(f, " port {port}"))
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(f),
            Self::Named(name) => f.write_str(name),
            Self::Unnamed => f.write_str("*"),
        }
    }
}
