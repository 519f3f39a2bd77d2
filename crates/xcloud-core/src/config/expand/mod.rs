//! The expansion as a file: resources one by one, with what only the cloud knows left as selectors and ranges.

mod aws;
mod azure;
mod settings;
mod yaml;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::model::{Addr, Desired, Place, Resource, Spec};

/// Returns the desired state as a config file of the resources layer. Loading it gives an equal desired state.
#[must_use]
pub fn expand(desired: &Desired) -> String {
    let accounts = accounts(desired);
    let mut file = settings::settings(desired);
    let places: Map<String, Value> = accounts.iter().map(|(place, name)| (name.clone(), account(place))).collect();
    let sorted: BTreeMap<String, Value> = places.into_iter().collect();
    file.insert("accounts".to_owned(), json!(sorted));
    let resources: Vec<Value> =
        desired.resources.values().map(|resource| self::resource(resource, &desired.product, &accounts)).collect();
    file.insert("resources".to_owned(), Value::Array(resources));
    format!("# Expanded by xcloud: every resource one by one; loads and plans the same.\n{}", yaml::document(&file))
}

/// A name for each place that something of the product has or may have.
fn accounts(desired: &Desired) -> BTreeMap<&Place, String> {
    let places: BTreeSet<&Place> =
        desired.places.iter().chain(desired.resources.values().map(|resource| &resource.place)).collect();
    places.into_iter().map(|place| (place, account_name(place))).collect()
}

fn account_name(place: &Place) -> String {
    match place {
        Place::Aws { account, region, .. } => format!("aws-{account}-{region}"),
        Place::Azure { subscription, location: Some(location) } => format!("azure-{subscription}-{location}"),
        Place::Azure { subscription, location: None } => format!("azure-{subscription}"),
        Place::Ledger { product } => format!("ledger-{product}"),
    }
}

fn account(place: &Place) -> Value {
    match place {
        Place::Aws { account, region, role, read_role } => {
            let mut entries = object([("cloud", json!("aws")), ("account", json!(account)), ("region", json!(region))]);
            put(&mut entries, "role", role.as_deref());
            put(&mut entries, "read_role", read_role.as_deref());
            Value::Object(entries)
        }
        Place::Azure { subscription, location } => {
            let mut entries = object([("cloud", json!("azure")), ("subscription", json!(subscription))]);
            put(&mut entries, "location", location.as_deref());
            Value::Object(entries)
        }
        Place::Ledger { .. } => Value::Object(object([("cloud", json!("ledger"))])),
    }
}

fn resource(resource: &Resource, product: &str, accounts: &BTreeMap<&Place, String>) -> Value {
    let mut entries = object([
        ("kind", json!(resource.spec.kind().full())),
        ("name", json!(name(resource, product))),
        ("in", json!(accounts.get(&resource.place))),
    ]);
    // The address of a rule collection group follows from its name.
    if !matches!(resource.spec, Spec::FirewallRules(_)) {
        entries.insert("address".to_owned(), json!(resource.addr.as_str()));
    }
    put(&mut entries, "flow", resource.flow.as_deref());
    entries.extend(match &resource.spec {
        Spec::SecurityGroup(group) => aws::security_group(group),
        Spec::LoadBalancer(balancer) => aws::load_balancer(balancer),
        Spec::EndpointService(service) => aws::endpoint_service(service),
        Spec::Endpoint(endpoint) => aws::endpoint(endpoint),
        Spec::PrivateZoneRecord(record) => aws::private_zone_record(record),
        Spec::NetworkSecurityGroup(group) => azure::network_security_group(group, product),
        Spec::FirewallRules(group) => azure::firewall_rules(group, product),
        Spec::PrivateLinkService(service) => azure::private_link_service(service),
        Spec::PrivateEndpoint(endpoint) => azure::private_endpoint(endpoint),
        Spec::PrivateDnsRecord(record) => azure::private_dns_record(record),
    });
    Value::Object(entries)
}

/// The name that gives the resource its name in the cloud; where it has none there, one made of its address.
fn name(resource: &Resource, product: &str) -> String {
    let full = match &resource.spec {
        Spec::SecurityGroup(group) => &group.name,
        Spec::LoadBalancer(balancer) => &balancer.name,
        Spec::EndpointService(service) => &service.name,
        Spec::Endpoint(endpoint) => &endpoint.name,
        Spec::PrivateLinkService(service) => &service.name,
        Spec::PrivateEndpoint(endpoint) => &endpoint.name,
        Spec::PrivateZoneRecord(_)
        | Spec::NetworkSecurityGroup(_)
        | Spec::FirewallRules(_)
        | Spec::PrivateDnsRecord(_) => return plain(&resource.addr),
    };
    own_name(full, product).to_owned()
}

fn plain(addr: &Addr) -> String {
    let name = addr.name().to_ascii_lowercase();
    let name: String =
        name.chars().map(|c| if c.is_ascii_lowercase() || c.is_ascii_digit() { c } else { '-' }).collect();
    match name.trim_matches('-') {
        "" => addr.kind().to_owned(),
        name => name.to_owned(),
    }
}

/// The part of a name behind `xc-<product>-`.
fn own_name<'a>(full: &'a str, product: &str) -> &'a str {
    full.strip_prefix("xc-").and_then(|rest| rest.strip_prefix(product)?.strip_prefix('-')).unwrap_or(full)
}

fn object<const N: usize>(entries: [(&str, Value); N]) -> Map<String, Value> {
    entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

fn put(entries: &mut Map<String, Value>, key: &str, value: Option<&str>) {
    if let Some(value) = value {
        entries.insert(key.to_owned(), json!(value));
    }
}

/// A duration in the largest unit that holds it exactly.
fn duration(seconds: u64) -> String {
    match seconds {
        0 => "0s".to_owned(),
        _ if seconds.is_multiple_of(3_600) => format!("{}h", seconds / 3_600),
        _ if seconds.is_multiple_of(60) => format!("{}m", seconds / 60),
        _ => format!("{seconds}s"),
    }
}
