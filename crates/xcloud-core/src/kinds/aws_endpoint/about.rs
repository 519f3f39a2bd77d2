//! What is known of the kind without a resource.

use serde_json::Value;

use crate::kinds::rules::{AddressFrom, Rules, RulesIn, always, has_more};

/// See [`Rules`].
pub(in crate::kinds) const RULES: Rules = Rules {
    address: AddressFrom::Name,
    rules: RulesIn::None,
    global: false,
    widens,
    stranger_lets_in: always,
    never_read: &["endpoint policies"],
};

/// Another group may let in what the declared ones do not.
fn widens(property: &str, expected: &Value, actual: &Value) -> bool {
    property == "security_groups" && has_more(expected, actual)
}
