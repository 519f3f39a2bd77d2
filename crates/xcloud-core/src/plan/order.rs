//! From drafted steps to a plan: edges from data, then one order in which every step follows what it needs.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use ipnet::IpNet;

use super::draft::{Draft, DraftStep};
use super::{Await, Condition, Patience, Phase, Plan, Step, StepId, Undo, cycles, drained};
use crate::code::NoteCode;
use crate::model::{Addr, AddressKind, Addresses, Cloud, PlaceKey};
use crate::op::{Handle, Object, Op, SubnetPin, Writes};

/// How long addresses that a rule or record needs are waited for: a load balancer takes minutes (facts/aws 2.2).
const ADDRESSES_SECS: u64 = 900;

/// For each step the steps that must be done before.
type Needs = Vec<BTreeSet<usize>>;

/// Orders the steps and closes the draft. `Err` names the addresses of steps that need each other in a circle.
pub(crate) fn finish(mut draft: Draft<'_>) -> Result<Plan, Vec<Addr>> {
    for step in &mut draft.steps {
        step.awaits.extend(step.health.iter().cloned());
    }
    let waits = late_waits(&mut draft);
    for (step, await_for) in waits {
        draft.steps[step].awaits.push(await_for);
    }
    // After the waits: a step needs also what its waits watch.
    let needs = hard_edges(&mut draft);
    let (needs, order) = with_smooth_edges(&mut draft, needs)
        .map_err(|circle| circle.into_iter().map(|index| draft.steps[index].addr.clone()).collect::<Vec<_>>())?;
    demote(&mut draft, &needs, &order);
    let steps = named(&mut draft, &needs, &order);
    let mut changes = draft.changes;
    changes.sort_by(|a, b| a.addr.cmp(&b.addr));
    let mut notes = draft.notes;
    notes.sort();
    notes.dedup();
    Ok(Plan {
        format_version: Plan::FORMAT_VERSION.to_owned(),
        product: draft.desired.product.clone(),
        places: BTreeMap::new(),
        changes,
        notes,
        steps,
        before_commit: draft.before_commit,
        settle: draft.settle,
        rules: draft.rules,
        depends: draft.depends,
        unknown: BTreeMap::new(),
        active: BTreeMap::new(),
        left_alone: BTreeMap::new(),
    })
}

/// Gives the steps their names, in the order in which they could run.
fn named(draft: &mut Draft<'_>, needs: &Needs, order: &[usize]) -> Vec<Step> {
    let mut ids = vec![StepId(String::new()); order.len()];
    for (at, index) in order.iter().enumerate() {
        ids[*index] = StepId(format!("s{:03}", at + 1));
    }
    wait_for_drains(draft, needs, &ids);
    let mut drafted: Vec<Option<DraftStep>> = std::mem::take(&mut draft.steps).into_iter().map(Some).collect();
    let step = |index: &usize| {
        let step = drafted[*index].take()?;
        Some(Step {
            id: ids[*index].clone(),
            addr: step.addr,
            place: step.place,
            op: step.op,
            needs: needs[*index].iter().map(|need| ids[*need].clone()).collect(),
            awaits: step.awaits,
            makes: step.makes,
            undo: if step.phase == Phase::Commit { only_by_rollback(step.undo) } else { step.undo },
            phase: step.phase,
        })
    };
    order.iter().filter_map(step).collect()
}

/// What goes after the commit point goes when what it stood for carries nothing any more.
fn wait_for_drains(draft: &mut Draft<'_>, needs: &Needs, ids: &[StepId]) {
    for (index, needed) in needs.iter().enumerate() {
        if draft.steps[index].phase == Phase::Commit {
            let left = needed.iter().map(|need| (&ids[*need], &draft.steps[*need]));
            let awaits = drained::awaits(left, |step| draft.desired.drains.secs_of(&step.addr));
            draft.steps[index].awaits.extend(awaits);
        }
    }
}

/// After the commit point nothing is unwound: deletions there are restored by `rollback` alone. An undo that restores
/// in place would promise more than the engine does, so it is shown as one that makes the object again.
fn only_by_rollback(undo: Undo) -> Undo {
    match undo {
        Undo::Restore(op) => Undo::Recreate(vec![*op]),
        other => other,
    }
}

