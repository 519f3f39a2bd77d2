//! At most two writes of one rule collection group: old and new together, and after the commit point new alone.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;

use crate::code::ProblemCode;
use crate::kinds::shared::azure::{Shape, Want, differences, next_name, protocol_text, union, written_ports};
use crate::live::{LiveFirewallRule, LiveRuleGroup};
use crate::marks;
use crate::model::{Access, Addr, AddressKind, Addresses, ArmName, FirewallRule, PlaceKey};
use crate::op::{AzureOp, FirewallRuleBody, FirewallRulesOp, Handle, Object, Op, WriteGuard};
use crate::plan::draft::{Draft, DraftStep};
use crate::plan::{Action, FieldChange, Phase, Undo};

/// The group that is written.
pub(super) struct Group<'a> {
    pub(super) addr: &'a Addr,
    pub(super) place: PlaceKey,
    pub(super) policy: &'a ArmName,
    pub(super) name: &'a str,
    pub(super) priority: u16,
    pub(super) live: Option<&'a LiveRuleGroup>,
}

/// A rule of the group, declared or live or both.
pub(super) struct Part<'a> {
    pub(super) name: &'a str,
    pub(super) declared: Option<&'a FirewallRule>,
    pub(super) live: Option<&'a LiveFirewallRule>,
    /// It stands in a collection that is not ours.
    pub(super) foreign: bool,
    pub(super) fate: Fate,
    pub(super) fields: Vec<FieldChange>,
    pub(super) uses: Vec<(Addr, AddressKind)>,
}

/// What becomes of a rule.
pub(super) enum Fate {
    /// It stays as it is live, or absent: left out of this run, or its addresses are unknown.
    Keep,
    /// It goes.
    Remove,
    /// It is to be so.
    Write { want: Box<Want>, description: String },
}

/// How a rule differs between the live group and the wanted one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// Nothing more and nothing less passes.
    Same,
    Widens,
    Narrows,
    /// Both, and old and new can stand in one rule.
    Both,
    /// Both, but one rule with old and new would allow what neither allows: until the commit point there are two.
    Apart,
}

/// The turns that let something new through.
const OPENING: [Turn; 3] = [Turn::Widens, Turn::Both, Turn::Apart];

/// The turns that let less through.
const NARROWING: [Turn; 3] = [Turn::Narrows, Turn::Both, Turn::Apart];

