//! Private endpoints: an address in a subnet that leads to a private link service.

use std::net::Ipv4Addr;

use serde_json::{Map, Value, json};

use super::call::Call;
use super::ids::{Kind, ResourceId, same_id};
use super::interfaces::{self, Address};
use super::link_connections;
use super::reply::{ArmError, Outcome};
use super::views::{AUTOMATIC, CONNECTION, MANUAL, request_message};
use super::world::{AzureWorld, Stored, list_at, text_at};
use super::{addresses, link_services, shapes, views, write};

/// What the cloud keeps about an endpoint: its service, and the state in which its connection begins.
const SERVICE: &str = "service";
const BEGINS: &str = "begins";

/// Creates an endpoint, or changes what can change: tags and application security groups.
pub(super) fn put(call: &mut Call<'_>, id: &ResourceId) -> Outcome {
    let mut draft = write::draft(call, id, shapes::ENDPOINT)?;
    write::refuse_while_busy(call, id)?;
    let connection = single_connection(&draft.id, &draft.properties)?;
    let location = draft.location.clone().unwrap_or_default();
    finish_properties(&draft.id, &mut draft.properties);
    let seconds = call.world.durations.endpoint;
    if let Some(prior) = call.world.resources.get(&id.key()) {
        check_unchanged(prior, &draft.properties)?;
        let nics = prior.properties.get("networkInterfaces").cloned().unwrap_or(json!([]));
        draft.properties.insert("networkInterfaces".to_owned(), nics);
        return Ok(write::accept(call, draft, seconds));
    }
    let (service, begins) = target(call, &draft.id, &connection)?;
    let (nic, address) = interface(call, &draft.id, &draft.properties)?;
    interfaces::put(call.world, &nic, &location, &draft.id, &[address]);
    draft.properties.insert("networkInterfaces".to_owned(), views::references([nic.to_string().as_str()].into_iter()));
    let reply = write::accept(call, draft, seconds);
    if let Some(stored) = call.world.resources.get_mut(&id.key()) {
        stored.hidden.insert(SERVICE.to_owned(), service);
        stored.hidden.insert(BEGINS.to_owned(), begins.to_owned());
    }
    Ok(reply)
}

/// Deletes an endpoint with its interface and its connection.
pub(super) fn delete(call: &mut Call<'_>, id: &ResourceId) -> Outcome {
    let seconds = call.world.durations.endpoint_delete;
    write::delete(call, id, seconds)
}

/// Ends a successful PUT: the interface shows its address, and the service has the connection.
pub(super) fn complete(world: &mut AzureWorld, id: &ResourceId) -> Result<(), (String, String)> {
    let Some(endpoint) = world.resources.get(&id.key()).cloned() else { return Ok(()) };
    for nic in endpoint.list("networkInterfaces").iter().filter_map(|nic| nic["id"].as_str()) {
        interfaces::ready(world, nic);
    }
    if endpoint.hidden.contains_key(CONNECTION) {
        return Ok(());
    }
    let service = endpoint.hidden.get(SERVICE).and_then(|key| world.resources.get(key));
    let Some(service) = service.and_then(|service| ResourceId::parse(&service.id)) else {
        let message = format!("The private link service of private endpoint {id} was not found.");
        return Err(("PrivateLinkServiceNotFound".to_owned(), message));
    };
    let begins = endpoint.hidden.get(BEGINS).map_or("Pending", String::as_str);
    let sent = request_message(&endpoint).unwrap_or_default();
    let description = if begins == "Approved" { "Auto Approved" } else { sent };
    let connection = link_connections::connect(world, &service, id, begins, description);
    if let (Some(connection), Some(stored)) = (connection, world.resources.get_mut(&id.key())) {
        stored.hidden.insert(CONNECTION.to_owned(), connection.key());
    }
    Ok(())
}

