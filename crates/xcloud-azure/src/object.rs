//! What every object of Resource Manager has in common.

use std::collections::BTreeMap;

use serde_json::Value;
use xcloud_core::live::ProvisioningState;
use xcloud_core::model::ArmName;
use xcloud_core::provider::{ApiCall, ErrorKind, ProviderError};

use crate::error;
use crate::json::{etag, state, text};

/// Returns the facts of an object: its id and `ETag`, and a private link service's alias.
pub(crate) fn facts(id: &ArmName, body: &Value) -> BTreeMap<String, String> {
    let mut facts = BTreeMap::from([(String::new(), id.0.clone())]);
    for (fact, value) in [("etag", etag(body)), ("alias", text(body, "/properties/alias"))] {
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
