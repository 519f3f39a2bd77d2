//! What every object of Resource Manager has in common.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use xcloud_core::live::ProvisioningState;
use xcloud_core::model::ArmName;
use xcloud_core::provider::{ApiCall, ErrorKind, ProviderError};

use crate::error;
use crate::json::{etag, state, text};
use crate::merge;

/// Returns what a guard compares: the `ETag`, and of a rule collection group what it holds. Nobody documents a precondition
/// for those, and their `ETag` moves without a change of theirs (facts/azure 4.4).
pub(crate) fn version(body: &Value) -> String {
    let kind = text(body, "/type").to_ascii_lowercase();
    let collections = body.pointer("/properties/ruleCollections");
    if collections.is_none() && !kind.ends_with("/rulecollectiongroups") {
        return etag(body).to_owned();
    }
    let priority = body.pointer("/properties/priority");
    let held = merge::without_empty(&merge::stripped(&json!({"priority": priority, "ruleCollections": collections})));
    let digest = Sha256::digest(held.to_string());
    digest.iter().fold("sha256:".to_owned(), |text, byte| format!("{text}{byte:02x}"))
}

/// Returns the facts of an object: its id and version, and a private link service's alias.
pub(crate) fn facts(id: &ArmName, body: &Value) -> BTreeMap<String, String> {
    let mut facts = BTreeMap::from([(String::new(), id.0.clone())]);
    for (fact, value) in [("etag", version(body).as_str()), ("alias", text(body, "/properties/alias"))] {
        if !value.is_empty() {
            facts.insert(fact.to_owned(), value.to_owned());
        }
    }
    facts
}

/// Returns the failure of an object that has not come to be as it was written.
pub(crate) fn ended_well(call: &ApiCall, body: &Value) -> Result<(), ProviderError> {
    let state = state(body);
    if state.is_silent() || *state == ProvisioningState::Succeeded {
        return Ok(());
    }
    Err(error::of(call, ErrorKind::Other, &format!("the object's provisioningState is {state}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_a_rule_collection_group_is_what_it_holds() {
        let group = |etag: &str, port: &str, lists: Value| {
            json!({"etag": etag, "properties": {"priority": 300, "size": etag, "provisioningState": etag,
                "ruleCollections": [{"rules": [{"destinationPorts": [port], "sourceIpGroups": lists}]}]}})
        };
        assert_eq!(version(&group("a", "443", Value::Null)), version(&group("b", "443", json!([]))));
        assert_ne!(version(&group("a", "443", Value::Null)), version(&group("a", "80", Value::Null)));
        assert_eq!(version(&json!({"etag": "W/\"1\"", "properties": {}})), "W/\"1\"");
    }
}