/// Which step makes an object.
struct Makers(BTreeMap<String, usize>);

impl Makers {
    fn of(steps: &[DraftStep]) -> Self {
        let made = steps.iter().enumerate();
        Self(made.filter_map(|(index, step)| Some((step.makes.as_ref()?.0.clone(), index))).collect())
    }

    /// Returns the step that makes an object or the object that a fact (`x.service-name`) belongs to.
    fn maker(&self, object: &Object) -> Option<usize> {
        let owner = || object.0.rsplit_once('.').and_then(|(owner, _fact)| self.0.get(owner));
        self.0.get(&object.0).or_else(owner).copied()
    }

    fn maker_of(&self, handle: &Handle) -> Option<usize> {
        match handle {
            Handle::Made(object) => self.maker(object),
            Handle::Known(_) => None,
        }
    }
}

/// For each step with late addresses: a watch for them.
fn late_waits(draft: &mut Draft<'_>) -> Vec<(usize, Await)> {
    let mut waits = Vec::new();
    for (index, step) in draft.steps.iter_mut().enumerate() {
        let mut wanted: BTreeSet<(Addr, AddressKind)> = BTreeSet::new();
        step.op.each_late_address(|late| wanted.extend([(late.of.clone(), late.kind)]));
        for (of, kind) in wanted {
            let Some(entry) = draft.book.get(&(of.clone(), kind)) else { continue };
            let Addresses::Late(late) = &entry.addresses else { continue };
            let (holders, within) = (entry.holders.clone(), late.within.clone());
            let condition = Condition::AddressesKnown { of, kind, holders, within, count: late.count };
            let place = entry.place.clone();
            waits.push((index, Await { place, condition, binds: None, patience: Patience::Fail(ADDRESSES_SECS) }));
        }
    }
    waits
}

/// Which steps close an address, and which end its use.
#[derive(Default)]
struct ByAddress {
    closing: BTreeMap<IpNet, Vec<usize>>,
    draining: BTreeMap<IpNet, Vec<usize>>,
}

impl ByAddress {
    fn of(steps: &[DraftStep]) -> Self {
        let mut found = Self::default();
        for (index, step) in steps.iter().enumerate() {
            for net in &step.closes {
                found.closing.entry(*net).or_default().push(index);
            }
            for net in &step.drains {
                found.draining.entry(*net).or_default().push(index);
            }
        }
        found
    }

    /// Returns the steps that end the use of what a step cuts.
    fn left_before<'s>(&'s self, steps: &'s [DraftStep], step: &'s DraftStep) -> impl Iterator<Item = usize> + 's {
        let cut = |net: &IpNet| step.cuts.iter().any(|cut| cut.contains(net));
        let left = self.draining.iter().filter(move |(net, _)| !step.cuts.is_empty() && cut(net));
        let everywhere = match step.place.cloud {
            Cloud::Azure => true,
            Cloud::Aws | Cloud::Ledger => false,
        };
        let meets = move |need: &usize| everywhere || steps[*need].place == step.place;
        left.flat_map(|(_, draining)| draining).copied().filter(meets)
    }
}

/// Returns true for what may let the checks of load balancers through: rules of groups and of Azure.
fn opens_ways(step: &DraftStep) -> bool {
    match step.op.writes() {
        Writes::FirewallRules { .. } | Writes::GroupRule { .. } => true,
        Writes::ActiveRecord(_) | Writes::Name(_) | Writes::TargetGroup | Writes::Other => step.lets_out,
    }
}

/// Returns true for a rule that names addresses of this step's resource alone: it is written once the step has given them,
/// and lets no load balancer's checks through.
fn is_for(rule: &DraftStep, step: &DraftStep) -> bool {
    !rule.uses.is_empty() && rule.uses.iter().all(|(of, _)| *of == step.addr)
}

