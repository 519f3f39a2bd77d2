//! Sets of protocols with their ports.

use std::fmt;

use super::ranges::Ranges;
use crate::model::{PortRange, Protocol};

/// An IP protocol, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct IpProtocol(pub u8);

impl IpProtocol {
    /// TCP.
    pub const TCP: Self = Self(6);
    /// UDP.
    pub const UDP: Self = Self(17);
    /// ICMP for IPv4.
    pub const ICMP: Self = Self(1);
    /// ICMP for IPv6.
    pub const ICMPV6: Self = Self(58);

    /// Those that an operator knows best come first in examples.
    const KNOWN: [Self; 4] = [Self::TCP, Self::UDP, Self::ICMP, Self::ICMPV6];

    /// Returns true if packets of the protocol go to a port.
    fn has_ports(self) -> bool {
        self == Self::TCP || self == Self::UDP
    }

    /// Returns where these ports of the protocol are on the line of services.
    fn span(self, ports: PortRange) -> (u128, u128) {
        let at = |port: u16| u128::from(self.0) << 16 | u128::from(port);
        (at(ports.from), at(ports.to))
    }
}

impl fmt::Display for IpProtocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::TCP => f.write_str("tcp"),
            Self::UDP => f.write_str("udp"),
            Self::ICMP => f.write_str("icmp"),
            Self::ICMPV6 => f.write_str("icmpv6"),
            Self(number) => write!(f, "protocol {number}"),
        }
    }
}

/// A set of protocols with their ports.
///
/// They stand on one line: the number of the protocol, then the port. A protocol without ports is in the set with all
/// its block of the line, or not at all.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Services(Ranges);

impl Services {
    /// Returns every protocol and port.
    #[must_use]
    pub fn everything() -> Self {
        Self(Ranges::span(0, IpProtocol(u8::MAX).span(PortRange::ALL).1))
    }

    /// Returns what a rule of this protocol and these ports matches; none means all.
    ///
    /// ICMP has no ports. Every protocol on some ports means TCP and UDP on these: no other has ports.
    #[must_use]
    pub fn of(protocol: Protocol, ports: &[PortRange]) -> Self {
        let on_ports = |protocol: IpProtocol| {
            let ports = if ports.is_empty() { &[PortRange::ALL] } else { ports };
            Self(Ranges::of_spans(ports.iter().map(|range| protocol.span(*range)).collect()))
        };
        match protocol {
            Protocol::Tcp => on_ports(IpProtocol::TCP),
            Protocol::Udp => on_ports(IpProtocol::UDP),
            Protocol::Icmp => Self::of_protocol(IpProtocol::ICMP),
            Protocol::Icmpv6 => Self::of_protocol(IpProtocol::ICMPV6),
            Protocol::All if on_ports(IpProtocol::TCP) == Self::of_protocol(IpProtocol::TCP) => Self::everything(),
            Protocol::All => [IpProtocol::TCP, IpProtocol::UDP].map(on_ports).into_iter().collect(),
        }
    }

    /// Returns the whole of a protocol.
    #[must_use]
    pub fn of_protocol(protocol: IpProtocol) -> Self {
        let (from, to) = protocol.span(PortRange::ALL);
        Self(Ranges::span(from, to))
    }

    /// Returns true if everything in the other set is in this one.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        self.and(other) == *other
    }

    pub(super) fn has(&self, protocol: IpProtocol, port: Option<u16>) -> bool {
        self.0.has(protocol.span(PortRange::single(port.unwrap_or_default())).0)
    }

    pub(super) fn and(&self, other: &Self) -> Self {
        Self(self.0.and(&other.0))
    }

    pub(super) fn minus(&self, other: &Self) -> Self {
        Self(self.0.minus(&other.0))
    }

    pub(super) fn meets(&self, other: &Self) -> bool {
        self.0.meets(&other.0)
    }

    /// Returns one of them: the lowest port of the best known protocol.
    pub(super) fn example(&self) -> Option<(IpProtocol, Option<u16>)> {
        let known = IpProtocol::KNOWN.into_iter().find_map(|known| self.and(&Self::of_protocol(known)).0.first());
        let at = known.or_else(|| self.0.first())?;
        let protocol = IpProtocol(u8::try_from(at >> 16).ok()?);
        let port = u16::try_from(at & u128::from(u16::MAX)).ok()?;
        Some((protocol, protocol.has_ports().then_some(port)))
    }
}

/// The union.
impl FromIterator<Self> for Services {
    fn from_iter<I: IntoIterator<Item = Self>>(sets: I) -> Self {
        Self(sets.into_iter().map(|set| set.0).collect())
    }
}
