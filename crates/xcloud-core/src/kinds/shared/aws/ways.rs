//! Ways: what connections to an address or a name of AWS go through. One that may carry them is left only for one that does.

use std::collections::BTreeSet;

use ipnet::IpNet;

use super::addresses;
use super::health::balancer_carries;
use super::index::Indexes;
use crate::live::LiveEndpoint;
use crate::op::Handle;
use crate::plan::Await;

/// How long resolvers keep the answer of a name of an endpoint, and of an alias to it (Route 53: an alias to an interface
/// endpoint has the TTL of its own DNS names, 60 s).
pub(crate) const NAME_TTL_SECS: u64 = 60;

/// What connections to a resource go through after the run.
#[derive(Debug, Clone)]
pub(crate) struct NextWay {
    /// The name of the service behind an endpoint; of a service and a load balancer, the ARNs of the load balancers.
    pub(crate) through: BTreeSet<Handle>,
    /// What is healthy before connections are sent there from elsewhere.
    pub(crate) healthy: Vec<Await>,
}

/// What connections to an address or a name go through now.
#[derive(Debug, Clone)]
pub(crate) struct Way {
    /// As in [`NextWay`].
    through: Handle,
    /// Whether it may carry connections.
    carries: bool,
}

/// Returns a DNS name as names are compared: in Route 53 they end with a dot or not, and aliases may carry a `dualstack.`
/// prefix.
pub(crate) fn plain_name(name: &str) -> String {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    name.strip_prefix("dualstack.").map(str::to_owned).unwrap_or(name)
}

/// Returns the ways behind an address. Networks that PrivateLink joins may have the same addresses, so each that has it may
/// be meant; `None` if nothing that was read has it: it may be anybody's.
pub(crate) fn at(indexes: &Indexes<'_>, address: &IpNet) -> Vec<Option<Way>> {
    let endpoints = indexes.all().flat_map(|index| &index.live.endpoints);
    let endpoints = endpoints.filter(|live| addresses::all(&live.interfaces).contains(address));
    let balancers = indexes.all().flat_map(|index| index.balancers.values().map(move |live| (index, *live)));
    let balancers = balancers.filter(|(_, live)| addresses::of_balancer(live).contains(address));
    let balancers = balancers
        .map(|(index, live)| Way { through: Handle::Known(live.arn.clone()), carries: balancer_carries(index, live) });
    let ways: Vec<_> = endpoints.map(|live| of(indexes, live)).chain(balancers).map(Some).collect();
    if ways.is_empty() { vec![None] } else { ways }
}

/// Returns the way behind an endpoint: where the service is not one that was read, it is taken to carry connections.
pub(crate) fn of(indexes: &Indexes<'_>, live: &LiveEndpoint) -> Way {
    let through = Handle::Known(live.service_name.clone());
    let mut services = indexes.all().flat_map(|index| index.live.services.iter().map(move |service| (index, service)));
    let service = services.find(|(_, service)| service.service_name == live.service_name);
    let carries = service.is_none_or(|(index, service)| {
        let behind = service.load_balancers.iter().map(|arn| index.balancers.get(arn.as_str()));
        behind.into_iter().any(|balancer| balancer.is_none_or(|balancer| balancer_carries(index, balancer)))
    });
    Way { through, carries: live.state.is_live() && carries }
}

impl NextWay {
    /// Returns what is healthy before connections are sent here that came by these ways, of which `None` is one that nobody
    /// knows. Nothing where they stay on their way, or where there were none.
    pub(crate) fn healthy_before(&self, left: impl IntoIterator<Item = Option<Way>>) -> Vec<Await> {
        let leaves = |way: Option<Way>| way.is_none_or(|way| way.carries && !self.through.contains(&way.through));
        if left.into_iter().any(leaves) { self.healthy.clone() } else { Vec::new() }
    }
}
