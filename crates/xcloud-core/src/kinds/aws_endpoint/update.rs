//! A live endpoint: all that is added in one call, all that goes in one call after the commit point.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use serde_json::Value;

use super::calls::{VOLATILE, accept, names_off, watch};
use super::group_swap;
use crate::code::NoteCode;
use crate::kinds::planning::{Planning, Wanted};
use crate::kinds::shared::aws::{
    Index, Indexes, Refs, Tagged, addresses, beyond, groups_ready, is_our_group, shown, tag_fields, waits_for_azure,
};
use crate::live::{EndpointState, LiveEndpoint};
use crate::model::{AddressKind, Endpoint, ServiceRef};
use crate::op::{EndpointOp, Handle, SubnetPin};
use crate::plan::draft::{Draft, DraftStep, field};
use crate::plan::{Action, Condition, FieldChange, Path, Property, Set, Shown, Undo};

/// What one `ModifyVpcEndpoint` changes.
#[derive(Default)]
struct Delta {
    add_subnets: Vec<SubnetPin>,
    remove_subnets: BTreeSet<String>,
    add_groups: BTreeSet<Handle>,
    remove_groups: BTreeSet<Handle>,
    private_dns: Option<bool>,
}

impl Delta {
    fn is_empty(&self) -> bool {
        self.add_subnets.is_empty()
            && self.remove_subnets.is_empty()
            && self.add_groups.is_empty()
            && self.remove_groups.is_empty()
            && self.private_dns.is_none()
    }

    fn of(self, endpoint: &Handle) -> EndpointOp {
        EndpointOp::Modify {
            endpoint: endpoint.clone(),
            add_subnets: self.add_subnets,
            remove_subnets: self.remove_subnets,
            add_groups: self.add_groups,
            remove_groups: self.remove_groups,
            private_dns: self.private_dns,
        }
    }
}

/// Adds the steps that change a live endpoint.
pub(crate) fn update(
    cx: &mut Planning<'_, '_>,
    one: &Wanted<'_, '_, Endpoint>,
    pins: &[SubnetPin],
    groups: &BTreeSet<Handle>,
    live: &LiveEndpoint,
) {
    let &Wanted { resource, spec, .. } = one;
    let Planning { draft, live: indexes, refs, .. } = cx;
    let (addr, place) = (&resource.addr, resource.place.key());
    let endpoint = Handle::Known(live.id.clone());
    beyond::tell(draft, addr, &live.id, &live.beyond);
    if let EndpointState::Partial | EndpointState::Other(_) = &live.state {
        let text = format!("{} is {}: it does not serve all its zones", live.id, live.state);
        draft.note_on(NoteCode::Partial, addr, Property::State.into(), text);
    }
    let mut fields = tag_fields(draft, resource, &[Tagged::whole(&live.id, &live.tags)], false);
    let mut first = Vec::new();
    if live.state == EndpointState::PendingAcceptance || waits_in_service(indexes, draft, spec, live) {
        let undo = Undo::Impossible("a rejected endpoint never comes back".to_owned());
        if let Some(step) = accept(draft, refs, spec, addr, &endpoint, undo) {
            first.push(step);
            fields.push(field(Property::Accepted, false, true));
            draft.settle.push(watch(&place, Condition::EndpointAvailable { endpoint }, None));
        }
    }
    fields.extend(change_in_place(cx, one, pins, groups, live, first));
    let draft = &mut *cx.draft;
    let action = if fields.is_empty() { Action::Same } else { Action::Update };
    if action != Action::Same {
        draft.depends_on(addr, "endpoint", live, &VOLATILE);
    }
    draft.change(resource, action, fields, Some(live.id.clone()));
}

/// Returns true if the service still lists the endpoint's connection as waiting.
fn waits_in_service(indexes: &Indexes<'_>, draft: &Draft<'_>, spec: &Endpoint, live: &LiveEndpoint) -> bool {
    let ServiceRef::Declared(service) = &spec.service else { return false };
    let resource = draft.desired.resources.get(service);
    let index = resource.and_then(|resource| indexes.get(&resource.place));
    index.is_some_and(|index| index.pending.contains(live.id.as_str()))
}

