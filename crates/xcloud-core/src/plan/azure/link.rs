//! What private link services and private endpoints have in common: ids, names with a suffix, tags.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::super::aws::names::{generation, with_generation};
use crate::code::ProblemCode;
use crate::marks;
use crate::model::{Addr, ArmName, Place, PlaceKey, Resource};
use crate::plan::draft::{Draft, field};
use crate::plan::{Await, Condition, FieldChange, Path, Patience, Set};

/// How long a private link service or endpoint may take (facts/azure 4.1: ends early, minutes to an hour).
pub(super) const LINK_SECS: u64 = 3600;

/// Returns the id of an object of `Microsoft.Network`.
pub(super) fn id(place: &PlaceKey, resource_group: &str, kind: &str, name: &str) -> ArmName {
    let account = &place.account;
    ArmName(format!(
        "/subscriptions/{account}/resourceGroups/{resource_group}/providers/Microsoft.Network/{kind}/{name}"
    ))
}

/// Returns the first name of the base that is not taken and comes after every generation that is ours.
pub(super) fn free_name(base: &str, ours: &[&ArmName], taken: &BTreeSet<String>) -> String {
    let last = ours.iter().filter_map(|id| generation(base, id.name())).max().unwrap_or(0);
    let mut next = last + 1;
    while taken.contains(&with_generation(base, next).to_ascii_lowercase()) {
        next += 1;
    }
    with_generation(base, next)
}

/// Returns true if the live name is the declared one, with or without a suffix.
pub(super) fn is_named(id: &ArmName, resource_group: &str, base: &str) -> bool {
    let group = id.segment("resourceGroups").unwrap_or_default();
    group.eq_ignore_ascii_case(resource_group) && generation(base, id.name()).is_some()
}

/// Returns our tags, and those that others have written beside them.
pub(super) fn tags(
    draft: &Draft<'_>,
    addr: &Addr,
    live: Option<&BTreeMap<String, String>>,
) -> BTreeMap<String, String> {
    let mut tags = live.cloned().unwrap_or_default();
    tags.extend(marks::tags(draft.desired, addr));
    tags
}

/// Returns the tags that differ.
pub(super) fn tag_fields(live: &BTreeMap<String, String>, wanted: &BTreeMap<String, String>) -> Vec<FieldChange> {
    let differ = wanted.iter().filter(|(key, value)| live.get(*key) != Some(*value));
    differ
        .map(|(key, value)| {
            let before = live.get(key).map_or(Value::Null, |before| before.clone().into());
            field(Path::Member(Set::Tags, key.clone()), before, value.clone())
        })
        .collect()
}

/// Returns where the resource is to be made, or refuses the plan.
pub(super) fn location(draft: &mut Draft<'_>, resource: &Resource) -> Option<String> {
    let location = match &resource.place {
        Place::Azure { location, .. } => location.clone(),
        Place::Aws { .. } | Place::Ledger { .. } => None,
    };
    if location.is_none() {
        let message = "it is to be made, and no location is declared for it";
        draft.problem(
            &resource.addr,
            ProblemCode::LocationMissing,
            message,
            "add the location to the Azure subscription",
        );
    }
    location
}

/// Refuses the plan if an object that is not ours has the name.
pub(super) fn clash(draft: &mut Draft<'_>, addr: &Addr, id: &ArmName, tags: &BTreeMap<String, String>) -> bool {
    let theirs = marks::marked_address(tags, &draft.desired.product).is_none();
    if theirs {
        let message = format!("{id} exists and carries no mark of {}", draft.desired.product);
        draft.problem(addr, ProblemCode::Clash, message, "choose another name, or remove the object that is there");
    }
    theirs
}

/// Something to watch in Azure for as long as a private link takes.
pub(super) fn watch(place: &PlaceKey, condition: Condition) -> Await {
    Await { place: place.clone(), condition, binds: None, patience: Patience::Fail(LINK_SECS) }
}
