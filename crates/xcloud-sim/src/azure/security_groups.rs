//! Network security groups.

use serde_json::{Map, Value, json};

use super::call::Call;
use super::ids::{ResourceId, same_id};
use super::reply::{ArmError, Outcome, Reply};
use super::world::Stored;
use super::{security_rules, shapes, views, write};

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
    let users: Vec<&str> = views::subnets_with(call.world, &group).map(|subnet| subnet.id.as_str()).collect();
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
    stored.map(views::default_rules).and_then(|rules| rules.as_array().cloned()).unwrap_or_default()
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
