//! Ways: what connections to an address or a name of AWS go through. One that may carry them is left only for one that does.

use std::collections::BTreeSet;

use ipnet::IpNet;

use super::addresses;
use super::health::balancer_carries;
use super::index::Indexes;
use crate::live::LiveEndpoint;
use crate::op::Handle;
use crate::plan::Await;

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

/// Returns the way behind an address, or `None` if nothing that was read has it: it may be anybody's.
pub(crate) fn at(indexes: &Indexes<'_>, address: &IpNet) -> Option<Way> {
    let mut endpoints = indexes.all().flat_map(|index| &index.live.endpoints);
    if let Some(live) = endpoints.find(|live| addresses::all(&live.interfaces).contains(address)) {
        return Some(of(indexes, live));
    }
    let mut balancers = indexes.all().flat_map(|index| index.balancers.values().map(move |live| (index, *live)));
    let (index, live) = balancers.find(|(_, live)| addresses::of_balancer(live).contains(address))?;
    Some(Way { through: Handle::Known(live.arn.clone()), carries: balancer_carries(index, live) })
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
    pub(super) fn healthy_before(&self, left: impl IntoIterator<Item = Option<Way>>) -> Vec<Await> {
        let leaves = |way: Option<Way>| way.is_none_or(|way| way.carries && !self.through.contains(&way.through));
        if left.into_iter().any(leaves) { self.healthy.clone() } else { Vec::new() }
    }
}
