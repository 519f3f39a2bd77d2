//! The live object that serves a declared one: it carries our mark with that address.

use super::Question;
use crate::kinds::names;
use crate::live::{AwsLive, Interface, LiveEndpoint, LiveLoadBalancer, LiveService};
use crate::marks;
use crate::model::{Addr, Selector};
use crate::serve;

/// Returns the endpoint that serves an address.
pub(super) fn endpoint<'a>(live: &'a AwsLive, product: &str, addr: &Addr) -> Option<&'a LiveEndpoint> {
    serve::endpoint(live.endpoints.iter().filter(|one| serve::is_marked(&one.tags, product, addr)))
}

/// Returns the endpoint service that serves an address: whose endpoints use it is seen in all places.
pub(super) fn service<'a>(question: &Question<'_>, live: &'a AwsLive, addr: &Addr) -> Option<&'a LiveService> {
    let product = &question.desired.product;
    let lives = question.observed.places.keys().filter_map(|place| question.observed.aws(place));
    let marked = |one: &&LiveEndpoint| marks::marked_address(&one.tags, product).is_some();
    let endpoints = lives.flat_map(|live| &live.endpoints).filter(marked);
    serve::service(live.services.iter().filter(|one| serve::is_marked(&one.tags, product, addr)), endpoints)
}

/// Returns the load balancer that serves an address, where one of this name is declared.
pub(super) fn balancer<'a>(live: &'a AwsLive, product: &str, addr: &Addr, name: &str) -> Option<&'a LiveLoadBalancer> {
    let base = names::balancer(product, addr, name);
    let ours = live.load_balancers.iter().filter(|one| serve::is_marked(&one.tags, product, addr));
    serve::balancer(ours, |name| names::generation(&base, name))
}

/// Returns the network load balancers that a selector finds.
pub(super) fn found<'a>(live: &'a AwsLive, selector: &Selector) -> Vec<&'a LiveLoadBalancer> {
    let fits = |one: &&LiveLoadBalancer| match selector {
        Selector::Id(arn) => one.arn == *arn,
        Selector::Tag(tags) => {
            one.lb_type.eq_ignore_ascii_case("network")
                && tags.iter().all(|(key, value)| one.tags.get(key) == Some(value))
        }
    };
    live.load_balancers.iter().filter(fits).collect()
}

/// Returns the availability zone id of a subnet.
pub(super) fn zone<'a>(live: &'a AwsLive, subnet: &str) -> Option<&'a str> {
    live.subnets.iter().find(|one| one.id == subnet).map(|one| one.az_id.as_str())
}

/// Returns the addresses of interfaces with their subnets.
pub(super) fn addresses(interfaces: &[Interface]) -> impl Iterator<Item = (&str, std::net::Ipv4Addr)> {
    interfaces.iter().flat_map(|one| one.ips.iter().map(|ip| (one.subnet.as_str(), *ip)))
}