/// Follows a deletion: interface and connection go, and the service's entity tag moves.
pub(super) fn removed(world: &mut AzureWorld, id: &ResourceId) {
    let Some(endpoint) = world.resources.get(&id.key()).cloned() else { return };
    for nic in endpoint.list("networkInterfaces").iter().filter_map(|nic| nic["id"].as_str()) {
        world.resources.remove(&nic.to_lowercase());
    }
    if let Some(connection) = endpoint.hidden.get(CONNECTION) {
        world.resources.remove(connection);
    }
    if let Some(service) = endpoint.hidden.get(SERVICE) {
        world.touch(service);
    }
}

/// The one connection of a body.
struct Wanted {
    target: String,
    manual: bool,
}

fn single_connection(id: &ResourceId, properties: &Map<String, Value>) -> Result<Wanted, ArmError> {
    let (automatic, manual) = (list_at(properties, AUTOMATIC), list_at(properties, MANUAL));
    let (part, manual) = match (automatic, manual) {
        ([part], []) => (part, false),
        ([], [part]) => (part, true),
        _ => {
            let message = format!("Private endpoint {id} must have exactly one private link service connection.");
            return Err(ArmError::bad_request("PrivateEndpointMustHaveOneConnection", message));
        }
    };
    let message = part["properties"]["requestMessage"].as_str().unwrap_or_default();
    if message.chars().count() > 140 {
        let message = format!("The request message of private endpoint {id} is longer than 140 characters.");
        return Err(ArmError::bad_request("PrivateEndpointRequestMessageTooLong", message));
    }
    let target = part["properties"]["privateLinkServiceId"].as_str().unwrap_or_default().to_owned();
    Ok(Wanted { target, manual })
}

/// Returns the key of the service and the state that a connection to it begins with.
///
/// A caller with rights on the service (here: in its subscription), or one in `autoApproval`, is approved; a manual
/// connection waits for the service's owner; an automatic one without rights is refused.
fn target(call: &Call<'_>, id: &ResourceId, wanted: &Wanted) -> Result<(String, &'static str), ArmError> {
    // The code is not published (terraform-provider-azurerm#27134, #10779).
    if !wanted.manual && !wanted.target.starts_with('/') {
        let message = format!("Private endpoint {id} names its service by alias, which needs a manual connection.");
        return Err(ArmError::bad_request("PrivateEndpointAliasNeedsManualConnection", message));
    }
    let service = link_services::find(call.world, &wanted.target)
        .ok_or_else(|| ArmError::invalid_reference(&wanted.target, &id.to_string()))?;
    write::refuse_unready(service, id)?;
    let key = service.id.to_lowercase();
    let own = ResourceId::parse(&service.id).is_some_and(|service| same_id(&service.subscription, &id.subscription));
    let approved = link_services::lists(service, "autoApproval", &id.subscription);
    let visible = own || approved || link_services::lists(service, "visibility", &id.subscription);
    match (wanted.manual, visible) {
        _ if approved || (own && !wanted.manual) => Ok((key, "Approved")),
        (true, true) => Ok((key, "Pending")),
        (true, false) => Err(ArmError::invalid_reference(&wanted.target, &id.to_string())),
        (false, _) => {
            let message = format!(
                "The client has permission to perform action \
                 'Microsoft.Network/privateLinkServices/PrivateEndpointConnectionsApproval/action' on scope '{id}', \
                 however the linked scope '{}' failed the check.",
                wanted.target
            );
            Err(ArmError::new(403, "LinkedAuthorizationFailed", message))
        }
    }
}

