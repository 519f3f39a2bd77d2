//! What goes: superseded objects, and what is ours but not declared, in the reverse order of its making.

use std::collections::{BTreeMap, BTreeSet};

use super::super::draft::Draft;
use super::super::{Action, NoteLevel};
use super::index::{Index, Indexes};
use super::record;
use super::refs::Refs;
use super::removal_ops as ops;
use crate::live::{LiveEndpoint, LiveGroup, LiveLoadBalancer, LiveRecord, LiveService, LiveTargetGroup, LiveZone};
use crate::model::{Addr, Cloud, Kind};

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
    let going: Vec<(&Index<'_>, Going<'_>)> = indexes.all().map(|index| (index, collect(draft, index, refs))).collect();
    if going.iter().all(|(_, going)| going.is_empty()) {
        return;
    }
    if let Some(place) = silent_azure(draft) {
        let text =
            format!("nothing is deleted in AWS while {place} does not answer: its rules may still name the addresses");
        draft.note(NoteLevel::Warning, "waits-for-place", None, text);
        return;
    }
    for (index, going) in &going {
        ops::records(draft, refs, index, &going.records);
    }
    for (index, going) in &going {
        ops::endpoints(draft, refs, index, &going.endpoints);
    }
    let gone_endpoints: BTreeMap<&str, &LiveEndpoint> = going
        .iter()
        .flat_map(|(_, going)| &going.endpoints)
        .map(|(_, endpoint)| (endpoint.id.as_str(), *endpoint))
        .collect();
    for (index, going) in &going {
        ops::services(draft, refs, index, &going.services, &gone_endpoints);
    }
    for (index, going) in &going {
        ops::balancers(draft, refs, index, &going.balancers);
        ops::target_groups(draft, refs, index, &going.target_groups);
        ops::groups(draft, refs, index, going);
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
}

/// Returns an Azure place that holds resources of this product and does not answer.
fn silent_azure(draft: &Draft<'_>) -> Option<String> {
    let places = draft.desired.resources.values().map(|resource| resource.place.key());
    let silent = places.filter(|place| place.cloud == Cloud::Azure).find(|place| draft.observed.azure(place).is_none());
    silent.map(|place| place.to_string())
}

fn collect<'a>(draft: &mut Draft<'_>, index: &Index<'a>, refs: &Refs) -> Going<'a> {
    let mut going = Going::default();
    let mut orphans = Orphans { draft, index, refs, seen: BTreeSet::new() };
    going.endpoints = orphans.of(&index.our_endpoints, Kind::Endpoint, |live| &live.id);
    going.services = orphans.of(&index.our_services, Kind::EndpointService, |live| &live.id);
    going.balancers = orphans.of(&index.our_balancers, Kind::LoadBalancer, |live| &live.arn);
    going.target_groups = target_groups(&mut orphans, &going.balancers);
    going.groups = orphans.of(&index.our_groups, Kind::SecurityGroup, |live| &live.id);
    going.records = orphans.records();
    going
}

/// Target groups follow their load balancer; those of a superseded one go with it.
fn target_groups<'a>(
    orphans: &mut Orphans<'_, '_, 'a>,
    balancers: &[(Addr, &'a LiveLoadBalancer)],
) -> Vec<(Addr, &'a LiveTargetGroup)> {
    let arns: BTreeSet<&str> = balancers.iter().map(|(_, live)| live.arn.as_str()).collect();
    let mut found = Vec::new();
    for (addr, groups) in &orphans.index.our_target_groups {
        let declared = orphans.draft.desired.resources.contains_key(addr) && !orphans.draft.options.destroy;
        for group in groups {
            let of_going = group.load_balancers.iter().any(|arn| arns.contains(arn.as_str()));
            let left_over = !declared && group.load_balancers.is_empty() && orphans.goes(addr);
            if of_going || left_over {
                found.push((addr.clone(), *group));
            }
        }
    }
    found
}

/// Decides which of our live objects go, and says so once for each address.
struct Orphans<'o, 'd, 'a> {
    draft: &'o mut Draft<'d>,
    index: &'o Index<'a>,
    refs: &'o Refs,
    seen: BTreeSet<Addr>,
}

impl<'a> Orphans<'_, '_, 'a> {
    fn of<T>(
        &mut self,
        ours: &BTreeMap<Addr, Vec<&'a T>>,
        kind: Kind,
        id: impl Fn(&'a T) -> &'a String,
    ) -> Vec<(Addr, &'a T)> {
        let mut going = Vec::new();
        for (addr, objects) in ours {
            for object in objects.iter().copied() {
                let superseded = self.refs.superseded.contains(id(object)) && !self.draft.options.destroy;
                if superseded || self.takes(addr, kind, id(object)) {
                    going.push((addr.clone(), object));
                }
            }
        }
        going
    }

    /// Returns true if the object at this address goes because it is not declared, or because everything goes.
    fn takes(&mut self, addr: &Addr, kind: Kind, id: &str) -> bool {
        if self.is_declared_here(addr) && !self.draft.options.destroy {
            return false;
        }
        if !self.draft.options.filter.includes(addr) {
            return false;
        }
        if self.goes(addr) {
            if self.seen.insert(addr.clone()) {
                let reason = if self.draft.options.destroy { "destroy" } else { "not declared any more" };
                let place = self.index.key.clone();
                let reasons = vec![reason.to_owned()];
                self.draft.change_at(addr, kind, &place, Action::Delete, Vec::new(), Some(id.to_owned()), reasons);
            }
            return true;
        }
        let text = format!("{id} carries our mark and is not declared; `--prune` deletes it");
        self.draft.note(NoteLevel::Warning, "orphan", Some(addr), text);
        false
    }

    fn goes(&self, addr: &Addr) -> bool {
        let wanted = self.draft.options.destroy || self.draft.options.prune;
        wanted && self.draft.options.filter.includes(addr)
    }

    fn is_declared_here(&self, addr: &Addr) -> bool {
        self.draft.desired.resources.get(addr).is_some_and(|resource| resource.place.key() == self.index.key)
    }

    fn records(&mut self) -> Vec<(Addr, &'a LiveZone, &'a LiveRecord)> {
        let product = self.draft.desired.product.clone();
        let mut going = Vec::new();
        for zone in &self.index.live.zones {
            for mark in zone.records.iter().filter(|record| record.record_type == "TXT") {
                let Some(addr) = mark.values.iter().find_map(|text| record::marked(text, &product)) else { continue };
                let id = format!("{}/{}", zone.id, mark.name.trim_start_matches("_xcloud."));
                if self.takes(&addr, Kind::PrivateZoneRecord, &id) {
                    going.push((addr, zone, mark));
                }
            }
        }
        going
    }
}
