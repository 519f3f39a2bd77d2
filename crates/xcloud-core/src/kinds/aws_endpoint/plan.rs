//! Interface endpoints: which live one serves an address, and whether a new one is needed.

use std::collections::{BTreeMap, BTreeSet};

use super::calls::holds;
use super::{create::create, update::update};
use crate::code::ProblemCode;
use crate::kinds::planning::{Planning, Wanted};
use crate::kinds::shared::aws::addresses::{self, Known};
use crate::kinds::shared::aws::ways::NextWay;
use crate::kinds::shared::aws::{
    Index, Indexes, Refs, found_balancer, group_handles, missing, refuse_taken, selectors, taken, waits_for_azure,
};
use crate::live::{LiveEndpoint, LiveSubnet};
use crate::model::{
    Addr, AddressKind, Addresses, Endpoint, EndpointService, LateAddresses, LoadBalancerRef, Resource, ServiceRef,
};
use crate::op::{Handle, Object, SubnetPin};
use crate::plan::draft::{BookEntry, Draft};
use crate::serve;

/// Decides which live endpoint serves the address, and writes its addresses into the book.
pub(super) fn identify(cx: &mut Planning<'_, '_>, one: &Wanted<'_, '_, Endpoint>) {
    let &Wanted { resource, spec, index } = one;
    let makes = cx.makes(resource);
    let Planning { draft, live: indexes, refs, .. } = cx;
    let addr = &resource.addr;
    let candidates = index.our_endpoints.get(addr).map(Vec::as_slice).unwrap_or_default();
    if !makes {
        if let Some(live) = serve::endpoint(candidates.iter().copied()) {
            keep(refs, addr, live);
            if let Some(ips) =
                addresses::whole(live.subnets.iter().map(String::as_str), &BTreeMap::new(), &live.interfaces)
            {
                enter(draft, resource, Known::Yes(ips), Handle::Known(live.id.clone()));
            }
        }
        return;
    }
    let Some((subnets, pins)) = home(draft, index, addr, spec) else { return };
    let name = service_name(refs, spec);
    let fits = |live: &&LiveEndpoint| misfit(index, live, spec, &subnets, &pins, name.as_ref()).is_none();
    let chosen = serve::endpoint(candidates.iter().copied().filter(fits));
    if let (None, None, ServiceRef::Declared(service)) = (chosen, &name, &spec.service) {
        // Nothing is made and nothing goes before the service is known.
        return missing(draft, indexes, addr, service);
    }
    let cleared = chosen.is_none() && candidates.iter().any(|live| live.state.is_dead() && holds(live, &pins));
    if waits_for_azure(draft, refs, addr, cleared) {
        return;
    }
    for other in candidates.iter().filter(|live| Some(&live.id) != chosen.map(|chosen| &chosen.id)) {
        refs.superseded.insert(other.id.clone());
    }
    if let (None, Some(old)) = (chosen, serve::endpoint(candidates.iter().copied())) {
        let reason = misfit(index, old, spec, &subnets, &pins, name.as_ref()).unwrap_or_default();
        refs.reasons.insert(addr.clone(), vec![reason]);
    }
    let fresh = fresh_pins(index, addr, candidates, chosen, &pins);
    let taken = taken(index, &fresh, chosen.map(|live| live.id.as_str()));
    if refuse_taken(draft, refs, addr, &taken, "endpoint_ips") {
        return;
    }
    let interfaces = chosen.map(|live| live.interfaces.clone()).unwrap_or_default();
    let known = addresses::known(&spec.endpoint_ips, &subnets, &BTreeMap::new(), &interfaces);
    let handle = match chosen {
        Some(live) => {
            keep(refs, addr, live);
            Handle::Known(live.id.clone())
        }
        None => Handle::Made(Object::of(addr, "")),
    };
    refs.endpoints.insert(addr.clone(), handle.clone());
    enter(draft, resource, known, handle);
}

fn keep(refs: &mut Refs, addr: &Addr, live: &LiveEndpoint) {
    refs.kept_endpoints.insert(live.id.clone());
    refs.endpoints.insert(addr.clone(), Handle::Known(live.id.clone()));
}

/// Returns the pins that must be free: not those of a dead endpoint, which goes first, or of one that is going.
fn fresh_pins(
    index: &Index<'_>,
    addr: &Addr,
    candidates: &[&LiveEndpoint],
    chosen: Option<&LiveEndpoint>,
    pins: &[SubnetPin],
) -> Vec<SubnetPin> {
    let leaving = index.leaving_endpoints.get(addr).into_iter().flatten().copied();
    let dead = candidates.iter().copied().filter(|live| live.state.is_dead());
    let passing: BTreeSet<&str> = leaving.chain(dead).map(|live| live.id.as_str()).collect();
    let new = pins.iter().filter(|pin| chosen.is_none_or(|live| !live.subnets.contains(&pin.subnet)));
    let holder = |pin: &SubnetPin| index.held.get(&(pin.subnet.as_str(), pin.ip?)).copied();
    new.filter(|pin| holder(pin).is_none_or(|holder| !passing.contains(holder))).cloned().collect()
}

