//! The kinds of AWS as they stand in a file.

use serde_json::{Map, Value, json};

use crate::config::lower::is_wide;
use crate::model::{
    Acceptance, Endpoint, EndpointService, GroupRef, Listener, LoadBalancer, LoadBalancerRef, Ownership, Peer,
    PortRange, PrivateLinkIngress, PrivateZoneRecord, Rule, SecurityGroup, Selector, ServiceRef, SubnetSelector,
};

use super::{duration, object, put};

/// The reason beside a range that was declared wide: the source has the words.
pub(super) const WIDE: &str = "as declared in the source";

pub(super) fn security_group(group: &SecurityGroup) -> Map<String, Value> {
    let mut entries = object([
        ("vpc", selector(&group.vpc, "id")),
        ("description", json!(group.description)),
        ("ingress", rules(&group.ingress, "from")),
        ("egress", rules(&group.egress, "to")),
    ]);
    if group.ownership == Ownership::Additive {
        put(&mut entries, "ownership", Some("additive"));
    }
    entries
}

fn rules(rules: &[Rule], side: &str) -> Value {
    let rules = rules.iter().map(|rule| {
        let mut entries = object([("protocol", json!(rule.protocol))]);
        if let Some(range) = rule.ports {
            entries.insert("ports".to_owned(), ports(range));
        }
        let peer = match &rule.peer {
            Peer::Cidr(net) => json!(net),
            Peer::PrefixList(id) => json!(id),
            Peer::Group(reference) => group(reference),
        };
        entries.insert(side.to_owned(), json!([peer]));
        put(&mut entries, "description", rule.description.as_deref());
        if side == "from" && matches!(&rule.peer, Peer::Cidr(net) if is_wide(net)) {
            put(&mut entries, "wide", Some(WIDE));
        }
        Value::Object(entries)
    });
    Value::Array(rules.collect())
}

/// A port as a number, a range as text.
pub(super) fn ports(range: PortRange) -> Value {
    if range.from == range.to { json!(range.from) } else { json!(range.to_string()) }
}

fn group(reference: &GroupRef) -> Value {
    match reference {
        GroupRef::Declared(addr) => json!(addr.as_str()),
        GroupRef::Id(id) => json!(id),
    }
}

fn groups(references: &[GroupRef]) -> Value {
    Value::Array(references.iter().map(group).collect())
}

fn selector(selector: &Selector, id: &str) -> Value {
    match selector {
        Selector::Id(text) => Value::Object(object([(id, json!(text))])),
        Selector::Tag(tags) => json!({"tag": tags}),
    }
}

fn subnets(selector: &SubnetSelector) -> Value {
    match selector {
        SubnetSelector::Ids(ids) => json!({"ids": ids}),
        SubnetSelector::Tag(tags) => json!({"tag": tags}),
    }
}

pub(super) fn load_balancer(balancer: &LoadBalancer) -> Map<String, Value> {
    let mut entries = Map::new();
    if let Some(vpc) = &balancer.vpc {
        entries.insert("vpc".to_owned(), selector(vpc, "id"));
    }
    entries.insert("subnets".to_owned(), subnets(&balancer.subnets));
    if !balancer.service_ips.is_empty() {
        entries.insert("service_ips".to_owned(), json!(balancer.service_ips));
    }
    entries.insert("security_groups".to_owned(), groups(&balancer.security_groups));
    put(
        &mut entries,
        "private_link_ingress_rules",
        balancer.private_link_ingress_rules.map(|enforced| match enforced {
            PrivateLinkIngress::Enforced => "enforced",
            PrivateLinkIngress::Off => "off",
        }),
    );
    entries.insert("listeners".to_owned(), Value::Array(balancer.listeners.iter().map(listener).collect()));
    entries
}

fn listener(listener: &Listener) -> Value {
    let mut entries = object([("port", json!(listener.port)), ("targets", json!(listener.targets))]);
    if listener.targets.first().is_none_or(|first| first.port != listener.target_port) {
        entries.insert("target_port".to_owned(), json!(listener.target_port));
    }
    if let Some(health) = listener.health {
        let interval = duration(u64::from(health.interval_secs));
        entries.insert(
            "health".to_owned(),
            json!({"protocol": "tcp", "interval": interval, "threshold": health.threshold}),
        );
    }
    Value::Object(entries)
}

pub(super) fn acceptance(acceptance: Acceptance) -> &'static str {
    match acceptance {
        Acceptance::Managed => "managed",
        Acceptance::Automatic => "automatic",
    }
}

pub(super) fn endpoint_service(service: &EndpointService) -> Map<String, Value> {
    let balancers = service.load_balancers.iter().map(|balancer| match balancer {
        LoadBalancerRef::Declared(addr) => json!(addr.as_str()),
        LoadBalancerRef::Found(found) => selector(found, "arn"),
    });
    let mut entries = object([
        ("load_balancers", Value::Array(balancers.collect())),
        ("acceptance", json!(acceptance(service.acceptance))),
        ("principals", json!(service.principals)),
    ]);
    if let Some(found) = &service.found {
        entries.insert("expects".to_owned(), json!({"port": found.port, "clients": found.clients}));
    }
    entries
}

pub(super) fn endpoint(endpoint: &Endpoint) -> Map<String, Value> {
    let mut entries = object([("vpc", selector(&endpoint.vpc, "id")), ("subnets", subnets(&endpoint.subnets))]);
    if !endpoint.endpoint_ips.is_empty() {
        entries.insert("endpoint_ips".to_owned(), json!(endpoint.endpoint_ips));
    }
    let service = match &endpoint.service {
        ServiceRef::Declared(addr) => addr.as_str(),
        ServiceRef::Name(name) => name,
    };
    put(&mut entries, "service", Some(service));
    entries.insert("security_groups".to_owned(), groups(&endpoint.security_groups));
    entries.insert("private_dns".to_owned(), json!(endpoint.private_dns));
    entries
}

pub(super) fn private_zone_record(record: &PrivateZoneRecord) -> Map<String, Value> {
    object([
        ("vpc", selector(&record.vpc, "id")),
        ("record", json!(record.record)),
        ("endpoint", json!(record.endpoint.as_str())),
    ])
}