/// Adds the edges that make a change smooth to those without which it fails. Those of them that lie inside a circle
/// are left out, and the operator is told.
fn with_smooth_edges(draft: &mut Draft<'_>, needs: Needs) -> Result<(Needs, Vec<usize>), Vec<usize>> {
    let mut soft = soft_edges(draft);
    soft.retain(|(index, need)| index != need && !needs[*index].contains(need));
    let with = |soft: &[(usize, usize)]| {
        let mut all = needs.clone();
        for (index, need) in soft {
            all[*index].insert(*need);
        }
        all
    };
    if soft.is_empty() {
        return match topological(&draft.steps, &needs) {
            Some(order) => Ok((needs, order)),
            None => Err(circles(&needs)),
        };
    }
    let mut smooth = with(&soft);
    if let Some(order) = topological(&draft.steps, &smooth) {
        return Ok((smooth, order));
    }
    // Only edges inside a circle can close it. Dropping all of them, and not as few as will do, needs no choice: so the
    // same config always gives the same plan.
    let component = cycles::components(&smooth);
    let (inside, outside): (Vec<_>, Vec<_>) =
        soft.into_iter().partition(|(index, need)| component[*index] == component[*need]);
    smooth = with(&outside);
    let order = topological(&draft.steps, &smooth).ok_or_else(|| circles(&needs))?;
    for (index, need) in inside {
        let (addr, other) = (draft.steps[index].addr.clone(), draft.steps[need].addr.clone());
        let (name, first) = (draft.steps[index].op.name(), draft.steps[need].op.name());
        let text = format!("{name} will not wait for {first} of {other}: the two depend on each other");
        draft.note(NoteCode::OrderCircle, Some(&addr), text);
    }
    Ok((smooth, order))
}

/// Returns the steps that are in a circle, without those that only hang on one.
fn circles(needs: &Needs) -> Vec<usize> {
    let component = cycles::components(needs);
    let mut sizes: BTreeMap<usize, usize> = BTreeMap::new();
    component.iter().for_each(|one| *sizes.entry(*one).or_default() += 1);
    (0..needs.len()).filter(|index| sizes[&component[*index]] > 1).collect()
}

/// A way is open before it is used, and closed after it was left.
fn soft_edges(draft: &Draft<'_>) -> Vec<(usize, usize)> {
    let by_address = ByAddress::of(&draft.steps);
    let mut openers: BTreeMap<&(Addr, AddressKind), Vec<usize>> = BTreeMap::new();
    // Only openers before the commit point: to wait for one after it would move the follower there as well, and with it
    // the whole switch.
    for (index, step) in draft.steps.iter().enumerate().filter(|(_, step)| step.phase == Phase::Build) {
        step.uses.iter().for_each(|used| openers.entry(used).or_default().push(index));
    }
    let mut edges = Vec::new();
    for (index, step) in draft.steps.iter().enumerate() {
        let opened = step.follows.iter().filter_map(|followed| openers.get(followed)).flatten();
        let late = step.closes.iter().filter(|_| step.phase == Phase::Commit);
        let drained = late.filter_map(|net| by_address.draining.get(net)).flatten();
        edges.extend(opened.chain(drained).map(|need| (index, *need)));
        let cuts = (step.phase == Phase::Commit).then(|| by_address.left_before(&draft.steps, step));
        edges.extend(cuts.into_iter().flatten().map(|need| (index, need)));
        if !step.health.is_empty() {
            let opens = |one: &DraftStep| one.phase == Phase::Build && opens_ways(one) && !is_for(one, step);
            let opening = draft.steps.iter().enumerate().filter(|(_, one)| opens(one));
            edges.extend(opening.map(|(need, _)| (index, need)));
        }
    }
    edges.extend(pins_first(&draft.steps));
    edges
}

/// A pinned address is taken before AWS chooses others in the subnet: it might choose that one.
fn pins_first(steps: &[DraftStep]) -> Vec<(usize, usize)> {
    let takers = || steps.iter().enumerate().filter_map(|(index, step)| Some((index, step, taken_by(&step.op)?)));
    let mut pinned: BTreeMap<(&PlaceKey, &str), Vec<usize>> = BTreeMap::new();
    for (index, step, pins) in takers() {
        for pin in pins.iter().filter(|pin| pin.ip.is_some()) {
            pinned.entry((&step.place, &pin.subnet)).or_default().push(index);
        }
    }
    if pinned.is_empty() {
        return Vec::new();
    }
    let chosen = takers().flat_map(|(index, step, pins)| {
        let free = pins.iter().filter(|pin| pin.ip.is_none());
        let first = free.filter_map(|pin| pinned.get(&(&step.place, pin.subnet.as_str()))).flatten();
        first.map(move |need| (index, *need)).collect::<Vec<_>>()
    });
    chosen.collect()
}

