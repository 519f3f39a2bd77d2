//! What private link services and private endpoints have in common: ids, names with a suffix, tags.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::code::{NoteCode, ProblemCode};
use crate::kinds::names::{generation, with_generation};
use crate::live::{AzureLive, LiveLinkService, LivePrivateEndpoint};
use crate::marks;
use crate::model::{Addr, ArmName, Kind, Place, PlaceKey, Resource};
use crate::plan::draft::{Draft, field};
use crate::plan::{Action, Await, Change, Condition, FieldChange, Path, Patience, Property, Set};

/// How long a private link service or endpoint may take (facts/azure 4.1: ends early, minutes to an hour).
pub(crate) const LINK_SECS: u64 = 3600;

/// What is made whole in a resource group, carries our mark in its tags, and is replaced under a name with a suffix.
pub(crate) trait Linked {
    /// Its type in `Microsoft.Network`.
    const TYPE: &'static str;

    fn all(live: &AzureLive) -> &[Self]
    where
        Self: Sized;
    fn id(&self) -> &ArmName;
    fn tags(&self) -> &BTreeMap<String, String>;
}

impl Linked for LiveLinkService {
    const TYPE: &'static str = "privateLinkServices";

    fn all(live: &AzureLive) -> &[Self] {
        &live.link_services
    }

    fn id(&self) -> &ArmName {
        &self.id
    }

    fn tags(&self) -> &BTreeMap<String, String> {
        &self.tags
    }
}

impl Linked for LivePrivateEndpoint {
    const TYPE: &'static str = "privateEndpoints";

    fn all(live: &AzureLive) -> &[Self] {
        &live.private_endpoints
    }

    fn id(&self) -> &ArmName {
        &self.id
    }

    fn tags(&self) -> &BTreeMap<String, String> {
        &self.tags
    }
}

/// Returns what carries the mark of the resource, by id.
pub(crate) fn ours<'l, T: Linked>(draft: &Draft<'_>, addr: &Addr, live: &'l AzureLive) -> Vec<&'l T> {
    let mut ours: Vec<&T> = T::all(live).iter().collect();
    ours.retain(|one| marks::marked_address(one.tags(), &draft.desired.product).as_ref() == Some(addr));
    ours.sort_by(|a, b| a.id().cmp(b.id()));
    ours
}

/// Returns the id under which the next one is made: with the first name of this resource group and base that is not
/// taken and comes after every generation that is ours. Refuses the plan if the base is the name of somebody else's.
pub(crate) fn free_id<T: Linked>(
    draft: &mut Draft<'_>,
    resource: &Resource,
    (group, base): (&str, &str),
    live: &AzureLive,
) -> Option<ArmName> {
    let account = resource.place.key().account;
    let id = |name: &str| {
        let provider = "providers/Microsoft.Network";
        ArmName(format!("/subscriptions/{account}/resourceGroups/{group}/{provider}/{}/{name}", T::TYPE))
    };
    let (first, all) = (id(base), T::all(live));
    if let Some(holder) = all.iter().find(|one| *one.id() == first)
        && marks::marked_address(holder.tags(), &draft.desired.product).is_none()
    {
        let message = format!("{} exists and carries no mark of {}", holder.id(), draft.desired.product);
        let hint = "choose another name, or remove the object that is there";
        draft.problem(&resource.addr, ProblemCode::Clash, message, hint);
        return None;
    }
    let ours: Vec<&T> = ours(draft, &resource.addr, live);
    let last = ours.iter().filter_map(|one| generation(base, one.id().name())).max().unwrap_or(0);
    let taken = |name: &String| all.iter().any(|one| one.id().name().eq_ignore_ascii_case(name));
    let name = (last + 1..).map(|next| with_generation(base, next)).find(|name| !taken(name))?;
    Some(id(&name))
}

/// Returns the name and the resource group where they differ, with or without a suffix; both if nothing is live.
pub(crate) fn name_fields(live: Option<&ArmName>, resource_group: &str, base: &str) -> Vec<FieldChange> {
    let text = |text: Option<&str>| text.map_or(Value::Null, Value::from);
    let group = live.and_then(|id| id.segment("resourceGroups"));
    let same_group = group.is_some_and(|group| group.eq_ignore_ascii_case(resource_group));
    let renamed = live.is_some_and(|id| generation(base, id.name()).is_none());
    let mut fields = Vec::new();
    if live.is_none() || (renamed && same_group) {
        fields.push(field(Property::Name, text(live.map(ArmName::name)), base));
    }
    if !same_group {
        fields.push(field(Property::ResourceGroup, text(group), resource_group));
    }
    fields
}

