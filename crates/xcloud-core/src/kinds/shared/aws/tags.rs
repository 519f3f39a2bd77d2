//! The tags of AWS objects: our marks and the name.

use std::collections::{BTreeMap, BTreeSet};

use crate::marks;
use crate::model::{Addr, Resource};
use crate::op::TagOp;
use crate::plan::draft::{Draft, DraftStep, field};
use crate::plan::{FieldChange, Path, Undo};

/// Returns the tags of a made object: the marks and its name.
pub(crate) fn tags(draft: &Draft<'_>, addr: &Addr, name: &str) -> BTreeMap<String, String> {
    let mut tags = marks::tags(draft.desired, addr);
    tags.insert("Name".to_owned(), name.to_owned());
    tags
}

/// Compares the marks of a live object; adds the step that corrects them.
pub(crate) fn tag_fields(
    draft: &mut Draft<'_>,
    resource: &Resource,
    live: &BTreeMap<String, String>,
    id: &str,
    elb: bool,
) -> Vec<FieldChange> {
    let wrong: BTreeMap<String, String> = marks::tags(draft.desired, &resource.addr)
        .into_iter()
        .filter(|(key, value)| live.get(key) != Some(value))
        .collect();
    if wrong.is_empty() {
        return Vec::new();
    }
    let fields = wrong
        .iter()
        .map(|(key, value)| field(Path::Tag((*key).clone()), live.get(key).cloned(), value.clone()))
        .collect();
    let old: BTreeMap<String, String> =
        wrong.keys().filter_map(|key| Some((key.clone(), live.get(key)?.clone()))).collect();
    let op = |tags| {
        let resources = BTreeSet::from([id.to_owned()]);
        if elb { TagOp::AddTags { resources, tags } } else { TagOp::CreateTags { resources, tags } }
    };
    let undo = if old.is_empty() { Undo::Nothing } else { Undo::Restore(Box::new(op(old).into())) };
    let step = DraftStep::build(&resource.addr, &resource.place.key(), op(wrong), undo);
    draft.step(step);
    fields
}
