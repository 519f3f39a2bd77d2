//! What would go but is still used by what stays: AWS would refuse, or a path would be cut, so it stays too.

use std::collections::{BTreeMap, BTreeSet};

use super::super::draft::Draft;
use super::addresses;
use super::endpoint::is_dead;
use super::endpoint_service::is_live;
use super::index::{Index, Indexes};
use super::refs::Refs;
use super::removal::Going;
use crate::code::NoteCode;
use crate::live::{LiveEndpoint, LiveService};
use crate::model::{Addr, Endpoint, ServiceRef};

/// Takes out of `going` what must stay, from the far end of every path to its beginning.
pub(crate) fn hold(draft: &mut Draft<'_>, indexes: &Indexes<'_>, refs: &Refs, going: &mut [(&Index<'_>, Going<'_>)]) {
    hold_endpoints(draft, indexes, refs, going);
    hold_services(draft, indexes, refs, going);
    for (index, going) in going.iter_mut() {
        hold_balancers(draft, index, refs, going);
        hold_groups(draft, index, refs, going);
    }
}

fn stays(draft: &mut Draft<'_>, addr: &Addr, id: &str, why: &str) {
    let text = format!("{id} is not deleted: {why}");
    draft.note_on(NoteCode::StillUsed, addr, format!("superseded[{id}]"), text);
}

fn silent_text(silent: &str) -> String {
    format!("{silent} does not answer, and its rules may still name the addresses")
}

/// An endpoint stays while a record that stays points at it, and while its addresses may be named.
fn hold_endpoints(draft: &mut Draft<'_>, indexes: &Indexes<'_>, refs: &Refs, going: &mut [(&Index<'_>, Going<'_>)]) {
    if going.iter().all(|(_, going)| going.endpoints.is_empty()) {
        return;
    }
    let leaving: BTreeSet<(String, String)> = going
        .iter()
        .flat_map(|(_, going)| &going.records)
        .map(|(_, zone, mark)| (zone.id.clone(), mark.name.trim_start_matches("_xcloud.").to_lowercase()))
        .collect();
    let mut pointing: BTreeMap<String, &str> = BTreeMap::new();
    for zone in indexes.all().flat_map(|index| &index.live.zones) {
        for record in &zone.records {
            let key = (zone.id.clone(), record.name.to_lowercase());
            if let (Some((dns, _)), false) =
                (&record.alias, leaving.contains(&key) || refs.moved_records.contains(&key))
            {
                pointing.insert(dns.to_lowercase(), &record.name);
            }
        }
    }
    for (_, going) in going.iter_mut() {
        going.endpoints.retain(|(addr, live)| {
            let why = match (
                refs.silent.as_deref(),
                live.dns.as_ref().and_then(|(dns, _)| pointing.get(&dns.to_lowercase())),
            ) {
                _ if refs.endpoint_deletes.contains_key(&live.id) => None,
                (Some(silent), _) if !live.interfaces.is_empty() => Some(silent_text(silent)),
                (_, Some(record)) => Some(format!("the record {record} points at it")),
                _ => None,
            };
            if let Some(why) = &why {
                stays(draft, addr, &live.id, why);
            }
            why.is_none()
        });
    }
}

/// A service stays while an endpoint of ours that stays connects to it, or one may that cannot be seen.
fn hold_services(draft: &mut Draft<'_>, indexes: &Indexes<'_>, refs: &Refs, going: &mut [(&Index<'_>, Going<'_>)]) {
    if going.iter().all(|(_, going)| going.services.is_empty()) {
        return;
    }
    let leaving: BTreeSet<&str> =
        going.iter().flat_map(|(_, going)| &going.endpoints).map(|(_, live)| live.id.as_str()).collect();
    let ours = indexes.all().flat_map(|index| index.our_endpoints.values().flatten().copied());
    let staying = ours.filter(|live: &&LiveEndpoint| !leaving.contains(live.id.as_str()) && !is_dead(&live.state));
    let users: BTreeMap<&str, &str> = staying.map(|live| (live.service_name.as_str(), live.id.as_str())).collect();
    let mut unseen: BTreeMap<Addr, Addr> = BTreeMap::new();
    for resource in draft.desired.resources.values() {
        let (Some(endpoint), None) = (resource.spec.of::<Endpoint>(), indexes.get(&resource.place)) else { continue };
        if let ServiceRef::Declared(service) = &endpoint.service {
            unseen.insert(service.clone(), resource.addr.clone());
        }
    }
    for (_, going) in going.iter_mut() {
        going.services.retain(|(addr, live)| {
            let why = match (users.get(live.service_name.as_str()), unseen.get(addr)) {
                (Some(user), _) => Some(format!("{user} connects to it and stays")),
                (None, Some(user)) => Some(format!("{user} may connect to it, and its region does not answer")),
                (None, None) => silent_consumer(refs, live).map(|owner| {
                    format!("account {owner} connects to it, and a region of that account does not answer")
                }),
            };
            if let Some(why) = &why {
                stays(draft, addr, &live.id, why);
            }
            why.is_none()
        });
    }
}

