//! The rule collection group that is wholly ours: which rule is as declared, which goes, which stays as it is live.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::part::{Fate, Group, Part, of_our_form};
use super::steps;
use super::{rows as table, shadowing};
use crate::code::{NoteCode, ProblemCode};
use crate::kinds::shared::azure::{Row, Shape, Want, depends_on, differences, includes_live};
use crate::live::{AzureLive, LiveFirewallRule, LiveRuleGroup, ProvisioningState};
use crate::marks;
use crate::model::{Access, Addr, ArmName, FirewallRule, FirewallRules, Kind, PlaceKey, Resource, Spec};
use crate::op::FirewallRulesOp;
use crate::plan::draft::{Draft, field, uses_of};
use crate::plan::rule_sets::{RuleSet, SetRule};
use crate::plan::{Action, Change, FieldChange, Property, RuleName, RulePart};

/// Plans every rule collection group.
pub(in crate::kinds) fn plan(draft: &mut Draft<'_>) -> Vec<Row> {
    let mut rows = Vec::new();
    for resource in draft.resources(Kind::FirewallRules) {
        let Spec::FirewallRules(spec) = &resource.spec else { continue };
        let Some(live) = draft.azure(&resource.place) else { continue };
        group(draft, resource, spec, live, &mut rows);
    }
    orphans(draft, &mut rows);
    steps::one_writer(draft);
    rows
}

fn group<'a>(
    draft: &mut Draft<'a>,
    resource: &'a Resource,
    spec: &'a FirewallRules,
    live: &'a AzureLive,
    rows: &mut Vec<Row>,
) {
    let there = find(live, spec);
    let id = format!("{}/ruleCollectionGroups/{}", spec.policy, spec.group);
    if !live.policies.iter().any(|policy| policy.id == spec.policy) {
        if !draft.options.destroy {
            let message = format!("the firewall policy {} does not exist", spec.policy);
            draft.problem(
                &resource.addr,
                ProblemCode::PolicyMissing,
                message,
                "xcloud adds a group to a policy that exists: create the policy first",
            );
        }
        return;
    }
    let Some(whose) = owner(draft, resource, there, &id) else { return };
    if !draft.options.destroy && priority_taken(draft, resource, spec, live, there) {
        return;
    }
    let mut parts = parts(draft, resource, spec, there);
    if whose == Owner::ByName {
        // An API that keeps no descriptions would make this a difference for ever.
        parts.iter_mut().for_each(Part::forgive_description);
    }
    shadowing::notes(draft, &resource.addr, spec, live, &parts);
    let mut fields = Vec::new();
    if let Some(there) = there.filter(|_| !draft.options.destroy) {
        if there.priority != spec.priority {
            fields.push(field(Property::Priority, there.priority, spec.priority));
        }
        let ours = (FirewallRulesOp::COLLECTION, FirewallRulesOp::COLLECTION_PRIORITY);
        if let Some((name, priority)) = collection(&there.rules, &draft.desired.product).filter(|found| *found != ours)
        {
            let text = |name: &str, priority: u16| format!("{name} (priority {priority})");
            fields.push(field(Property::Collection, text(name, priority), text(ours.0, ours.1)));
        }
        if *there.state == ProvisioningState::Failed {
            fields.push(field(Property::State, there.state.to_string(), "Succeeded"));
        }
    } else if there.is_none() && parts.iter().any(|part| matches!(part.fate, Fate::Write { .. })) {
        fields.push(field(Property::Priority, Value::Null, spec.priority));
    }
    if parts.iter().any(|part| !part.fields.is_empty()) {
        draft.sets.push(rule_set(&resource.addr, &parts));
    }
    for part in &parts {
        fields.extend(part.fields.iter().cloned());
        rows.extend(row(draft, &resource.addr, part));
    }
    let group = Group {
        addr: &resource.addr,
        place: resource.place.key(),
        policy: &spec.policy,
        name: &spec.group,
        priority: there.filter(|_| draft.options.destroy).map_or(spec.priority, |there| there.priority),
        live: there,
    };
    finish(draft, resource, &group, &parts, fields, &id);
}

/// Refuses a priority that another group of the policy holds: Azure would refuse the write.
fn priority_taken(
    draft: &mut Draft<'_>,
    resource: &Resource,
    spec: &FirewallRules,
    live: &AzureLive,
    there: Option<&LiveRuleGroup>,
) -> bool {
    if there.is_some_and(|there| there.priority == spec.priority) {
        return false;
    }
    let same = |group: &&LiveRuleGroup| {
        let other = group.policy == spec.policy && !group.name.eq_ignore_ascii_case(&spec.group);
        other && group.priority == spec.priority
    };
    let Some(LiveRuleGroup { name, priority, .. }) = live.rule_groups.iter().find(same) else { return false };
    let message = format!("the rule collection group {name} of {} has the priority {priority} already", spec.policy);
    let hint = "declare another priority, or give that group another one (or delete it) first";
    draft.problem(&resource.addr, ProblemCode::PriorityTaken, message, hint);
    true
}

