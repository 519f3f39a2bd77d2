//! What is known of the kind without a resource.

use serde_json::Value;

use crate::kinds::rules::{AddressFrom, Rules, RulesIn, always};

/// See [`Rules`].
pub(in crate::kinds) const RULES: Rules = Rules {
    address: AddressFrom::Name,
    rules: RulesIn::None,
    global: false,
    widens,
    stranger_lets_in: always,
    never_read: &[],
};

fn widens(property: &str, _expected: &Value, actual: &Value) -> bool {
    property == "approval" && actual == "automatic"
}
