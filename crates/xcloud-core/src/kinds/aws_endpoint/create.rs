//! A new endpoint: made without private DNS, accepted, awaited, and only then given its private name.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;
use serde_json::Value;

use super::calls::{VOLATILE, accept, holds, modify_dns, names_off, watch};
use super::update::into_zones;
use crate::kinds::planning::{Planning, Wanted};
use crate::kinds::shared::aws::{Index, Refs, addresses, groups_ready, replacement, selectors, tags, ways};
use crate::live::LiveEndpoint;
use crate::model::{Acceptance, Addr, Endpoint, EndpointService, Resource, ServiceRef};
use crate::op::{EndpointOp, Handle, Object, SubnetPin};
use crate::plan::draft::{Draft, DraftStep, field};
use crate::plan::{Await, Condition, Path, Property, Set, Shown, Undo};
use crate::serve;

/// Adds the steps that make a new endpoint.
pub(crate) fn create(
    cx: &mut Planning<'_, '_>,
    one: &Wanted<'_, '_, Endpoint>,
    pins: Vec<SubnetPin>,
    groups: BTreeSet<Handle>,
    service: &Handle,
    object: &Object,
) {
    let &Wanted { resource, spec, index } = one;
    let Planning { draft, live: indexes, refs, .. } = cx;
    let (addr, place) = (&resource.addr, resource.place.key());
    let Some(vpc) = selectors::vpc(draft, index, addr, &spec.vpc).map(|vpc| vpc.id.clone()) else { return };
    let handle = Handle::Made(object.clone());
    let ours = index.our_endpoints.get(addr).into_iter().flatten().copied();
    let replaces = refs.reasons.contains_key(addr).then(|| serve::endpoint(ours)).flatten();
    let old = replaces.map(|old| (held(old, &pins), old));
    let mut fields = vec![
        field(Property::Service, Value::Null, Shown::handle(service)),
        field(Property::Vpc, Value::Null, vpc.clone()),
    ];
    fields.extend(pins.iter().map(|pin| {
        let value = pin.ip.map_or(Value::Bool(true), |ip| ip.to_string().into());
        field(Path::Member(Set::Subnets, pin.subnet.clone()), Value::Null, value)
    }));
    fields.push(field(Property::SecurityGroups, Value::Null, Shown::handles(&groups)));
    fields.push(field(Property::PrivateDns, Value::Null, spec.private_dns));
    let (cleared, gone) = clear_pins(draft, index, refs, resource, &pins);
    let op = EndpointOp::Create {
        service_name: service.clone(),
        vpc,
        subnets: pins,
        groups,
        tags: tags(draft, addr, &spec.name),
    };
    let delete = EndpointOp::Delete { endpoints: BTreeSet::from([handle.clone()]) };
    let mut step = DraftStep::build(addr, &place, op, Undo::Delete(Box::new(delete.into()))).makes(object.clone());
    step = step.after(groups_ready(refs, &spec.security_groups)).after(cleared).awaits(gone);
    if let ServiceRef::Declared(service) = &spec.service {
        step = step.after(refs.service_steps.get(service).cloned().unwrap_or_default());
        step = step.awaits(service_ready(draft, refs, service));
    }
    if let Some((_, old)) = &old {
        step = into_zones(refs, spec, step);
        // Also where no name of ours leads to the old one: it goes.
        draft.before_commit.extend(refs.healthy_before([Some(ways::of(indexes, old))], addr));
    }
    let mut last = draft.step(step);
    if let Some(accepted) = accept_new(draft, refs, spec, addr, &handle) {
        last = accepted;
    }
    let available = watch(&place, Condition::EndpointAvailable { endpoint: handle.clone() }, Some(object.clone()));
    if spec.private_dns {
        let mut after = names_off(cx, index, resource, &available, &[last]);
        after.push(last);
        let undo = Undo::Restore(Box::new(modify_dns(&handle, false).into()));
        let step = DraftStep::build(addr, &place, modify_dns(&handle, true), undo);
        cx.draft.step(step.after(after).awaits([available.clone()]));
    }
    let Planning { draft, refs, .. } = cx;
    draft.settle.push(available);
    draft.depends_on(addr, "endpoint", index.our_endpoints.get(addr), &VOLATILE);
    replacement::change(
        draft,
        refs,
        resource,
        fields,
        old.map(|(shown, old)| (shown, old.id.as_str(), old.state.as_str())),
    );
}

