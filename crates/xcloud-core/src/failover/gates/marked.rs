//! The live object that serves a declared one: the planner says which.

use super::Question;
use crate::kinds::names;
use crate::live::{AwsLive, Interface, LiveEndpoint, LiveLoadBalancer, LiveService};
use crate::marks;
use crate::model::{Addr, Selector};
use crate::plan::Action;
use crate::serve;

/// Returns the endpoint that serves an address.
pub(super) fn endpoint<'a>(question: &Question<'_>, live: &'a AwsLive, addr: &Addr) -> Option<&'a LiveEndpoint> {
    let ours = || live.endpoints.iter().filter(|one| serve::is_marked(&one.tags, &question.desired.product, addr));
    named(question, addr, ours(), |one| &one.id).or_else(|| serve::endpoint(ours()))
}

/// Returns the endpoint service that serves an address: whose endpoints use it is seen in all places.
pub(super) fn service<'a>(question: &Question<'_>, live: &'a AwsLive, addr: &Addr) -> Option<&'a LiveService> {
    let product = &question.desired.product;
    let lives = question.observed.places.keys().filter_map(|place| question.observed.aws(place));
    let marked = |one: &&LiveEndpoint| marks::marked_address(&one.tags, product).is_some();
    let endpoints = lives.flat_map(|live| &live.endpoints).filter(marked);
    let ours = || live.services.iter().filter(|one| serve::is_marked(&one.tags, product, addr));
    named(question, addr, ours(), |one| &one.id).or_else(|| serve::service(ours(), endpoints))
}

/// Returns the load balancer that serves an address, where one of this name is declared.
pub(super) fn balancer<'a>(
    question: &Question<'_>,
    live: &'a AwsLive,
    addr: &Addr,
    name: &str,
) -> Option<&'a LiveLoadBalancer> {
    let product = &question.desired.product;
    let ours = || live.load_balancers.iter().filter(|one| serve::is_marked(&one.tags, product, addr));
    let base = names::balancer(product, addr, name);
    let newest = || serve::balancer(ours(), |name| names::generation(&base, name));
    named(question, addr, ours(), |one| &one.arn).or_else(newest)
}

/// Returns the object that the planner builds on or would replace. It knows more than the mark and the state: an
/// available object that cannot become what is declared goes, and another one stays. Where it names none, because
/// something hinders it, the order of `serve` is the best that is known.
fn named<'a, T>(
    question: &Question<'_>,
    addr: &Addr,
    mut ours: impl Iterator<Item = &'a T>,
    id: impl Fn(&T) -> &String,
) -> Option<&'a T> {
    let changes = &question.comparison.changes;
    let first = changes.partition_point(|change| change.addr < *addr);
    let mut of_it = changes[first..].iter().take_while(|change| change.addr == *addr);
    let built = of_it.find(|change| matches!(change.action, Action::Same | Action::Update | Action::Replace))?;
    ours.find(|one| Some(id(one)) == built.id.as_ref())
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
