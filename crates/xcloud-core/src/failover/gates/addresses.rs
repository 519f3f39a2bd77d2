//! The addresses that a declared source stands for now.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use ipnet::{IpNet, Ipv4Net};

use super::{Question, marked};
use crate::kinds::Role;
use crate::live::{AwsLive, LiveLoadBalancer};
use crate::model::{AddressSource, EndpointService, LoadBalancerRef, Resource};

/// Returns the listed networks, or the pins of the named resource with the addresses that it has live. Empty if
/// nothing is known.
pub(super) fn known(question: &Question<'_>, source: &AddressSource) -> BTreeSet<IpNet> {
    let addr = match source {
        AddressSource::Listed(nets) => return nets.clone(),
        AddressSource::Of { addr, .. } => addr,
    };
    let Some(resource) = question.desired.resources.get(addr) else { return BTreeSet::new() };
    let ips: BTreeSet<Ipv4Addr> = match resource.spec.declared().role() {
        Role::Endpoint(spec) => spec.endpoint_ips.iter().copied().chain(of_endpoint(question, resource)).collect(),
        Role::Service(spec) => of_service(question, resource, spec),
        Role::Group(_) | Role::Balancer(_) | Role::Filter(_) | Role::Wall(_) | Role::Switched(..) | Role::Beside => {
            BTreeSet::new()
        }
    };
    ips.into_iter().map(|ip| IpNet::V4(Ipv4Net::from(ip))).collect()
}

fn of_endpoint(question: &Question<'_>, resource: &Resource) -> BTreeSet<Ipv4Addr> {
    let live = question.aws(resource).ok();
    let endpoint = live.and_then(|live| marked::endpoint(question, live, &resource.addr));
    endpoint.into_iter().flat_map(|one| marked::addresses(&one.interfaces)).map(|(_, ip)| ip).collect()
}

/// The addresses of a service are those of the load balancers behind it.
fn of_service(question: &Question<'_>, resource: &Resource, spec: &EndpointService) -> BTreeSet<Ipv4Addr> {
    let mut ips = BTreeSet::new();
    let live = question.aws(resource).ok();
    for balancer in &spec.load_balancers {
        match balancer {
            LoadBalancerRef::Declared(addr) => {
                let declared = question.desired.resources.get(addr);
                ips.extend(declared.into_iter().flat_map(|one| one.spec.declared().pins()));
                if let Some(Role::Balancer(spec)) = declared.map(|one| one.spec.declared().role()) {
                    let live = declared.and_then(|one| question.aws(one).ok());
                    let there = live.and_then(|live| marked::balancer(question, live, addr, &spec.name));
                    ips.extend(there.into_iter().flat_map(of_balancer));
                }
            }
            LoadBalancerRef::Found(selector) => {
                let found = |live: &'_ AwsLive| -> BTreeSet<Ipv4Addr> {
                    marked::found(live, selector).into_iter().flat_map(of_balancer).collect()
                };
                ips.extend(live.map(found).into_iter().flatten());
            }
        }
    }
    ips
}

fn of_balancer(live: &LiveLoadBalancer) -> BTreeSet<Ipv4Addr> {
    let of_interfaces = marked::addresses(&live.interfaces).map(|(_, ip)| ip);
    of_interfaces.chain(live.subnets.values().copied().flatten()).collect()
}
