//! `aws/endpoint-service` and `aws/endpoint`: the two ends of `PrivateLink`.

use std::collections::BTreeSet;

use crate::code::ProblemCode;
use crate::config::flows::acceptance;
use crate::config::lower::{check_selector, cidrs, net_set, pin_list, pins, selector, subnets};
use crate::config::raw::{Fault, Node};
use crate::model::{Addr, Endpoint, EndpointService, FoundLoadBalancer, Kind, LoadBalancerRef, Place, ServiceRef};

use super::Header;
use super::load_balancer::pins_fit;
use super::reading::Reading;

pub(super) fn read_service(header: &Header<'_>, reading: &mut Reading<'_, '_>) -> Option<EndpointService> {
    let node = header.node;
    let load_balancers = load_balancers(header, reading);
    let principals = principals(node, reading);
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

fn principals(node: &Node, reading: &mut Reading<'_, '_>) -> BTreeSet<String> {
    let mut principals = BTreeSet::new();
    for item in node.get("principals").map(Node::items).unwrap_or_default() {
        let Some(text) = item.text() else { continue };
        if !principals.insert(text.to_owned()) {
            reading
                .problems
                .error(item.at, Fault::new(ProblemCode::DuplicatePrincipal, "this principal stands in the list twice"));
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
            reading.problems.error(
                node.at,
                Fault::new(ProblemCode::DuplicateLoadBalancer, "this load balancer stands in the list twice"),
            );
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

pub(super) fn read(header: &Header<'_>, reading: &mut Reading<'_, '_>) -> Option<Endpoint> {
    let node = header.node;
    check_selector(node.get("vpc"), reading.problems);
    check_selector(node.get("subnets"), reading.problems);
    let endpoint_ips = pins(node.get("endpoint_ips"), reading.problems);
    let found = subnets(node.get("subnets"), &header.env);
    pins_fit(node, "endpoint_ips", endpoint_ips.len(), found.as_ref(), reading.problems);
    let service = node.get("service").and_then(|service| service_ref(service, header, reading));
    let security_groups = reading.groups(header);
    Some(Endpoint {
        name: reading.name(header),
        vpc: selector(node.get("vpc"), &header.env)?,
        subnets: found?,
        endpoint_ips: pin_list(&endpoint_ips),
        service: service?,
        security_groups,
        private_dns: node.text_of("private_dns").is_some_and(|word| word.eq_ignore_ascii_case("true")),
    })
}

/// A text with dots and without slashes is a full service name; anything else refers to a service in the file.
fn service_ref(node: &Node, header: &Header<'_>, reading: &mut Reading<'_, '_>) -> Option<ServiceRef> {
    let text = node.text()?;
    let Place::Aws { region, .. } = &header.place else { return None };
    if text.contains('.') && !text.contains('/') {
        let foreign = text.strip_prefix("com.amazonaws.vpce.").and_then(|rest| rest.split('.').next());
        if let Some(foreign) = foreign.filter(|foreign| foreign != region) {
            let fault = Fault::new(
                ProblemCode::ServiceElsewhere,
                format!("the service is in {foreign}, the endpoint in {region}"),
            )
            .hint("an endpoint connects to services of its own region");
            reading.problems.error(node.at, fault);
        }
        return Some(ServiceRef::Name(text.to_owned()));
    }
    let addr = reading.refs.resolve(node, Kind::EndpointService, reading.problems)?;
    let home = reading.refs.place(&addr).map(|place| place.key().region);
    if home.as_ref().is_some_and(|home| home != region) {
        let fault = Fault::new(
            ProblemCode::ServiceElsewhere,
            format!("{addr} is in another region than the endpoint, {region}"),
        )
        .hint("an endpoint connects to services of its own region");
        reading.problems.error(node.at, fault);
    }
    Some(ServiceRef::Declared(addr))
}
