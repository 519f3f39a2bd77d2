//! Firewall policies.

use serde_json::json;

use super::call::Call;
use super::ids::ResourceId;
use super::reply::{ArmError, Outcome};
use super::world::State;
use super::{shapes, views, write};

/// The mark with the id of the firewall that a policy is attached to.
pub(super) const FIREWALL: &str = "firewall";

/// Creates or replaces a policy; its rule collection groups stay.
pub(super) fn put(call: &mut Call<'_>, id: &ResourceId) -> Outcome {
    let mut draft = write::draft(call, id, shapes::FIREWALL_POLICY)?;
    refuse_while_busy(call, id)?;
    draft.properties.entry("sku").or_insert(json!({"tier": "Standard"}));
    draft.properties.entry("threatIntelMode").or_insert(json!("Alert"));
    let firewall = call.world.resources.get(&id.key()).and_then(|stored| stored.hidden.get(FIREWALL));
    let firewalls = views::references(firewall.map(String::as_str).into_iter());
    draft.properties.insert("firewalls".to_owned(), firewalls);
    draft.properties.insert("childPolicies".to_owned(), json!([]));
    let seconds = call.world.durations.firewall_policy;
    Ok(write::accept(call, draft, seconds))
}

/// Refuses to write a policy or one of its rule collection groups while any of them is written.
///
/// Source: "Azure Firewall known issues": one update of a policy at a time.
pub(super) fn refuse_while_busy(call: &Call<'_>, policy: &ResourceId) -> Result<(), ArmError> {
    let key = policy.key();
    let own = call.world.resources.get(&key).into_iter();
    let busy = own.chain(call.world.children(&key, "ruleCollectionGroups")).find_map(|stored| match &stored.state {
        State::Updating(operation) | State::Deleting(operation) => Some(operation),
        State::Succeeded | State::Failed => None,
    });
    busy.map_or(Ok(()), |operation| Err(write::conflict(call, operation)))
}
