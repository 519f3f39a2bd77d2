//! One change for each resource, also where several live objects carry its mark.

use std::collections::BTreeMap;

use crate::model::{Addr, Cloud};
use crate::plan::Action;
use crate::plan::draft::Draft;

/// Joins the changes of one resource.
pub(crate) fn join(draft: &mut Draft<'_>) {
    let mut first: BTreeMap<Addr, usize> = BTreeMap::new();
    let mut joined = Vec::with_capacity(draft.changes.len());
    for change in std::mem::take(&mut draft.changes) {
        if change.cloud != Cloud::Azure {
            joined.push(change);
            continue;
        }
        let Some(at) = first.get(&change.addr).copied() else {
            first.insert(change.addr.clone(), joined.len());
            joined.push(change);
            continue;
        };
        let whole: &mut crate::plan::Change = &mut joined[at];
        whole.fields.extend(change.fields);
        whole.reasons.extend(change.reasons.into_iter().filter(|_| whole.action != change.action));
        whole.action = both(whole.action, change.action);
    }
    draft.changes = joined;
}

/// Returns what happens to a resource of which two live objects change.
fn both(one: Action, other: Action) -> Action {
    match (one, other) {
        // It stands elsewhere from now on.
        (Action::Create, Action::Delete) | (Action::Delete, Action::Create) => Action::Replace,
        (Action::Same, Action::Delete) | (Action::Delete, Action::Same | Action::Update) => Action::Update,
        (Action::Same, other) => other,
        (Action::Create | Action::Update | Action::Replace | Action::Delete, _) => one,
    }
}