fn finish(
    draft: &mut Draft<'_>,
    resource: &Resource,
    group: &Group<'_>,
    parts: &[Part<'_>],
    fields: Vec<FieldChange>,
    id: &str,
) {
    let remains = parts.iter().any(Part::remains);
    let action = match (group.live.is_some(), remains, fields.is_empty()) {
        (true, false, _) => Action::Delete,
        (false, true, false) => Action::Create,
        (_, _, true) | (false, false, _) => Action::Same,
        (true, true, false) => Action::Update,
    };
    let known = group.live.map(|_| id.to_owned());
    if action == Action::Delete && group.live.is_some_and(|live| live.rules.is_empty()) {
        // Nothing in an empty group says that it is ours.
        if draft.options.destroy {
            let text = format!("{id} is empty and carries no mark: it stays");
            draft.note(NoteCode::EmptyGroup, Some(&resource.addr), text);
        } else {
            draft.change(resource, Action::Same, Vec::new(), known);
        }
        return;
    }
    if action != Action::Same {
        depends_on(draft, &group.place, id, group.live);
        steps::add(draft, group, parts, action);
    } else if draft.options.destroy {
        return;
    }
    draft.change(resource, action, fields, known);
}

/// A group is ours if it is empty or a rule in it carries our mark.
fn is_ours(group: &LiveRuleGroup, product: &str) -> bool {
    group.rules.is_empty() || group.rules.iter().any(|rule| marks::rule_is_ours(&rule.name, &rule.description, product))
}

/// By what the group is ours.
#[derive(PartialEq, Eq)]
enum Owner {
    /// It is absent, empty, or a rule in it carries our mark.
    Mark,
    /// It lost its marks, and only names say it.
    ByName,
}

/// Returns by what the group is ours; `None`, and the reason told, if it is another's.
fn owner(draft: &mut Draft<'_>, resource: &Resource, there: Option<&LiveRuleGroup>, id: &str) -> Option<Owner> {
    let product = &draft.desired.product;
    let Some(unmarked) = there.filter(|there| !is_ours(there, product)) else { return Some(Owner::Mark) };
    let message = format!("{id} exists, is not empty, and no rule in it carries a mark of {product}");
    if draft.options.destroy {
        draft.note(NoteCode::Clash, Some(&resource.addr), message);
        return None;
    }
    if has_lost_its_marks(unmarked, product) {
        let text = format!(
            "the rules of {id} have lost their descriptions, and with them our marks; by their names they are ours: the next \
             change of a rule writes them again"
        );
        draft.note(NoteCode::MarksLost, Some(&resource.addr), text);
        return Some(Owner::ByName);
    }
    let hint = "the group must be xcloud's alone: choose another name";
    draft.problem(&resource.addr, ProblemCode::Clash, message, hint);
    None
}

/// A description can be lost (older versions of the API answer none: Azure/azure-cli#18260; a copy in the portal). Rules with the
/// product's prefix in the collections that only xcloud makes, and none of anybody else's, are still told by their names.
fn has_lost_its_marks(group: &LiveRuleGroup, product: &str) -> bool {
    group.rules.iter().all(|rule| {
        let is_in_ours =
            of_our_form(rule).is_some_and(|access| FirewallRulesOp::collection(access).0 == rule.collection);
        is_in_ours && rule.name.starts_with(&marks::name_prefix(product)) && rule.description.is_empty()
    })
}

fn find<'a>(live: &'a AzureLive, spec: &FirewallRules) -> Option<&'a LiveRuleGroup> {
    live.rule_groups.iter().find(|group| group.policy == spec.policy && group.name.eq_ignore_ascii_case(&spec.group))
}

