//! What is known of the kind without a resource.

use super::{plan, read, remove};
use crate::kinds::rules::{AddressFrom, Orphans, Rules, RulesIn, Search, always, never};
use crate::model::Spec;

/// See [`Rules`].
pub(in crate::kinds) const RULES: Rules = Rules {
    read: |header, reading| read::read(header, reading).map(Spec::SecurityGroup),
    identify: |cx| cx.each(plan::identify),
    plan: |cx| cx.each(plan::plan),
    remove: remove::remove,
    orphans: Orphans::Aws(Search::Always, |query| query.groups = true),
    address: AddressFrom::Name,
    rules: RulesIn::None,
    global: false,
    widens: never,
    stranger_lets_in: always,
    never_read: &[],
};
