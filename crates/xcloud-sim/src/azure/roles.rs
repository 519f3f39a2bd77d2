//! What the caller's roles let him see: a list over the subscription answers what he may read, and says nothing of the rest.
//!
//! Sources: "Azure role-based access control"; `Permissions_ListForResourceGroup` of `Microsoft.Authorization`, which answers
//! in a subscription too.

use serde_json::json;

use super::call::Call;
use super::ids::Target;
use super::reply::{ArmError, Reply};
use super::world::AzureWorld;

/// Refuses what is in a resource group that the caller may not read.
pub(super) fn check(call: &Call<'_>, target: &Target) -> Result<(), ArmError> {
    let Some(group) = target.group().filter(|group| !sees(call.world, group)) else { return Ok(()) };
    let message = format!(
        "The client does not have authorization to perform action 'Microsoft.Network/{}/read' over scope \
         '/subscriptions/{}/resourceGroups/{group}' or the scope is invalid. If access was recently granted, please \
         refresh your credentials.",
        target.type_name(),
        target.subscription()
    );
    Err(ArmError::new(403, "AuthorizationFailed", message))
}

/// Returns true if the caller may read a resource group.
pub(super) fn sees(world: &AzureWorld, group: &str) -> bool {
    world.readable_groups.as_ref().is_none_or(|groups| groups.contains(&group.to_lowercase()))
}

/// Answers what the caller may do in the whole subscription.
pub(super) fn permissions(call: &Call<'_>) -> Reply {
    let everything = json!({"actions": ["*"], "notActions": [], "dataActions": [], "notDataActions": []});
    let granted = if call.world.readable_groups.is_none() { vec![everything] } else { Vec::new() };
    Reply::json(200, json!({ "value": granted }))
}
