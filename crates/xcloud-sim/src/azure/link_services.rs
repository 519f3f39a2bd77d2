//! Private link services: a load balancer's frontend offered to private endpoints.

use std::net::Ipv4Addr;

use serde_json::{Map, Value, json};

use super::call::Call;
use super::ids::{Kind, ResourceId, same_id, same_region};
use super::interfaces::{self, Address};
use super::reply::{ArmError, Outcome};
use super::world::{AzureWorld, Stored, list_at};
use super::{addresses, load_balancers, shapes, views, write};

const FRONTENDS: &str = "loadBalancerFrontendIpConfigurations";

/// The most address configurations of a service, and services on one load balancer ("Azure networking limits").
const MOST: usize = 8;

/// Creates or replaces a service.
pub(super) fn put(call: &mut Call<'_>, id: &ResourceId) -> Outcome {
    let mut draft = write::draft(call, id, shapes::LINK_SERVICE)?;
    write::refuse_while_busy(call, id)?;
    let location = draft.location.clone().unwrap_or_default();
    check_lists(&draft.id, &draft.properties)?;
    check_target(call, &draft.id, &location, &draft.properties)?;
    let prior = call.world.resources.get(&id.key());
    if let Some(prior) = prior {
        check_unchanged(prior, &draft.properties)?;
    }
    let nic = prior.and_then(interface_id).and_then(|nic| call.world.find(&nic));
    let nat = nat_addresses(call.world, &draft.id, nic, &draft.properties)?;
    let nic = match nic {
        Some(nic) => ResourceId::parse(&nic.id),
        None => id.sibling("networkInterfaces", &format!("{}.nic.{}", id.name(), call.world.new_guid())),
    };
    let alias = prior_alias(call.world, id);
    finish_properties(&draft.id, &mut draft.properties);
    if let Some(alias) = alias {
        draft.properties.insert("alias".to_owned(), json!(alias));
    }
    if let Some(nic) = nic {
        interfaces::put(call.world, &nic, &location, &draft.id, &nat);
        draft
            .properties
            .insert("networkInterfaces".to_owned(), views::references([nic.to_string().as_str()].into_iter()));
    }
    let balancers = balancers_of(&draft.properties);
    let seconds = call.world.durations.link_service;
    let reply = write::accept(call, draft, seconds);
    balancers.iter().for_each(|balancer| call.world.touch(balancer));
    Ok(reply)
}

/// Deletes a service that has no connections.
///
/// Azure refuses with status 400 (cloud-provider-azure#2125); the code is not published.
pub(super) fn delete(call: &mut Call<'_>, id: &ResourceId) -> Outcome {
    let key = id.key();
    let connections: Vec<&str> =
        call.world.children(&key, "privateEndpointConnections").map(|stored| stored.id.as_str()).collect();
    if !connections.is_empty() {
        let message = format!(
            "Private link service {id} cannot be deleted because it has private endpoint connections: {}. Delete the \
             connections first.",
            connections.join(", ")
        );
        return Err(ArmError::bad_request("PrivateLinkServiceCannotBeDeletedWithPrivateEndpointConnections", message));
    }
    let seconds = call.world.durations.link_service;
    write::delete(call, id, seconds)
}

/// Ends a successful PUT: the service has its alias, which stays until it is deleted, and its interface is ready.
pub(super) fn complete(world: &mut AzureWorld, id: &ResourceId) {
    let guid = world.new_guid();
    let Some(service) = world.resources.get_mut(&id.key()) else { return };
    let region = service.location.clone().unwrap_or_default();
    let alias = format!("{}.{guid}.{region}.azure.privatelinkservice", id.name());
    service.properties.entry("alias").or_insert(json!(alias));
    if let Some(nic) = interface_id(service) {
        interfaces::ready(world, &nic);
    }
}

