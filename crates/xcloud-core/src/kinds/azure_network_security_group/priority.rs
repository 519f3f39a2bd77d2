//! Priorities in a network security group: which number a rule gets, and who makes room for whom.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use crate::model::{Direction, Priority};
use crate::plan::Phase;

/// Azure's bounds of a rule's priority.
const BOUNDS: (u16, u16) = (100, 4096);

/// A priority in one direction: no two rules of a group share it (Azure: `SecurityRuleConflict`).
pub(in crate::kinds) type Slot = (Direction, u16);

/// A rule that asks for a priority.
pub(super) struct Ask {
    /// The rule's name.
    pub(super) name: String,
    pub(super) direction: Direction,
    /// Where it is now.
    pub(super) live: Option<Slot>,
    /// Which number a rule gets that has none, or must leave the one that it has.
    pub(super) priority: Priority,
    /// The numbers with which the rule stays where it is.
    pub(super) keeps: RangeInclusive<u16>,
}

impl Ask {
    /// Returns true if the rule may not stay where it is: in another direction, at another number than the declared one, or
    /// outside of its range, where others decide before it (just-in-time access moves rules so: MicrosoftDocs/azure-docs#103634).
    fn leaves(&self) -> bool {
        self.live.is_some_and(|(direction, number)| direction != self.direction || !self.keeps.contains(&number))
    }
}

/// Why a rule gets no priority.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Another rule has it and stays.
    Taken { priority: u16, by: String },
    /// No number of the range is free.
    Full { from: u16, to: u16 },
}

/// Gives each rule its priority, in the order of the asks: the live one if it is as declared, else the declared or the lowest
/// free one.
///
/// `taken` is every slot of the live group with the name of its rule; of these, the rules named in `going` are deleted.
/// `reserved` are numbers that are declared for rules which this run leaves alone.
pub(super) fn assign(
    asks: &[Ask],
    taken: &BTreeMap<Slot, String>,
    going: &BTreeSet<String>,
    reserved: &BTreeSet<Slot>,
) -> Vec<Result<u16, Refusal>> {
    let leaves =
        |name: &String| asks.iter().find(|ask| ask.name == *name).map_or_else(|| going.contains(name), Ask::leaves);
    let mut given: BTreeMap<Slot, String> = BTreeMap::new();
    let mut answers: Vec<Option<Result<u16, Refusal>>> = asks.iter().map(|_| None).collect();
    for (index, ask) in asks.iter().enumerate() {
        let Priority::Fixed(number) = ask.priority else { continue };
        let slot = (ask.direction, number);
        let holder = taken.get(&slot).filter(|name| **name != ask.name && !leaves(name));
        let by = given.get(&slot).or(holder);
        answers[index] = Some(match by {
            Some(by) => Err(Refusal::Taken { priority: number, by: by.clone() }),
            None => Ok(number),
        });
        given.entry(slot).or_insert_with(|| ask.name.clone());
    }
    for (index, ask) in asks.iter().enumerate() {
        let Priority::Within(from, to) = ask.priority else { continue };
        let free = |number: u16, given: &BTreeMap<Slot, String>| {
            let slot = (ask.direction, number);
            !taken.contains_key(&slot) && !given.contains_key(&slot) && !reserved.contains(&slot)
        };
        let stays = |(direction, number): Slot| {
            ask.keeps.contains(&number) && (direction == ask.direction || free(number, &given))
        };
        let kept = ask.live.filter(|slot| stays(*slot)).map(|(_, number)| number);
        let number = kept.or_else(|| (from..=to).find(|number| free(*number, &given)));
        if let Some(number) = number {
            given.insert((ask.direction, number), ask.name.clone());
        }
        answers[index] = Some(number.ok_or(Refusal::Full { from, to }));
    }
    answers.into_iter().flatten().collect()
}

/// The part of a range that rules may take where a failover fences with denies of its own, which must decide before
/// every rule of ours: the first tenth is left to those.
pub(super) fn behind_fence(priority: Priority) -> Priority {
    match priority {
        Priority::Within(from, to) => Priority::Within(from + (to.saturating_sub(from) + 1) / 10, to),
        fixed @ Priority::Fixed(_) => fixed,
    }
}

/// A rule that leaves a slot, takes one, or both.
#[derive(Debug, Clone)]
pub(in crate::kinds) struct Mover {
    /// Where it is now.
    pub(in crate::kinds) from: Option<Slot>,
    /// Where it will be; `None` if it goes.
    pub(in crate::kinds) to: Option<Slot>,
    /// When.
    pub(in crate::kinds) phase: Phase,
    /// Whether it can be written to a temporary priority first.
    pub(in crate::kinds) parkable: bool,
}

/// Returns the rules that must first move to a temporary priority, since they stand in each other's way in a circle
/// (two that swap), or since they go only after the commit point while another needs their place before it.
pub(in crate::kinds) fn parked(movers: &BTreeMap<String, Mover>) -> BTreeSet<String> {
    let holder = holders(movers);
    let mut parked: BTreeSet<String> = BTreeSet::new();
    for (name, mover) in movers {
        let Some(first) = mover.to.and_then(|slot| holder.get(&slot)) else { continue };
        let mut at = *first;
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        while at != name && !parked.contains(at) && seen.insert(at) {
            let Some(next) = movers[at].to.and_then(|slot| holder.get(&slot)) else { break };
            at = next;
        }
        if at == name && mover.parkable {
            parked.insert(name.clone());
        }
    }
    for mover in movers.values() {
        let Some(holder) = mover.to.and_then(|slot| holder.get(&slot)) else { continue };
        let blocking = &movers[*holder];
        if blocking.phase > mover.phase && blocking.parkable {
            parked.insert((*holder).to_owned());
        }
    }
    parked
}

/// Returns the rules that would be written before the commit point to a slot that is left only after it.
pub(super) fn held(movers: &BTreeMap<String, Mover>) -> BTreeSet<String> {
    let holders = holders(movers);
    let waits = movers.iter().filter(|(_, mover)| mover.from != mover.to).filter(|(_, mover)| {
        let holder = mover.to.and_then(|slot| holders.get(&slot)).map(|name| &movers[*name]);
        holder.is_some_and(|holder| holder.phase > mover.phase && !holder.parkable)
    });
    waits.map(|(name, _)| name.clone()).collect()
}

/// Returns who leaves a slot that others take.
pub(super) fn holders(movers: &BTreeMap<String, Mover>) -> BTreeMap<Slot, &str> {
    let leaving = movers.iter().filter(|(_, mover)| mover.from != mover.to);
    leaving.filter_map(|(name, mover)| Some((mover.from?, name.as_str()))).collect()
}

/// Returns a free priority near a slot: above it if there is one, so that the order among rules changes least.
pub(super) fn temporary(used: &BTreeSet<Slot>, near: Slot) -> Option<Slot> {
    let (direction, number) = near;
    let free = |number: &u16| !used.contains(&(direction, *number));
    (number..=BOUNDS.1).find(free).or_else(|| (BOUNDS.0..number).rev().find(free)).map(|number| (direction, number))
}
