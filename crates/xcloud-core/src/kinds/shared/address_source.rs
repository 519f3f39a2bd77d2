//! The addresses of a rule's side or a record: written, or those of another resource.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use ipnet::{IpNet, Ipv4Net};

use crate::code::ProblemCode;
use crate::config::raw::{Fault, Node};
use crate::config::resources::Reading;
use crate::config::values::{Located, cidrs, net_set};
use crate::model::{AddressKind, AddressSource, Kind};

/// Reads `[ranges]`, `{service_ips_of: ...}` or `{endpoint_ips_of: ...}`; also the ranges as written, for checks.
pub(crate) fn side(node: Option<&Node>, reading: &mut Reading<'_, '_>) -> Option<(AddressSource, Vec<Located<IpNet>>)> {
    let node = node?;
    if node.is_list() {
        let nets = cidrs(Some(node), reading.problems);
        let set = net_set(&nets);
        return (!set.is_empty()).then_some((AddressSource::Listed(set), nets));
    }
    addresses_of(node, reading).map(|source| (source, Vec::new()))
}

/// Reads `{service_ips_of: ...}` or `{endpoint_ips_of: ...}`.
fn addresses_of(node: &Node, reading: &mut Reading<'_, '_>) -> Option<AddressSource> {
    let (target, wanted, kind) = match (node.get("service_ips_of"), node.get("endpoint_ips_of")) {
        (Some(target), None) => (target, Kind::EndpointService, AddressKind::ServiceIps),
        (None, Some(target)) => (target, Kind::Endpoint, AddressKind::EndpointIps),
        _ => return None,
    };
    let addr = reading.refs.resolve(target, wanted, reading.problems)?;
    Some(AddressSource::Of { addr, kind })
}

/// Reads the addresses of an A record: single addresses, or those of another resource.
pub(crate) fn record_addresses(node: &Node, reading: &mut Reading<'_, '_>) -> Option<AddressSource> {
    if !node.is_list() {
        return addresses_of(node, reading);
    }
    let mut set = BTreeSet::new();
    for item in node.items() {
        let Some(ip) = item.text().and_then(|text| text.parse::<Ipv4Addr>().ok()) else { continue };
        if !set.insert(IpNet::V4(Ipv4Net::from(ip))) {
            reading.problems.error(item.at, Fault::new(ProblemCode::DuplicateAddress, format!("{ip} is listed twice")));
        }
    }
    (!set.is_empty()).then_some(AddressSource::Listed(set))
}
