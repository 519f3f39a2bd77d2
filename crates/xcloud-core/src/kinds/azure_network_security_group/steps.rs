//! The calls that bring the rules of a network security group to what is wanted: widening first, narrowing after the
//! commit point, and never two rules at one priority.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;
use serde_json::Value;

use super::priority::{self, Mover, Slot};
use crate::code::{NoteCode, ProblemCode};
use crate::kinds::shared::azure::{Difference, Shape, Want, depends_on, differences, next_name, union, written_ports};
use crate::live::{LiveNsg, LiveNsgRule};
use crate::model::{Access, Addr, AddressKind, Addresses, PlaceKey};
use crate::op::{NetworkSecurityGroupOp, NsgRuleBody};
use crate::plan::draft::{Draft, DraftStep};
use crate::plan::{Phase, RulePart, Undo};

/// A rule that changes.
pub(super) struct Item<'a> {
    pub(super) addr: &'a Addr,
    /// Its name, as it is written.
    pub(super) name: &'a str,
    pub(super) live: Option<&'a LiveNsgRule>,
    /// What it will be; `None` if it goes.
    pub(super) to: Option<NsgRuleBody>,
    pub(super) uses: Vec<(Addr, AddressKind)>,
}

/// How a rule comes to be as wanted.
#[derive(Debug, Clone, PartialEq)]
enum Course {
    /// One write before the commit point.
    Build,
    /// One call after it.
    Commit,
    /// Old and new together before it, new alone after it.
    Both(Box<NsgRuleBody>),
    /// One rule with old and new would allow what neither allows: until the commit point the new form stands beside
    /// the old one, as a rule of its own.
    Apart,
}

/// The group whose steps are added.
struct Writer<'w, 'd> {
    draft: &'w mut Draft<'d>,
    place: &'w PlaceKey,
    nsg: &'w LiveNsg,
    /// Priorities that a rule has now, for a while, or in the end.
    used: BTreeSet<Slot>,
}

/// Adds the steps of one group.
pub(super) fn add(draft: &mut Draft<'_>, place: &PlaceKey, nsg: &LiveNsg, items: &[Item<'_>]) {
    note(draft, place, nsg, items);
    if !draft.options.destroy {
        say_what_stands(draft, nsg, items);
    }
    let mut courses: Vec<Course> = items.iter().map(course).collect();
    let movers = settle(items, &mut courses);
    let mut used: BTreeSet<Slot> = nsg.rules.iter().map(|rule| (rule.direction, rule.priority)).collect();
    used.extend(movers.values().filter_map(|mover| mover.to));
    let mut writer = Writer { draft, place, nsg, used };
    let parked = writer.park(items, &movers);
    let mut first_steps: BTreeMap<&str, usize> = BTreeMap::new();
    for (item, course) in items.iter().zip(&courses) {
        let at = parked.get(item.name);
        let bridge = match (course, &item.to) {
            (Course::Apart, Some(body)) => writer.bridge(item, body),
            _ => None,
        };
        let first = writer.write(item, course, at, bridge);
        first_steps.insert(item.name, first);
    }
    let holders = priority::holders(&movers);
    for item in items {
        let mover = &movers[item.name];
        let Some(holder) = mover.to.filter(|to| Some(*to) != mover.from).and_then(|to| holders.get(&to)) else {
            continue;
        };
        let leaves = parked.get(*holder).map_or_else(|| first_steps[holder], |(step, _)| *step);
        writer.draft.steps[first_steps[item.name]].after.push(leaves);
    }
}

/// Notes the rules that change, and the priorities that new ones take.
fn note(draft: &mut Draft<'_>, place: &PlaceKey, nsg: &LiveNsg, items: &[Item<'_>]) {
    for item in items {
        depends_on(draft, place, &format!("{}/securityrules/{}", nsg.id, item.name), item.live);
        let Some(body) = &item.to else { continue };
        let holder = nsg.rules.iter().find(|rule| (rule.direction, rule.priority) == (body.direction, body.priority));
        let key = format!("{}/{}/{}", nsg.id, body.direction, body.priority);
        depends_on(draft, place, &key, holder.map(|rule| Value::from(rule.name.clone())).as_ref());
    }
}

