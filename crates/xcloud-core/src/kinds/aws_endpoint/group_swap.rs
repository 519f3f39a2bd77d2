//! Whether an endpoint's old groups can leave in the very call that brings the new ones, before the commit point.

use std::collections::BTreeSet;

use crate::kinds::shared::aws::group_rules::{self as rules, is_ours};
use crate::kinds::shared::aws::{Index, Refs};
use crate::live::LiveGroup;
use crate::marks;
use crate::model::GroupRef;
use crate::op::{GroupRule, Handle};
use crate::plan::draft::Draft;
use crate::plan::rule_sets;
use crate::reach::Allowed;

/// The other end of every inbound rule, whichever group has it: the endpoint.
const OWN: &str = "endpoint";

/// Returns true if the new groups let in all that the removed ones do, so that nobody is cut by the swap. Of a group
/// that its own replacement follows only our rules count: what carries no mark is removed with it.
pub(crate) fn keeps_all_in(
    draft: &Draft<'_>,
    index: &Index<'_>,
    refs: &Refs,
    new: &[GroupRef],
    removed: &BTreeSet<Handle>,
) -> bool {
    let meaning = |rule: GroupRule| rule_sets::of_group(OWN, false, &rule);
    let admitted = Allowed::of(new.iter().flat_map(|group| ingress(draft, index, refs, group)).map(meaning));
    removed.iter().all(|group| {
        let Some(live) = index.groups.get(group.id()) else { return false };
        let followed = is_followed(draft, refs, new, live);
        let mut counting = live.rules.iter().filter(|rule| !rule.egress && (!followed || is_ours(draft, rule)));
        counting.all(|rule| rules::written(rule).is_some_and(|rule| admitted.covers(&Allowed::of([meaning(rule)]))))
    })
}

/// Returns true if one of the new groups is the replacement of this one.
fn is_followed(draft: &Draft<'_>, refs: &Refs, new: &[GroupRef], live: &LiveGroup) -> bool {
    let addr = marks::marked_address(&live.tags, &draft.desired.product);
    let named = addr.is_some_and(|addr| new.contains(&GroupRef::Declared(addr)));
    named && refs.superseded.contains(&live.id)
}

/// Returns what a group lets in once the steps before the commit point that fill it are done.
fn ingress(draft: &Draft<'_>, index: &Index<'_>, refs: &Refs, group: &GroupRef) -> Vec<GroupRule> {
    let id = match group {
        GroupRef::Id(id) => id.as_str(),
        GroupRef::Declared(addr) => {
            let planned = draft.desired.resources.get(addr).filter(|_| draft.options.filter.includes(addr));
            if let Some(spec) = planned.and_then(|resource| resource.spec.declared().role().group()) {
                return rules::declared(&spec.ingress, refs).0.into_values().collect();
            }
            refs.groups.get(addr).map(Handle::id).unwrap_or_default()
        }
    };
    let live = index.groups.get(id).map(|live| live.rules.as_slice()).unwrap_or_default();
    live.iter().filter(|rule| !rule.egress).filter_map(rules::written).collect()
}
