//! What is known of the kind without a resource.

use serde_json::Value;

use super::{plan, read};
use crate::kinds::rules::{AddressFrom, Orphans, Rules, RulesIn, Search, always, has_more, nothing};
use crate::model::Spec;
use crate::plan::{Path, Property};

/// See [`Rules`].
pub(in crate::kinds) const RULES: Rules = Rules {
    read: |header, reading| read::read(header, reading).map(Spec::PrivateLinkService),
    identify: nothing,
    plan: |cx| cx.services = plan::plan(cx.draft),
    remove: |cx| plan::remove(cx.draft, std::mem::take(&mut cx.services)),
    orphans: Orphans::Azure(Search::Everywhere, |query| query.everywhere = true),
    address: AddressFrom::Name,
    rules: RulesIn::None,
    global: false,
    widens,
    stranger_lets_in: always,
    never_read: &["proxy protocol and addresses of private link services"],
};

fn widens(path: &Path, expected: &Value, actual: &Value) -> bool {
    matches!(path, Path::Of(Property::Visibility | Property::AutoApproval)) && has_more(expected, actual)
}
