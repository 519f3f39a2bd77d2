//! What goes: superseded objects, and what is ours but not declared, in the reverse order of its making.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::super::draft::{Draft, field};
use super::super::{Action, Change, Path, Set};
use super::index::{Index, Indexes};
use super::refs::Refs;
use super::removal_ops as ops;
use super::{hold, record};
use crate::code::NoteCode;
use crate::live::{LiveEndpoint, LiveGroup, LiveLoadBalancer, LiveRecord, LiveService, LiveTargetGroup, LiveZone};
use crate::model::{Addr, Kind, PlaceKey, PrivateZoneRecord};

/// Everything that goes from one place.
#[derive(Default)]
pub(crate) struct Going<'a> {
    pub(crate) records: Vec<(Addr, &'a LiveZone, &'a LiveRecord)>,
    pub(crate) endpoints: Vec<(Addr, &'a LiveEndpoint)>,
    pub(crate) services: Vec<(Addr, &'a LiveService)>,
    pub(crate) balancers: Vec<(Addr, &'a LiveLoadBalancer)>,
    pub(crate) target_groups: Vec<(Addr, &'a LiveTargetGroup)>,
    pub(crate) groups: Vec<(Addr, &'a LiveGroup)>,
}

/// Adds the steps that remove what goes.
pub(crate) fn plan(draft: &mut Draft<'_>, indexes: &Indexes<'_>, refs: &mut Refs) {
    let mut zones_seen = BTreeSet::new();
    let mut going: Vec<(&Index<'_>, Going<'_>)> =
        indexes.all().map(|index| (index, collect(draft, index, refs, &mut zones_seen))).collect();
    hold::hold(draft, indexes, refs, &mut going);
    for (index, going) in &mut going {
        going.target_groups = target_groups(draft, index, &going.balancers);
    }
    if going.iter().all(|(_, going)| going.is_empty()) {
        return;
    }
    report(draft, refs, &going);
    for (index, going) in &going {
        ops::records(draft, refs, index, &going.records);
    }
    for (index, going) in &going {
        ops::endpoints(draft, refs, index, &going.endpoints);
    }
    let mut disconnects: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (_, live) in going.iter().flat_map(|(_, going)| &going.endpoints) {
        let steps = disconnects.entry(live.service_name.as_str()).or_default();
        steps.extend(refs.endpoint_deletes.get(&live.id));
    }
    for (index, going) in &going {
        ops::services(draft, refs, index, &going.services, &disconnects);
    }
    for (index, going) in &going {
        ops::balancers(draft, refs, index, &going.balancers);
        ops::target_groups(draft, refs, index, &going.target_groups);
        ops::groups(draft, refs, index, going);
    }
}

/// Adds a change for each address that goes, and a field where only the rest of a replacement goes.
fn report(draft: &mut Draft<'_>, refs: &Refs, going: &[(&Index<'_>, Going<'_>)]) {
    let mut at: BTreeMap<Addr, usize> = BTreeMap::new();
    at.extend(draft.changes.iter().enumerate().map(|(index, change)| (change.addr.clone(), index)));
    let mut seen: BTreeSet<(PlaceKey, Addr)> = BTreeSet::new();
    let reason = if draft.options.destroy { "destroy" } else { "not declared any more" };
    for (index, going) in going {
        for (addr, kind, id) in going.objects() {
            let renamed = kind == Kind::PrivateZoneRecord && refs.records.contains(addr);
            if (refs.superseded.contains(id) || renamed) && !draft.options.destroy {
                let Some(change) = at.get(addr).map(|index| &mut draft.changes[*index]) else { continue };
                if change.action != Action::Replace {
                    change.action = Action::Update;
                    change.fields.push(field(Path::Member(Set::Superseded, id.to_owned()), true, Value::Null));
                }
            } else if seen.insert((index.key.clone(), addr.clone())) {
                let (reasons, id) = (vec![reason.to_owned()], Some(id.to_owned()));
                draft.changes.push(Change { reasons, id, ..Change::of(addr, kind, &index.key, Action::Delete) });
            }
        }
    }
}

impl Going<'_> {
    fn is_empty(&self) -> bool {
        self.records.is_empty()
            && self.endpoints.is_empty()
            && self.services.is_empty()
            && self.balancers.is_empty()
            && self.target_groups.is_empty()
            && self.groups.is_empty()
    }

    /// Returns everything with its kind and id; target groups count as their load balancer.
    fn objects(&self) -> impl Iterator<Item = (&Addr, Kind, &str)> {
        let records = self.records.iter().map(|(addr, _, live)| (addr, Kind::PrivateZoneRecord, live.name.as_str()));
        let endpoints = self.endpoints.iter().map(|(addr, live)| (addr, Kind::Endpoint, live.id.as_str()));
        let services = self.services.iter().map(|(addr, live)| (addr, Kind::EndpointService, live.id.as_str()));
        let balancers = self.balancers.iter().map(|(addr, live)| (addr, Kind::LoadBalancer, live.arn.as_str()));
        let left_over = self.target_groups.iter().filter(|(_, live)| live.load_balancers.is_empty());
        let left_over = left_over.map(|(addr, live)| (addr, Kind::LoadBalancer, live.arn.as_str()));
        let groups = self.groups.iter().map(|(addr, live)| (addr, Kind::SecurityGroup, live.id.as_str()));
        records.chain(endpoints).chain(services).chain(balancers).chain(left_over).chain(groups)
    }
}

fn collect<'a>(
    draft: &mut Draft<'_>,
    index: &Index<'a>,
    refs: &Refs,
    zones_seen: &mut BTreeSet<(String, String)>,
) -> Going<'a> {
    let mut orphans = Orphans { draft, index, refs };
    Going {
        endpoints: orphans.of(&index.our_endpoints, |live| &live.id),
        services: orphans.of(&index.our_services, |live| &live.id),
        balancers: orphans.of(&index.our_balancers, |live| &live.arn),
        target_groups: Vec::new(),
        groups: orphans.of(&index.our_groups, |live| &live.id),
        records: orphans.records(zones_seen),
    }
}

/// Target groups follow their load balancer; those that none has any more go with their address.
fn target_groups<'a>(
    draft: &mut Draft<'_>,
    index: &Index<'a>,
    balancers: &[(Addr, &'a LiveLoadBalancer)],
) -> Vec<(Addr, &'a LiveTargetGroup)> {
    let arns: BTreeSet<&str> = balancers.iter().map(|(_, live)| live.arn.as_str()).collect();
    let mut found = Vec::new();
    for (addr, groups) in &index.our_target_groups {
        for group in groups {
            let of_going = group.load_balancers.iter().any(|arn| arns.contains(arn.as_str()));
            let left_over = group.load_balancers.is_empty() && Orphans::is_orphan(draft, index, addr);
            if of_going || (left_over && Orphans::goes(draft, addr)) {
                found.push((addr.clone(), *group));
            } else if left_over {
                let text = format!("{} carries our mark and is not declared; `--prune` deletes it", group.arn);
                draft.note(NoteCode::Orphan, Some(addr), text);
            }
        }
    }
    found
}

/// Decides which of our live objects go, and tells which are left over.
struct Orphans<'o, 'd, 'a> {
    draft: &'o mut Draft<'d>,
    index: &'o Index<'a>,
    refs: &'o Refs,
}

impl<'a> Orphans<'_, '_, 'a> {
    fn of<T>(&mut self, ours: &BTreeMap<Addr, Vec<&'a T>>, id: impl Fn(&'a T) -> &'a String) -> Vec<(Addr, &'a T)> {
        let mut going = Vec::new();
        for (addr, objects) in ours {
            for object in objects.iter().copied() {
                let superseded = self.refs.superseded.contains(id(object)) && !self.draft.options.destroy;
                if superseded || (Self::is_orphan(self.draft, self.index, addr) && self.takes(addr, id(object))) {
                    going.push((addr.clone(), object));
                }
            }
        }
        going
    }

    /// Returns true if an orphan goes in this run; else says that it is there.
    fn takes(&mut self, addr: &Addr, id: &str) -> bool {
        if Self::goes(self.draft, addr) {
            return true;
        }
        let text = format!("{id} carries our mark and is not declared; `--prune` deletes it");
        self.draft.note(NoteCode::Orphan, Some(addr), text);
        false
    }

    /// Returns true if what is at this address is not declared there, or everything goes.
    fn is_orphan(draft: &Draft<'_>, index: &Index<'_>, addr: &Addr) -> bool {
        let declared = draft.desired.resources.get(addr).is_some_and(|resource| resource.place.key() == index.key);
        draft.options.filter.includes(addr) && (draft.options.destroy || !declared)
    }

    fn goes(draft: &Draft<'_>, addr: &Addr) -> bool {
        (draft.options.destroy || draft.options.prune) && draft.options.filter.includes(addr)
    }

    /// A zone may be associated with VPCs of several places: each of its records counts once, and for the resource
    /// wherever that is. A record of a declared resource under another name is what a change of the name left.
    fn records(&mut self, seen: &mut BTreeSet<(String, String)>) -> Vec<(Addr, &'a LiveZone, &'a LiveRecord)> {
        let product = &self.draft.desired.product.clone();
        let mut going = Vec::new();
        for zone in &self.index.live.zones {
            for mark in zone.records.iter().filter(|record| record.record_type == "TXT") {
                let Some(addr) = mark.values.iter().find_map(|text| record::marked(text, product)) else { continue };
                let name = mark.name.strip_prefix("_xcloud.").unwrap_or(&mark.name);
                if !self.draft.options.filter.includes(&addr) || !seen.insert((zone.id.clone(), name.to_lowercase())) {
                    continue;
                }
                let declared = self.draft.desired.resources.get(&addr).map(|resource| &resource.spec);
                let goes = if let Some(spec) = declared.and_then(|spec| spec.of::<PrivateZoneRecord>()) {
                    self.refs.records.contains(&addr) && !spec.record.eq_ignore_ascii_case(name)
                } else {
                    !self.draft.options.destroy && self.takes(&addr, &format!("{}/{name}", zone.id))
                };
                if goes || self.draft.options.destroy {
                    going.push((addr, zone, mark));
                }
            }
        }
        going
    }
}