/// Returns why something is replaced.
pub(crate) fn fixed(fields: &[FieldChange]) -> Vec<String> {
    fields.iter().map(|field| format!("{} cannot change in place", field.path)).collect()
}

/// Deletes what carries our mark and is not declared, or all of it if everything is to go.
pub(crate) fn remove<'a, T: Linked + 'a>(
    draft: &mut Draft<'a>,
    kind: Kind,
    delete: impl Fn(&mut Draft<'a>, &PlaceKey, &Addr, &'a T),
) {
    for (place, live) in draft.observed.azure_places() {
        for one in T::all(live) {
            let Some(addr) = marks::marked_address(one.tags(), &draft.desired.product) else { continue };
            let resource = draft.desired.resources.get(&addr);
            let declared =
                resource.is_some_and(|resource| resource.place.key() == *place && resource.spec.kind() == kind);
            if !draft.options.filter.includes(&addr) || (declared && !draft.options.destroy) {
                continue;
            }
            if !draft.options.prune && !draft.options.destroy {
                let text = format!("{} carries our mark and is not declared", one.id());
                draft.note(NoteCode::Orphan, Some(&addr), text);
                continue;
            }
            delete(draft, place, &addr, one);
            let reasons = if declared { Vec::new() } else { vec!["it is not declared".to_owned()] };
            let (fields, id) = (vec![field(Property::Name, one.id().name(), Value::Null)], Some(one.id().0.clone()));
            let change = Change::of(&addr, kind, place, Action::Delete);
            draft.changes.push(Change { fields, reasons, id, ..change });
        }
    }
}

/// Returns our tags, and those that others have written beside them. Azure does not tell the cases of a tag's name apart, and
/// what is there keeps its spelling.
pub(crate) fn tags(
    draft: &Draft<'_>,
    addr: &Addr,
    live: Option<&BTreeMap<String, String>>,
) -> BTreeMap<String, String> {
    let mut tags = live.cloned().unwrap_or_default();
    for (key, value) in marks::tags(draft.desired, addr) {
        let known = tags.keys().find(|known| known.eq_ignore_ascii_case(&key)).cloned();
        tags.insert(known.unwrap_or(key), value);
    }
    tags
}

/// Returns the tags that differ.
pub(crate) fn tag_fields(live: &BTreeMap<String, String>, wanted: &BTreeMap<String, String>) -> Vec<FieldChange> {
    let differ = wanted.iter().filter(|(key, value)| live.get(*key) != Some(*value));
    differ
        .map(|(key, value)| {
            let before = live.get(key).map_or(Value::Null, |before| before.clone().into());
            field(Path::Member(Set::Tags, key.clone()), before, value.clone())
        })
        .collect()
}

/// Returns where the resource is to be made, or refuses the plan.
pub(crate) fn location(draft: &mut Draft<'_>, resource: &Resource) -> Option<String> {
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

/// Returns true if the resource group is there, or refuses the plan.
pub(crate) fn has_group(draft: &mut Draft<'_>, resource: &Resource, group: &str, live: &AzureLive) -> bool {
    let is_missing = live.missing_groups.iter().any(|missing| missing.eq_ignore_ascii_case(group));
    if is_missing {
        let message = format!("the resource group {group} of {} does not exist", resource.place.key().account);
        let hint = "create it first: xcloud makes no resource groups";
        draft.problem(&resource.addr, ProblemCode::ResourceGroupMissing, message, hint);
    }
    !is_missing
}

/// Returns the wait for what holds the id still, if that is being deleted.
pub(crate) fn gone_first(place: &PlaceKey, id: &ArmName, live: &AzureLive) -> Option<Await> {
    live.deleting.contains(id).then(|| watch(place, Condition::ArmGone { id: id.clone() }))
}

/// Something to watch in Azure for as long as a private link takes.
pub(crate) fn watch(place: &PlaceKey, condition: Condition) -> Await {
    Await { place: place.clone(), condition, binds: None, patience: Patience::Fail(LINK_SECS) }
}