/// Adds the calls that make a live endpoint what is declared, after the steps `first`, and returns what differs.
fn change_in_place(
    cx: &mut Planning<'_, '_>,
    one: &Wanted<'_, '_, Endpoint>,
    pins: &[SubnetPin],
    groups: &BTreeSet<Handle>,
    live: &LiveEndpoint,
    mut first: Vec<usize>,
) -> Vec<FieldChange> {
    let &Wanted { resource, spec, index } = one;
    let Planning { draft, refs, .. } = cx;
    let (addr, place) = (&resource.addr, resource.place.key());
    let ips = addresses::by_subnet(&BTreeMap::new(), &live.interfaces);
    let (mut grow, mut shrink, back, mut fields) = group_deltas(draft, index, refs, spec, groups, live);
    grow.add_subnets = pins.iter().filter(|pin| !live.subnets.contains(&pin.subnet)).cloned().collect();
    let wanted: BTreeSet<&String> = pins.iter().map(|pin| &pin.subnet).collect();
    let gone: BTreeSet<String> = live.subnets.iter().filter(|id| !wanted.contains(id)).cloned().collect();
    if !waits_for_azure(draft, refs, addr, !gone.is_empty()) {
        shrink.remove_subnets = gone;
    }
    let text = |ip: Option<Ipv4Addr>| ip.map_or(Value::Bool(true), |ip| ip.to_string().into());
    let subnet = |id: &str| Path::Member(Set::Subnets, id.to_owned());
    fields.extend(grow.add_subnets.iter().map(|pin| field(subnet(&pin.subnet), Value::Null, text(pin.ip))));
    fields.extend(shrink.remove_subnets.iter().map(|id| field(subnet(id), text(ips.get(id).copied()), Value::Null)));
    if spec.private_dns != live.private_dns {
        fields.push(field(Property::PrivateDns, live.private_dns, spec.private_dns));
        let side = if spec.private_dns { &mut grow } else { &mut shrink };
        side.private_dns = Some(spec.private_dns);
    }
    let endpoint = Handle::Known(live.id.clone());
    if !grow.is_empty() {
        let undo = Delta {
            add_subnets: Vec::new(),
            remove_subnets: grow.add_subnets.iter().map(|pin| pin.subnet.clone()).collect(),
            add_groups: grow.remove_groups.clone(),
            remove_groups: grow.add_groups.clone(),
            private_dns: grow.private_dns.map(|on| !on),
        };
        let available = watch(&place, Condition::EndpointAvailable { endpoint: endpoint.clone() }, None);
        let names = grow.private_dns.is_some();
        if names {
            let off = names_off(cx, index, resource, &available, &first);
            first.extend(off);
        }
        let Planning { draft, refs, .. } = cx;
        first.extend(groups_ready(refs, &spec.security_groups));
        let grows = !grow.add_subnets.is_empty();
        let undo = Undo::Restore(Box::new(undo.of(&endpoint).into()));
        let step = DraftStep::build(addr, &place, grow.of(&endpoint), undo).after(first);
        let step = step.awaits(names.then_some(available));
        let step = draft.step(if grows { into_zones(refs, spec, step) } else { step });
        draft.grown.extend(grows.then(|| ((addr.clone(), AddressKind::EndpointIps), step)));
    }
    let Planning { draft, refs, .. } = cx;
    if !shrink.is_empty() {
        let undo = Delta {
            add_subnets: subnets_back(&shrink.remove_subnets, &ips),
            add_groups: back,
            private_dns: shrink.private_dns.map(|on| !on),
            ..Delta::default()
        };
        let undo = if undo.is_empty() {
            Undo::Impossible("a group without our mark is never put back".to_owned())
        } else {
            Undo::Recreate(vec![undo.of(&endpoint).into()])
        };
        let released = shrink.remove_subnets.iter().filter_map(|id| ips.get(id)).copied().map(addresses::host);
        let released = released.collect();
        let left: Vec<String> = shrink.remove_groups.iter().map(|group| group.id().to_owned()).collect();
        let mut step = DraftStep::commit(addr, &place, shrink.of(&endpoint), undo);
        step.releases = released;
        let step = draft.step(step);
        refs.leaves_first(draft, step, &live.service_name);
        for group in left {
            refs.last_uses.entry(group).or_default().push(step);
        }
    }
    fields
}

/// An endpoint goes into more subnets after its service has their zones. Connections stay in the zone in which they enter:
/// what is there must carry them before one can.
pub(super) fn into_zones(refs: &Refs, spec: &Endpoint, step: DraftStep) -> DraftStep {
    let ServiceRef::Declared(service) = &spec.service else { return step };
    let mut step = step.after(refs.service_steps.get(service).into_iter().flatten().copied());
    if let Some(healthy) = refs.zone_health.get(service) {
        step.health.clone_from(healthy);
        step.follows = vec![(service.clone(), AddressKind::ServiceIps)];
    }
    step
}

fn subnets_back(gone: &BTreeSet<String>, ips: &BTreeMap<String, Ipv4Addr>) -> Vec<SubnetPin> {
    gone.iter().map(|id| SubnetPin { subnet: id.clone(), ip: ips.get(id).copied() }).collect()
}

/// Decides which groups are added and removed: a swap of ours for ours that cuts nobody is one call. What carries no mark goes after
/// the commit point, so that no undo puts it back; the third answer is what such an undo may put back.
fn group_deltas(
    draft: &Draft<'_>,
    index: &Index<'_>,
    refs: &mut Refs,
    spec: &Endpoint,
    groups: &BTreeSet<Handle>,
    live: &LiveEndpoint,
) -> (Delta, Delta, BTreeSet<Handle>, Vec<FieldChange>) {
    let (mut grow, mut shrink) = (Delta::default(), Delta::default());
    let there: BTreeSet<Handle> = live.groups.iter().cloned().map(Handle::Known).collect();
    // An endpoint without declared groups has the VPC's default group: the cloud's choice is no difference.
    if spec.security_groups.is_empty() || there == *groups {
        return (grow, shrink, BTreeSet::new(), Vec::new());
    }
    grow.add_groups = groups.difference(&there).cloned().collect();
    let (ours, strangers): (BTreeSet<Handle>, BTreeSet<Handle>) =
        there.difference(groups).cloned().partition(|group| is_our_group(draft, index, group.id()));
    refs.left.extend(ours.iter().chain(&strangers).map(|group| (group.id().to_owned(), live.id.clone())));
    shrink.remove_groups = strangers;
    let mut back = BTreeSet::new();
    let swaps = !grow.add_groups.is_empty();
    if swaps && group_swap::keeps_all_in(draft, index, refs, &spec.security_groups, &ours) {
        grow.remove_groups = ours;
    } else {
        back.clone_from(&ours);
        shrink.remove_groups.extend(ours);
    }
    (grow, shrink, back, vec![field(Property::SecurityGroups, shown(&there), Shown::handles(groups))])
}
