//! Which live object serves a declared resource: one order for the planner and the gates.
//!
//! Several objects can carry the mark of one address: a replacement that is not finished, or a predecessor that could
//! not be deleted. The object that the planner builds on counts: a gate that looks at another one is green for
//! something that no traffic will use. The planner first leaves out those that cannot become what is declared; of
//! those that fit, and of those that it leaves alone, it takes this one. The gates ask the comparison which one that
//! was; only where the planner could not decide do they ask here.

use std::collections::BTreeMap;

use crate::live::{BalancerState, EndpointState, LiveEndpoint, LiveLoadBalancer, LiveService};
use crate::marks;
use crate::model::Addr;

/// Returns true if an object carries the product's mark with this address.
pub(crate) fn is_marked(tags: &BTreeMap<String, String>, product: &str, addr: &Addr) -> bool {
    marks::marked_address(tags, product).as_ref() == Some(addr)
}

/// Returns the endpoint that serves, of those with the mark of one address: an available one before one that may become
/// so, and none that never comes back while there is another.
pub(crate) fn endpoint<'a>(ours: impl Iterator<Item = &'a LiveEndpoint>) -> Option<&'a LiveEndpoint> {
    let there = ours.filter(|live| !live.state.is_going());
    there.max_by_key(|live| (live.state == EndpointState::Available, !live.state.is_dead(), &live.id))
}

/// Returns the endpoint service that serves: the one that most of our endpoints use, whatever its state, since they
/// would have to be replaced to use another; then the first by id.
pub(crate) fn service<'a, 'e>(
    ours: impl Iterator<Item = &'a LiveService>,
    endpoints: impl Iterator<Item = &'e LiveEndpoint> + Clone,
) -> Option<&'a LiveService> {
    let users = |live: &LiveService| {
        endpoints.clone().filter(|one| !one.state.is_going() && one.service_name == live.service_name).count()
    };
    let mut there: Vec<_> = ours.filter(|live| !live.state.is_going()).collect();
    if there.len() > 1 {
        there.sort_by_cached_key(|live| (std::cmp::Reverse(users(live)), &live.id));
    }
    there.into_iter().next()
}

/// Returns the load balancer that serves: the one of the newest generation, since a replacement takes over from its
/// predecessor; none that never comes back while there is another.
pub(crate) fn balancer<'a>(
    ours: impl Iterator<Item = &'a LiveLoadBalancer>,
    generation: impl Fn(&str) -> Option<u32>,
) -> Option<&'a LiveLoadBalancer> {
    ours.max_by_key(|live| (live.state != BalancerState::Failed, generation(&live.name), &live.arn))
}