/// Every rule of the group, declared or live or both, by name.
fn parts<'a>(
    draft: &mut Draft<'a>,
    resource: &'a Resource,
    spec: &'a FirewallRules,
    there: Option<&'a LiveRuleGroup>,
) -> Vec<Part<'a>> {
    let product = &draft.desired.product;
    let rules: &'a [LiveFirewallRule] = there.map_or(&[], |group| &group.rules);
    let collection = collection(rules, product).map(|(name, _)| name);
    let mut live: BTreeMap<String, &'a LiveFirewallRule> = BTreeMap::new();
    let mut parts: Vec<Part<'a>> = Vec::new();
    for rule in rules {
        let ours = match of_our_form(rule) {
            Some(Access::Allow) => Some(rule.collection.as_str()) == collection,
            Some(Access::Deny) => true,
            None => false,
        };
        if ours && !live.contains_key(&rule.name.to_ascii_lowercase()) {
            live.insert(rule.name.to_ascii_lowercase(), rule);
        } else {
            parts.push(Part { foreign: true, ..only_live(draft, &resource.addr, rule) });
        }
    }
    for rule in spec.rules.iter().filter(|_| !draft.options.destroy) {
        let there = live.remove(&rule.name.to_ascii_lowercase());
        parts.extend(declared(draft, resource, rule, there));
    }
    parts.extend(live.into_values().map(|rule| only_live(draft, &resource.addr, rule)).collect::<Vec<_>>());
    parts.sort_by(|a, b| a.key().cmp(&b.key()));
    for pair in parts.windows(2) {
        if pair[0].declared.is_some() && pair[1].declared.is_some() && pair[0].name == pair[1].name {
            let message = format!("the rule {} is declared twice", pair[0].name);
            draft.problem(&resource.addr, ProblemCode::DuplicateRule, message, "");
        }
    }
    parts
}

/// The collection of the live group that counts as ours, with its priority.
fn collection<'a>(rules: &'a [LiveFirewallRule], product: &str) -> Option<(&'a str, u16)> {
    let rank = |rule: &&LiveFirewallRule| {
        let marked = marks::rule_is_ours(&rule.name, &rule.description, product);
        (rule.collection == FirewallRulesOp::COLLECTION, marked, Reverse(rule.collection_priority))
    };
    let best = rules.iter().filter(|rule| of_our_form(rule) == Some(Access::Allow)).max_by_key(rank);
    best.map(|rule| (rule.collection.as_str(), rule.collection_priority))
}

fn only_live<'a>(draft: &Draft<'_>, addr: &Addr, rule: &'a LiveFirewallRule) -> Part<'a> {
    let goes = includes_live(draft.desired, draft.options, addr, &rule.name);
    let shape = Shape::of_firewall(rule).line();
    let line = if let Some(access) = of_our_form(rule) {
        format!("{access} {shape}")
    } else {
        let action = rule.action.to_ascii_lowercase();
        format!("{action} {shape}, {} in the collection {}", rule.rule_type, rule.collection)
    };
    let fields = if goes { vec![field(RuleName::azure(&rule.name).whole(), line, Value::Null)] } else { Vec::new() };
    let fate = if goes { Fate::Remove } else { Fate::Keep };
    Part {
        name: &rule.name,
        declared: None,
        live: Some(rule),
        foreign: of_our_form(rule).is_none(),
        fate,
        fields,
        uses: Vec::new(),
    }
}

fn declared<'a>(
    draft: &mut Draft<'a>,
    resource: &'a Resource,
    rule: &'a FirewallRule,
    live: Option<&'a LiveFirewallRule>,
) -> Option<Part<'a>> {
    let addr = &resource.addr;
    let mut part = Part {
        name: &rule.name,
        declared: Some(rule),
        live,
        foreign: false,
        fate: Fate::Keep,
        fields: Vec::new(),
        uses: Vec::new(),
    };
    if !draft.options.filter.includes_rule(addr, &rule.env, rule.region.as_deref()) {
        return Some(part);
    }
    let (Some(from), Some(to)) = (draft.addresses(&rule.from), draft.addresses(&rule.to)) else {
        let text = format!("the rule {} stays as it is: its addresses are not known in this run", rule.name);
        draft.note(NoteCode::UnknownAddresses, Some(addr), text);
        return Some(part);
    };
    let want = Want { protocol: rule.protocol, from, to, ports: rule.ports.clone() };
    if want.names_nothing() {
        let message = format!("the rule {} would name no address", rule.name);
        draft.problem(addr, ProblemCode::EmptyAddresses, message, "a rule is never written from an empty set");
        return None;
    }
    let description = marks::rule_description(draft.desired, addr);
    part.fields = fields(rule, live, &want, &description);
    part.uses = uses_of([&rule.from, &rule.to]);
    part.fate = Fate::Write { want: Box::new(want), description };
    Some(part)
}

fn fields(rule: &FirewallRule, live: Option<&LiveFirewallRule>, want: &Want, description: &str) -> Vec<FieldChange> {
    let Some(live) = live else {
        let line = format!("{} {}", rule.access, want.line());
        return vec![field(RuleName::azure(&rule.name).whole(), Value::Null, line)];
    };
    let name = RuleName::azure(&rule.name);
    let mut fields: Vec<FieldChange> = differences(&Shape::of_firewall(live), want)
        .into_iter()
        .map(|difference| field(name.part(difference.part), difference.before, difference.after))
        .collect();
    if live.description != description {
        fields.push(field(name.part(RulePart::Description), live.description.clone(), description));
    }
    fields
}

