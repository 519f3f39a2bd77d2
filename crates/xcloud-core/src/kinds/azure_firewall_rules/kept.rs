//! Rules of forms that xcloud does not write (IP groups, FQDNs, service tags, DNAT), where they must stay: they go into the
//! write as Azure answered them.

use serde_json::Value;

use super::part::{Group, Part};
use crate::live::LiveFirewallRule;
use crate::model::Access;
use crate::op::FirewallRulesOp;

/// Returns the live collections with those of their rules that are kept as they are and that `stays` chooses.
pub(super) fn collections<'p>(group: &Group<'_>, parts: &[Part<'p>], stays: impl Fn(&Part<'p>) -> bool) -> Vec<Value> {
    let chosen = |collection: &Value, rule: &Value| {
        let its = |live: &LiveFirewallRule| collection["name"] == *live.collection && rule["name"] == *live.name;
        parts.iter().any(|part| part.is_raw() && part.live.is_some_and(its) && stays(part))
    };
    let mut kept = Vec::new();
    for collection in raw(group) {
        let mut some = collection.clone();
        let Some(rules) = some["rules"].as_array_mut() else { continue };
        rules.retain(|rule| chosen(collection, rule));
        if !rules.is_empty() {
            kept.push(some);
        }
    }
    kept
}

/// Returns true if the rule can be kept beside our collections, or in one of them: it was answered as it is, and its
/// collection is ours, or has another name and another priority.
pub(super) fn fits(group: &Group<'_>, part: &Part<'_>) -> bool {
    let Some(live) = part.live else { return false };
    let is_raw = raw(group).iter().filter(|collection| collection["name"] == *live.collection).any(|collection| {
        let mut rules = collection["rules"].as_array().into_iter().flatten();
        rules.any(|rule| rule["name"] == *live.name)
    });
    is_raw
        && [Access::Allow, Access::Deny].map(FirewallRulesOp::collection).into_iter().zip(["Allow", "Deny"]).all(
            |((name, priority), action)| match live.collection == name {
                true => live.action == action && live.rule_type == "NetworkRule",
                false => live.collection_priority != priority,
            },
        )
}

fn raw<'a>(group: &Group<'a>) -> &'a [Value] {
    group.live.and_then(|live| live.raw.as_array()).map_or(&[], Vec::as_slice)
}
