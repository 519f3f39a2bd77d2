//! What is known of the kind without a resource.

use super::{plan, read};
use crate::kinds::rules::{AddressFrom, Orphans, Rules, RulesIn, Search, always, never, nothing};
use crate::model::Spec;

/// See [`Rules`].
pub(in crate::kinds) const RULES: Rules = Rules {
    read: |header, reading| read::read(header, reading).map(Spec::FirewallRules),
    identify: nothing,
    plan: |cx| cx.rows.extend(plan::plan(cx.draft)),
    remove: nothing,
    orphans: Orphans::Azure(Search::Everywhere, |query| query.everywhere = true),
    address: AddressFrom::Group,
    rules: RulesIn::Own,
    global: false,
    widens: never,
    stranger_lets_in: always,
    never_read: &[],
};
