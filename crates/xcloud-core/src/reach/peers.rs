//! Sets of sources or destinations: addresses of both families, and names.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use super::Peer;
use super::names::Names;
use super::ranges::Ranges;

/// A set of sources or destinations.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Peers {
    v4: Ranges,
    v6: Ranges,
    names: Names,
}

impl Peers {
    /// Returns what `*` means: every address, and whatever has a name.
    #[must_use]
    pub fn everything() -> Self {
        Self { v4: Ranges::span(0, u32::MAX.into()), v6: Ranges::span(0, u128::MAX), names: Names::every() }
    }

    /// Returns every address that is not private: outside of RFC 1918, RFC 6598 and RFC 4193.
    #[must_use]
    pub fn public() -> Self {
        const PRIVATE: [&str; 5] = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"];
        Self { names: Names::none(), ..Self::everything().minus(&Self::of_texts(PRIVATE)) }
    }

    /// Returns the addresses of some networks.
    #[must_use]
    pub fn of_nets(nets: impl IntoIterator<Item = IpNet>) -> Self {
        nets.into_iter().map(|net| Self::of_span(net.network(), net.broadcast())).collect()
    }

    /// Reads a list as the clouds write it: `*`, CIDRs, addresses, `first-last`; any other text is a name.
    ///
    /// Names are compared letter by letter.
    #[must_use]
    pub fn of_texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        texts.into_iter().map(Self::of_text).collect()
    }

    /// Returns true if the set names something whose addresses are not known here; `*` does not.
    #[must_use]
    pub fn names_some(&self) -> bool {
        matches!(&self.names, Names::Only(names) if !names.is_empty())
    }

    /// Returns true if everything in the other set is in this one.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        self.and(other) == *other
    }

    /// Returns true if the sets share something, or may: a name can stand for any address.
    pub(super) fn may_meet(&self, other: &Self) -> bool {
        self.names_some() || other.names_some() || self.meets(other)
    }

    fn of_text(text: &str) -> Self {
        if text == "*" {
            return Self::everything();
        }
        match span_of(text) {
            Some((from, to)) => Self::of_span(from, to),
            None => Self { names: Names::Only([text.to_owned()].into()), ..Self::nothing() },
        }
    }

    fn of_span(from: IpAddr, to: IpAddr) -> Self {
        match (from, to) {
            (IpAddr::V4(from), IpAddr::V4(to)) => {
                Self { v4: Ranges::span(from.to_bits().into(), to.to_bits().into()), ..Self::nothing() }
            }
            (IpAddr::V6(from), IpAddr::V6(to)) => {
                Self { v6: Ranges::span(from.to_bits(), to.to_bits()), ..Self::nothing() }
            }
            _ => Self::nothing(),
        }
    }

    fn nothing() -> Self {
        Self { v4: Ranges::default(), v6: Ranges::default(), names: Names::none() }
    }

    pub(super) fn has(&self, peer: &Peer) -> bool {
        match peer {
            Peer::Address(IpAddr::V4(address)) => self.v4.has(address.to_bits().into()),
            Peer::Address(IpAddr::V6(address)) => self.v6.has(address.to_bits()),
            Peer::Named(name) => self.names.has(Some(name)),
            Peer::Unnamed => self.names.has(None),
        }
    }

    pub(super) fn and(&self, other: &Self) -> Self {
        Self { v4: self.v4.and(&other.v4), v6: self.v6.and(&other.v6), names: self.names.and(&other.names) }
    }

    pub(super) fn minus(&self, other: &Self) -> Self {
        Self { v4: self.v4.minus(&other.v4), v6: self.v6.minus(&other.v6), names: self.names.minus(&other.names) }
    }

    pub(super) fn meets(&self, other: &Self) -> bool {
        self.v4.meets(&other.v4) || self.v6.meets(&other.v6) || !self.names.and(&other.names).is_empty()
    }

    /// Returns one of each kind that is there: the lowest address of each family, the first name.
    pub(super) fn examples(&self) -> impl Iterator<Item = Peer> {
        let v4 = self.v4.first().and_then(|bits| u32::try_from(bits).ok()).map(|bits| Ipv4Addr::from_bits(bits).into());
        let v6 = self.v6.first().map(|bits| Ipv6Addr::from_bits(bits).into());
        let name = match &self.names {
            Names::Only(names) => names.first().cloned().map(Peer::Named),
            Names::AllBut(_) => Some(Peer::Unnamed),
        };
        v4.into_iter().chain(v6).map(Peer::Address).chain(name)
    }
}

/// The union.
impl FromIterator<Self> for Peers {
    fn from_iter<I: IntoIterator<Item = Self>>(sets: I) -> Self {
        let sets: Vec<Self> = sets.into_iter().collect();
        Self {
            v4: sets.iter().map(|set| set.v4.clone()).collect(),
            v6: sets.iter().map(|set| set.v6.clone()).collect(),
            names: sets.into_iter().map(|set| set.names).collect(),
        }
    }
}

/// Reads a CIDR, an address, or `first-last`.
fn span_of(text: &str) -> Option<(IpAddr, IpAddr)> {
    if let Ok(net) = text.parse::<IpNet>() {
        return Some((net.network(), net.broadcast()));
    }
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    let (from, to): (IpAddr, IpAddr) = (from.trim().parse().ok()?, to.trim().parse().ok()?);
    (from.is_ipv4() == to.is_ipv4() && from <= to).then_some((from, to))
}
