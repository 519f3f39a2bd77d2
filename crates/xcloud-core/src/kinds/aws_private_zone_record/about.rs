//! What is known of the kind without a resource.

use super::read;
use crate::kinds::rules::{AddressFrom, Rules, RulesIn, always, never};
use crate::model::Spec;

/// See [`Rules`].
pub(in crate::kinds) const RULES: Rules = Rules {
    read: |header, reading| read::read(header, reading).map(Spec::PrivateZoneRecord),
    address: AddressFrom::Name,
    rules: RulesIn::None,
    global: true,
    widens: never,
    stranger_lets_in: always,
    never_read: &[],
};
