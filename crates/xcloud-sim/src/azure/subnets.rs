//! Subnets.

use ipnet::Ipv4Net;
use serde_json::{Map, Value, json};

use super::call::Call;
use super::ids::ResourceId;
use super::reply::{ArmError, Outcome};
use super::world::{AzureWorld, text_at};
use super::{addresses, shapes, write};

/// Creates or replaces a subnet: what the body leaves out is detached.
pub(super) fn put(call: &mut Call<'_>, id: &ResourceId) -> Outcome {
    let mut draft = write::draft(call, id, shapes::SUBNET)?;
    let Some(network) = id.parent() else { return Err(ArmError::child_not_found(&id.to_string())) };
    write::refuse_while_network_busy(call, &network)?;
    let network = call.existing(&network)?;
    let space = addresses::address_space(&network.properties);
    let siblings = call
        .world
        .children(&network.id, "subnets")
        .filter(|other| !other.id.eq_ignore_ascii_case(&draft.id.to_string()))
        .map(|other| (other.name(), &other.properties));
    check(call.world, &draft.id, &draft.properties, &space, siblings)?;
    if let Some(group) = text_at(&draft.properties, "/networkSecurityGroup/id").and_then(|id| call.world.find(id)) {
        write::refuse_unready(group, &draft.id)?;
    }
    draft.properties = normalised(draft.properties);
    let seconds = call.world.durations.network;
    Ok(write::accept(call, draft, seconds))
}

/// Checks a subnet against its network's ranges and the other subnets, and that its security group exists.
pub(super) fn check<'a>(
    world: &AzureWorld,
    id: &ResourceId,
    subnet: &Map<String, Value>,
    space: &[Ipv4Net],
    siblings: impl Iterator<Item = (&'a str, &'a Map<String, Value>)>,
) -> Result<(), ArmError> {
    let prefixes = addresses::prefixes(subnet);
    let Some(first) = prefixes.first() else {
        let message = format!("Subnet {id} has no valid address prefix.");
        return Err(ArmError::bad_request("NetcfgInvalidSubnet", message));
    };
    if let Some(outside) = prefixes.iter().find(|prefix| !addresses::contains(space, **prefix)) {
        let message = format!("Subnet '{}' with prefix {outside} is not contained in the virtual network.", id.name());
        return Err(ArmError::bad_request("NetcfgSubnetRangeOutsideVnet", message));
    }
    for (name, other) in siblings {
        let overlap = addresses::prefixes(other)
            .into_iter()
            .any(|other| prefixes.iter().any(|own| own.contains(&other) || other.contains(own)));
        if overlap {
            let message = format!("Subnet '{}' is not valid: {first} overlaps with subnet '{name}'.", id.name());
            return Err(ArmError::bad_request("NetcfgSubnetRangesOverlap", message));
        }
    }
    match text_at(subnet, "/networkSecurityGroup/id") {
        Some(group) if world.find(group).is_none() => Err(ArmError::invalid_reference(group, &id.to_string())),
        _ => Ok(()),
    }
}

/// Returns a subnet with Azure's defaults: policies are off for private endpoints and on for private link services.
///
/// Source: `virtualNetwork.json` 2024-03-01, `SubnetPropertiesFormat`.
pub(super) fn normalised(mut subnet: Map<String, Value>) -> Map<String, Value> {
    subnet.entry("privateEndpointNetworkPolicies").or_insert(json!("Disabled"));
    subnet.entry("privateLinkServiceNetworkPolicies").or_insert(json!("Enabled"));
    subnet.entry("delegations").or_insert(json!([]));
    subnet
}