impl Part<'_> {
    /// Returns true if the group holds the rule afterwards.
    pub(super) fn remains(&self) -> bool {
        match self.fate {
            Fate::Keep => self.live.is_some(),
            Fate::Remove => false,
            Fate::Write { .. } => true,
        }
    }

    /// Returns true if the rule refuses what it matches, as the fence of a failover does.
    pub(super) fn denies(&self) -> bool {
        let live = || self.live.is_some_and(|live| live.action.eq_ignore_ascii_case("Deny"));
        self.declared.map_or_else(live, |rule| rule.access == Access::Deny)
    }

    /// The order of rules in the group.
    pub(super) fn key(&self) -> (&str, Option<(&str, u16)>) {
        (self.name, self.live.map(|live| (live.collection.as_str(), live.collection_priority)))
    }

    fn turn(&self) -> Turn {
        let Fate::Write { want, .. } = &self.fate else {
            return match (&self.fate, self.denies()) {
                (Fate::Remove, false) => Turn::Narrows,
                (Fate::Remove, true) => Turn::Widens,
                _ => Turn::Same,
            };
        };
        let Some(live) = self.live else { return if self.denies() { Turn::Narrows } else { Turn::Widens } };
        let shape = Shape::of_firewall(live);
        let found = differences(&shape, want);
        let (widens, narrows) = (found.iter().any(|part| part.widens), found.iter().any(|part| part.narrows));
        if self.denies() {
            // A deny that matches more lets less through. Where it does both, the old one stands until the commit point.
            return match (widens, narrows) {
                (false, false) => Turn::Same,
                (false, true) => Turn::Widens,
                (true, _) => Turn::Narrows,
            };
        }
        match (widens, narrows) {
            (false, false) => Turn::Same,
            (true, false) => Turn::Widens,
            (false, true) => Turn::Narrows,
            (true, true) if found.len() == 1 && body_of(live).is_some() => Turn::Both,
            (true, true) => Turn::Apart,
        }
    }

    /// The rule as it will be.
    fn after(&self) -> Option<FirewallRuleBody> {
        match &self.fate {
            Fate::Keep => self.live.and_then(body_of),
            Fate::Remove => None,
            Fate::Write { want, description } => Some(FirewallRuleBody {
                name: self.name.to_owned(),
                access: if self.denies() { Access::Deny } else { Access::Allow },
                protocols: BTreeSet::from([spelled(protocol_text(want.protocol))]),
                from: want.from.clone(),
                to: want.to.clone(),
                ports: written_ports(want.port_set()),
                description: description.clone(),
            }),
        }
    }

    /// The rule as it is between the two writes: where one rule cannot say old and new, there are two.
    fn between(&self, taken: &BTreeSet<String>) -> Vec<FirewallRuleBody> {
        let old = || self.live.and_then(body_of);
        match self.turn() {
            Turn::Narrows => old().into_iter().collect(),
            Turn::Same | Turn::Widens => self.after().into_iter().collect(),
            Turn::Both => self.both().into_iter().collect(),
            Turn::Apart => {
                let next = self.after().map(|rule| FirewallRuleBody { name: next_name(self.name, taken), ..rule });
                old().into_iter().chain(next).collect()
            }
        }
    }

    /// Old and new in one rule.
    fn both(&self) -> Option<FirewallRuleBody> {
        let (mut wide, old) = (self.after()?, self.live.and_then(body_of)?);
        let (Addresses::Known(from), Addresses::Known(to)) = (&old.from, &old.to) else { return None };
        wide.from = union(from, &wide.from);
        wide.to = union(to, &wide.to);
        wide.protocols.extend(old.protocols);
        // Where ports differ on both sides, neither is all of them; else they are the same.
        wide.ports = written_ports(wide.ports.into_iter().chain(old.ports).collect());
        Some(wide)
    }

    /// Returns true if the rule, as it will be, names the network.
    fn names(&self, net: &IpNet) -> bool {
        match (&self.fate, self.live) {
            (Fate::Write { want, .. }, _) => want.names(net),
            (Fate::Keep, Some(live)) => Shape::of_firewall(live).single_addresses().contains(net),
            (Fate::Keep | Fate::Remove, _) => false,
        }
    }
}

