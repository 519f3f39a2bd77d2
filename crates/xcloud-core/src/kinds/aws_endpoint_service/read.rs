//! From a node of the file to the kind.

use std::collections::BTreeSet;

use crate::code::ProblemCode;
use crate::config::flows::acceptance;
use crate::config::raw::{Fault, Node};
use crate::config::resources::{Header, Reading};
use crate::config::values::{check_selector, cidrs, net_set, selector};
use crate::model::{Addr, EndpointService, FoundLoadBalancer, Kind, LoadBalancerRef, Place, aws_partition};

pub(super) fn read(header: &Header<'_>, reading: &mut Reading<'_, '_>) -> Option<EndpointService> {
    let node = header.node;
    let load_balancers = load_balancers(header, reading);
    let principals = principals(header, reading);
    let found = node.get("expects").and_then(|expects| {
        let clients = net_set(&cidrs(expects.get("clients"), reading.problems));
        Some(FoundLoadBalancer { port: expects.text_of("port")?.parse().ok()?, clients })
    });
    if found.is_some() && !load_balancers.iter().any(|balancer| matches!(balancer, LoadBalancerRef::Found(_))) {
        let fault = Fault::new(
            ProblemCode::ExpectsNothing,
            "`expects` is about a found load balancer, and all of these are declared here",
        );
        reading.problems.error(node.key_at("expects"), fault);
    }
    Some(EndpointService {
        name: reading.name(header),
        load_balancers,
        acceptance: acceptance(node.text_of("acceptance")?)?,
        principals,
        found,
    })
}

/// A partition knows the accounts of no other (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>).
fn principals(header: &Header<'_>, reading: &mut Reading<'_, '_>) -> BTreeSet<String> {
    let region = header.place.key().region;
    let partition = aws_partition(&region);
    let mut principals = BTreeSet::new();
    for item in header.node.get("principals").map(Node::items).unwrap_or_default() {
        let Some(text) = item.text() else { continue };
        if let Some((written, rest)) = text.strip_prefix("arn:").and_then(|rest| rest.split_once(':'))
            && written != partition
        {
            let fault =
                Fault::new(ProblemCode::Principal, format!("{region} is of the partition {partition}, not {written}"))
                    .hint(format!("write arn:{partition}:{rest}"));
            reading.problems.error(item.at, fault);
        }
        if !principals.insert(text.to_owned()) {
            reading
                .problems
                .error(item.at, Fault::new(ProblemCode::DuplicatePrincipal, "this principal is listed twice"));
        }
    }
    principals
}

fn load_balancers(header: &Header<'_>, reading: &mut Reading<'_, '_>) -> Vec<LoadBalancerRef> {
    let mut found: Vec<LoadBalancerRef> = Vec::new();
    for node in header.node.get("load_balancers").map(Node::items).unwrap_or_default() {
        let reference = if node.is_map() {
            check_selector(Some(node), reading.problems);
            if let Some(arn) = node.get("arn") {
                arn_is_here(arn, header, reading);
            }
            selector(Some(node), &header.env).map(LoadBalancerRef::Found)
        } else {
            let addr = reading.refs.resolve(node, Kind::LoadBalancer, reading.problems);
            if let Some(addr) = addr.as_ref().filter(|addr| elsewhere(header, addr, reading)) {
                reading.problems.error(
                    node.at,
                    Fault::new(ProblemCode::OtherPlace, format!("{addr} is in another account or region")),
                );
            }
            addr.map(LoadBalancerRef::Declared)
        };
        let Some(reference) = reference else { continue };
        if found.contains(&reference) {
            reading
                .problems
                .error(node.at, Fault::new(ProblemCode::DuplicateLoadBalancer, "this load balancer is listed twice"));
        } else {
            found.push(reference);
        }
    }
    found.sort();
    found
}

fn elsewhere(header: &Header<'_>, addr: &Addr, reading: &Reading<'_, '_>) -> bool {
    reading.refs.place(addr).is_some_and(|place| place.key() != header.place.key())
}

fn arn_is_here(arn: &Node, header: &Header<'_>, reading: &mut Reading<'_, '_>) {
    let parts: Vec<&str> = arn.text().unwrap_or_default().split(':').collect();
    let Place::Aws { account, region, .. } = &header.place else { return };
    if parts.len() > 5 && (parts[3] != region || parts[4] != account) {
        let fault =
            Fault::new(ProblemCode::ArnElsewhere, format!("this load balancer is not in account {account}, {region}"));
        reading.problems.error(arn.at, fault);
    }
}
