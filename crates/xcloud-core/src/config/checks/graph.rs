//! What refers to what: groups in a circle, groups of another VPC, endpoints that their service does not admit.

use std::collections::{BTreeMap, BTreeSet};

use crate::code::ProblemCode;
use crate::config::names;
use crate::config::parsed_resource::Draft;
use crate::config::raw::{Fault, Problems};
use crate::model::{Addr, GroupRef, PlaceKey, Selector, ServiceRef};

pub(super) fn check(drafts: &[&Draft], problems: &mut Problems<'_>) {
    let by_addr: BTreeMap<&Addr, &Draft> = drafts.iter().map(|draft| (&draft.resource.addr, *draft)).collect();
    group_circles(&by_addr, problems);
    for draft in drafts {
        groups_of_one_vpc(draft, &by_addr, problems);
        admitted(draft, &by_addr, problems);
    }
}

/// Two groups that name each other cannot be made, replaced or deleted one after the other.
fn group_circles(by_addr: &BTreeMap<&Addr, &Draft>, problems: &mut Problems<'_>) {
    let mut waits: BTreeMap<&Addr, Vec<&Addr>> = by_addr
        .iter()
        .map(|(addr, draft)| (*addr, draft.resource.spec.declared().names_of_its_kind(addr)))
        .filter(|(_, named)| !named.is_empty())
        .collect();
    loop {
        let free: BTreeSet<&Addr> = waits
            .iter()
            .filter(|(_, named)| !named.iter().any(|addr| waits.contains_key(addr)))
            .map(|(addr, _)| *addr)
            .collect();
        if free.is_empty() {
            break;
        }
        waits.retain(|addr, _| !free.contains(addr));
    }
    let mut rest = waits.clone();
    while let Some((start, _)) = rest.first_key_value() {
        let circle = circle_from(start, &waits);
        let Some(first) = circle.first() else { break };
        let path: Vec<&str> = circle.iter().chain([first]).map(|addr| addr.as_str()).collect();
        let fault =
            Fault::new(ProblemCode::GroupCircle, format!("groups name each other in a circle: {}", path.join(" -> ")))
                .hint("name one of them by its clients' ranges");
        if let Some(draft) = by_addr.get(first) {
            problems.error(draft.at, fault);
        }
        rest.retain(|addr, _| !circle.contains(addr) && !leads_to(addr, &circle, &waits));
    }
}

/// Follows the first edge that stays inside until an address comes again.
fn circle_from<'a>(start: &'a Addr, waits: &BTreeMap<&'a Addr, Vec<&'a Addr>>) -> Vec<&'a Addr> {
    let mut path: Vec<&'a Addr> = vec![start];
    while let Some(next) = path.last().and_then(|last| waits.get(last)?.iter().find(|addr| waits.contains_key(*addr))) {
        if let Some(begin) = path.iter().position(|addr| addr == next) {
            return path.split_off(begin);
        }
        path.push(next);
    }
    Vec::new()
}

fn leads_to(addr: &Addr, circle: &[&Addr], waits: &BTreeMap<&Addr, Vec<&Addr>>) -> bool {
    waits.get(addr).is_some_and(|named| named.iter().any(|addr| circle.contains(addr)))
}

/// EC2: the groups of an interface are of its own VPC.
fn groups_of_one_vpc(draft: &Draft, by_addr: &BTreeMap<&Addr, &Draft>, problems: &mut Problems<'_>) {
    let Some((vpc, groups)) = draft.resource.spec.declared().interfaces() else { return };
    let mut expected = vpc;
    for group in groups {
        let GroupRef::Declared(addr) = group else { continue };
        let Some(declared) = by_addr.get(addr).and_then(|draft| draft.resource.spec.declared().role().group()) else {
            continue;
        };
        match expected {
            Some(Selector::Id(vpc)) if matches!(&declared.vpc, Selector::Id(other) if other != vpc) => {
                let fault = Fault::new(ProblemCode::OtherVpc, format!("{addr} is a group of another VPC than {vpc}"))
                    .hint("the groups of an interface are of its own VPC");
                problems.error(draft.at, fault);
            }
            None => expected = Some(&declared.vpc),
            _ => {}
        }
    }
}

/// An endpoint whose account is not among its service's principals is refused by AWS.
fn admitted(draft: &Draft, by_addr: &BTreeMap<&Addr, &Draft>, problems: &mut Problems<'_>) {
    let Some(endpoint) = draft.resource.spec.declared().role().endpoint() else { return };
    let ServiceRef::Declared(addr) = &endpoint.service else { return };
    let Some(service) = by_addr.get(addr).and_then(|draft| draft.resource.spec.declared().role().service()) else {
        return;
    };
    let PlaceKey { account, region, .. } = draft.resource.place.key();
    if !service.principals.iter().any(|principal| principal.split(':').nth(4) == Some(account.as_str())) {
        let fault = Fault::new(ProblemCode::PrincipalMissing, format!("{addr} does not admit account {account}"))
            .hint(format!("add {} to its principals", names::root(&account, &region)));
        problems.error(draft.at, fault);
    }
}
