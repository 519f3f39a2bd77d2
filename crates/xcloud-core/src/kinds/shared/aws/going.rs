//! What of ours goes: what a replacement supersedes, what is not declared any more, and in the end everything.
//!
//! The kinds remove from the last to the first, so that each knows what of its users stays.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::index::{Index, Indexes};
use super::refs::Refs;
use crate::code::NoteCode;
use crate::model::{Addr, Kind, PlaceKey};
use crate::plan::draft::{Draft, field};
use crate::plan::{Action, Change, Path, Set};

/// A live object with an id and our mark.
pub(crate) trait Ours {
    /// Returns its id, or its ARN.
    fn id(&self) -> &str;

    /// Returns all of ours in a place, by the address of their mark.
    fn of<'i, 'd>(index: &'i Index<'d>) -> &'i BTreeMap<Addr, Vec<&'d Self>>;
}

/// One live object that goes, with the tables of its place.
pub(crate) struct Going<'p, 'd, T> {
    pub(crate) index: &'p Index<'d>,
    pub(crate) addr: &'p Addr,
    pub(crate) live: &'d T,
}

impl<'p, T: Ours> Going<'p, '_, T> {
    /// Returns its place and its id.
    pub(crate) fn key(&self) -> (&'p PlaceKey, &str) {
        (&self.index.key, self.live.id())
    }

    /// Returns what is told of it: its place, its address, its id.
    pub(crate) fn told(&self) -> (&'p PlaceKey, &'p Addr, &str) {
        (&self.index.key, self.addr, self.live.id())
    }
}

/// Returns which of our live objects go, and tells which are left over.
pub(crate) fn going<'p, 'd, T: Ours>(
    draft: &mut Draft<'d>,
    live: &'p Indexes<'d>,
    refs: &Refs,
) -> Vec<Going<'p, 'd, T>> {
    let mut going = Vec::new();
    for index in live.all() {
        for (addr, objects) in T::of(index) {
            for live in objects.iter().copied() {
                let superseded = refs.superseded.contains(live.id()) && !draft.options.destroy;
                if superseded || (is_orphan(draft, index, addr) && takes(draft, addr, live.id())) {
                    going.push(Going { index, addr, live });
                }
            }
        }
    }
    going
}

/// Returns true if what is at this address is not declared there, or everything goes.
pub(crate) fn is_orphan(draft: &Draft<'_>, index: &Index<'_>, addr: &Addr) -> bool {
    let declared = draft.desired.resources.get(addr).is_some_and(|resource| resource.place.key() == index.key);
    draft.options.filter.includes(addr) && (draft.options.destroy || !declared)
}

/// Returns true if an orphan goes in this run; else says that it is there.
pub(crate) fn takes(draft: &mut Draft<'_>, addr: &Addr, id: &str) -> bool {
    if (draft.options.destroy || draft.options.prune) && draft.options.filter.includes(addr) {
        return true;
    }
    let text = format!("{id} carries our mark and is not declared; `--prune` deletes it");
    draft.note(NoteCode::Orphan, Some(addr), text);
    false
}

/// Takes out what is still used by what stays, with the reason: AWS would refuse its deletion, or a path would be cut.
pub(crate) fn hold<T: Ours>(
    draft: &mut Draft<'_>,
    going: &mut Vec<Going<'_, '_, T>>,
    why: impl Fn(&Going<'_, '_, T>) -> Option<String>,
) {
    going.retain(|one| {
        let Some(why) = why(one) else { return true };
        let id = one.live.id();
        let path = Path::Member(Set::Superseded, id.to_owned());
        draft.note_on(NoteCode::StillUsed, one.addr, path, format!("{id} is not deleted: {why}"));
        false
    });
}

/// Adds a change for each address of a kind that goes, and a field where only the rest of a replacement goes.
pub(crate) fn report<'g>(
    draft: &mut Draft<'_>,
    refs: &Refs,
    kind: Kind,
    going: impl IntoIterator<Item = (&'g PlaceKey, &'g Addr, &'g str)>,
) {
    let at: BTreeMap<Addr, usize> =
        draft.changes.iter().enumerate().map(|(index, change)| (change.addr.clone(), index)).collect();
    let mut seen: BTreeSet<(&PlaceKey, &Addr)> = BTreeSet::new();
    let reason = if draft.options.destroy { "destroy" } else { "not declared any more" };
    for (place, addr, id) in going {
        let serves = refs.superseded.contains(id) || refs.records.contains(addr);
        if serves && !draft.options.destroy {
            let Some(change) = at.get(addr).map(|index| &mut draft.changes[*index]) else { continue };
            if change.action != Action::Replace {
                // A record of another name is made before the old one goes.
                let made = change.action == Action::Create;
                change.action = if made { Action::Replace } else { Action::Update };
                change.fields.push(field(Path::Member(Set::Superseded, id.to_owned()), true, Value::Null));
            }
        } else if seen.insert((place, addr)) {
            let (reasons, id) = (vec![reason.to_owned()], Some(id.to_owned()));
            draft.changes.push(Change { reasons, id, ..Change::of(addr, kind, place, Action::Delete) });
        }
    }
}