/// Returns the interface that an endpoint gets, with its address: the one pinned, or the lowest free one.
fn interface(
    call: &mut Call<'_>,
    id: &ResourceId,
    properties: &Map<String, Value>,
) -> Result<(ResourceId, Address), ArmError> {
    let subnet_id = text_at(properties, "/subnet/id").unwrap_or_default();
    let subnet = call
        .world
        .find(subnet_id)
        .filter(|stored| stored.kind == Kind::Subnet)
        .ok_or_else(|| ArmError::invalid_reference(subnet_id, &id.to_string()))?;
    write::refuse_unready(subnet, id)?;
    let pinned = list_at(properties, "ipConfigurations").first();
    let pinned = pinned.and_then(|part| part["properties"]["privateIPAddress"].as_str());
    let address: Ipv4Addr = match pinned {
        Some(pinned) => addresses::check_static(call.world, subnet, pinned, &[])?,
        None => addresses::lowest_free(call.world, subnet, &[])?,
    };
    let subnet = subnet.id.clone();
    let name = match text_at(properties, "/customNetworkInterfaceName").filter(|name| !name.is_empty()) {
        Some(name) => name.to_owned(),
        None => format!("{}.nic.{}", id.name(), call.world.new_guid()),
    };
    let name_of_address = format!("privateEndpointIpConfig.{}", call.world.new_guid());
    let address = Address { name: name_of_address, subnet, address, fixed: pinned.is_some(), primary: true };
    let nic = id.sibling("networkInterfaces", &name).filter(|nic| !call.world.resources.contains_key(&nic.key()));
    let nic = nic.ok_or_else(|| {
        let message = format!("A network interface with the name {name} exists already.");
        ArmError::bad_request("NetworkInterfaceAlreadyExists", message)
    })?;
    Ok((nic, address))
}

/// Checks what cannot change without a new endpoint; the code is not published.
fn check_unchanged(prior: &Stored, properties: &Map<String, Value>) -> Result<(), ArmError> {
    let targets = |properties: &Map<String, Value>, list: &str| -> Vec<(String, Value)> {
        let parts = list_at(properties, list).iter().map(|part| &part["properties"]);
        parts
            .map(|part| {
                (part["privateLinkServiceId"].as_str().unwrap_or_default().to_lowercase(), part["groupIds"].clone())
            })
            .collect()
    };
    let pins = |properties: &Map<String, Value>| -> Vec<Value> {
        let parts = list_at(properties, "ipConfigurations").iter();
        parts.map(|part| part["properties"]["privateIPAddress"].clone()).collect()
    };
    let text = |properties: &Map<String, Value>, pointer: &str| {
        text_at(properties, pointer).unwrap_or_default().to_lowercase()
    };
    let before = &prior.properties;
    let changed = [
        ("subnet", text(before, "/subnet/id") != text(properties, "/subnet/id")),
        (
            "customNetworkInterfaceName",
            text(before, "/customNetworkInterfaceName") != text(properties, "/customNetworkInterfaceName"),
        ),
        (AUTOMATIC, targets(before, AUTOMATIC) != targets(properties, AUTOMATIC)),
        (MANUAL, targets(before, MANUAL) != targets(properties, MANUAL)),
        ("ipConfigurations", pins(before) != pins(properties)),
    ];
    match changed.into_iter().find(|(_, changed)| *changed) {
        None => Ok(()),
        Some((property, _)) => {
            let message = format!("Property {property} of private endpoint {} cannot be changed.", prior.id);
            Err(ArmError::bad_request("PrivateEndpointPropertyCannotBeChanged", message))
        }
    }
}

fn finish_properties(id: &ResourceId, properties: &mut Map<String, Value>) {
    for list in [AUTOMATIC, MANUAL] {
        let parts = properties.entry(list).or_insert(json!([]));
        for part in parts.as_array_mut().into_iter().flatten() {
            let name = part["name"].as_str().unwrap_or_default().to_owned();
            part["id"] = json!(format!("{id}/{list}/{name}"));
            part["type"] = json!(format!("Microsoft.Network/privateEndpoints/{list}"));
            if part["properties"]["groupIds"].is_null() {
                part["properties"]["groupIds"] = json!([]);
            }
        }
    }
    for part in properties.get_mut("ipConfigurations").and_then(Value::as_array_mut).into_iter().flatten() {
        part["type"] = json!("Microsoft.Network/privateEndpoints/ipConfigurations");
    }
    for name in ["customDnsConfigs", "ipConfigurations"] {
        properties.entry(name).or_insert(json!([]));
    }
    properties.entry("customNetworkInterfaceName").or_insert(json!(""));
}
