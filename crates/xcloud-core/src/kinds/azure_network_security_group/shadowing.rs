//! Rules of others in a found network security group: never changed, but told about where they touch ours.

use std::collections::{BTreeMap, BTreeSet};

use super::entry::{Entry, Wish};
use crate::active::fenced_name;
use crate::code::NoteCode;
use crate::kinds::shared::azure::Shape;
use crate::live::LiveNsgRule;
use crate::model::{Addr, Priority};
use crate::plan::RuleName;
use crate::plan::draft::Draft;

/// Notes every stranger that stands in our range of priorities, or decides before a rule of ours and otherwise.
pub(super) fn notes(draft: &mut Draft<'_>, entries: &[Entry<'_>], strangers: &[&LiveNsgRule]) {
    for stranger in strangers {
        let mut inside: BTreeSet<(&Addr, u16, u16)> = BTreeSet::new();
        let mut shadowed: BTreeMap<(&Addr, NoteCode), Vec<&str>> = BTreeMap::new();
        let shape = Shape::of_nsg(stranger);
        for entry in entries {
            let Wish::Write { rule, want } = &entry.wish else { continue };
            if let Priority::Within(from, to) = rule.priority
                && (from..=to).contains(&stranger.priority)
            {
                inside.insert((&entry.addr, from, to));
            }
            let decides = stranger.direction == rule.direction && stranger.priority < entry.priority(rule);
            if !decides || stranger.access == rule.access || !shape.at_most().may_meet(&want.traffic()) {
                continue;
            }
            let surely = shape.traffic().is_some_and(|traffic| traffic.meets(&want.traffic()));
            let code = match fenced_name(&entry.name) != entry.name && surely {
                true => NoteCode::FencePassed,
                false => NoteCode::Shadowed,
            };
            if code == NoteCode::FencePassed {
                draft.passed_fences.insert(rule.env.clone());
            }
            shadowed.entry((&entry.addr, code)).or_default().push(&entry.name);
        }
        for (addr, from, to) in inside {
            let text = format!(
                "the rule {} is not ours and has priority {}, inside {from}-{to}",
                stranger.name, stranger.priority
            );
            draft.note_on(NoteCode::Stranger, addr, RuleName::azure(&stranger.name).whole(), text);
        }
        for ((addr, code), names) in shadowed {
            let text = format!(
                "the rule {} (priority {}, {}) is not ours and decides before {}",
                stranger.name,
                stranger.priority,
                stranger.access,
                names.join(", "),
            );
            draft.note_on(code, addr, RuleName::azure(&stranger.name).whole(), text);
        }
    }
}
