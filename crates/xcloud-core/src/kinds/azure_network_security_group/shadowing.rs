//! Rules of others in a found network security group: never changed, but told about where they touch ours.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::entry::{Entry, Wish};
use crate::active::fenced_name;
use crate::code::NoteCode;
use crate::kinds::shared::azure::Shape;
use crate::kinds::shared::azure::ordered::{Ordered, OrderedRule};
use crate::live::LiveNsgRule;
use crate::model::{Access, Addr, Direction, NsgRule, Priority};
use crate::plan::RuleName;
use crate::plan::draft::{Breach, Draft};

/// The priorities that rules get, by name.
type Given = BTreeMap<String, u16>;

/// Notes every stranger that stands in our range of priorities, or decides before a rule of ours and otherwise; and every
/// fence that something passes which decides before it.
pub(super) fn notes(draft: &mut Draft<'_>, ours: (&[Entry<'_>], &Given), strangers: &[&LiveNsgRule]) {
    fences(draft, ours, strangers);
    let (entries, given) = ours;
    let compares = draft.options.compare;
    for stranger in strangers {
        let mut inside: BTreeSet<(&Addr, u16, u16)> = BTreeSet::new();
        let mut shadowed: BTreeMap<&Addr, Vec<&str>> = BTreeMap::new();
        let possible = Shape::of_nsg(stranger).at_most();
        for entry in entries {
            let Wish::Write { rule, want } = &entry.wish else { continue };
            if let Priority::Within(from, to) = rule.priority
                && (from..=to).contains(&stranger.priority)
            {
                inside.insert((&entry.addr, from, to));
            }
            let decides =
                stranger.direction == rule.direction && stranger.priority < place(entry, rule, given, compares);
            let otherwise = stranger.access != rule.access && possible.may_meet(&want.traffic());
            if decides && otherwise && !is_fence(&entry.name) {
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

/// Notes the fences that do not hold. What is allowed before them may be a stranger's or ours: all of it is looked at, in its
/// order, since what is denied before that is not let through.
fn fences(draft: &mut Draft<'_>, (entries, given): (&[Entry<'_>], &Given), strangers: &[&LiveNsgRule]) {
    let compares = draft.options.compare;
    let mut found: BTreeMap<(NoteCode, &Addr, String, String), Vec<&str>> = BTreeMap::new();
    for direction in [Direction::Inbound, Direction::Outbound] {
        let theirs = strangers.iter().filter(|rule| rule.direction == direction).map(|rule| OrderedRule::of_nsg(rule));
        let ours = entries.iter().filter_map(|entry| {
            let at = |rule: &NsgRule| place(entry, rule, given, compares);
            afterwards(entry, direction, at)
        });
        let ordered = Ordered::of(theirs.chain(ours));
        for entry in entries.iter().filter(|entry| is_fence(&entry.name)) {
            let Wish::Write { rule, want } = &entry.wish else { continue };
            if rule.direction != direction || rule.access != Access::Deny {
                continue;
            }
            if entry.live.is_none() {
                draft.breach(&rule.env, Breach::Missing);
            }
            let before = ordered.before((Reverse(0), place(entry, rule, given, compares), 0));
            let traffic = want.traffic();
            let (code, breach, by) = match before.astray(&traffic, Access::Deny) {
                Some((_, by)) => (NoteCode::FencePassed, Breach::Certain, by),
                None => match before.perhaps_astray(&traffic, Access::Deny) {
                    Some((_, by)) => (NoteCode::MayShadow, Breach::Possible, by),
                    None => continue,
                },
            };
            draft.breach(&rule.env, breach);
            found.entry((code, &entry.addr, by.name.clone(), by.shown.clone())).or_default().push(&entry.name);
        }
    }
    for ((code, addr, name, shown), fences) in found {
        let does = if code == NoteCode::FencePassed { "allows" } else { "may allow" };
        let text = format!("the rule {shown} {does} what {} should refuse", fences.join(", "));
        draft.note_on(code, addr, RuleName::azure(&name).whole(), text);
    }
}

/// The rule as it is when the run is over, or in a comparison as it is where it is.
fn afterwards(entry: &Entry<'_>, way: Direction, place: impl Fn(&NsgRule) -> u16) -> Option<OrderedRule> {
    match &entry.wish {
        Wish::Keep(_) => entry.live.filter(|live| live.direction == way).map(OrderedRule::of_nsg),
        Wish::Remove => None,
        Wish::Write { rule, want } => {
            (rule.direction == way).then(|| OrderedRule::wanted(&entry.name, place(rule), rule.access, want.traffic()))
        }
    }
}

fn is_fence(name: &str) -> bool {
    fenced_name(name) != name
}

/// Where the rule stands among the others: a plan puts it where it belongs, a comparison tells where it is.
fn place(entry: &Entry<'_>, rule: &NsgRule, given: &Given, compares: bool) -> u16 {
    let is_at = entry.live.filter(|_| compares).map(|live| live.priority);
    let gets = || given.get(&entry.name).copied();
    is_at.or_else(gets).unwrap_or_else(|| entry.priority(rule))
}
