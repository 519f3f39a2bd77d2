//! What decides before our group: other groups of the policy and its parents, whose rules stay as they are, but are told
//! of where they touch ours.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;

use super::part::{Fate, Part};
use crate::code::NoteCode;
use crate::kinds::Role;
use crate::kinds::shared::azure::ordered::{Ordered, lineage};
use crate::kinds::shared::azure::translated;
use crate::live::{AzureLive, LiveFirewallRule, LivePolicy};
use crate::model::{Access, Addr, Addresses, ArmName, Desired, FirewallRules};
use crate::op::FirewallRulesOp;
use crate::plan::RuleName;
use crate::plan::draft::{Breach, Draft};

/// Notes what is amiss with the policy itself, and every rule of others that decides otherwise before a rule of ours.
pub(super) fn notes(draft: &mut Draft<'_>, addr: &Addr, spec: &FirewallRules, live: &AzureLive, parts: &[Part<'_>]) {
    if !policy(draft, addr, &spec.policy, live) {
        let fences = spec.rules.iter().filter(|rule| rule.access == Access::Deny);
        fences.for_each(|rule| draft.breach(&rule.env, Breach::Possible));
    }
    translation(draft, addr, spec, live);
    let goes = |rule: &LiveFirewallRule| {
        let its = |part: &&Part<'_>| part.live.is_some_and(|live| std::ptr::eq(live, rule));
        parts.iter().find(its).is_some_and(|part| !(part.is_raw() && matches!(part.fate, Fate::Keep)))
    };
    // In our own group counts what others have put there, and a run over a part of it leaves.
    let ordered = Ordered::of_policy_where(live, &spec.policy, |rule| !goes(rule));
    let before = |access| ordered.before((Reverse(0), spec.priority, FirewallRulesOp::collection(access).1));
    let (before_allowing, before_denying) = (before(Access::Allow), before(Access::Deny));
    let mut found: BTreeMap<(NoteCode, &str, &str), Vec<&str>> = BTreeMap::new();
    for part in parts {
        let (Fate::Write { want, .. }, Some(rule)) = (&part.fate, part.declared) else { continue };
        if rule.access == Access::Deny && part.live.is_none() {
            draft.breach(&rule.env, Breach::Missing);
        }
        let traffic = want.traffic();
        let before = match rule.access {
            Access::Allow => &before_allowing,
            Access::Deny => &before_denying,
        };
        let (code, by) = match (before.astray(&traffic, rule.access), before.perhaps_astray(&traffic, rule.access)) {
            (Some((_, by)), _) if rule.access == Access::Deny => (NoteCode::FencePassed, by),
            (Some((_, by)), _) => (NoteCode::Shadowed, by),
            (None, Some((_, by))) => (NoteCode::MayShadow, by),
            (None, None) => continue,
        };
        if rule.access == Access::Deny {
            let certain = code == NoteCode::FencePassed;
            draft.breach(&rule.env, if certain { Breach::Certain } else { Breach::Possible });
        }
        found.entry((code, &by.name, &by.shown)).or_default().push(part.name);
    }
    for ((code, name, by), names) in found {
        let names = names.join(", ");
        let text = match code {
            NoteCode::FencePassed => format!("the rule {by} is not ours and allows what {names} should refuse"),
            NoteCode::MayShadow => format!(
                "the rule {by} is not ours and may decide before {names}: it names groups or tags that are not resolved, or \
                 translates"
            ),
            _ => format!("the rule {by} is not ours and decides before {names}"),
        };
        draft.note_on(code, addr, RuleName::azure(name).whole(), text);
    }
}

/// Notes where the firewall translates the source of our traffic: rules of security groups of ours after it never match then.
fn translation(draft: &mut Draft<'_>, addr: &Addr, spec: &FirewallRules, live: &AzureLive) {
    let filtered: BTreeSet<&str> = filtered(draft.desired);
    let rules = spec.rules.iter().filter(|rule| rule.access == Access::Allow && filtered.contains(rule.env.as_str()));
    let mut found: BTreeMap<IpNet, Vec<&str>> = BTreeMap::new();
    for rule in rules {
        let to = match draft.addresses(&rule.to) {
            Some(Addresses::Known(nets)) => nets,
            Some(Addresses::Late(late)) => late.within.union(&late.kept).copied().collect(),
            None => continue,
        };
        if let Some(net) = translated(live, &spec.policy, to) {
            found.entry(net).or_default().push(&rule.name);
        }
    }
    for (net, names) in found {
        let text = format!(
            "{} translates the source of traffic to {net} ({}): rules of security groups after it see the firewall's \
             address, and do not match",
            spec.policy,
            names.join(", ")
        );
        draft.note(NoteCode::SourceTranslated, Some(addr), text);
    }
}

/// Returns the environments that rules of security groups of ours serve.
fn filtered(desired: &Desired) -> BTreeSet<&str> {
    let groups = desired.resources.values().filter_map(|resource| match resource.spec.declared().role() {
        Role::Filter(spec) => Some(spec),
        Role::Wall(_)
        | Role::Group(_)
        | Role::Balancer(_)
        | Role::Service(_)
        | Role::Endpoint(_)
        | Role::Switched(..)
        | Role::Beside => None,
    });
    groups.flat_map(|spec| &spec.rules).map(|rule| rule.env.as_str()).collect()
}

/// Notes what is amiss with the policy; returns true if nothing is.
fn policy(draft: &mut Draft<'_>, addr: &Addr, policy: &ArmName, live: &AzureLive) -> bool {
    let before = draft.notes.len();
    for LivePolicy { id, state, firewalls, unread, .. } in lineage(live, policy) {
        if let Some(why) = unread {
            let text = format!("rules of {id} that may decide before ours were not read: {why}");
            draft.note(NoteCode::PolicyUnread, Some(addr), text);
        } else if id == policy && firewalls.is_empty() {
            let text = format!("{id} is attached to no firewall: its rules decide about nothing");
            draft.note(NoteCode::PolicyUnattached, Some(addr), text);
        }
        if state.has_failed() {
            let text = format!("{id} is {state}: what its firewalls do is not certain");
            draft.note(NoteCode::PolicyFailed, Some(addr), text);
        }
    }
    draft.notes.len() == before
}
