//! Load balancers, whose frontends, pools, probes and rules are written with them.

use std::net::Ipv4Addr;

use serde_json::{Map, Value, json};

use super::call::Call;
use super::ids::{Kind, ResourceId, same_id};
use super::reply::{ArmError, Outcome, Reply};
use super::world::{AzureWorld, Stored, list_at};
use super::{addresses, render, shapes, write};

/// The lists inside a load balancer whose items have ids of their own.
const PARTS: [&str; 4] = ["frontendIPConfigurations", "backendAddressPools", "loadBalancingRules", "probes"];

/// The lists that are answered even if empty.
const ALWAYS: [&str; 3] = ["inboundNatRules", "inboundNatPools", "outboundRules"];

/// Creates or replaces a load balancer.
pub(super) fn put(call: &mut Call<'_>, id: &ResourceId) -> Outcome {
    let mut draft = write::draft(call, id, shapes::LOAD_BALANCER)?;
    write::refuse_while_busy(call, id)?;
    refuse_losing_used_frontend(call.world, &draft.id, &draft.properties)?;
    address_frontends(call, &draft.id, &mut draft.properties)?;
    finish_properties(call.world, &draft.id, &mut draft.properties);
    draft.extra.entry("sku").or_insert(json!({"name": "Basic", "tier": "Regional"}));
    let seconds = call.world.durations.load_balancer;
    Ok(write::accept(call, draft, seconds))
}

/// Gives every part its id, entity tag, type and state.
pub(super) fn finish_properties(world: &mut AzureWorld, id: &ResourceId, properties: &mut Map<String, Value>) {
    let etag = world.new_etag(Kind::LoadBalancer);
    for part in PARTS {
        let list = properties.entry(part).or_insert(json!([]));
        for item in list.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
            let name = item.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
            item.insert("id".to_owned(), json!(format!("{id}/{part}/{name}")));
            item.insert("etag".to_owned(), json!(etag));
            item.insert("type".to_owned(), json!(format!("Microsoft.Network/loadBalancers/{part}")));
            let inner = item.entry("properties").or_insert(json!({}));
            inner["provisioningState"] = json!("Succeeded");
        }
    }
    for name in ALWAYS {
        properties.insert(name.to_owned(), json!([]));
    }
    if !properties.contains_key("resourceGuid") {
        properties.insert("resourceGuid".to_owned(), json!(world.new_guid()));
    }
}

/// Answers one frontend.
pub(super) fn frontend(call: &Call<'_>, id: &ResourceId) -> Outcome {
    call.parent_exists(id)?;
    let frontends = id.parent().map(|parent| list_frontends(call, &parent)).unwrap_or_default();
    let found = frontends.into_iter().find(|part| part["name"].as_str().is_some_and(|name| same_id(name, id.name())));
    found.map(|part| Reply::json(200, part)).ok_or_else(|| ArmError::child_not_found(&id.to_string()))
}

/// Returns the frontends of a load balancer.
pub(super) fn list_frontends(call: &Call<'_>, balancer: &ResourceId) -> Vec<Value> {
    let Some(stored) = call.world.resources.get(&balancer.key()) else { return Vec::new() };
    let body = render::resource(call.world, stored);
    body["properties"]["frontendIPConfigurations"].as_array().cloned().unwrap_or_default()
}

/// Returns true if the load balancer has this frontend.
pub(super) fn has_frontend(balancer: &Stored, frontend: &str) -> bool {
    let frontends = balancer.list("frontendIPConfigurations");
    frontends.iter().any(|part| part["id"].as_str().is_some_and(|id| same_id(id, frontend)))
}

/// Gives frontends in a subnet their private addresses; a frontend keeps the one it has.
fn address_frontends(call: &Call<'_>, id: &ResourceId, properties: &mut Map<String, Value>) -> Result<(), ArmError> {
    let prior = call.world.resources.get(&id.key());
    let mut given: Vec<Ipv4Addr> = Vec::new();
    let Some(Value::Array(frontends)) = properties.get_mut("frontendIPConfigurations") else { return Ok(()) };
    for frontend in frontends {
        let Some(subnet_id) = frontend["properties"]["subnet"]["id"].as_str().map(str::to_owned) else { continue };
        let subnet = call
            .world
            .find(&subnet_id)
            .filter(|stored| stored.kind == Kind::Subnet)
            .ok_or_else(|| ArmError::invalid_reference(&subnet_id, &id.to_string()))?;
        write::refuse_unready(subnet, id)?;
        let before = prior.and_then(|prior| address_before(prior, &frontend["name"]));
        let wanted = frontend["properties"]["privateIPAddress"].as_str().map(str::to_owned);
        let method = if wanted.is_some() { "Static" } else { "Dynamic" };
        let address = match (wanted, before) {
            (Some(wanted), Some(before)) if wanted == before.to_string() => before,
            (Some(wanted), _) => addresses::check_static(call.world, subnet, &wanted, &given)?,
            (None, Some(before)) => before,
            (None, None) => addresses::lowest_free(call.world, subnet, &given)?,
        };
        given.push(address);
        frontend["properties"]["privateIPAddress"] = json!(address.to_string());
        frontend["properties"]["privateIPAllocationMethod"] = json!(method);
        if frontend["properties"]["privateIPAddressVersion"].is_null() {
            frontend["properties"]["privateIPAddressVersion"] = json!("IPv4");
        }
    }
    Ok(())
}

fn address_before(prior: &Stored, name: &Value) -> Option<Ipv4Addr> {
    let frontend = prior.list("frontendIPConfigurations").iter().find(|part| part["name"] == *name)?;
    frontend["properties"]["privateIPAddress"].as_str()?.parse().ok()
}

/// A frontend of a private link service cannot go; the code is not published.
fn refuse_losing_used_frontend(
    world: &AzureWorld,
    id: &ResourceId,
    properties: &Map<String, Value>,
) -> Result<(), ArmError> {
    let kept: Vec<String> = list_at(properties, "frontendIPConfigurations")
        .iter()
        .filter_map(|part| Some(format!("{id}/frontendIPConfigurations/{}", part["name"].as_str()?).to_lowercase()))
        .collect();
    let own = format!("{id}/").to_lowercase();
    for service in world.of_kind(Kind::LinkService) {
        let used = service.list("loadBalancerFrontendIpConfigurations").iter().filter_map(|part| part["id"].as_str());
        for frontend in used.map(str::to_lowercase).filter(|frontend| frontend.starts_with(&own)) {
            if !kept.contains(&frontend) {
                let message = format!("Frontend {frontend} is in use by private link service {}.", service.id);
                return Err(ArmError::bad_request("InUseFrontendIpConfigurationCannotBeDeleted", message));
            }
        }
    }
    Ok(())
}
