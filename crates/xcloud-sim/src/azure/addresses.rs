//! Private addresses: which a subnet has, which are taken, and which comes next.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use serde_json::{Map, Value};

use super::ids::{Kind, same_id};
use super::reply::ArmError;
use super::world::{AzureWorld, Stored, list_at};

/// Azure keeps the first four addresses and the last one of each subnet.
///
/// Source: "Azure Virtual Network frequently asked questions".
const RESERVED_AT_START: u32 = 4;

/// Returns the IPv4 range of a subnet.
pub(super) fn range(subnet: &Stored) -> Option<Ipv4Net> {
    prefixes(&subnet.properties).into_iter().next()
}

/// Returns the IPv4 ranges in the properties of a subnet.
pub(super) fn prefixes(properties: &Map<String, Value>) -> Vec<Ipv4Net> {
    let single = properties.get("addressPrefix").and_then(Value::as_str);
    let many = list_at(properties, "addressPrefixes").iter().filter_map(Value::as_str);
    single.into_iter().chain(many).filter_map(|text| text.parse().ok()).collect()
}

/// Returns the lowest address of a subnet that nothing uses, not counting those `given` in the same call.
pub(super) fn lowest_free(world: &AzureWorld, subnet: &Stored, given: &[Ipv4Addr]) -> Result<Ipv4Addr, ArmError> {
    let mut taken = taken(world, &subnet.id);
    taken.extend(given);
    let free = range(subnet).and_then(|range| usable(range).find(|address| !taken.contains(address)));
    free.ok_or_else(|| {
        let message = format!("Subnet {} does not have enough capacity for 1 IP addresses.", subnet.id);
        ArmError::bad_request("SubnetIsFull", message)
    })
}

/// Checks that a static address lies in the subnet, is usable, and is free.
pub(super) fn check_static(
    world: &AzureWorld,
    subnet: &Stored,
    address: &str,
    given: &[Ipv4Addr],
) -> Result<Ipv4Addr, ArmError> {
    let invalid = |code: &str, why: &str| {
        ArmError::bad_request(code, format!("Private IP address {address} {why} subnet {}.", subnet.id))
    };
    let parsed: Ipv4Addr = address.parse().map_err(|_| invalid("InvalidIPAddress", "is not an address for"))?;
    let range = range(subnet).filter(|range| range.contains(&parsed));
    let Some(range) = range else { return Err(invalid("PrivateIPAddressNotInSubnet", "does not belong to")) };
    if !usable(range).any(|usable| usable == parsed) {
        return Err(invalid("PrivateIPAddressInReservedRange", "falls within the reserved range of"));
    }
    if given.contains(&parsed) || taken(world, &subnet.id).contains(&parsed) {
        return Err(invalid("PrivateIPAddressIsAllocated", "is already allocated to another resource in"));
    }
    Ok(parsed)
}

/// Returns true if anything has an address in the subnet.
pub(super) fn in_use(world: &AzureWorld, subnet: &str) -> bool {
    !taken(world, subnet).is_empty()
}

fn usable(range: Ipv4Net) -> impl Iterator<Item = Ipv4Addr> {
    let first = u32::from(range.network()).saturating_add(RESERVED_AT_START);
    let last = u32::from(range.broadcast());
    (first..last).map(Ipv4Addr::from)
}

fn taken(world: &AzureWorld, subnet: &str) -> BTreeSet<Ipv4Addr> {
    let interfaces = world.of_kind(Kind::Interface).flat_map(|nic| nic.list("ipConfigurations"));
    let frontends = world.of_kind(Kind::LoadBalancer).flat_map(|balancer| balancer.list("frontendIPConfigurations"));
    interfaces
        .chain(frontends)
        .map(|config| &config["properties"])
        .filter(|config| config["subnet"]["id"].as_str().is_some_and(|id| same_id(id, subnet)))
        .filter_map(|config| config["privateIPAddress"].as_str()?.parse().ok())
        .collect()
}

/// Returns the address ranges in the properties of a network.
pub(super) fn address_space(properties: &Map<String, Value>) -> Vec<Ipv4Net> {
    let prefixes = properties.get("addressSpace").and_then(|space| space["addressPrefixes"].as_array());
    prefixes.into_iter().flatten().filter_map(|prefix| prefix.as_str()?.parse().ok()).collect()
}

/// Returns true if `inner` lies in one of the ranges.
pub(super) fn contains(space: &[Ipv4Net], inner: Ipv4Net) -> bool {
    space.iter().any(|outer| outer.contains(&inner))
}