fn silent_consumer<'l>(refs: &Refs, live: &'l LiveService) -> Option<&'l str> {
    let connections = live.connections.iter().flatten().filter(|one| is_live(&one.state));
    connections.map(|one| one.owner.as_str()).find(|owner| refs.silent_accounts.contains(*owner))
}

/// A load balancer stays while a service that stays has it, and while its addresses may be named.
fn hold_balancers(draft: &mut Draft<'_>, index: &Index<'_>, refs: &Refs, going: &mut Going<'_>) {
    let leaving: BTreeSet<&str> = going.services.iter().map(|(_, live)| live.id.as_str()).collect();
    going.balancers.retain(|(addr, live)| {
        let services = index.services_of_balancer.get(live.arn.as_str()).into_iter().flatten();
        let holder = services
            .filter(|_| !refs.detached.contains_key(&live.arn))
            .find(|service| !leaving.contains(service.id.as_str()));
        let why = match (refs.silent.as_deref(), holder) {
            (Some(silent), _) if !addresses::of_balancer(live).is_empty() => Some(silent_text(silent)),
            (_, Some(service)) => Some(format!("{} has it and stays", service.id)),
            _ => None,
        };
        if let Some(why) = &why {
            stays(draft, addr, &live.arn, why);
        }
        why.is_none()
    });
}

/// A group stays while an endpoint, a load balancer or a rule that stays uses it.
fn hold_groups(draft: &mut Draft<'_>, index: &Index<'_>, refs: &Refs, going: &mut Going<'_>) {
    if going.groups.is_empty() {
        return;
    }
    let endpoints: BTreeSet<&str> = going.endpoints.iter().map(|(_, live)| live.id.as_str()).collect();
    let balancers: BTreeSet<&str> = going.balancers.iter().map(|(_, live)| live.arn.as_str()).collect();
    let mut users: BTreeMap<&str, &str> = BTreeMap::new();
    let of_endpoints = index.live.endpoints.iter().map(|live| (live.id.as_str(), &live.groups));
    let of_balancers = index.live.load_balancers.iter().map(|live| (live.arn.as_str(), &live.groups));
    let gone = |id: &str| endpoints.contains(id) || balancers.contains(id) || refs.endpoint_deletes.contains_key(id);
    let leaving: BTreeSet<&str> = index.leaving_endpoints.values().flatten().map(|live| live.id.as_str()).collect();
    for (id, groups) in of_endpoints.chain(of_balancers).filter(|(id, _)| !gone(id) && !leaving.contains(id)) {
        for group in groups.iter().filter(|group| !refs.left.contains(&((*group).clone(), id.to_owned()))) {
            users.insert(group, id);
        }
    }
    loop {
        let ids: BTreeSet<&str> = going.groups.iter().map(|(_, live)| live.id.as_str()).collect();
        let mut held = users.clone();
        for group in index.live.groups.iter().filter(|group| !ids.contains(group.id.as_str())) {
            let rules = group.rules.iter().filter(|rule| !refs.revoked.contains(&rule.id));
            held.extend(rules.filter_map(|rule| Some((rule.group.as_deref()?, group.id.as_str()))));
        }
        let before = going.groups.len();
        going.groups.retain(|(addr, live)| {
            let holder = held.get(live.id.as_str());
            if let Some(holder) = holder {
                stays(draft, addr, &live.id, &format!("{holder} uses it and stays"));
            }
            holder.is_none()
        });
        if going.groups.len() == before {
            return;
        }
    }
}
