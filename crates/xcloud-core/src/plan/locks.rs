//! Resource locks: calls that they refuse are known before the first one is made, and so are undos that they refuse.

use std::collections::{BTreeMap, BTreeSet};

use super::Phase;
use super::draft::{Draft, DraftStep};
use crate::code::{NoteCode, ProblemCode};
use crate::live::{AzureLive, LiveLock};
use crate::model::Addr;
use crate::op::Op;
use crate::plan::Undo;

/// What a lock refuses of a resource: the names of calls, and those of calls whose undo it refuses.
#[derive(Default)]
struct Refused {
    calls: BTreeSet<&'static str>,
    undos: BTreeSet<&'static str>,
}

/// Looks for locks above everything that is written, deleted, or deleted again if the run fails. What would be refused is a
/// problem; of a plan that may be made all the same it is a note.
pub(super) fn check(draft: &mut Draft<'_>, refuses_plan: bool) {
    let mut refused: BTreeMap<(Addr, String), (&LiveLock, Refused)> = BTreeMap::new();
    let mut unread: BTreeSet<String> = BTreeSet::new();
    for step in &draft.steps {
        let Some(live) = draft.observed.azure(&step.place) else { continue };
        if let (Some(why), Some(_)) = (&live.locks_unread, step.op.lockable()) {
            unread.insert(format!("not all locks in {} are known: {why}", step.place));
        }
        for lock in above(live, &step.op) {
            let one = refused.entry((step.addr.clone(), lock.id.folded()));
            one.or_insert_with(|| (lock, Refused::default())).1.calls.insert(step.op.name());
        }
        for lock in undo(step).into_iter().flat_map(|undo| above(live, undo)) {
            let one = refused.entry((step.addr.clone(), lock.id.folded()));
            one.or_insert_with(|| (lock, Refused::default())).1.undos.insert(step.op.name());
        }
    }
    for text in unread {
        draft.note(NoteCode::LocksUnread, None, text);
    }
    for ((addr, _), (lock, Refused { calls, undos })) in refused {
        let what = format!("the lock `{}` ({}) on {}", lock.id.name(), lock.level(), lock.scope);
        let hint = format!("have it lifted (`az lock delete --ids {}`), then plan again", lock.id);
        if !calls.is_empty() {
            let text = format!("{what} refuses {}", joined(&calls));
            if refuses_plan {
                draft.problem(&addr, ProblemCode::Locked, text, &hint);
            } else {
                draft.note(NoteCode::Locked, Some(&addr), format!("{text}: {hint}"));
            }
        }
        // What a refused call did not do needs no undo.
        let undos: BTreeSet<_> = undos.difference(&calls).copied().collect();
        if undos.is_empty() {
            continue;
        }
        let text = format!("{what} refuses the undo of {}", joined(&undos));
        if refuses_plan && draft.desired.require_reversible.contains(addr.env()) {
            draft.problem(&addr, ProblemCode::Irreversible, text, &hint);
        } else {
            let text = format!("{text}: what it made stays if the run fails, until the lock is lifted");
            draft.note(NoteCode::UndoLocked, Some(&addr), text);
        }
    }
}

/// Returns the call that undoes a step if the run fails: behind the commit point there is none.
fn undo(step: &DraftStep) -> Option<&Op> {
    match (&step.undo, step.phase) {
        (Undo::Delete(op) | Undo::Restore(op), Phase::Build) => Some(op),
        (Undo::Delete(_) | Undo::Restore(_), Phase::Commit)
        | (Undo::Recreate(_) | Undo::Nothing | Undo::Impossible(_), _) => None,
    }
}

/// Returns the locks that refuse a call.
fn above<'l>(live: &'l AzureLive, op: &Op) -> impl Iterator<Item = &'l LiveLock> {
    let (object, deletes) = (op.lockable(), op.deletes());
    live.locks.iter().filter(move |lock| object.as_ref().is_some_and(|object| lock.refuses(object, deletes)))
}

fn joined(names: &BTreeSet<&'static str>) -> String {
    names.iter().copied().collect::<Vec<_>>().join(", ")
}