/// Dead endpoints still hold their addresses: one that has a pinned one goes first, since there is no path to keep
/// and the address comes back at once. What else it has is given back like any address. Those that are going already
/// are waited for.
fn clear_pins(
    draft: &mut Draft<'_>,
    index: &Index<'_>,
    refs: &mut Refs,
    resource: &Resource,
    pins: &[SubnetPin],
) -> (Option<usize>, Vec<Await>) {
    let wanted: BTreeSet<IpNet> = pins.iter().filter_map(|pin| pin.ip).map(addresses::host).collect();
    if wanted.is_empty() {
        return (None, Vec::new());
    }
    let (addr, place) = (&resource.addr, resource.place.key());
    let candidates = index.our_endpoints.get(addr).into_iter().flatten().copied();
    let holders: Vec<&LiveEndpoint> = candidates.filter(|live| live.state.is_dead() && holds(live, pins)).collect();
    let dead: Vec<&str> = holders.iter().map(|live| live.id.as_str()).collect();
    let leaving = index.leaving_endpoints.get(addr).into_iter().flatten().map(|live| live.id.as_str());
    let gone = dead.iter().copied().chain(leaving).map(|id| {
        let endpoint = Handle::Known(id.to_owned());
        watch(&place, Condition::EndpointGone { endpoint }, None)
    });
    let gone: Vec<Await> = gone.collect();
    if dead.is_empty() {
        return (None, gone);
    }
    let endpoints: BTreeSet<Handle> = dead.iter().map(|id| Handle::Known((*id).to_owned())).collect();
    let undo = Undo::Impossible("a dead endpoint never comes back".to_owned());
    let mut step = DraftStep::build(addr, &place, EndpointOp::Delete { endpoints }, undo);
    step.releases = holders.iter().flat_map(|live| addresses::all(&live.interfaces)).collect();
    step.releases.retain(|net| !wanted.contains(net));
    let step = draft.step(step);
    refs.endpoint_deletes.extend(dead.iter().map(|id| ((*id).to_owned(), step)));
    (Some(step), gone)
}

fn service_ready(draft: &Draft<'_>, refs: &Refs, service: &Addr) -> Option<Await> {
    let (id, _) = refs.services.get(service)?;
    let place = draft.desired.resources.get(service)?.place.key();
    matches!(id, Handle::Made(_)).then(|| watch(&place, Condition::ServiceAvailable { service: id.clone() }, None))
}

fn accept_new(draft: &mut Draft<'_>, refs: &Refs, spec: &Endpoint, addr: &Addr, endpoint: &Handle) -> Option<usize> {
    let ServiceRef::Declared(name) = &spec.service else { return None };
    let service = draft.desired.resources.get(name)?.spec.of::<EndpointService>()?;
    let asks = service.acceptance == Acceptance::Managed || refs.opens_late.contains(name);
    asks.then(|| accept(draft, refs, spec, addr, endpoint, Undo::Nothing)).flatten()
}

/// What a live endpoint holds.
fn held(live: &LiveEndpoint, pins: &[SubnetPin]) -> replacement::Held {
    let ips = addresses::by_subnet(&BTreeMap::new(), &live.interfaces);
    let mut old = replacement::Held::from([
        (Property::Service.into(), Value::from(live.service_name.clone())),
        (Property::Vpc.into(), Value::from(live.vpc.clone())),
        (Property::SecurityGroups.into(), replacement::known(&live.groups)),
        (Property::PrivateDns.into(), Value::from(live.private_dns)),
    ]);
    old.extend(replacement::subnets(live.subnets.iter(), &ips, pins));
    old
}
