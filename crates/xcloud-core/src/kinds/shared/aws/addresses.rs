//! The address book: which addresses a load balancer or endpoint has, or within which bound it will have them.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use ipnet::{IpNet, Ipv4Net};

use super::index::Index;
use super::select::named;
use crate::live::{Interface, LiveLoadBalancer, LiveSubnet};

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
    whole(subnets.iter().map(|subnet| subnet.id.as_str()), named, interfaces)
        .map_or_else(|| Known::Later(subnets.iter().map(|subnet| IpNet::V4(subnet.cidr)).collect()), Known::Yes)
}

/// Returns the live addresses in these subnets, or `None` if one of them has none yet.
pub(crate) fn whole<'s>(
    subnets: impl Iterator<Item = &'s str>,
    named: &BTreeMap<String, Option<Ipv4Addr>>,
    interfaces: &[Interface],
) -> Option<BTreeSet<IpNet>> {
    let mut live: BTreeSet<IpNet> = BTreeSet::new();
    for subnet in subnets {
        let of_interfaces = interfaces.iter().filter(|interface| interface.subnet == subnet);
        let mut ips: BTreeSet<Ipv4Addr> = of_interfaces.flat_map(|interface| interface.ips.clone()).collect();
        ips.extend(named.get(subnet).copied().flatten());
        if ips.is_empty() {
            return None;
        }
        live.extend(ips.into_iter().map(host));
    }
    (!live.is_empty()).then_some(live)
}

/// Returns all addresses of a load balancer, or `None` if a subnet of it has none yet.
pub(crate) fn whole_balancer(live: &LiveLoadBalancer) -> Option<BTreeSet<IpNet>> {
    whole(live.subnets.keys().map(String::as_str), &live.subnets, &live.interfaces)
}

/// Returns the live address in each subnet, as far as it can be read.
pub(crate) fn by_subnet(
    named_ips: &BTreeMap<String, Option<Ipv4Addr>>,
    interfaces: &[Interface],
) -> BTreeMap<String, Ipv4Addr> {
    let mut ips: BTreeMap<String, Ipv4Addr> = BTreeMap::new();
    for interface in interfaces {
        for ip in &interface.ips {
            ips.entry(interface.subnet.clone()).and_modify(|first| *first = (*first).min(*ip)).or_insert(*ip);
        }
    }
    ips.extend(named(named_ips).map(|(subnet, ip)| (subnet.to_owned(), ip)));
    ips
}

/// Returns all live addresses of an object.
pub(crate) fn all(interfaces: &[Interface]) -> BTreeSet<IpNet> {
    interfaces.iter().flat_map(|interface| interface.ips.iter().copied().map(host)).collect()
}

/// Returns all live addresses of a load balancer: those of its interfaces and those that the API names.
pub(crate) fn of_balancer(live: &LiveLoadBalancer) -> BTreeSet<IpNet> {
    all(&live.interfaces).into_iter().chain(named(&live.subnets).map(|(_, ip)| host(ip))).collect()
}

/// Returns true if a subnet would change within its availability zone, which takes a new object: AWS allows one
/// subnet for each zone, so the old one cannot stay until the new one serves.
pub(crate) fn moves_in_zone<'s>(
    index: &Index<'_>,
    wanted: &[&LiveSubnet],
    live: impl Iterator<Item = &'s String>,
) -> bool {
    let ids: BTreeSet<&str> = wanted.iter().map(|subnet| subnet.id.as_str()).collect();
    let zones: BTreeSet<&str> = wanted.iter().map(|subnet| subnet.az_id.as_str()).collect();
    let gone = live.filter(|id| !ids.contains(id.as_str()));
    gone.filter_map(|id| index.subnets.get(id.as_str())).any(|subnet| zones.contains(subnet.az_id.as_str()))
}
