//! What the API shows of resources that nobody wrote: what follows from others, and what every one of a kind has.

use serde_json::{Map, Value, json};

use super::ids::{Kind, same_id};
use super::world::{AzureWorld, Stored};

/// Priority, name, direction, access, source and destination of the rules that every group has.
///
/// Source: "Network security groups", default security rules.
const DEFAULT_RULES: [(u32, &str, &str, &str, &str, &str); 6] = [
    (65000, "AllowVnetInBound", "Inbound", "Allow", "VirtualNetwork", "VirtualNetwork"),
    (65001, "AllowAzureLoadBalancerInBound", "Inbound", "Allow", "AzureLoadBalancer", "*"),
    (65500, "DenyAllInBound", "Inbound", "Deny", "*", "*"),
    (65000, "AllowVnetOutBound", "Outbound", "Allow", "VirtualNetwork", "VirtualNetwork"),
    (65001, "AllowInternetOutBound", "Outbound", "Allow", "*", "Internet"),
    (65500, "DenyAllOutBound", "Outbound", "Deny", "*", "*"),
];

pub(super) const AUTOMATIC: &str = "privateLinkServiceConnections";
pub(super) const MANUAL: &str = "manualPrivateLinkServiceConnections";

/// What the cloud keeps about an endpoint: the connection that it has.
pub(super) const CONNECTION: &str = "connection";

/// The property with the state of a connection, on both sides.
pub(super) const STATE: &str = "privateLinkServiceConnectionState";

/// Returns the ids of resources as the API nests them: `[{"id": ...}]`.
pub(super) fn references<'a>(ids: impl Iterator<Item = &'a str>) -> Value {
    ids.map(|id| json!({ "id": id })).collect()
}

/// Returns the rules that a group has without anybody's doing, as a JSON array.
pub(super) fn default_rules(group: &Stored) -> Value {
    let rule = |&(priority, name, direction, access, source, destination): &(u32, &str, &str, &str, &str, &str)| {
        json!({
            "name": name,
            "id": format!("{}/defaultSecurityRules/{name}", group.id),
            "etag": group.etag,
            "type": "Microsoft.Network/networkSecurityGroups/defaultSecurityRules",
            "properties": {
                "provisioningState": group.state.word(),
                "protocol": "*",
                "sourcePortRange": "*",
                "destinationPortRange": "*",
                "sourceAddressPrefix": source,
                "destinationAddressPrefix": destination,
                "access": access,
                "priority": priority,
                "direction": direction,
                "sourcePortRanges": [],
                "destinationPortRanges": [],
                "sourceAddressPrefixes": [],
                "destinationAddressPrefixes": [],
            },
        })
    };
    DEFAULT_RULES.iter().map(rule).collect()
}

/// Adds the subnets that use the group, if there are any.
pub(super) fn add_subnets(world: &AzureWorld, group: &Stored, properties: &mut Map<String, Value>) {
    let mut users = subnets_with(world, &group.id).map(|subnet| subnet.id.as_str()).peekable();
    if users.peek().is_some() {
        properties.insert("subnets".to_owned(), references(users));
    }
}

/// Returns the subnets that use a security group.
pub(super) fn subnets_with<'a>(world: &'a AzureWorld, group: &'a str) -> impl Iterator<Item = &'a Stored> {
    world
        .of_kind(Kind::Subnet)
        .filter(move |subnet| subnet.text("/networkSecurityGroup/id").is_some_and(|id| same_id(id, group)))
}

/// Adds the state of the connection, which the service's owner decides.
pub(super) fn endpoint(world: &AzureWorld, endpoint: &Stored, properties: &mut Map<String, Value>) {
    let connection = endpoint.hidden.get(CONNECTION);
    let state = match (connection, connection.and_then(|key| world.resources.get(key))) {
        (_, Some(connection)) => connection.properties.get(STATE).cloned().unwrap_or_default(),
        (Some(_), None) => connection_state("Disconnected", "The connection was removed by its service."),
        (None, None) => connection_state("Pending", request_message(endpoint).unwrap_or_default()),
    };
    for list in [AUTOMATIC, MANUAL] {
        let parts = properties.get_mut(list).and_then(Value::as_array_mut);
        for part in parts.into_iter().flatten() {
            part["etag"] = json!(endpoint.etag);
            part["properties"]["provisioningState"] = json!("Succeeded");
            part["properties"][STATE] = state.clone();
        }
    }
}

/// Returns a connection's state as the API writes it.
pub(super) fn connection_state(status: &str, description: &str) -> Value {
    json!({"status": status, "description": description, "actionsRequired": "None"})
}

/// Returns what a private endpoint asks its service.
pub(super) fn request_message(endpoint: &Stored) -> Option<&str> {
    let parts = endpoint.list(MANUAL).iter().chain(endpoint.list(AUTOMATIC));
    parts.filter_map(|part| part["properties"]["requestMessage"].as_str()).next()
}

/// Adds the counts and limits of a zone ("Azure DNS limits", private DNS zones).
pub(super) fn zone(world: &AzureWorld, zone: &Stored, properties: &mut Map<String, Value>) {
    let counts = json!({
        "maxNumberOfRecordSets": 25_000,
        "numberOfRecordSets": record_sets(world, &zone.id).count(),
        "maxNumberOfVirtualNetworkLinks": 1_000,
        "numberOfVirtualNetworkLinks": 0,
        "maxNumberOfVirtualNetworkLinksWithRegistration": 100,
        "numberOfVirtualNetworkLinksWithRegistration": 0,
    });
    properties.extend(counts.as_object().cloned().unwrap_or_default());
}

/// Returns all record sets of a zone, of every type.
pub(super) fn record_sets<'a>(world: &'a AzureWorld, zone: &str) -> impl Iterator<Item = &'a Stored> + use<'a> {
    let prefix = format!("{zone}/").to_lowercase();
    world
        .resources
        .range(prefix.clone()..)
        .take_while(move |(key, _)| key.starts_with(&prefix))
        .map(|(_, stored)| stored)
        .filter(|stored| stored.kind == Kind::RecordSet)
}