fn enter(draft: &mut Draft<'_>, resource: &Resource, known: Known, holder: Handle) {
    let key = (resource.addr.clone(), AddressKind::EndpointIps);
    let addresses = match known {
        Known::Yes(set) => Addresses::Known(set),
        Known::Later(within) => Addresses::Late(LateAddresses {
            of: resource.addr.clone(),
            kind: AddressKind::EndpointIps,
            count: within.len(),
            within,
            kept: BTreeSet::new(),
        }),
    };
    draft.book.insert(key, BookEntry { addresses, place: resource.place.key(), holders: vec![holder] });
}

fn home<'a>(
    draft: &mut Draft<'_>,
    index: &Index<'a>,
    addr: &Addr,
    spec: &Endpoint,
) -> Option<(Vec<&'a LiveSubnet>, Vec<SubnetPin>)> {
    let vpc = selectors::vpc(draft, index, addr, &spec.vpc)?;
    let subnets = selectors::subnets(draft, index, addr, &spec.subnets, Some(&vpc.id))?;
    let pins = selectors::pins(draft, addr, &subnets, &spec.endpoint_ips, "endpoint_ips")?;
    Some((subnets, pins))
}

/// Returns the name of the service, or `None` if it is not known in this run.
fn service_name(refs: &Refs, spec: &Endpoint) -> Option<Handle> {
    match &spec.service {
        ServiceRef::Name(name) => Some(Handle::Known(name.clone())),
        ServiceRef::Declared(addr) => refs.services.get(addr).map(|(_, name)| name.clone()),
    }
}

/// Returns why a live endpoint cannot become what is declared, or `None` if it can.
fn misfit(
    index: &Index<'_>,
    live: &LiveEndpoint,
    spec: &Endpoint,
    subnets: &[&LiveSubnet],
    pins: &[SubnetPin],
    service: Option<&Handle>,
) -> Option<String> {
    if live.state.is_dead() {
        return Some(format!("it is {} and never comes back", live.state));
    }
    if subnets.first().is_some_and(|subnet| subnet.vpc != live.vpc) {
        return Some("vpc cannot change in place".to_owned());
    }
    if service.is_some_and(|service| service.id() != live.service_name) {
        return Some("service cannot change in place".to_owned());
    }
    if addresses::moves_in_zone(index, subnets, live.subnets.iter()) {
        return Some("a subnet cannot change within its zone in place".to_owned());
    }
    let ips = addresses::by_subnet(&BTreeMap::new(), &live.interfaces);
    let moved = pins.iter().any(|pin| pin.ip.is_some() && ips.get(&pin.subnet).is_some_and(|ip| Some(*ip) != pin.ip));
    let pinned = !spec.endpoint_ips.is_empty();
    (pinned && moved).then(|| "endpoint_ips change with a new endpoint, so that no address is cut".to_owned())
}

/// Adds the steps that make the endpoint what is declared.
pub(super) fn plan(cx: &mut Planning<'_, '_>, one: &Wanted<'_, '_, Endpoint>) {
    lead(&mut cx.refs, one);
    if !cx.makes(one.resource) {
        return check_zones_left(cx, one);
    }
    let &Wanted { resource, spec, index } = one;
    let Planning { draft, live: indexes, refs, .. } = cx;
    let addr = &resource.addr;
    let Some(handle) = refs.endpoints.get(addr).cloned() else { return };
    let Some((subnets, pins)) = home(draft, index, addr, spec) else { return };
    let Some(groups) = group_handles(draft, indexes, refs, addr, &spec.security_groups) else { return };
    match &handle {
        Handle::Made(object) => {
            let Some(service) = service_name(refs, spec) else { return };
            check_zones(draft, indexes, refs, addr, spec, &subnets);
            check_principal(draft, resource, spec);
            create(cx, one, pins, groups, &service, object);
        }
        Handle::Known(id) => {
            let live = index.our_endpoints.get(addr).and_then(|all| all.iter().copied().find(|live| &live.id == id));
            if let Some(live) = live {
                check_zones(draft, indexes, refs, addr, spec, &subnets);
                update(cx, one, &pins, &groups, live);
            }
        }
    }
}

/// Notes to which service connections go after the run.
fn lead(refs: &mut Refs, one: &Wanted<'_, '_, Endpoint>) {
    let &Wanted { resource, spec, index } = one;
    let service = match refs.endpoints.get(&resource.addr) {
        Some(Handle::Made(_)) => service_name(refs, spec),
        Some(Handle::Known(id)) => {
            let live = index.live.endpoints.iter().find(|live| live.id == *id);
            live.map(|live| Handle::Known(live.service_name.clone()))
        }
        None => None,
    };
    let Some(service) = service else { return };
    let declared = match &spec.service {
        ServiceRef::Declared(addr) if service_name(refs, spec).as_ref() == Some(&service) => refs.next_ways.get(addr),
        ServiceRef::Declared(_) | ServiceRef::Name(_) => None,
    };
    let healthy = declared.map(|way| way.healthy.clone()).unwrap_or_default();
    refs.next_ways.insert(resource.addr.clone(), NextWay { through: BTreeSet::from([service]), healthy });
}

