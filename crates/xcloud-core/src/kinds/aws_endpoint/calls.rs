//! Calls at an endpoint that making and changing it have in common, and what they wait for.

use std::collections::BTreeSet;

use crate::kinds::planning::Planning;
use crate::kinds::shared::aws::{Index, Refs, ways};
use crate::live::LiveEndpoint;
use crate::model::{Addr, Endpoint, PlaceKey, Resource, ServiceRef};
use crate::op::{EndpointOp, EndpointServiceOp, Handle, Object, SubnetPin};
use crate::plan::draft::{Draft, DraftStep};
use crate::plan::drain::Drain;
use crate::plan::{Await, Condition, Patience, Undo};

/// Terraform's waiter gives an endpoint 10 minutes (facts/aws 2.2); a slow region gets half as much again.
const ENDPOINT_SECS: u64 = 900;

/// Fields of an endpoint that change by themselves.
pub(super) const VOLATILE: [&str; 3] = ["state", "interfaces", "dns"];

/// Returns true if an endpoint has one of the pinned addresses.
pub(super) fn holds(live: &LiveEndpoint, pins: &[SubnetPin]) -> bool {
    let has = |subnet: &str, ip| live.interfaces.iter().any(|one| one.subnet == subnet && one.ips.contains(&ip));
    pins.iter().any(|pin| pin.ip.is_some_and(|ip| has(&pin.subnet, ip)))
}

/// Two endpoints of a VPC cannot both have the service's private name: once the new one is available, the name
/// leaves the old one, and then goes to the new one. Where the old one carries connections, what is behind the new one is
/// healthy by then, and the old one goes when resolvers have forgotten it.
pub(super) fn names_off(
    cx: &mut Planning<'_, '_>,
    index: &Index<'_>,
    resource: &Resource,
    available: &Await,
    after: &[usize],
) -> Vec<usize> {
    let Planning { draft, live: indexes, refs, .. } = cx;
    let named = |live: &&LiveEndpoint| live.private_dns && !live.state.is_dead() && refs.superseded.contains(&live.id);
    let olds: Vec<&LiveEndpoint> =
        index.our_endpoints.get(&resource.addr).into_iter().flatten().copied().filter(named).collect();
    let steps = olds.into_iter().map(|live| {
        let old = Handle::Known(live.id.clone());
        let undo = Undo::Restore(Box::new(modify_dns(&old, true).into()));
        let step = DraftStep::build(&resource.addr, &resource.place.key(), modify_dns(&old, false), undo);
        let mut step = step.after(after.iter().copied()).awaits([available.clone()]);
        step.health = refs.healthy_before([Some(ways::of(indexes, live))], &resource.addr);
        step.drain = live.state.is_live().then_some(Drain::Name { ttl_secs: ways::NAME_TTL_SECS });
        let step = draft.step(step);
        if let Some((dns, _)) = &live.dns {
            refs.unpointed.entry(ways::plain_name(dns)).or_default().push(step);
        }
        step
    });
    steps.collect()
}

/// Accepts the endpoint's connection, as the service's own account does it.
pub(super) fn accept(
    draft: &mut Draft<'_>,
    refs: &Refs,
    spec: &Endpoint,
    addr: &Addr,
    endpoint: &Handle,
    undo: Undo,
) -> Option<usize> {
    let ServiceRef::Declared(service_addr) = &spec.service else { return None };
    let place = draft.desired.resources.get(service_addr)?.place.key();
    let (service, _) = refs.services.get(service_addr)?.clone();
    let condition = Condition::ConnectionListed { service: service.clone(), endpoint: endpoint.clone() };
    let op = EndpointServiceOp::AcceptConnections { service, endpoints: BTreeSet::from([endpoint.clone()]) };
    let after = refs.service_steps.get(service_addr).cloned().unwrap_or_default();
    let step = DraftStep::build(addr, &place, op, undo).after(after);
    Some(draft.step(step.awaits([watch(&place, condition, None)])))
}

pub(super) fn watch(place: &PlaceKey, condition: Condition, binds: Option<Object>) -> Await {
    Await { place: place.clone(), condition, binds, patience: Patience::Fail(ENDPOINT_SECS) }
}

/// Returns the call that switches private DNS and nothing else.
pub(super) fn modify_dns(endpoint: &Handle, on: bool) -> EndpointOp {
    EndpointOp::Modify {
        endpoint: endpoint.clone(),
        add_subnets: Vec::new(),
        remove_subnets: BTreeSet::new(),
        add_groups: BTreeSet::new(),
        remove_groups: BTreeSet::new(),
        private_dns: Some(on),
    }
}
