//! What stands above the resource providers and refuses writes: resource locks, Azure Policy, disabled subscriptions,
//! resource groups that are being deleted.
//!
//! Sources: "Lock your resources to protect your infrastructure"; "Azure Policy definitions deny effect";
//! openshift/installer#2300 (`ScopeLocked`), sassoftware/viya4-iac-azure#391 (`RequestDisallowedByPolicy`).

use serde_json::{Map, Value, json};

use super::call::Call;
use super::governing::Lock;
use super::ids::{ResourceId, Target};
use super::reply::{ArmError, Outcome, Reply};
use super::schema;
use super::world::AzureWorld;

/// Refuses a write that the subscription, its resource group, a lock or a policy does not allow.
pub(super) fn check(call: &Call<'_>, target: &Target) -> Result<(), ArmError> {
    let (method, Target::Resource(id)) = (call.request.method.as_str(), target) else { return Ok(()) };
    if method == "GET" {
        return Ok(());
    }
    let subscription = call.world.subscriptions.get(&id.subscription.to_lowercase());
    if subscription.is_some_and(|subscription| subscription.disabled) {
        let message = format!(
            "The subscription '{}' is disabled and therefore marked as read only. You cannot perform any write actions \
             on this subscription until it is re-enabled.",
            id.subscription
        );
        return Err(ArmError::new(409, "ReadOnlyDisabledSubscription", message));
    }
    let group = subscription.and_then(|subscription| subscription.groups.get(&id.group.to_lowercase()));
    if method == "PUT" && group.is_some_and(|group| group.deleting) {
        let message =
            format!("The resource group '{}' is in deprovisioning state and cannot perform this operation.", id.group);
        return Err(ArmError::new(409, "ResourceGroupBeingDeleted", message));
    }
    refuse_locked(call, id, method)?;
    if method == "PUT" { refuse_untagged(call, id) } else { Ok(()) }
}

/// Answers the locks on a subscription or a resource group, and on what is in it. A role on some resource groups has no right in
/// the subscription.
pub(super) fn locks(call: &Call<'_>, subscription: &str, group: Option<&str>) -> Outcome {
    let scope = group.map_or(format!("/subscriptions/{subscription}"), |group| {
        format!("/subscriptions/{subscription}/resourceGroups/{group}")
    });
    if call.world.locks_hidden || (group.is_none() && call.world.readable_groups.is_some()) {
        let message = format!(
            "The client does not have authorization to perform action 'Microsoft.Authorization/locks/read' over scope \
             '{scope}' or the scope is invalid. If access was recently granted, please refresh your credentials."
        );
        return Err(ArmError::new(403, "AuthorizationFailed", message));
    }
    let below = |lock: &&Lock| is_below(&lock.scope, &scope);
    let shown = call.world.locks.iter().filter(below).enumerate().map(|(number, lock)| {
        json!({
            "id": format!("{}/providers/Microsoft.Authorization/locks/lock-{number}", lock.scope),
            "type": "Microsoft.Authorization/locks",
            "name": format!("lock-{number}"),
            "properties": {"level": if lock.read_only { "ReadOnly" } else { "CanNotDelete" }},
        })
    });
    Ok(Reply::json(200, json!({ "value": shown.collect::<Vec<_>>() })))
}

/// Returns true if an id is that of a scope, or of something in it.
fn is_below(id: &str, scope: &str) -> bool {
    let id = id.to_lowercase();
    id.strip_prefix(&scope.to_lowercase()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn refuse_locked(call: &Call<'_>, id: &ResourceId, method: &str) -> Result<(), ArmError> {
    let deletes = method == "DELETE";
    let path = id.key();
    let holds = |lock: &&Lock| is_below(&path, &lock.scope) && (deletes || lock.read_only);
    let Some(lock) = call.world.locks.iter().find(holds) else { return Ok(()) };
    let action = if deletes { "delete" } else { "write" };
    let message = format!(
        "The scope '{id}' cannot perform {action} operation because following scope(s) are locked: '{}'. Please remove \
         the lock and try again.",
        lock.scope
    );
    Err(ArmError::new(409, "ScopeLocked", message))
}

/// The policy looks at resources that can have tags, as an assignment in mode `Indexed` does.
fn refuse_untagged(call: &Call<'_>, id: &ResourceId) -> Result<(), ArmError> {
    if id.parent().is_some() {
        return Ok(());
    }
    let body = schema::parse_body(&call.request.body)?;
    let is_tagged = |tag: &str| {
        let tags = body.get("tags").and_then(Value::as_object);
        tags.is_some_and(|tags| tags.keys().any(|name| name.eq_ignore_ascii_case(tag)))
    };
    let Some(policy) = call.world.required_tags.iter().find(|policy| !is_tagged(&policy.tag)) else { return Ok(()) };
    let message = format!(
        "Resource '{}' was disallowed by policy. Reasons: 'Every resource needs the tag {}.'. See error details for \
         policy resource IDs.",
        id.name(),
        policy.tag
    );
    Err(ArmError::new(403, "RequestDisallowedByPolicy", message).info(violation(&policy.assignment)))
}

/// Returns the tags of a write with those that a policy of the effect `modify` adds.
pub(super) fn with_added_tags(
    world: &AzureWorld,
    id: &ResourceId,
    tags: Option<Map<String, Value>>,
) -> Option<Map<String, Value>> {
    if world.added_tags.is_empty() || id.parent().is_some() {
        return tags;
    }
    let mut tags = tags.unwrap_or_default();
    for added in &world.added_tags {
        if !tags.keys().any(|name| name.eq_ignore_ascii_case(&added.tag)) {
            tags.insert(added.tag.clone(), Value::from(added.value.clone()));
        }
    }
    Some(tags)
}

fn violation(assignment: &str) -> Value {
    json!({"type": "PolicyViolation", "info": {
        "policyDefinitionDisplayName": "Require a tag on resources",
        "policyAssignmentName": assignment,
        "policyAssignmentId": format!(
            "/providers/Microsoft.Management/managementGroups/mg/providers/Microsoft.Authorization/policyAssignments/\
             {assignment}"
        ),
        "policyDefinitionEffect": "deny",
    }})
}