/// Follows a deletion: the interface goes, and the load balancer's entity tag moves (cloud-provider-azure#9108).
pub(super) fn removed(world: &mut AzureWorld, id: &ResourceId) {
    let Some(service) = world.resources.get(&id.key()) else { return };
    let nic = interface_id(service);
    let balancers = balancers_of(&service.properties);
    if let Some(nic) = nic {
        world.resources.remove(&nic.to_lowercase());
    }
    balancers.iter().for_each(|balancer| world.touch(balancer));
}

/// Returns the service that a private endpoint names, by id or by alias.
pub(super) fn find<'a>(world: &'a AzureWorld, target: &str) -> Option<&'a Stored> {
    let by_id = world.find(target).filter(|stored| stored.kind == Kind::LinkService);
    by_id.or_else(|| {
        world
            .of_kind(Kind::LinkService)
            .find(|service| service.text("/alias").is_some_and(|alias| same_id(alias, target)))
    })
}

/// Returns true if a list of subscriptions (`visibility`, `autoApproval`) names this one, or everyone.
pub(super) fn lists(service: &Stored, name: &str, subscription: &str) -> bool {
    subscriptions(&service.properties, name).iter().any(|listed| *listed == "*" || same_id(listed, subscription))
}

fn subscriptions<'a>(properties: &'a Map<String, Value>, name: &str) -> Vec<&'a str> {
    let list = properties.get(name).and_then(|set| set["subscriptions"].as_array());
    list.into_iter().flatten().filter_map(Value::as_str).collect()
}

/// Checks the address configurations and the two lists of subscriptions; the codes are not published.
fn check_lists(id: &ResourceId, properties: &Map<String, Value>) -> Result<(), ArmError> {
    let configurations = list_at(properties, "ipConfigurations");
    if configurations.is_empty() || configurations.len() > MOST {
        let message = format!("Private link service {id} must have 1 to {MOST} IP configurations.");
        return Err(ArmError::bad_request("PrivateLinkServiceInvalidIpConfigurationCount", message));
    }
    let primaries = configurations.iter().filter(|part| part["properties"]["primary"] == true).count();
    if primaries > 1 || (primaries == 0 && configurations.len() > 1) {
        let message = format!("Private link service {id} must have exactly one primary IP configuration.");
        return Err(ArmError::bad_request("PrivateLinkServiceMustHaveOnePrimaryIpConfiguration", message));
    }
    if configurations.iter().any(|part| part["properties"]["privateIPAddressVersion"] == "IPv6") {
        let message = format!("Private link service {id} supports IPv4 only.");
        return Err(ArmError::bad_request("PrivateLinkServiceIpVersionNotSupported", message));
    }
    let visible = subscriptions(properties, "visibility");
    let approved = subscriptions(properties, "autoApproval");
    let everyone = visible.contains(&"*");
    let stranger = approved.iter().find(|one| !everyone && !visible.iter().any(|known| same_id(known, one)));
    if let Some(stranger) = stranger {
        let message = format!("Subscription {stranger} of autoApproval is not in visibility of {id}.");
        return Err(ArmError::bad_request("PrivateLinkServiceAutoApprovalNotSubsetOfVisibility", message));
    }
    if visible.len() > 100 || approved.len() > 100 {
        let message = format!("Private link service {id} lists more than 100 subscriptions.");
        return Err(ArmError::bad_request("PrivateLinkServiceTooManySubscriptions", message));
    }
    Ok(())
}