fn taken_by(op: &Op) -> Option<&[SubnetPin]> {
    Some(op.takes()).filter(|pins| !pins.is_empty())
}

/// Puts steps after the commit point that need one there, and then what needs those: before it nothing waits for
/// what the run does only after it. They stay in their places: what they need stands before them.
fn demote(draft: &mut Draft<'_>, needs: &Needs, order: &[usize]) {
    let mut demoted = Vec::new();
    for index in order {
        let after = |need: &usize| draft.steps[*need].phase == Phase::Commit;
        let Some(need) = needs[*index].iter().find(|need| after(need)) else { continue };
        if draft.steps[*index].phase == Phase::Build {
            let first = format!("{} of {}", draft.steps[*need].op.name(), draft.steps[*need].addr);
            let text = format!("{} comes after the commit point: it needs {first}", draft.steps[*index].op.name());
            demoted.push((draft.steps[*index].addr.clone(), text));
            draft.steps[*index].phase = Phase::Commit;
        }
    }
    for (addr, text) in demoted {
        draft.note(NoteCode::BehindCommitPoint, Some(&addr), text);
    }
}

/// Returns for each step what it cannot do without.
fn hard_edges(draft: &mut Draft<'_>) -> Needs {
    let makers = Makers::of(&draft.steps);
    let by_address = ByAddress::of(&draft.steps);
    let (book, grown) = (&draft.book, &draft.grown);
    let needs = |(index, step): (usize, &mut DraftStep)| {
        let mut needs: BTreeSet<usize> = step.after.iter().copied().collect();
        step.op.each_needed(|object| needs.extend(makers.maker(object)));
        for watched in &mut step.awaits {
            needs.extend(watched.condition.handles_mut().into_iter().filter_map(|handle| makers.maker_of(handle)));
        }
        // A rule or record that names an address waits for whoever gets it: before, the address is not known, and a rule
        // is never written from a guess.
        for used in &step.uses {
            let holders = book.get(used).map(|entry| entry.holders.as_slice()).unwrap_or_default();
            needs.extend(holders.iter().filter_map(|holder| makers.maker_of(holder)).chain(grown.get(used).copied()));
        }
        // The cloud gives a released address to others: every rule that names it is closed first.
        needs.extend(step.releases.iter().filter_map(|net| by_address.closing.get(net)).flatten());
        needs.remove(&index);
        needs
    };
    draft.steps.iter_mut().enumerate().map(needs).collect()
}

/// Kahn's order with ties broken by phase, address and index, so that the same input gives the same bytes; `None` if
/// some need each other in a circle.
fn topological(steps: &[DraftStep], needs: &[BTreeSet<usize>]) -> Option<Vec<usize>> {
    let mut missing: Vec<usize> = needs.iter().map(BTreeSet::len).collect();
    let mut dependents: Vec<Vec<usize>> = vec![Vec::new(); steps.len()];
    for (index, needs) in needs.iter().enumerate() {
        for need in needs {
            dependents[*need].push(index);
        }
    }
    // Steps come in runs of ascending addresses, which a stable sort merges; their ranks compare without the texts.
    let mut by_rank: Vec<usize> = (0..steps.len()).collect();
    by_rank.sort_by(|a, b| (steps[*a].phase, &steps[*a].addr).cmp(&(steps[*b].phase, &steps[*b].addr)));
    let mut rank = vec![0; steps.len()];
    by_rank.iter().enumerate().for_each(|(at, index)| rank[*index] = at);
    let free = |index: &usize| missing[*index] == 0;
    let mut ready: BinaryHeap<Reverse<usize>> =
        (0..steps.len()).filter(free).map(|index| Reverse(rank[index])).collect();
    let mut order = Vec::with_capacity(steps.len());
    while let Some(Reverse(first)) = ready.pop() {
        let index = by_rank[first];
        order.push(index);
        for dependent in &dependents[index] {
            missing[*dependent] -= 1;
            if missing[*dependent] == 0 {
                ready.push(Reverse(rank[*dependent]));
            }
        }
    }
    (order.len() == steps.len()).then_some(order)
}

#[cfg(test)]
#[path = "order_tests.rs"]
mod tests;