/// Notes the rules that let less through afterwards: for new connections only (facts/azure 2.5).
fn say_what_stands(draft: &mut Draft<'_>, nsg: &LiveNsg, items: &[Item<'_>]) {
    let mut closing: BTreeMap<&Addr, Vec<&str>> = BTreeMap::new();
    for item in items.iter().filter(|item| lets_less_through(item)) {
        closing.entry(item.addr).or_default().push(item.name);
    }
    for (addr, names) in closing {
        let which = match names.as_slice() {
            [name] => (*name).to_owned(),
            [name, others @ ..] => format!("{name} and {} more", others.len()),
            [] => continue,
        };
        let group = nsg.id.name();
        let text = format!("open connections go on: {group} decides about new ones only ({which})");
        draft.note(NoteCode::OpenConnections, Some(addr), text);
    }
}

fn lets_less_through(item: &Item<'_>) -> bool {
    let allows = item.live.is_some_and(|live| live.access == Access::Allow);
    let Some(body) = &item.to else { return allows };
    let differs = |as_to: fn(&Difference) -> bool| {
        item.live.is_none_or(|live| {
            let turned = live.direction != body.direction || live.access != body.access;
            turned || differences(&Shape::of_nsg(live), &want(body)).iter().any(as_to)
        })
    };
    match body.access {
        Access::Allow => allows && differs(|part| part.narrows),
        Access::Deny => differs(|part| part.widens),
    }
}

