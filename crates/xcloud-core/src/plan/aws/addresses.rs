//! The address book: which addresses a load balancer or endpoint has, or within which bound it will have them.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use ipnet::{IpNet, Ipv4Net};

use crate::live::{Interface, LiveSubnet};

/// Addresses that are known, or that the cloud will choose inside these subnets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Known {
    /// Exactly these.
    Yes(BTreeSet<IpNet>),
    /// One in each of these ranges.
    Later(BTreeSet<IpNet>),
}

/// Returns one address as a network.
pub(crate) fn host(ip: Ipv4Addr) -> IpNet {
    IpNet::V4(Ipv4Net::from(ip))
}

/// Returns the addresses of an object in these subnets: the pins, else the live ones if each subnet has one, else
/// the subnets as the bound. Never a partial set.
pub(crate) fn known(
    pins: &[Ipv4Addr],
    subnets: &[&LiveSubnet],
    named: &BTreeMap<String, Option<Ipv4Addr>>,
    interfaces: &[Interface],
) -> Known {
    if !pins.is_empty() {
        return Known::Yes(pins.iter().copied().map(host).collect());
    }
    let mut live: BTreeSet<IpNet> = BTreeSet::new();
    for subnet in subnets {
        let of_interfaces = interfaces.iter().filter(|interface| interface.subnet == subnet.id);
        let mut ips: BTreeSet<Ipv4Addr> = of_interfaces.flat_map(|interface| interface.ips.clone()).collect();
        ips.extend(named.get(&subnet.id).copied().flatten());
        if ips.is_empty() {
            return Known::Later(subnets.iter().map(|subnet| IpNet::V4(subnet.cidr)).collect());
        }
        live.extend(ips.into_iter().map(host));
    }
    Known::Yes(live)
}

/// Returns the live address in each subnet, as far as it can be read.
pub(crate) fn by_subnet(
    named: &BTreeMap<String, Option<Ipv4Addr>>,
    interfaces: &[Interface],
) -> BTreeMap<String, Ipv4Addr> {
    let mut ips: BTreeMap<String, Ipv4Addr> =
        interfaces.iter().filter_map(|interface| Some((interface.subnet.clone(), *interface.ips.first()?))).collect();
    ips.extend(named.iter().filter_map(|(subnet, ip)| Some((subnet.clone(), (*ip)?))));
    ips
}

/// Returns all live addresses of an object.
pub(crate) fn all(interfaces: &[Interface]) -> BTreeSet<IpNet> {
    interfaces.iter().flat_map(|interface| interface.ips.iter().copied().map(host)).collect()
}
