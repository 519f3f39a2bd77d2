//! What a resource names, as the handles of this run.

use std::collections::BTreeSet;

use serde_json::Value;

use super::index::{Index, Indexes};
use super::refs::{Refs, missing};
use crate::marks;
use crate::model::{Addr, GroupRef};
use crate::op::Handle;
use crate::plan::draft::Draft;

/// Returns the steps after which these groups let pass what they should.
pub(crate) fn groups_ready(refs: &Refs, groups: &[GroupRef]) -> Vec<usize> {
    let declared = groups.iter().filter_map(|group| match group {
        GroupRef::Declared(addr) => refs.group_ready.get(addr),
        GroupRef::Id(_) => None,
    });
    declared.flatten().copied().collect()
}

/// Returns true if a live group carries our mark.
pub(crate) fn is_our_group(draft: &Draft<'_>, index: &Index<'_>, id: &str) -> bool {
    index.groups.get(id).is_some_and(|group| marks::marked_address(&group.tags, &draft.desired.product).is_some())
}

/// Returns the handles of groups that a resource names, or adds a problem.
pub(crate) fn group_handles(
    draft: &mut Draft<'_>,
    indexes: &Indexes<'_>,
    refs: &Refs,
    addr: &Addr,
    groups: &[GroupRef],
) -> Option<BTreeSet<Handle>> {
    let mut handles = BTreeSet::new();
    for group in groups {
        match group {
            GroupRef::Id(id) => {
                handles.insert(Handle::Known(id.clone()));
            }
            GroupRef::Declared(group) => {
                let Some(handle) = refs.groups.get(group) else {
                    missing(draft, indexes, addr, group);
                    return None;
                };
                handles.insert(handle.clone());
            }
        }
    }
    Some(handles)
}

/// Returns handles as a plan shows them.
pub(crate) fn shown(handles: &BTreeSet<Handle>) -> Value {
    handles.iter().map(|handle| Value::from(handle.to_string())).collect()
}
