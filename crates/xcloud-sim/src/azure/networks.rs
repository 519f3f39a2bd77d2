//! Virtual networks.

use ipnet::Ipv4Net;
use serde_json::{Map, Value, json};

use super::call::Call;
use super::ids::ResourceId;
use super::reply::{ArmError, Outcome};
use super::world::Stored;
use super::{addresses, shapes, subnets, write};

/// Creates or replaces a network; without `subnets` in the body the subnets stay, an empty list deletes them.
///
/// Source: API 2023-09-01 and later, "Azure Virtual Network: updates without subnet property".
pub(super) fn put(call: &mut Call<'_>, id: &ResourceId) -> Outcome {
    let mut draft = write::draft(call, id, shapes::NETWORK)?;
    write::refuse_while_network_busy(call, id)?;
    let space = addresses::address_space(&draft.properties);
    if space.is_empty() {
        let message = format!("Virtual network {id} has no valid address prefix.");
        return Err(
            ArmError::bad_request("InvalidRequestFormat", "Cannot parse the request.").detail("InvalidJson", message)
        );
    }
    let wanted = match draft.properties.remove("subnets") {
        Some(Value::Array(wanted)) => Some(inline_subnets(call, &draft.id, &space, wanted)?),
        _ => None,
    };
    let resource_guid = match call.world.resources.get(&id.key()).and_then(|stored| stored.text("/resourceGuid")) {
        Some(known) => known.to_owned(),
        None => call.world.new_guid(),
    };
    draft.properties.insert("resourceGuid".to_owned(), json!(resource_guid));
    draft.properties.entry("enableDdosProtection").or_insert(json!(false));
    draft.properties.insert("virtualNetworkPeerings".to_owned(), json!([]));
    if let Some(wanted) = wanted {
        replace_subnets(call, &draft.id, wanted);
    }
    let seconds = call.world.durations.network;
    Ok(write::accept(call, draft, seconds))
}

type WantedSubnets = Vec<(ResourceId, Map<String, Value>)>;

fn inline_subnets(
    call: &Call<'_>,
    network: &ResourceId,
    space: &[Ipv4Net],
    wanted: Vec<Value>,
) -> Result<WantedSubnets, ArmError> {
    let mut checked: WantedSubnets = Vec::new();
    for subnet in wanted {
        let name = subnet["name"].as_str().unwrap_or_default();
        let Some(id) = network.child("subnets", name).filter(|_| !name.is_empty()) else {
            let refusal = ArmError::bad_request("InvalidRequestFormat", "Cannot parse the request.");
            return Err(refusal.detail("MissingNamePropertyInJson", "Resource name is missing in JSON."));
        };
        let properties = subnet["properties"].as_object().cloned().unwrap_or_default();
        let siblings = checked.iter().map(|(id, properties)| (id.name(), properties));
        subnets::check(call.world, &id, &properties, space, siblings)?;
        checked.push((id, subnets::normalised(properties)));
    }
    let kept: Vec<String> = checked.iter().map(|(id, _)| id.key()).collect();
    let removed =
        call.world.children(&network.key(), "subnets").filter(|stored| !kept.contains(&stored.id.to_lowercase()));
    for stored in removed {
        if addresses::in_use(call.world, &stored.id) {
            let message = format!("Subnet {} is in use and cannot be deleted.", stored.name());
            return Err(ArmError::bad_request("InUseSubnetCannotBeDeleted", message));
        }
    }
    Ok(checked)
}

fn replace_subnets(call: &mut Call<'_>, network: &ResourceId, wanted: WantedSubnets) {
    let kept: Vec<String> = wanted.iter().map(|(id, _)| id.key()).collect();
    let below = format!("{}/subnets/", network.key());
    call.world.resources.retain(|key, _| !key.starts_with(&below) || kept.contains(key));
    for (id, properties) in wanted {
        let etag = call.world.new_etag(id.kind);
        let mut stored = Stored::new(&id, None, etag);
        stored.properties = properties;
        call.world.resources.insert(id.key(), stored);
    }
}