/// An endpoint's zones must be zones of the service: compared by id, since names differ between accounts.
fn check_zones(
    draft: &mut Draft<'_>,
    indexes: &Indexes<'_>,
    refs: &Refs,
    addr: &Addr,
    spec: &Endpoint,
    subnets: &[&LiveSubnet],
) {
    let Some(zones) = service_zones(draft, indexes, refs, spec) else { return };
    let outside: Vec<&str> =
        subnets.iter().map(|subnet| subnet.az_id.as_str()).filter(|zone| !zones.contains(*zone)).collect();
    if !outside.is_empty() && !zones.is_empty() {
        let offered: Vec<&str> = zones.iter().map(String::as_str).collect();
        let text = format!("its subnets are in {}, the service is only in {}", outside.join(", "), offered.join(", "));
        draft.problem(addr, ProblemCode::ZoneNotOffered, text, "choose subnets in the service's zones (by zone id)");
    }
}

/// The service of an endpoint that this run leaves alone keeps the zones in which the endpoint is.
fn check_zones_left(cx: &mut Planning<'_, '_>, one: &Wanted<'_, '_, Endpoint>) {
    let &Wanted { resource, spec, index } = one;
    let ServiceRef::Declared(service) = &spec.service else { return };
    let changes = cx.draft.desired.resources.get(service).is_some_and(|service| cx.makes(service));
    if cx.draft.options.compare || !changes {
        return;
    }
    let Planning { draft, live: indexes, refs, .. } = cx;
    let Some(Handle::Known(id)) = refs.endpoints.get(&resource.addr) else { return };
    let Some(live) = index.live.endpoints.iter().find(|live| live.id == *id) else { return };
    if service_name(refs, spec).is_none_or(|name| name.id() != live.service_name) {
        return;
    }
    let Some(zones) = service_zones(draft, indexes, refs, spec) else { return };
    let had = zones_now(indexes, &live.service_name);
    let its = live.subnets.iter().filter_map(|id| Some(index.subnets.get(id.as_str())?.az_id.as_str()));
    let lost: Vec<&str> = its.filter(|zone| had.contains(zone) && !zones.contains(*zone)).collect();
    if !lost.is_empty() {
        let text = format!("{} stays in {}, which its service would leave", live.id, lost.join(", "));
        let hint = "let the run have the endpoint, too: it must leave the zone first";
        draft.problem(&resource.addr, ProblemCode::ZoneNotOffered, text, hint);
    }
}

/// Returns the zone ids of the load balancers that a live service has.
fn zones_now<'d>(indexes: &Indexes<'d>, service_name: &str) -> BTreeSet<&'d str> {
    let services = indexes.all().flat_map(|index| index.live.services.iter().map(move |service| (index, service)));
    let named = services.filter(|(_, service)| service.service_name == service_name);
    let balancers = named.flat_map(|(index, service)| {
        let behind = service.load_balancers.iter().filter_map(|arn| index.balancers.get(arn.as_str()));
        behind.flat_map(|live| live.subnets.keys()).filter_map(|id| index.subnets.get(id.as_str()))
    });
    balancers.map(|subnet| subnet.az_id.as_str()).collect()
}

/// Returns the zone ids of a declared service, as far as every load balancer behind it is known.
fn service_zones(draft: &Draft<'_>, indexes: &Indexes<'_>, refs: &Refs, spec: &Endpoint) -> Option<BTreeSet<String>> {
    let ServiceRef::Declared(service) = &spec.service else { return None };
    let resource = draft.desired.resources.get(service)?;
    let service = resource.spec.of::<EndpointService>()?;
    let index = indexes.get(&resource.place)?;
    let mut zones = BTreeSet::new();
    for balancer in &service.load_balancers {
        match balancer {
            LoadBalancerRef::Declared(balancer) => zones.extend(refs.balancer_zones.get(balancer)?.iter().cloned()),
            LoadBalancerRef::Found(selector) => {
                let [live] = found_balancer::matches(index, selector)[..] else { return None };
                for subnet in live.subnets.keys() {
                    zones.insert(index.subnets.get(subnet.as_str())?.az_id.clone());
                }
            }
        }
    }
    Some(zones)
}

/// A new endpoint of another account needs a principal of that account, else AWS says that there is no such service.
fn check_principal(draft: &mut Draft<'_>, resource: &Resource, spec: &Endpoint) {
    let ServiceRef::Declared(service) = &spec.service else { return };
    let Some(provider) = draft.desired.resources.get(service) else { return };
    let Some(wanted) = provider.spec.of::<EndpointService>() else { return };
    let (consumer, owner) = (resource.place.key().account, provider.place.key().account);
    let allowed = wanted.principals.iter().any(|arn| arn.split(':').nth(4) == Some(consumer.as_str()));
    if consumer != owner && !allowed {
        let text = format!("{service} does not allow the account {consumer}");
        let hint = format!("add arn:aws:iam::{consumer}:root to its principals");
        draft.problem(&resource.addr, ProblemCode::PrincipalMissing, text, &hint);
    }
}
