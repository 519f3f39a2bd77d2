//! What must be the same for a resource in both regions. Addresses, pins, CIDRs, VPCs and subnets may differ.

use std::collections::BTreeSet;

use super::Light;
use crate::model::{
    Endpoint, EndpointService, LoadBalancer, LoadBalancerRef, PrivateZoneRecord, Resource, Rule, SecurityGroup,
    ServiceRef, Spec,
};

/// One property that both regions share.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Property {
    pub(super) name: &'static str,
    /// Its value, in which the region is written as `<region>`.
    pub(super) value: String,
    /// What a difference comes to: red where some traffic would find nothing in the other region.
    pub(super) light: Light,
}

/// Returns the properties of a resource, always the same names for the same kind.
pub(super) fn properties(resource: &Resource) -> Vec<Property> {
    let properties = match &resource.spec {
        Spec::SecurityGroup(spec) => of_group(spec),
        Spec::LoadBalancer(spec) => of_balancer(spec),
        Spec::EndpointService(spec) => of_service(spec),
        Spec::Endpoint(spec) => of_endpoint(spec),
        Spec::PrivateZoneRecord(spec) => of_record(spec),
        _ => Vec::new(),
    };
    let region = resource.addr.region();
    let mapped = |one: Property| Property { value: one.value.replace(region, "<region>"), ..one };
    properties.into_iter().map(mapped).collect()
}

fn red(name: &'static str, value: impl ToString) -> Property {
    Property { name, value: value.to_string(), light: Light::Red }
}

fn warn(name: &'static str, value: impl ToString) -> Property {
    Property { name, value: value.to_string(), light: Light::Warn }
}

fn of_group(spec: &SecurityGroup) -> Vec<Property> {
    let services = |rules: &[Rule]| {
        let service = |rule: &Rule| match rule.ports {
            Some(ports) => format!("{} {ports}", rule.protocol),
            None => rule.protocol.to_string(),
        };
        joined(rules.iter().map(service).collect())
    };
    vec![
        red("ingress", services(&spec.ingress)),
        red("egress", services(&spec.egress)),
        warn("ownership", format!("{:?}", spec.ownership).to_lowercase()),
    ]
}

fn of_balancer(spec: &LoadBalancer) -> Vec<Property> {
    let listeners = || spec.listeners.iter();
    let targets = listeners().map(|one| {
        let ports: BTreeSet<String> = one.targets.iter().map(|target| target.port.to_string()).collect();
        format!("{}: {} at {}", one.port, one.targets.len(), joined(ports))
    });
    let health = listeners().filter_map(|one| {
        let health = one.health?;
        Some(format!("{}: every {} s, {} times", one.port, health.interval_secs, health.threshold))
    });
    let ingress = spec.private_link_ingress_rules.map(|rules| format!("{rules:?}").to_lowercase());
    vec![
        red("listeners", joined(listeners().map(|one| one.port.to_string()).collect())),
        warn("targets", joined(targets.collect())),
        warn("health", joined(health.collect())),
        warn("number of security groups", spec.security_groups.len()),
        warn("private_link_ingress_rules", ingress.unwrap_or_default()),
    ]
}

fn of_service(spec: &EndpointService) -> Vec<Property> {
    let balancer = |one: &LoadBalancerRef| match one {
        LoadBalancerRef::Declared(addr) => addr.name().to_owned(),
        LoadBalancerRef::Found(_) => "a found one".to_owned(),
    };
    vec![
        red("load_balancers", joined(spec.load_balancers.iter().map(balancer).collect())),
        red("port", spec.found.as_ref().map(|found| found.port.to_string()).unwrap_or_default()),
        warn("acceptance", format!("{:?}", spec.acceptance).to_lowercase()),
        warn("number of principals", spec.principals.len()),
    ]
}

fn of_endpoint(spec: &Endpoint) -> Vec<Property> {
    let service = match &spec.service {
        ServiceRef::Declared(addr) => addr.to_string(),
        ServiceRef::Name(name) => name.clone(),
    };
    vec![
        red("service", service),
        warn("number of security groups", spec.security_groups.len()),
        warn("private_dns", spec.private_dns),
    ]
}

fn of_record(spec: &PrivateZoneRecord) -> Vec<Property> {
    vec![red("record", &spec.record), red("endpoint", &spec.endpoint)]
}

fn joined(set: BTreeSet<String>) -> String {
    set.into_iter().collect::<Vec<_>>().join(", ")
}
