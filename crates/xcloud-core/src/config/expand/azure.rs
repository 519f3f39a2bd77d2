//! The kinds of Azure as they stand in a file.

use serde_json::{Map, Value, json};

use crate::config::lower::is_wide;
use crate::model::{
    Access, AddressKind, AddressSource, DnsAddresses, FirewallRules, LinkServiceRef, NetworkSecurityGroup, PortRange,
    Priority, PrivateDnsRecord, PrivateEndpoint, PrivateLinkService, Protocol,
};

use super::aws::{WIDE, acceptance, ports};
use super::{duration, object, own_name, put};

pub(super) fn network_security_group(group: &NetworkSecurityGroup, product: &str) -> Map<String, Value> {
    let rules = group.rules.iter().map(|rule| {
        let mut entries = rule_head(&rule.name, product, &rule.env, rule.region.as_deref());
        match rule.priority {
            Priority::Fixed(priority) => entries.insert("priority".to_owned(), json!(priority)),
            Priority::Within(from, to) => entries.insert("priorities".to_owned(), json!(format!("{from}-{to}"))),
        };
        entries.insert("direction".to_owned(), json!(rule.direction));
        entries.insert("access".to_owned(), json!(rule.access));
        rule_body(&mut entries, rule.protocol, &rule.from, &rule.to, &rule.ports);
        if rule.access == Access::Allow {
            wide(&mut entries, &rule.from);
        }
        Value::Object(entries)
    });
    object([("group", json!(group.group.0)), ("rules", Value::Array(rules.collect()))])
}

pub(super) fn firewall_rules(group: &FirewallRules, product: &str) -> Map<String, Value> {
    let rules = group.rules.iter().map(|rule| {
        let mut entries = rule_head(&rule.name, product, &rule.env, rule.region.as_deref());
        rule_body(&mut entries, rule.protocol, &rule.from, &rule.to, &rule.ports);
        wide(&mut entries, &rule.from);
        Value::Object(entries)
    });
    let rules = Value::Array(rules.collect());
    object([
        ("policy", json!(group.policy.0)),
        ("group", json!(group.group)),
        ("priority", json!(group.priority)),
        ("rules", rules),
    ])
}

fn rule_head(name: &str, product: &str, env: &str, region: Option<&str>) -> Map<String, Value> {
    object([("name", json!(own_name(name, product))), ("env", json!(env)), ("region", json!(region.unwrap_or("none")))])
}

fn rule_body(
    entries: &mut Map<String, Value>,
    protocol: Protocol,
    from: &AddressSource,
    to: &AddressSource,
    ranges: &[PortRange],
) {
    entries.insert("protocol".to_owned(), json!(protocol));
    entries.insert("from".to_owned(), addresses(from));
    entries.insert("to".to_owned(), addresses(to));
    let every_port = matches!(protocol, Protocol::Icmp | Protocol::All) && ranges == [PortRange::ALL];
    if !every_port {
        entries.insert("ports".to_owned(), Value::Array(ranges.iter().copied().map(ports).collect()));
    }
}

fn wide(entries: &mut Map<String, Value>, from: &AddressSource) {
    if matches!(from, AddressSource::Listed(nets) if nets.iter().any(is_wide)) {
        put(entries, "wide", Some(WIDE));
    }
}

fn addresses(source: &AddressSource) -> Value {
    match source {
        AddressSource::Listed(nets) => json!(nets),
        AddressSource::Of { addr, kind: AddressKind::ServiceIps } => json!({"service_ips_of": addr.as_str()}),
        AddressSource::Of { addr, kind: AddressKind::EndpointIps } => json!({"endpoint_ips_of": addr.as_str()}),
    }
}

pub(super) fn private_link_service(service: &PrivateLinkService) -> Map<String, Value> {
    object([
        ("resource_group", json!(service.resource_group)),
        ("load_balancer_frontend", json!(service.frontend.0)),
        ("nat_subnet", json!(service.nat_subnet.0)),
        ("visibility", json!(service.visibility)),
        ("auto_approval", json!(service.auto_approval)),
    ])
}

pub(super) fn private_endpoint(endpoint: &PrivateEndpoint) -> Map<String, Value> {
    let service = match &endpoint.service {
        LinkServiceRef::Declared(addr) => addr.as_str(),
        LinkServiceRef::Id(id) => id,
    };
    object([
        ("resource_group", json!(endpoint.resource_group)),
        ("subnet", json!(endpoint.subnet.0)),
        ("service", json!(service)),
        ("approval", json!(acceptance(endpoint.approval))),
    ])
}

pub(super) fn private_dns_record(record: &PrivateDnsRecord) -> Map<String, Value> {
    let addresses = match &record.addresses {
        DnsAddresses::Fixed(source) => record_addresses(source),
        DnsAddresses::Active(regions) => {
            let regions: Map<String, Value> =
                regions.iter().map(|(region, source)| (region.clone(), record_addresses(source))).collect();
            json!({"active": regions})
        }
    };
    object([
        ("zone", json!(record.zone.0)),
        ("record", json!(record.record)),
        ("ttl", json!(duration(u64::from(record.ttl_secs)))),
        ("addresses", addresses),
    ])
}

/// A record lists addresses, not ranges.
fn record_addresses(source: &AddressSource) -> Value {
    match source {
        AddressSource::Listed(nets) => Value::Array(nets.iter().map(|net| json!(net.addr())).collect()),
        AddressSource::Of { .. } => addresses(source),
    }
}