/// Checks what is behind the service: frontends of one standard load balancer here, or one address.
fn check_target(
    call: &Call<'_>,
    id: &ResourceId,
    location: &str,
    properties: &Map<String, Value>,
) -> Result<(), ArmError> {
    let frontends: Vec<&str> = list_at(properties, FRONTENDS).iter().filter_map(|part| part["id"].as_str()).collect();
    let address = properties.get("destinationIPAddress").and_then(Value::as_str);
    if frontends.is_empty() == address.is_none() {
        let message = format!("Private link service {id} needs load balancer frontends or a destination IP address.");
        return Err(ArmError::bad_request("PrivateLinkServiceInvalidTarget", message));
    }
    if address.is_some_and(|address| address.parse::<Ipv4Addr>().is_err()) {
        let message = format!("The destination IP address of private link service {id} is not valid.");
        return Err(ArmError::bad_request("InvalidIPAddress", message));
    }
    for frontend in frontends {
        let balancer_id = ResourceId::parse(frontend).and_then(|id| id.parent());
        let balancer = balancer_id
            .and_then(|id| call.world.resources.get(&id.key()))
            .filter(|balancer| load_balancers::has_frontend(balancer, frontend))
            .filter(|balancer| balancer.location.as_deref().is_some_and(|region| same_region(region, location)))
            .ok_or_else(|| ArmError::invalid_reference(frontend, &id.to_string()))?;
        write::refuse_unready(balancer, id)?;
        if balancer.extra.get("sku").is_none_or(|sku| sku["name"] != "Standard") {
            let message = format!("Private link service {id} is supported with standard load balancers only.");
            return Err(ArmError::bad_request("PrivateLinkServiceIsNotSupportedWithBasicLoadBalancer", message));
        }
        check_free(call.world, id, &balancer.id, frontend)?;
    }
    Ok(())
}

/// Checks that no other service has the frontend, and that its load balancer is not full.
fn check_free(world: &AzureWorld, id: &ResourceId, balancer: &str, frontend: &str) -> Result<(), ArmError> {
    let mut on_balancer = 0;
    for other in world.of_kind(Kind::LinkService).filter(|other| !same_id(&other.id, &id.to_string())) {
        let frontends = list_at(&other.properties, FRONTENDS).iter().filter_map(|part| part["id"].as_str());
        for used in frontends {
            if same_id(used, frontend) {
                let message = format!("Frontend {frontend} is already in use by private link service {}.", other.id);
                return Err(ArmError::bad_request("LoadBalancerFrontendIpConfigurationInUse", message));
            }
        }
        on_balancer += usize::from(balancers_of(&other.properties).iter().any(|known| same_id(known, balancer)));
    }
    if on_balancer >= MOST {
        let message = format!("Load balancer {balancer} already has {MOST} private link services.");
        return Err(ArmError::bad_request("PrivateLinkServiceLimitReached", message));
    }
    Ok(())
}

/// Checks what cannot change: the target (azurerm#12249) and the primary configuration's name and subnet (#13411).
fn check_unchanged(prior: &Stored, properties: &Map<String, Value>) -> Result<(), ArmError> {
    let target = |properties: &Map<String, Value>| -> (Vec<String>, Option<String>) {
        let ids = list_at(properties, FRONTENDS).iter().filter_map(|part| part["id"].as_str());
        let mut ids: Vec<String> = ids.map(str::to_lowercase).collect();
        ids.sort();
        (ids, properties.get("destinationIPAddress").and_then(Value::as_str).map(str::to_owned))
    };
    if target(&prior.properties) != target(properties) {
        let message = format!("The load balancer frontends of private link service {} cannot change.", prior.id);
        return Err(ArmError::bad_request("PrivateLinkServiceLoadBalancerFrontendCannotBeChanged", message));
    }
    let primary = |properties: &Map<String, Value>| -> Option<(String, String)> {
        let configurations = list_at(properties, "ipConfigurations");
        let part = configurations.iter().find(|part| part["properties"]["primary"] == true);
        let part = part.or(configurations.first())?;
        let name = part["name"].as_str()?.to_owned();
        Some((name, part["properties"]["subnet"]["id"].as_str()?.to_lowercase()))
    };
    if primary(&prior.properties) != primary(properties) {
        let message = format!("The primary IP configuration of private link service {} cannot change.", prior.id);
        return Err(ArmError::bad_request("PrivateLinkServicePrimaryIpConfigurationCannotBeChanged", message));
    }
    Ok(())
}

