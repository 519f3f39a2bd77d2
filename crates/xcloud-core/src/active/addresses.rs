//! Addresses that a declared source is known to have: its pins, and those of the live object with our mark.

use std::collections::BTreeSet;

use ipnet::{IpNet, Ipv4Net};

use crate::live::{AwsLive, Observed};
use crate::marks;
use crate::model::{Addr, AddressKind, AddressSource, Desired, LoadBalancerRef, Resource};

/// Returns the addresses that a source is known to have: listed, pinned, or of the live objects that carry its mark.
/// All of them count, the one that serves and those that it replaces: a fence leaves no way open, and a name that points
/// at any of them tells of the region.
/// The set may be empty or a part: what AWS chooses is known only where its region answers.
#[must_use]
pub fn known_addresses(desired: &Desired, observed: &Observed, source: &AddressSource) -> BTreeSet<IpNet> {
    match source {
        AddressSource::Listed(nets) => nets.clone(),
        AddressSource::Of { addr, kind } => {
            let mut known = pins(desired, addr);
            let holders = holders(desired, addr, *kind);
            for place in observed.places.keys() {
                if let Some(live) = observed.aws(place) {
                    known.extend(live_addresses(live, &desired.product, &holders, *kind));
                }
            }
            known
        }
    }
}

/// Returns true if every address of the source stands in the config.
pub(super) fn is_pinned(desired: &Desired, source: &AddressSource) -> bool {
    match source {
        AddressSource::Listed(_) => true,
        AddressSource::Of { addr, .. } => !pins(desired, addr).is_empty(),
    }
}

fn pins(desired: &Desired, addr: &Addr) -> BTreeSet<IpNet> {
    let net = |ip: &std::net::Ipv4Addr| IpNet::V4(Ipv4Net::from(*ip));
    let Some(resource) = desired.resources.get(addr) else { return BTreeSet::new() };
    let behind = balancers(resource).into_iter().flat_map(|addr| pins(desired, addr));
    resource.spec.declared().pins().iter().map(net).chain(behind).collect()
}

/// The declared load balancers behind a service.
fn balancers(resource: &Resource) -> Vec<&Addr> {
    let Some(service) = resource.spec.declared().role().service() else { return Vec::new() };
    let declared = service.load_balancers.iter().filter_map(|balancer| match balancer {
        LoadBalancerRef::Declared(addr) => Some(addr),
        LoadBalancerRef::Found(_) => None,
    });
    declared.collect()
}

/// The resources whose interfaces have the addresses: the endpoint itself, or the load balancers of a service.
fn holders(desired: &Desired, addr: &Addr, kind: AddressKind) -> BTreeSet<Addr> {
    let service = desired.resources.get(addr).filter(|one| one.spec.declared().role().service().is_some());
    match (kind, service) {
        (AddressKind::ServiceIps, Some(service)) => balancers(service).into_iter().cloned().collect(),
        (AddressKind::ServiceIps, None) | (AddressKind::EndpointIps, _) => BTreeSet::from([addr.clone()]),
    }
}

fn live_addresses(live: &AwsLive, product: &str, holders: &BTreeSet<Addr>, kind: AddressKind) -> BTreeSet<IpNet> {
    let ours = |tags| marks::marked_address(tags, product).is_some_and(|addr| holders.contains(&addr));
    let interfaces: Vec<_> = match kind {
        AddressKind::EndpointIps => {
            let endpoints = live.endpoints.iter().filter(|endpoint| ours(&endpoint.tags));
            endpoints.flat_map(|endpoint| &endpoint.interfaces).collect()
        }
        AddressKind::ServiceIps => {
            let balancers = live.load_balancers.iter().filter(|balancer| ours(&balancer.tags));
            balancers.flat_map(|balancer| &balancer.interfaces).collect()
        }
    };
    interfaces.into_iter().flat_map(|one| one.ips.iter().map(|ip| IpNet::V4(Ipv4Net::from(*ip)))).collect()
}
