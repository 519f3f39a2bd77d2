//! The tags of AWS objects: our marks, what is declared, and the name.

use std::collections::{BTreeMap, BTreeSet};

use crate::marks;
use crate::model::{Addr, Resource};
use crate::op::TagOp;
use crate::plan::draft::{Draft, DraftStep, field};
use crate::plan::{FieldChange, Path, Undo};

type Tags = BTreeMap<String, String>;

/// Most resources in one call that tags (ELBv2 `DescribeTags` says so of reading; EC2 takes 1,000).
const AT_ONCE: usize = 20;

/// Something live that carries tags: the object of a resource, or a part of it that has tags of its own.
pub(crate) struct Tagged<'a> {
    /// Which part: `rule`, `listener`, `target group`; nothing for the object itself.
    part: &'static str,
    id: &'a str,
    live: &'a Tags,
}

impl<'a> Tagged<'a> {
    pub(crate) fn whole(id: &'a str, live: &'a Tags) -> Self {
        Self { part: "", id, live }
    }

    pub(crate) fn part(part: &'static str, id: &'a str, live: &'a Tags) -> Self {
        Self { part, id, live }
    }
}

/// Returns the tags of a made object: those that are declared, the marks, and its name.
pub(crate) fn tags(draft: &Draft<'_>, addr: &Addr, name: &str) -> Tags {
    let mut tags = marks::tags(draft.desired, addr);
    tags.insert(marks::TAG_NAME.to_owned(), name.to_owned());
    tags
}

/// Compares the marks and the declared tags of a live object, and the declared tags of its parts, whose marks are as they
/// were made; adds the steps that correct them.
///
/// Tags of others stay. What had no tag of a key has none after an undo, so keys that are new and keys that change are
/// written by calls of their own, each for everything that lacks the same.
pub(crate) fn tag_fields(
    draft: &mut Draft<'_>,
    resource: &Resource,
    tagged: &[Tagged<'_>],
    elb: bool,
) -> Vec<FieldChange> {
    let whole = marks::tags(draft.desired, &resource.addr);
    let declared = draft.desired.tags.get(&resource.addr).cloned().unwrap_or_default();
    let mut differ: BTreeMap<(&str, &str, Option<&String>), usize> = BTreeMap::new();
    let mut writes: BTreeMap<(Tags, Tags), Vec<&str>> = BTreeMap::new();
    for Tagged { part, id, live } in tagged {
        let wanted = if part.is_empty() { &whole } else { &declared };
        let wrong = wanted.iter().filter(|(key, value)| live.get(*key) != Some(*value));
        let (changed, new): (Vec<_>, Vec<_>) = wrong.partition(|(key, _)| live.contains_key(*key));
        for (key, _) in changed.iter().chain(&new) {
            *differ.entry((part, key.as_str(), live.get(*key))).or_default() += 1;
        }
        for pairs in [changed, new].into_iter().filter(|pairs| !pairs.is_empty()) {
            let old = pairs.iter().filter_map(|(key, _)| Some(((*key).clone(), live.get(*key)?.clone()))).collect();
            let write = pairs.into_iter().map(|(key, value)| (key.clone(), value.clone())).collect();
            writes.entry((write, old)).or_default().push(id);
        }
    }
    let fields = differ
        .into_iter()
        .map(|((part, key, before), count)| {
            let of = match (part, count) {
                ("", _) => key.to_owned(),
                (_, 1) => format!("{key} of 1 {part}"),
                _ => format!("{key} of {count} {part}s"),
            };
            field(Path::Tag(of), before.cloned(), whole.get(key).cloned())
        })
        .collect();
    for ((write, old), ids) in writes {
        for ids in ids.chunks(AT_ONCE) {
            let resources: BTreeSet<String> = ids.iter().map(|id| (*id).to_owned()).collect();
            let undo = if old.is_empty() {
                Undo::Delete(Box::new(TagOp::remove(resources.clone(), write.clone(), elb).into()))
            } else {
                Undo::Restore(Box::new(TagOp::write(resources.clone(), old.clone(), elb).into()))
            };
            let op = TagOp::write(resources, write.clone(), elb);
            draft.step(DraftStep::build(&resource.addr, &resource.place.key(), op, undo));
        }
    }
    fields
}