/// Returns how each rule moves. A rule whose place is held until the commit point, by one that cannot be parked, comes
/// after it too: no step before the commit point may need one after it.
fn settle(items: &[Item<'_>], courses: &mut [Course]) -> BTreeMap<String, Mover> {
    loop {
        let movers: BTreeMap<String, Mover> =
            items.iter().zip(&*courses).map(|(item, course)| (item.name.to_owned(), mover(item, course))).collect();
        let late = priority::held(&movers);
        if late.is_empty() {
            return movers;
        }
        for (item, course) in items.iter().zip(&mut *courses) {
            if late.contains(item.name) {
                *course = Course::Commit;
            }
        }
    }
}

fn mover(item: &Item<'_>, course: &Course) -> Mover {
    Mover {
        from: item.live.map(|live| (live.direction, live.priority)),
        to: item.to.as_ref().map(|body| (body.direction, body.priority)),
        phase: if matches!(course, Course::Commit | Course::Apart) { Phase::Commit } else { Phase::Build },
        parkable: item.live.and_then(written).is_some(),
    }
}

/// The new form of a rule beside the old one.
struct Bridge {
    step: usize,
    name: String,
    body: NsgRuleBody,
}

impl Writer<'_, '_> {
    /// Moves rules that are in the way to a temporary priority: the step of each, and where it is then.
    fn park(&mut self, items: &[Item<'_>], movers: &BTreeMap<String, Mover>) -> BTreeMap<String, (usize, Slot)> {
        let mut parked = BTreeMap::new();
        for name in priority::parked(movers) {
            let Some(item) = items.iter().find(|item| item.name == name) else { continue };
            let (Some(from), Some(old)) = (movers[&name].from, item.live.and_then(written)) else { continue };
            let Some(slot) = priority::temporary(&self.used, from) else {
                let message = format!("no priority of {} is free to let rules change places", self.nsg.id);
                self.draft.problem(item.addr, ProblemCode::PrioritiesFull, message, "");
                continue;
            };
            self.used.insert(slot);
            let undo = Undo::Restore(Box::new(put(self.nsg, item.name, old.clone()).into()));
            let rule = NsgRuleBody { priority: slot.1, ..old };
            let step = self.draft.step(DraftStep::build(item.addr, self.place, put(self.nsg, item.name, rule), undo));
            parked.insert(name, (step, slot));
        }
        parked
    }

    /// Lets the new form of a rule stand beside the old one, at a free priority; `None` if none is free.
    fn bridge(&mut self, item: &Item<'_>, body: &NsgRuleBody) -> Option<Bridge> {
        let slot = priority::temporary(&self.used, (body.direction, body.priority))?;
        self.used.insert(slot);
        let taken = self.nsg.rules.iter().map(|rule| rule.name.to_ascii_lowercase()).collect();
        let name = next_name(item.name, &taken);
        let body = NsgRuleBody { priority: slot.1, ..body.clone() };
        let undo = NetworkSecurityGroupOp::DeleteRule { group: self.nsg.id.clone(), name: name.clone() };
        let mut step = DraftStep::build(
            item.addr,
            self.place,
            put(self.nsg, &name, body.clone()),
            Undo::Delete(Box::new(undo.into())),
        );
        step.uses.clone_from(&item.uses);
        Some(Bridge { step: self.draft.step(step), name, body })
    }

    /// Adds the calls of one rule and returns the first, which is the one that changes its priority.
    fn write(
        &mut self,
        item: &Item<'_>,
        course: &Course,
        parked: Option<&(usize, Slot)>,
        bridge: Option<Bridge>,
    ) -> usize {
        let (nsg, place, draft) = (self.nsg, self.place, &mut *self.draft);
        let after = parked.map(|(step, _)| *step);
        let before_first = before(item, parked.map(|(_, slot)| slot.1));
        let Some(body) = &item.to else {
            let op = NetworkSecurityGroupOp::DeleteRule { group: nsg.id.clone(), name: item.name.to_owned() };
            // Only rules with our mark are deleted.
            let undo = match before_first {
                Ok(old) => Undo::Recreate(vec![put(nsg, item.name, old).into()]),
                Err(why) => Undo::Impossible(why),
            };
            let mut step = DraftStep::commit(item.addr, place, op, undo).after(after);
            (step.closes, step.cuts) = (closes(item), cuts(item));
            return draft.step(step);
        };
        let undo = undo(nsg, item, before_first);
        let last = |draft: &mut Draft<'_>, phase: Phase, undo: Undo, after: Option<usize>| {
            let mut step = DraftStep::build(item.addr, place, put(nsg, item.name, body.clone()), undo).after(after);
            step.phase = phase;
            step.uses.clone_from(&item.uses);
            step.closes = closes(item);
            if phase == Phase::Commit {
                step.cuts = cuts(item);
            }
            draft.step(step)
        };
        match course {
            Course::Build => last(draft, Phase::Build, undo, after),
            Course::Commit | Course::Apart => {
                let step = last(draft, Phase::Commit, undo, after);
                if let Some(bridge) = bridge {
                    draft.steps[step].after.push(bridge.step);
                    let op = NetworkSecurityGroupOp::DeleteRule { group: nsg.id.clone(), name: bridge.name.clone() };
                    let undo = Undo::Recreate(vec![put(nsg, &bridge.name, bridge.body).into()]);
                    draft.step(DraftStep::commit(item.addr, place, op, undo).after([step]));
                } else if opens(item) {
                    draft.steps[step].opens_late.clone_from(&item.uses);
                }
                step
            }
            Course::Both(wide) => {
                let mut step =
                    DraftStep::build(item.addr, place, put(nsg, item.name, (**wide).clone()), undo).after(after);
                step.uses.clone_from(&item.uses);
                let first = draft.step(step);
                let undo = self::undo(nsg, item, before(item, Some(wide.priority)));
                last(draft, Phase::Commit, undo, Some(first));
                first
            }
        }
    }
}

/// The networks that a rule names which lets less through afterwards.
fn cuts(item: &Item<'_>) -> BTreeSet<IpNet> {
    let allowing = item.live.filter(|live| live.access == Access::Allow);
    allowing.map(|live| Shape::of_nsg(live).named_networks()).unwrap_or_default()
}

fn undo(nsg: &LiveNsg, item: &Item<'_>, before: Result<NsgRuleBody, String>) -> Undo {
    if item.live.is_none() {
        let op = NetworkSecurityGroupOp::DeleteRule { group: nsg.id.clone(), name: item.name.to_owned() };
        return Undo::Delete(Box::new(op.into()));
    }
    match before {
        Ok(old) => Undo::Restore(Box::new(put(nsg, item.name, old).into())),
        Err(why) => Undo::Impossible(why),
    }
}

/// The rule as it is before a call: as live, at the priority where an earlier call of this run put it.
fn before(item: &Item<'_>, priority: Option<u16>) -> Result<NsgRuleBody, String> {
    let live = item.live.ok_or("it did not exist")?;
    let mut old = written(live).ok_or_else(|| {
        format!("the live rule {} has a form that xcloud does not write: {}", live.name, Shape::of_nsg(live).line())
    })?;
    if let Some(priority) = priority {
        old.priority = priority;
    }
    Ok(old)
}

fn put(nsg: &LiveNsg, name: &str, rule: NsgRuleBody) -> NetworkSecurityGroupOp {
    NetworkSecurityGroupOp::PutRule { group: nsg.id.clone(), name: name.to_owned(), rule }
}

/// Returns the live rule as it would be written, if it is of our form.
pub(super) fn written(live: &LiveNsgRule) -> Option<NsgRuleBody> {
    let shape = Shape::of_nsg(live);
    let (from, to) = shape.networks()?;
    Some(NsgRuleBody {
        priority: live.priority,
        direction: live.direction,
        access: live.access,
        protocol: shape.protocol()?,
        from: Addresses::Known(from),
        to: Addresses::Known(to),
        ports: written_ports(shape.ports),
        description: live.description.clone(),
    })
}

fn want(body: &NsgRuleBody) -> Want {
    Want { protocol: body.protocol, from: body.from.clone(), to: body.to.clone(), ports: body.ports.clone() }
}

/// Returns true if the rule will let something through that it does not now.
fn opens(item: &Item<'_>) -> bool {
    let Some(body) = item.to.as_ref().filter(|body| body.access == Access::Allow) else { return false };
    item.live.is_none_or(|live| {
        let moved = live.direction != body.direction || live.access != body.access;
        moved || differences(&Shape::of_nsg(live), &want(body)).iter().any(|part| part.widens)
    })
}

/// Addresses that the live rule names and the wanted one does not.
fn closes(item: &Item<'_>) -> BTreeSet<IpNet> {
    let Some(live) = item.live else { return BTreeSet::new() };
    let mut closes = Shape::of_nsg(live).single_addresses();
    if let Some(body) = &item.to {
        let want = want(body);
        closes.retain(|net| !want.names(net));
    }
    closes
}

fn course(item: &Item<'_>) -> Course {
    let (live, body) = match (item.live, &item.to) {
        (_, None) => return Course::Commit,
        (None, Some(body)) if body.access == Access::Deny => return Course::Commit,
        (None, Some(_)) => return Course::Build,
        (Some(live), Some(body)) => (live, body),
    };
    if live.direction != body.direction {
        return Course::Commit;
    }
    match (live.access, body.access) {
        (Access::Deny, Access::Allow) => return Course::Build,
        (Access::Allow, Access::Deny) => return Course::Commit,
        (Access::Allow, Access::Allow) | (Access::Deny, Access::Deny) => {}
    }
    let found = differences(&Shape::of_nsg(live), &want(body));
    let (widens, narrows) = (found.iter().any(|part| part.widens), found.iter().any(|part| part.narrows));
    match (body.access, widens, narrows) {
        (_, false, false) | (Access::Allow, true, false) | (Access::Deny, false, true) => Course::Build,
        (Access::Allow, true, true) => {
            wide(live, body, &found).map_or(Course::Apart, |wide| Course::Both(Box::new(wide)))
        }
        (Access::Allow, false, true) | (Access::Deny, true, _) => Course::Commit,
    }
}

/// Old and new in one rule, if that allows nothing which neither allows: if exactly one part differs, and not the
/// protocol, of which a rule has only one.
fn wide(live: &LiveNsgRule, body: &NsgRuleBody, found: &[Difference]) -> Option<NsgRuleBody> {
    let shape = Shape::of_nsg(live);
    let (from, to) = shape.networks()?;
    let [only] = found else { return None };
    let mut wide = body.clone();
    match only.part {
        RulePart::From => wide.from = union(&from, &body.from),
        RulePart::To => wide.to = union(&to, &body.to),
        RulePart::Ports => wide.ports = written_ports(shape.ports.into_iter().chain(want(body).port_set()).collect()),
        _ => return None,
    }
    Some(wide)
}
