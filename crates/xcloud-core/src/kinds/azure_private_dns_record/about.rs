//! What is known of the kind without a resource.

use super::{plan, read};
use crate::kinds::rules::{AddressFrom, Orphans, Rules, RulesIn, always, never, nothing};
use crate::model::Spec;

/// See [`Rules`].
pub(in crate::kinds) const RULES: Rules = Rules {
    read: |header, reading| read::read(header, reading).map(Spec::PrivateDnsRecord),
    identify: nothing,
    plan: plan::plan,
    remove: nothing,
    orphans: Orphans::AsDeclared,
    address: AddressFrom::Name,
    rules: RulesIn::None,
    global: false,
    widens: never,
    stranger_lets_in: always,
    never_read: &[],
};
