//! From a node of the file to the kind.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use crate::code::ProblemCode;
use crate::config::grammar::outside_target;
use crate::config::raw::{At, Fault, Node, Problems};
use crate::config::resources::{Header, Reading};
use crate::config::values::{Located, check_selector, health, pin_list, pins, selector, subnets};
use crate::kinds::shared::pins_fit;
use crate::model::{Listener, LoadBalancer, PrivateLinkIngress, SubnetSelector, Target};

/// NLB: at most 50 listeners (ELBv2 quota `listeners-per-network-load-balancer`).
const MAX_LISTENERS: usize = 50;

pub(super) fn read(header: &Header<'_>, reading: &mut Reading<'_, '_>) -> Option<LoadBalancer> {
    let node = header.node;
    check_selector(node.get("vpc"), reading.problems);
    check_selector(node.get("subnets"), reading.problems);
    let service_ips = pins(node.get("service_ips"), reading.problems);
    let found = subnets(node.get("subnets"), &header.env);
    pins_fit(node, "service_ips", service_ips.len(), found.as_ref(), reading.problems);
    if matches!(found, Some(SubnetSelector::Tag(_))) && node.get("vpc").is_none() {
        let fault = Fault::new(ProblemCode::MissingKey, "`vpc` is missing: subnets are chosen by tag")
            .hint("in which VPC? {id: vpc-...} or {tag: {key: value}}");
        reading.problems.error(node.key_at("subnets"), fault);
    }
    Some(LoadBalancer {
        name: reading.name(header),
        vpc: selector(node.get("vpc"), &header.env),
        subnets: found?,
        service_ips: pin_list(&service_ips),
        security_groups: reading.groups(header),
        private_link_ingress_rules: match node.text_of("private_link_ingress_rules") {
            Some("enforced") => Some(PrivateLinkIngress::Enforced),
            Some("off") => Some(PrivateLinkIngress::Off),
            _ => None,
        },
        listeners: listeners(node, own_range(&service_ips), reading.problems),
    })
}

/// A pinned address that is not private shows that the VPC has such a range of its own; targets may then be in it.
fn own_range(service_ips: &[Located<Ipv4Addr>]) -> bool {
    service_ips.iter().any(|pin| outside_target(pin.value).is_err())
}

fn listeners(node: &Node, own_range: bool, problems: &mut Problems<'_>) -> Vec<Listener> {
    let mut listeners: Vec<Listener> = Vec::new();
    let mut ports: BTreeMap<u16, At> = BTreeMap::new();
    for item in node.get("listeners").map(Node::items).unwrap_or_default() {
        let health = health(item.get("health"), problems);
        let written = targets(item, own_range, problems);
        let Some((port, at)) = item.get("port").and_then(|port| Some((port.text()?.parse().ok()?, port.at))) else {
            continue;
        };
        if let Some(first) = ports.insert(port, at) {
            let fault = Fault::new(
                ProblemCode::PortTaken,
                format!("port {port} has a listener already, in line {}", first.line),
            );
            problems.error(at, fault);
            continue;
        }
        let own = item.text_of("target_port").and_then(|port| port.parse().ok());
        let Some(target_port) = own.or_else(|| written.first().map(|target| target.port)) else { continue };
        let targets: Vec<Target> = written.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
        listeners.push(Listener { port, targets, target_port, health });
    }
    if listeners.len() > MAX_LISTENERS {
        let fault = Fault::new(
            ProblemCode::TooManyListeners,
            format!("{} listeners; AWS takes {MAX_LISTENERS}", listeners.len()),
        );
        problems.error(node.key_at("listeners"), fault);
    }
    listeners.sort_by_key(|listener| listener.port);
    listeners
}

fn targets(listener: &Node, own_range: bool, problems: &mut Problems<'_>) -> Vec<Target> {
    let mut targets: Vec<Target> = Vec::new();
    for item in listener.get("targets").map(Node::items).unwrap_or_default() {
        let target =
            || Some(Target { ip: item.text_of("ip")?.parse().ok()?, port: item.text_of("port")?.parse().ok()? });
        let Some(target) = target() else { continue };
        if let (Err(fault), false, Some(ip)) = (outside_target(target.ip), own_range, item.get("ip")) {
            problems.error(ip.at, fault);
        }
        if targets.contains(&target) {
            let fault =
                Fault::new(ProblemCode::DuplicateTarget, format!("{}:{} is listed twice", target.ip, target.port));
            problems.error(item.at, fault);
        } else {
            targets.push(target);
        }
    }
    targets
}
