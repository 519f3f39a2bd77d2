//! What is known of the kind without a resource.

use super::{plan, read, remove};
use crate::kinds::rules::{AddressFrom, Orphans, Rules, RulesIn, never, nothing};
use crate::model::Spec;

/// See [`Rules`].
pub(in crate::kinds) const RULES: Rules = Rules {
    read: |header, reading| read::read(header, reading).map(Spec::PrivateZoneRecord),
    identify: nothing,
    plan: |cx| cx.each(plan::plan),
    remove: remove::remove,
    orphans: Orphans::AsDeclared,
    address: AddressFrom::Name,
    rules: RulesIn::None,
    global: true,
    widens: never,
    stranger_lets_in: |_, _| false,
    never_read: &[],
};