/// The rules of the group: live ones in the order of their collections, declared ones in ours.
fn rule_set(addr: &Addr, parts: &[Part<'_>]) -> RuleSet {
    let mut set = RuleSet { addrs: BTreeSet::from([addr.clone()]), live: Vec::new(), declared: Vec::new() };
    for part in parts {
        let name = RuleName::azure(part.name);
        let live = part.live.map(|live| SetRule {
            name: name.clone(),
            priority: (live.collection_priority, 0),
            access: if live.action.eq_ignore_ascii_case("Deny") { Access::Deny } else { Access::Allow },
            traffic: Shape::of_firewall(live).traffic().filter(|_| live.rule_type.eq_ignore_ascii_case("NetworkRule")),
        });
        let wanted = match &part.fate {
            Fate::Keep => live.clone(),
            Fate::Remove => None,
            Fate::Write { want, .. } => {
                let access = if part.denies() { Access::Deny } else { Access::Allow };
                let priority = (FirewallRulesOp::collection(access).1, 0);
                Some(SetRule { name, priority, access, traffic: Some(want.traffic()) })
            }
        };
        set.live.extend(live);
        set.declared.extend(wanted);
    }
    set
}

fn row(draft: &Draft<'_>, addr: &Addr, part: &Part<'_>) -> Option<Row> {
    match (&part.fate, part.declared, part.live) {
        (Fate::Write { want, .. }, Some(rule), live) => {
            let action = match live {
                None => Action::Create,
                Some(_) if part.fields.is_empty() => Action::Same,
                Some(_) => Action::Update,
            };
            Some(table::written(addr, rule, want, action))
        }
        (Fate::Remove, _, Some(live)) => table::live(draft.desired, addr, live, Action::Delete),
        (_, _, Some(live)) => table::live(draft.desired, addr, live, Action::Same),
        (_, _, None) => None,
    }
}

/// Groups with our mark that no resource declares.
fn orphans(draft: &mut Draft<'_>, rows: &mut Vec<Row>) {
    let observed = draft.observed;
    let mut seen: BTreeSet<(ArmName, String)> = BTreeSet::new();
    for (place, live) in observed.azure_places() {
        // Several places may name groups of one policy, and each then sees all of them.
        let unseen = |group: &&LiveRuleGroup| seen.insert((group.policy.clone(), group.name.to_ascii_lowercase()));
        for group in live.rule_groups.iter().filter(unseen).collect::<Vec<_>>() {
            orphan(draft, place, group, rows);
        }
    }
}

fn orphan(draft: &mut Draft<'_>, place: &PlaceKey, group: &LiveRuleGroup, rows: &mut Vec<Row>) {
    let declared = draft.desired.resources.values().any(|resource| {
        let Some(spec) = resource.spec.of::<FirewallRules>() else { return false };
        spec.policy == group.policy && spec.group.eq_ignore_ascii_case(&group.name)
    });
    let marked =
        group.rules.iter().find(|rule| marks::rule_is_ours(&rule.name, &rule.description, &draft.desired.product));
    let Some(marked) = marked.filter(|_| !declared) else { return };
    let addr = marks::rule_address(&marked.description)
        .unwrap_or_else(|| Addr::new("shared", "azure", Kind::FirewallRules, &group.name));
    let id = format!("{}/ruleCollectionGroups/{}", group.policy, group.name);
    if !draft.options.filter.includes(&addr)
        || !draft.options.filter.envs.is_empty()
        || !draft.options.filter.regions.is_empty()
    {
        return;
    }
    if !draft.options.prune && !draft.options.destroy {
        let text = format!("{id} carries our mark and is not declared");
        return draft.note(NoteCode::Orphan, Some(&addr), text);
    }
    let strange =
        |rule: &&LiveFirewallRule| !marks::rule_is_ours(&rule.name, &rule.description, &draft.desired.product);
    if let Some(stranger) = group.rules.iter().find(strange) {
        let text =
            format!("{id} is not declared and stays: beside our rules it holds {}, which is not ours", stranger.name);
        return draft.note(NoteCode::Orphan, Some(&addr), text);
    }
    let parts: Vec<Part<'_>> = group.rules.iter().map(|rule| only_live(draft, &addr, rule)).collect();
    let fields = parts.iter().flat_map(|part| part.fields.clone()).collect();
    rows.extend(parts.iter().filter_map(|part| row(draft, &addr, part)));
    let whole = Group {
        addr: &addr,
        place: place.clone(),
        policy: &group.policy,
        name: &group.name,
        priority: group.priority,
        live: Some(group),
    };
    depends_on(draft, place, &id, Some(group));
    steps::add(draft, &whole, &parts, Action::Delete);
    let reasons = vec!["it is not declared".to_owned()];
    let change = Change::of(&addr, Kind::FirewallRules, place, Action::Delete);
    draft.changes.push(Change { fields, reasons, id: Some(id), ..change });
}
