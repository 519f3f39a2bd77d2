//! At most two writes of one rule collection group: old and new together, and after the commit point new alone.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;
use serde_json::Value;

use super::part::{Fate, Group, NARROWING, OPENING, Part, Turn, body_of};
use super::{kept, size};
use crate::code::ProblemCode;
use crate::kinds::shared::azure::Shape;
use crate::live::LiveFirewallRule;
use crate::marks;
use crate::model::{Addr, AddressKind};
use crate::op::{AzureOp, FirewallRuleBody, FirewallRulesOp, Handle, Object, Op, WriteGuard};
use crate::plan::draft::{Draft, DraftStep};
use crate::plan::{Action, Phase, Undo};

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
        stays && part.is_raw() && !kept::fits(group, part)
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
    let old = whole(group, parts);
    if action == Action::Delete {
        let guard = match (&old, group.live) {
            (Some(old), Some(live)) => WriteGuard::holds(put(group, live.priority, old.clone(), WriteGuard::None)),
            (None, Some(live)) => WriteGuard::Unchanged(live.etag.clone()),
            (_, None) => WriteGuard::None,
        };
        let op = FirewallRulesOp::Delete { policy: group.policy.clone(), group: group.name.to_owned(), guard };
        let undo = match (old, group.live) {
            (Some(old), Some(live)) => Undo::Recreate(vec![put(group, live.priority, old, WriteGuard::Absent).into()]),
            _ => Undo::Impossible(odd_form(group)),
        };
        let mut step = DraftStep::commit(group.addr, &group.place, op, undo);
        (step.closes, step.cuts) = (closes(parts), cuts(parts));
        draft.step(step);
        return;
    }
    writes(draft, group, parts, old);
}

fn writes(draft: &mut Draft<'_>, group: &Group<'_>, parts: &[Part<'_>], old: Option<Content>) {
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
        (Some(live), Some(old)) if !live.state.is_settled() => {
            WriteGuard::holds(put(group, live.priority, old.clone(), WriteGuard::None))
        }
        (Some(live), _) => WriteGuard::Unchanged(live.etag.clone()),
    };
    let mut after = None;
    if first {
        let taken = parts.iter().map(|part| part.name.to_ascii_lowercase()).collect();
        let rules = parts.iter().flat_map(|part| part.between(&taken)).collect();
        let content = Content { rules, kept: kept::collections(group, parts, Part::stays_between) };
        size::check(draft, group, &content.rules, &content.kept);
        let op = put(group, group.priority, content, guard);
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
        let rules = parts.iter().filter_map(Part::after).collect();
        let stays = |part: &Part<'_>| matches!(part.fate, Fate::Keep);
        let content = Content { rules, kept: kept::collections(group, parts, stays) };
        if !first {
            size::check(draft, group, &content.rules, &content.kept);
        }
        let op = put(group, group.priority, content, guard);
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
    old: Option<&Content>,
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
fn undo(group: &Group<'_>, old: Option<&Content>, written: &FirewallRulesOp) -> Undo {
    let guard = WriteGuard::holds(unguarded(written));
    match (group.live, old) {
        (None, _) => {
            // Its ETag is not known if the write failed half way: the adapter looks for our mark.
            let guard = WriteGuard::None;
            let op = FirewallRulesOp::Delete { policy: group.policy.clone(), group: group.name.to_owned(), guard };
            Undo::Delete(Box::new(op.into()))
        }
        (Some(live), Some(old)) => Undo::Restore(Box::new(put(group, live.priority, old.clone(), guard).into())),
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

/// What a write puts into the group.
#[derive(Clone)]
struct Content {
    rules: Vec<FirewallRuleBody>,
    /// What is of another form, as Azure answered it.
    kept: Vec<Value>,
}

fn put(
    group: &Group<'_>,
    priority: u16,
    Content { rules, kept }: Content,
    guard: WriteGuard<FirewallRulesOp>,
) -> FirewallRulesOp {
    FirewallRulesOp::Put { policy: group.policy.clone(), group: group.name.to_owned(), priority, rules, kept, guard }
}

/// The whole live group as it would be written; `None` if that would not be the same: network rules that allow in several
/// collections that count as ours, or another collection that is in the way of ours.
fn whole(group: &Group<'_>, parts: &[Part<'_>]) -> Option<Content> {
    let live = group.live?;
    let (raw, ours): (Vec<&Part<'_>>, Vec<&Part<'_>>) =
        parts.iter().filter(|part| part.live.is_some()).partition(|part| part.is_raw());
    let allowing = ours.iter().filter_map(|part| part.live).filter(|rule| rule.collection != FirewallRulesOp::FENCE);
    let collections: BTreeSet<&str> = allowing.map(|rule| rule.collection.as_str()).collect();
    if collections.len() > 1 || raw.iter().any(|part| !kept::fits(group, part)) {
        return None;
    }
    let is_ours =
        |rule: &&LiveFirewallRule| ours.iter().any(|part| part.live.is_some_and(|live| std::ptr::eq(live, *rule)));
    let rules = live.rules.iter().filter(is_ours).filter_map(body_of).collect();
    Some(Content { rules, kept: kept::collections(group, parts, |_| true) })
}
