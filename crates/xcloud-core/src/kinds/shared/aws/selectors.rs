//! Objects that are found, never made: exactly one must match.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use super::index::Index;
use crate::code::ProblemCode;
use crate::live::{LiveSubnet, LiveVpc};
use crate::model::{Addr, Selector, SubnetSelector};
use crate::op::SubnetPin;
use crate::plan::draft::Draft;

/// AWS keeps the first four addresses and the last one of every subnet (VPC user guide, subnet sizing).
const RESERVED_AT_START: u32 = 4;

/// Returns the VPC, or adds a problem.
pub(crate) fn vpc<'a>(
    draft: &mut Draft<'_>,
    index: &Index<'a>,
    addr: &Addr,
    selector: &Selector,
) -> Option<&'a LiveVpc> {
    let matches: Vec<&LiveVpc> = match selector {
        Selector::Id(id) => index.vpcs.get(id.as_str()).copied().into_iter().collect(),
        Selector::Tag(tags) => index.vpcs_tagged(tags),
    };
    match matches.as_slice() {
        [vpc] => Some(vpc),
        [] => {
            let text = format!("no VPC in {} matches {}", index.key, show(selector));
            draft.problem(addr, ProblemCode::VpcNotFound, text, "create it, or correct the selector");
            None
        }
        several => {
            let ids: Vec<&str> = several.iter().map(|vpc| vpc.id.as_str()).collect();
            let text = format!("{} VPCs in {} match {}: {}", ids.len(), index.key, show(selector), ids.join(", "));
            draft.problem(addr, ProblemCode::VpcAmbiguous, text, "make the selector match exactly one");
            None
        }
    }
}

/// Returns the subnets, one for each availability-zone id, in the order of ids; or adds a problem.
pub(crate) fn subnets<'a>(
    draft: &mut Draft<'_>,
    index: &Index<'a>,
    addr: &Addr,
    selector: &SubnetSelector,
    vpc: Option<&str>,
) -> Option<Vec<&'a LiveSubnet>> {
    let chosen: Vec<&LiveSubnet> = match selector {
        SubnetSelector::Ids(ids) => {
            let missing: Vec<&str> =
                ids.iter().map(String::as_str).filter(|id| !index.subnets.contains_key(id)).collect();
            if !missing.is_empty() {
                let text = format!("{} does not have the subnets {}", index.key, missing.join(", "));
                draft.problem(addr, ProblemCode::SubnetNotFound, text, "correct the ids");
                return None;
            }
            ids.iter().filter_map(|id| index.subnets.get(id.as_str()).copied()).collect()
        }
        SubnetSelector::Tag(tags) => index.subnets_tagged(vpc, tags),
    };
    check_subnets(draft, index, addr, selector, vpc, &chosen).then_some(chosen)
}

fn check_subnets(
    draft: &mut Draft<'_>,
    index: &Index<'_>,
    addr: &Addr,
    selector: &SubnetSelector,
    vpc: Option<&str>,
    chosen: &[&LiveSubnet],
) -> bool {
    let Some(first) = chosen.first() else {
        let text = format!("no subnet in {} matches {selector:?}", index.key);
        draft.problem(addr, ProblemCode::SubnetNotFound, text, "tag one subnet for each availability zone");
        return false;
    };
    let home = vpc.unwrap_or(&first.vpc);
    if let Some(stranger) = chosen.iter().find(|subnet| subnet.vpc != home) {
        let text = format!("{} is in {}, not in {home}", stranger.id, stranger.vpc);
        draft.problem(addr, ProblemCode::SubnetInOtherVpc, text, "choose subnets of one VPC");
        return false;
    }
    let mut zones: BTreeMap<&str, &str> = BTreeMap::new();
    for subnet in chosen {
        if let Some(other) = zones.insert(&subnet.az_id, &subnet.id) {
            let text = format!("{other} and {} are both in {}", subnet.id, subnet.az_id);
            draft.problem(addr, ProblemCode::TwoSubnetsInZone, text, "choose one subnet for each availability zone");
            return false;
        }
    }
    true
}

/// Returns the subnets with the pinned address in each, or adds a problem.
pub(crate) fn pins(
    draft: &mut Draft<'_>,
    addr: &Addr,
    subnets: &[&LiveSubnet],
    ips: &[Ipv4Addr],
    key: &str,
) -> Option<Vec<SubnetPin>> {
    let mut pinned: BTreeMap<&str, Ipv4Addr> = BTreeMap::new();
    let mut good = true;
    for ip in ips {
        let Some(subnet) = subnets.iter().find(|subnet| subnet.cidr.contains(ip)) else {
            let nets: Vec<String> = subnets.iter().map(|subnet| subnet.cidr.to_string()).collect();
            let text = format!("{key} {ip} is in none of the subnets {}", nets.join(", "));
            draft.problem(addr, ProblemCode::PinOutsideSubnets, text, "pin one address of each subnet");
            good = false;
            continue;
        };
        if is_reserved(subnet.cidr, *ip) {
            let text = format!("{key} {ip} is one of the addresses that AWS keeps in {}", subnet.cidr);
            draft.problem(addr, ProblemCode::PinReserved, text, "the first four addresses and the last one are taken");
            good = false;
        }
        if let Some(other) = pinned.insert(&subnet.id, *ip) {
            let text = format!("{key} {other} and {ip} are both in {} ({})", subnet.id, subnet.cidr);
            draft.problem(addr, ProblemCode::TwoPinsInSubnet, text, "pin one address of each subnet");
            good = false;
        }
    }
    let bare: Vec<&str> =
        subnets.iter().map(|subnet| subnet.id.as_str()).filter(|id| !pinned.contains_key(id)).collect();
    if good && !ips.is_empty() && !bare.is_empty() {
        let text = format!("{key} has no address for {}", bare.join(", "));
        draft.problem(addr, ProblemCode::PinMissing, text, "pin one address of each subnet, or none at all");
        good = false;
    }
    good.then(|| {
        subnets
            .iter()
            .map(|subnet| SubnetPin { subnet: subnet.id.clone(), ip: pinned.get(subnet.id.as_str()).copied() })
            .collect()
    })
}

fn is_reserved(subnet: Ipv4Net, ip: Ipv4Addr) -> bool {
    let offset = u32::from(ip) - u32::from(subnet.network());
    offset < RESERVED_AT_START || ip == subnet.broadcast()
}

/// Returns a selector for people.
pub(crate) fn show(selector: &Selector) -> String {
    match selector {
        Selector::Id(id) => id.clone(),
        Selector::Tag(tags) => {
            let pairs: Vec<String> = tags.iter().map(|(key, value)| format!("{key}={value}")).collect();
            format!("the tags {}", pairs.join(", "))
        }
    }
}
