//! Rules of others in a found network security group: never changed, but told about where they touch ours.

use std::collections::{BTreeMap, BTreeSet};

use super::entry::{Entry, Wish};
use crate::code::NoteCode;
use crate::kinds::shared::azure::{Shape, Want};
use crate::live::LiveNsgRule;
use crate::model::{Addr, Priority};
use crate::plan::RuleName;
use crate::plan::draft::Draft;

/// Notes every stranger that stands in our range of priorities, or decides before a rule of ours and otherwise.
pub(super) fn notes(draft: &mut Draft<'_>, entries: &[Entry<'_>], strangers: &[&LiveNsgRule]) {
    for stranger in strangers {
        let mut inside: BTreeSet<(&Addr, u16, u16)> = BTreeSet::new();
        let mut shadowed: BTreeMap<&Addr, Vec<&str>> = BTreeMap::new();
        for entry in entries {
            let Wish::Write { rule, want } = &entry.wish else { continue };
            if let Priority::Within(from, to) = rule.priority
                && (from..=to).contains(&stranger.priority)
            {
                inside.insert((&entry.addr, from, to));
            }
            let decides = stranger.direction == rule.direction && stranger.priority < entry.priority(rule);
            if decides && stranger.access != rule.access && overlaps(&Shape::of_nsg(stranger), want) {
                shadowed.entry(&entry.addr).or_default().push(&entry.name);
            }
        }
        for (addr, from, to) in inside {
            let text = format!(
                "the rule {} is not ours and has priority {}, inside {from}-{to}",
                stranger.name, stranger.priority
            );
            draft.note_on(NoteCode::Stranger, addr, RuleName::azure(&stranger.name).whole(), text);
        }
        for (addr, names) in shadowed {
            let text = format!(
                "the rule {} (priority {}, {}) is not ours and decides before {}",
                stranger.name,
                stranger.priority,
                stranger.access,
                names.join(", "),
            );
            draft.note_on(NoteCode::Shadowed, addr, RuleName::azure(&stranger.name).whole(), text);
        }
    }
}

/// Returns true if something is matched by both. What cannot be decided here (tags, groups) counts as matched.
fn overlaps(stranger: &Shape, want: &Want) -> bool {
    stranger.at_most().is_some_and(|traffic| traffic.may_meet(&want.traffic()))
}
