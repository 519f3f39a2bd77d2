//! What is known of the kind without a resource.

use serde_json::Value;

use super::{plan, read, remove};
use crate::kinds::rules::{AddressFrom, Orphans, Rules, RulesIn, Search, always, has_more};
use crate::model::Spec;
use crate::plan::{Path, Property};

/// See [`Rules`].
pub(in crate::kinds) const RULES: Rules = Rules {
    read: |header, reading| read::read(header, reading).map(Spec::LoadBalancer),
    identify: |cx| cx.each(plan::identify),
    plan: |cx| cx.each(plan::plan),
    remove: remove::remove,
    orphans: Orphans::Aws(Search::Always, |query| query.load_balancers = true),
    address: AddressFrom::Name,
    rules: RulesIn::None,
    global: false,
    widens,
    stranger_lets_in: always,
    never_read: &[
        "load balancer attributes (cross-zone, deletion protection, access logs)",
        "target group attributes (deregistration delay, source addresses) and the owner in their tags",
    ],
};

fn widens(path: &Path, expected: &Value, actual: &Value) -> bool {
    match path {
        Path::Listener(_, None) => expected.is_null() && !actual.is_null(),
        Path::Of(Property::PrivateLinkIngressRules) => actual == "off",
        // Another group may let in what the declared ones do not.
        Path::Of(Property::SecurityGroups) => has_more(expected, actual),
        _ => false,
    }
}
