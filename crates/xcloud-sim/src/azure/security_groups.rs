//! Network security groups.

use serde_json::{Map, Value, json};

use super::call::Call;
use super::ids::{Kind, ResourceId, same_id};
use super::reply::{ArmError, Outcome, Reply};
use super::world::{AzureWorld, Stored};
use super::{render, security_rules, shapes, write};

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

/// Creates a group or replaces it with all its rules.
pub(super) fn put(call: &mut Call<'_>, id: &ResourceId) -> Outcome {
    let mut draft = write::draft(call, id, shapes::SECURITY_GROUP)?;
    write::refuse_while_busy(call, id)?;
    refuse_while_rules_busy(call, id)?;
    let rules = inline_rules(&draft.id, draft.properties.remove("securityRules"))?;
    let resource_guid = match call.world.resources.get(&id.key()).and_then(|stored| stored.text("/resourceGuid")) {
        Some(known) => known.to_owned(),
        None => call.world.new_guid(),
    };
    draft.properties.insert("resourceGuid".to_owned(), json!(resource_guid));
    replace_rules(call, &draft.id, rules);
    let seconds = call.world.durations.security_group;
    Ok(write::accept(call, draft, seconds))
}

/// Deletes a group that no subnet uses.
pub(super) fn delete(call: &mut Call<'_>, id: &ResourceId) -> Outcome {
    let group = id.to_string();
    let users: Vec<&str> = subnets_with(call.world, &group).map(|subnet| subnet.id.as_str()).collect();
    if !users.is_empty() {
        let message = format!(
            "Network security group {id} cannot be deleted because it is in use by the following resources: {}. In \
             order to delete the Network security group, remove the association with the resource(s).",
            users.join(", ")
        );
        return Err(ArmError::bad_request("InUseNetworkSecurityGroupCannotBeDeleted", message));
    }
    refuse_while_rules_busy(call, id)?;
    let seconds = call.world.durations.security_group;
    write::delete(call, id, seconds)
}

/// A group as a whole waits for the writes of its rules.
fn refuse_while_rules_busy(call: &Call<'_>, id: &ResourceId) -> Result<(), ArmError> {
    let busy = call.world.children(&id.key(), "securityRules").find_map(|rule| rule.state.operation());
    busy.map_or(Ok(()), |operation| Err(write::conflict(call, operation)))
}

/// Answers one of the rules that every group has.
pub(super) fn default_rule(call: &Call<'_>, id: &ResourceId) -> Outcome {
    call.parent_exists(id)?;
    let rules = id.parent().map(|parent| list_default_rules(call, &parent)).unwrap_or_default();
    let rule = rules.into_iter().find(|rule| rule["name"].as_str().is_some_and(|name| same_id(name, id.name())));
    rule.map(|rule| Reply::json(200, rule)).ok_or_else(|| ArmError::child_not_found(&id.to_string()))
}

/// Returns the rules that the group has without anybody's doing.
pub(super) fn list_default_rules(call: &Call<'_>, group: &ResourceId) -> Vec<Value> {
    let stored = call.world.resources.get(&group.key());
    stored.map(default_rules).and_then(|rules| rules.as_array().cloned()).unwrap_or_default()
}

/// Returns the same as a JSON array.
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
        properties.insert("subnets".to_owned(), render::references(users));
    }
}

fn subnets_with<'a>(world: &'a AzureWorld, group: &'a str) -> impl Iterator<Item = &'a Stored> {
    world
        .of_kind(Kind::Subnet)
        .filter(move |subnet| subnet.text("/networkSecurityGroup/id").is_some_and(|id| same_id(id, group)))
}

/// The rules of a group's body with their ids.
type CheckedRules = Vec<(ResourceId, Map<String, Value>)>;

/// Checks the rules inside a group's body and returns them with their ids.
fn inline_rules(group: &ResourceId, rules: Option<Value>) -> Result<CheckedRules, ArmError> {
    let Some(Value::Array(rules)) = rules else { return Ok(Vec::new()) };
    let mut checked: CheckedRules = Vec::new();
    for rule in rules {
        let Some(name) = rule["name"].as_str() else {
            let refusal = ArmError::bad_request("InvalidRequestFormat", "Cannot parse the request.");
            return Err(refusal.detail("MissingNamePropertyInJson", "Resource name is missing in JSON."));
        };
        let properties = rule["properties"].as_object().cloned().unwrap_or_default();
        let Some(id) = group.child("securityRules", name) else { continue };
        let others = checked.iter().map(|(id, properties)| (id.name(), properties));
        security_rules::check(&id, &properties, others)?;
        checked.push((id, security_rules::normalised(properties)));
    }
    Ok(checked)
}

/// Replaces all rules of a group; rules that stay as they are keep their entity tag.
fn replace_rules(call: &mut Call<'_>, group: &ResourceId, rules: CheckedRules) {
    let wanted: Vec<String> = rules.iter().map(|(id, _)| id.key()).collect();
    let below = format!("{}/securityrules/", group.key());
    call.world.resources.retain(|key, _| !key.starts_with(&below) || wanted.contains(key));
    for (id, properties) in rules {
        if call.world.resources.get(&id.key()).is_some_and(|stored| stored.properties == properties) {
            continue;
        }
        let etag = call.world.new_etag(id.kind);
        let mut stored = Stored::new(&id, None, etag);
        stored.properties = properties;
        call.world.resources.insert(id.key(), stored);
    }
}