/// Returns the addresses of the service's interface; a configuration that stays keeps its address.
fn nat_addresses(
    world: &AzureWorld,
    id: &ResourceId,
    nic: Option<&Stored>,
    properties: &Map<String, Value>,
) -> Result<Vec<Address>, ArmError> {
    let configurations = list_at(properties, "ipConfigurations");
    let mut given: Vec<Address> = Vec::new();
    for part in configurations {
        let name = part["name"].as_str().unwrap_or_default();
        let inner = &part["properties"];
        let subnet = usable_subnet(world, id, inner["subnet"]["id"].as_str().unwrap_or_default())?;
        let fixed = inner["privateIPAddress"].as_str();
        let taken: Vec<Ipv4Addr> = given.iter().map(|given| given.address).collect();
        let before = nic.and_then(|nic| interfaces::address_of(nic, name));
        let address = match (fixed, before) {
            (Some(wanted), Some(before)) if wanted == before.to_string() => before,
            (Some(wanted), _) => addresses::check_static(world, subnet, wanted, &taken)?,
            (None, Some(before)) => before,
            (None, None) => addresses::lowest_free(world, subnet, &taken)?,
        };
        let primary = inner["primary"].as_bool().unwrap_or(configurations.len() == 1);
        given.push(Address {
            name: name.to_owned(),
            subnet: subnet.id.clone(),
            address,
            fixed: fixed.is_some(),
            primary,
        });
    }
    Ok(given)
}

/// Returns a subnet in which private link services may be: its policies for them are off.
fn usable_subnet<'a>(world: &'a AzureWorld, id: &ResourceId, subnet: &str) -> Result<&'a Stored, ArmError> {
    let stored = world
        .find(subnet)
        .filter(|stored| stored.kind == Kind::Subnet)
        .ok_or_else(|| ArmError::invalid_reference(subnet, &id.to_string()))?;
    write::refuse_unready(stored, id)?;
    if stored.text("/privateLinkServiceNetworkPolicies") == Some("Disabled") {
        return Ok(stored);
    }
    let message = format!(
        "Private link service {id} cannot be created in a subnet {subnet} since it has private link service network \
         policies enabled."
    );
    Err(ArmError::bad_request("PrivateLinkServiceCannotBeCreatedInSubnetThatHasNetworkPoliciesEnabled", message))
}

fn finish_properties(id: &ResourceId, properties: &mut Map<String, Value>) {
    for name in ["visibility", "autoApproval"] {
        let set = properties.entry(name).or_insert(json!({}));
        if set["subscriptions"].is_null() {
            set["subscriptions"] = json!([]);
        }
    }
    properties.entry("fqdns").or_insert(json!([]));
    properties.entry("enableProxyProtocol").or_insert(json!(false));
    properties.entry(FRONTENDS).or_insert(json!([]));
    let configurations = properties.get_mut("ipConfigurations").and_then(Value::as_array_mut);
    let alone = configurations.as_ref().is_some_and(|parts| parts.len() == 1);
    for part in configurations.into_iter().flatten() {
        let name = part["name"].as_str().unwrap_or_default().to_owned();
        part["id"] = json!(format!("{id}/ipConfigurations/{name}"));
        part["type"] = json!("Microsoft.Network/privateLinkServices/ipConfigurations");
        let inner = &mut part["properties"];
        inner["provisioningState"] = json!("Succeeded");
        let method = if inner["privateIPAddress"].is_string() { "Static" } else { "Dynamic" };
        inner["privateIPAllocationMethod"] = json!(method);
        for (key, value) in [("privateIPAddressVersion", json!("IPv4")), ("primary", json!(alone))] {
            if inner[key].is_null() {
                inner[key] = value;
            }
        }
    }
}

fn interface_id(service: &Stored) -> Option<String> {
    service.list("networkInterfaces").first()?["id"].as_str().map(str::to_owned)
}

fn prior_alias(world: &AzureWorld, id: &ResourceId) -> Option<String> {
    world.resources.get(&id.key())?.text("/alias").map(str::to_owned)
}

/// Returns the lower-case ids of the load balancers behind a service.
fn balancers_of(properties: &Map<String, Value>) -> Vec<String> {
    let frontends = list_at(properties, FRONTENDS).iter().filter_map(|part| part["id"].as_str());
    let balancers = frontends.filter_map(|id| ResourceId::parse(id)?.parent());
    balancers.map(|id| id.key()).collect()
}
