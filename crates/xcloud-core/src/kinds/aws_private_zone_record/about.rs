//! What is known of the kind without a resource.

use crate::kinds::rules::{AddressFrom, Rules, RulesIn, always, never};

/// See [`Rules`].
pub(in crate::kinds) const RULES: Rules = Rules {
    address: AddressFrom::Name,
    rules: RulesIn::None,
    global: true,
    widens: never,
    stranger_lets_in: always,
    never_read: &[],
};