/// Addresses that a live rule of the group names and none of the wanted ones does.
fn closes(parts: &[Part<'_>]) -> BTreeSet<IpNet> {
    let live = parts.iter().filter_map(|part| part.live);
    let named = live.flat_map(|live| Shape::of_firewall(live).single_addresses());
    named.filter(|net| !parts.iter().any(|part| part.names(net))).collect()
}

/// The networks that rules name which let less through afterwards.
fn cuts(parts: &[Part<'_>]) -> BTreeSet<IpNet> {
    let narrowed = parts.iter().filter(|part| NARROWING.contains(&part.turn())).filter_map(|part| part.live);
    narrowed.flat_map(|live| Shape::of_firewall(live).named_networks()).collect()
}

/// Adds the one or two writes, or the deletion.
pub(super) fn add(draft: &mut Draft<'_>, group: &Group<'_>, parts: &[Part<'_>], action: Action) {
    if let Some(odd) = parts.iter().find(|part| {
        let stays = matches!(part.fate, Fate::Keep) && action != Action::Delete;
        stays && part.live.is_some_and(|live| part.foreign || body_of(live).is_none())
    }) {
        let message = format!("the rule {} must stay as it is, and has a form that xcloud cannot write", odd.name);
        draft.problem(
            group.addr,
            ProblemCode::CannotKeep,
            message,
            "correct the rule, or run without --env, --region and --target; a failover can go without it: `--fence none`",
        );
        return;
    }
    let old = group.live.and_then(whole);
    if action == Action::Delete {
        let guard = match (&old, group.live) {
            (Some(rules), Some(live)) => WriteGuard::holds(put(group, live.priority, rules.clone(), WriteGuard::None)),
            (None, Some(live)) => WriteGuard::Unchanged(live.etag.clone()),
            (_, None) => WriteGuard::None,
        };
        let op = FirewallRulesOp::Delete { policy: group.policy.clone(), group: group.name.to_owned(), guard };
        let undo = match (old, group.live) {
            (Some(rules), Some(live)) => {
                Undo::Recreate(vec![put(group, live.priority, rules, WriteGuard::Absent).into()])
            }
            _ => Undo::Impossible(odd_form(group)),
        };
        let mut step = DraftStep::commit(group.addr, &group.place, op, undo);
        (step.closes, step.cuts) = (closes(parts), cuts(parts));
        draft.step(step);
        return;
    }
    writes(draft, group, parts, old);
}

fn writes(draft: &mut Draft<'_>, group: &Group<'_>, parts: &[Part<'_>], old: Option<Vec<FirewallRuleBody>>) {
    let turns: Vec<Turn> = parts.iter().map(Part::turn).collect();
    let any = |wanted: &[Turn]| turns.iter().any(|turn| wanted.contains(turn));
    let widens = any(&OPENING);
    let narrows = any(&NARROWING);
    // What is there in another form cannot be kept for a while: then everything happens in the one later write.
    let keepable = old.is_some() || group.live.is_none();
    let first = (widens && keepable) || !narrows;
    let made = Object::of(group.addr, "");
    let uses: Vec<(Addr, AddressKind)> = parts.iter().flat_map(|part| part.uses.iter().cloned()).collect();
    let mut guard = match (group.live, &old) {
        (None, _) => WriteGuard::Absent,
        // Somebody's write of it still runs: when it ends the ETag moves, and what it holds is what was seen.
        (Some(live), Some(rules)) if !live.state.is_settled() => {
            WriteGuard::holds(put(group, live.priority, rules.clone(), WriteGuard::None))
        }
        (Some(live), _) => WriteGuard::Unchanged(live.etag.clone()),
    };
    let mut after = None;
    if first {
        let taken = parts.iter().map(|part| part.name.to_ascii_lowercase()).collect();
        let op = put(group, group.priority, parts.iter().flat_map(|part| part.between(&taken)).collect(), guard);
        let undo = undo(group, old.as_ref(), &op);
        let mut step = DraftStep::build(group.addr, &group.place, op, undo).makes(made.clone());
        step.uses.clone_from(&uses);
        guard = WriteGuard::After(Handle::Made(made.fact("etag")));
        if !narrows {
            step.closes = closes(parts);
        }
        after = Some(draft.step(step));
    }
    if narrows {
        let made = if first { Object::of(group.addr, "narrowed") } else { made };
        let op = put(group, group.priority, parts.iter().filter_map(Part::after).collect(), guard);
        let undo = taken_back(group, parts, old.as_ref(), &op, draft);
        let mut step = DraftStep::build(group.addr, &group.place, op, undo).makes(made).after(after);
        step.phase = Phase::Commit;
        step.uses = uses;
        if !first {
            let opens = parts.iter().zip(&turns).filter(|(_, turn)| OPENING.contains(turn));
            step.opens_late = opens.flat_map(|(part, _)| part.uses.iter().cloned()).collect();
        }
        (step.closes, step.cuts) = (closes(parts), cuts(parts));
        draft.step(step);
    }
}

/// Lets each write of a policy's groups follow the one before: Azure refuses or cancels a write while the policy is
/// being updated (`AnotherOperationInProgress`, Azure/azure-cli#21156).
pub(super) fn one_writer(draft: &mut Draft<'_>) {
    let mut writers: BTreeMap<String, Vec<(Phase, usize)>> = BTreeMap::new();
    for (index, step) in draft.steps.iter().enumerate() {
        if let Op::Azure(AzureOp::FirewallRules(
            FirewallRulesOp::Put { policy, .. } | FirewallRulesOp::Delete { policy, .. },
        )) = &step.op
        {
            writers.entry(policy.folded()).or_default().push((step.phase, index));
        }
    }
    for mut steps in writers.into_values() {
        steps.sort();
        for pair in steps.windows(2) {
            draft.steps[pair[1].1].after.push(pair[0].1);
        }
    }
}

/// The undo of the write after the commit point, which only `rollback` could use: what carried no mark is not restored.
fn taken_back(
    group: &Group<'_>,
    parts: &[Part<'_>],
    old: Option<&Vec<FirewallRuleBody>>,
    written: &FirewallRulesOp,
    draft: &Draft<'_>,
) -> Undo {
    let product = &draft.desired.product;
    let going = parts.iter().filter(|part| matches!(part.fate, Fate::Remove)).filter_map(|part| part.live);
    let mut unmarked = going.filter(|rule| !marks::rule_is_ours(&rule.name, &rule.description, product));
    match unmarked.next() {
        Some(rule) => Undo::Impossible(format!("the rule {} carried no mark of ours and is never put back", rule.name)),
        None => undo(group, old, written),
    }
}

/// Puts back what was there, if the group still holds what was written.
fn undo(group: &Group<'_>, old: Option<&Vec<FirewallRuleBody>>, written: &FirewallRulesOp) -> Undo {
    let guard = WriteGuard::holds(unguarded(written));
    match (group.live, old) {
        (None, _) => {
            // Its ETag is not known if the write failed half way: the adapter looks for our mark.
            let guard = WriteGuard::None;
            let op = FirewallRulesOp::Delete { policy: group.policy.clone(), group: group.name.to_owned(), guard };
            Undo::Delete(Box::new(op.into()))
        }
        (Some(live), Some(rules)) => Undo::Restore(Box::new(put(group, live.priority, rules.clone(), guard).into())),
        (Some(_), None) => Undo::Impossible(odd_form(group)),
    }
}

fn unguarded(op: &FirewallRulesOp) -> FirewallRulesOp {
    let mut op = op.clone();
    if let FirewallRulesOp::Put { guard, .. } = &mut op {
        *guard = WriteGuard::None;
    }
    op
}

fn odd_form(group: &Group<'_>) -> String {
    format!("the live group {} holds rules of a form that xcloud does not write", group.name)
}

fn put(
    group: &Group<'_>,
    priority: u16,
    rules: Vec<FirewallRuleBody>,
    guard: WriteGuard<FirewallRulesOp>,
) -> FirewallRulesOp {
    FirewallRulesOp::Put { policy: group.policy.clone(), group: group.name.to_owned(), priority, rules, guard }
}

/// The whole live group as it would be written, if all of it is of our form: one collection of network rules that
/// allow, and our own one of those that deny.
fn whole(live: &LiveRuleGroup) -> Option<Vec<FirewallRuleBody>> {
    let allowing = live.rules.iter().filter(|rule| rule.collection != FirewallRulesOp::FENCE);
    let collections: BTreeSet<&str> = allowing.map(|rule| rule.collection.as_str()).collect();
    if collections.len() > 1 { None } else { live.rules.iter().map(body_of).collect() }
}

/// Returns the live rule as it would be written, if it is of our form.
fn body_of(live: &LiveFirewallRule) -> Option<FirewallRuleBody> {
    let shape = Shape::of_firewall(live);
    let (from, to) = shape.networks()?;
    let access = of_our_form(live)?;
    Some(FirewallRuleBody {
        name: live.name.clone(),
        access,
        protocols: shape.protocols.iter().map(|protocol| spelled(protocol)).collect(),
        from: Addresses::Known(from),
        to: Addresses::Known(to),
        ports: written_ports(shape.ports),
        description: live.description.clone(),
    })
}

/// Returns what a live rule does, if it is a network rule that allows, or one of our collection that denies.
pub(in crate::kinds) fn of_our_form(live: &LiveFirewallRule) -> Option<Access> {
    let is =
        |action: &str| live.rule_type.eq_ignore_ascii_case("NetworkRule") && live.action.eq_ignore_ascii_case(action);
    let fence =
        live.collection == FirewallRulesOp::FENCE && live.collection_priority == FirewallRulesOp::FENCE_PRIORITY;
    match (is("Allow"), is("Deny")) {
        (true, _) if live.collection != FirewallRulesOp::FENCE => Some(Access::Allow),
        (_, true) if fence => Some(Access::Deny),
        _ => None,
    }
}

/// Azure's spelling of a protocol in a network rule.
fn spelled(protocol: &str) -> String {
    if protocol == "ANY" { "Any".to_owned() } else { protocol.to_owned() }
}
