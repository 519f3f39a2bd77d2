//! The live object that serves a declared one: it carries our mark with that address.

use std::collections::BTreeMap;

use crate::live::{AwsLive, Interface, LiveEndpoint, LiveLoadBalancer, LiveService};
use crate::marks;
use crate::model::{Addr, Selector};

/// Returns the endpoint that serves an address: an available one before others, none that is being deleted.
pub(super) fn endpoint<'a>(live: &'a AwsLive, product: &str, addr: &Addr) -> Option<&'a LiveEndpoint> {
    let ours = live.endpoints.iter().filter(|one| is_marked(&one.tags, product, addr) && !is_going(&one.state));
    ours.max_by_key(|one| (is(&one.state, "available"), &one.id))
}

/// Returns the endpoint service that serves an address.
pub(super) fn service<'a>(live: &'a AwsLive, product: &str, addr: &Addr) -> Option<&'a LiveService> {
    let ours = live.services.iter().filter(|one| is_marked(&one.tags, product, addr) && !is_going(&one.state));
    ours.max_by_key(|one| (is(&one.state, "available"), std::cmp::Reverse(&one.id)))
}

/// Returns the load balancer that serves an address.
pub(super) fn balancer<'a>(live: &'a AwsLive, product: &str, addr: &Addr) -> Option<&'a LiveLoadBalancer> {
    let ours = live.load_balancers.iter().filter(|one| is_marked(&one.tags, product, addr));
    ours.max_by_key(|one| (is(&one.state, "active"), &one.arn))
}

/// Returns the network load balancers that a selector finds.
pub(super) fn found<'a>(live: &'a AwsLive, selector: &Selector) -> Vec<&'a LiveLoadBalancer> {
    let fits = |one: &&LiveLoadBalancer| match selector {
        Selector::Id(arn) => one.arn == *arn,
        Selector::Tag(tags) => {
            is(&one.lb_type, "network") && tags.iter().all(|(key, value)| one.tags.get(key) == Some(value))
        }
    };
    live.load_balancers.iter().filter(fits).collect()
}

/// Returns the availability zone id of a subnet.
pub(super) fn zone<'a>(live: &'a AwsLive, subnet: &str) -> Option<&'a str> {
    live.subnets.iter().find(|one| one.id == subnet).map(|one| one.az_id.as_str())
}

/// Returns true for a word of the wire, whatever its case: AWS answers states in several spellings.
pub(super) fn is(state: &str, word: &str) -> bool {
    state.eq_ignore_ascii_case(word)
}

/// Returns true for the states of an object that is being deleted or is gone.
pub(super) fn is_going(state: &str) -> bool {
    is(state, "deleting") || is(state, "deleted")
}

/// Returns the addresses of interfaces with their subnets.
pub(super) fn addresses(interfaces: &[Interface]) -> impl Iterator<Item = (&str, std::net::Ipv4Addr)> {
    interfaces.iter().flat_map(|one| one.ips.iter().map(|ip| (one.subnet.as_str(), *ip)))
}

fn is_marked(tags: &BTreeMap<String, String>, product: &str, addr: &Addr) -> bool {
    marks::marked_address(tags, product).as_ref() == Some(addr)
}
