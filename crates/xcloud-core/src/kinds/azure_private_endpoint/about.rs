//! What is known of the kind without a resource.

use serde_json::Value;

use super::{plan, read};
use crate::kinds::rules::{AddressFrom, Orphans, Rules, RulesIn, Search, always, nothing};
use crate::model::Spec;
use crate::plan::{Path, Property};

/// See [`Rules`].
pub(in crate::kinds) const RULES: Rules = Rules {
    read: |header, reading| read::read(header, reading).map(Spec::PrivateEndpoint),
    identify: nothing,
    plan: |cx| plan::plan(cx.draft, &cx.services),
    remove: nothing,
    orphans: Orphans::Azure(Search::Everywhere, |query| query.everywhere = true),
    address: AddressFrom::Name,
    rules: RulesIn::None,
    global: false,
    widens,
    stranger_lets_in: always,
    never_read: &[],
};

fn widens(path: &Path, _expected: &Value, actual: &Value) -> bool {
    matches!(path, Path::Of(Property::Approval)) && actual == "automatic"
}
