//! What of Azure is in force at a moment, which is not always certain.

use serde_json::{Map, Value};

use crate::Millis;
use crate::azure::{AzureWorld, OperationStatus, State, Stored, Verb};

/// The properties of a resource, or nothing where there is no resource.
pub(super) type Alternative<'a> = Option<&'a Map<String, Value>>;

/// Returns what a resource may be now, the latest as the last: one thing, or more while an operation on it runs and
/// after one has failed, when Azure does not say how far it got.
pub(super) fn alternatives<'a>(azure: &'a AzureWorld, stored: &'a Stored, now: Millis) -> Vec<Alternative<'a>> {
    let operation = match &stored.state {
        State::Succeeded => None,
        State::Updating(id) | State::Deleting(id) => azure.operations.get(id),
        State::Failed => azure.failure_of(&stored.id),
    };
    let Some(operation) = operation else { return vec![Some(&stored.properties)] };
    let after = match operation.verb {
        Verb::Put => Some(&stored.properties),
        Verb::Delete => None,
    };
    let runs = operation.status == OperationStatus::InProgress;
    if runs && operation.ends_at <= now && operation.will_fail.is_none() {
        return vec![after];
    }
    operation.before.iter().map(Option::as_ref).chain([after]).collect()
}

/// Tells whether a resource is there now, or may be.
pub(super) fn exists(azure: &AzureWorld, id: &str, now: Millis) -> bool {
    azure.find(id).is_some_and(|stored| alternatives(azure, stored, now).iter().any(Option::is_some))
}
