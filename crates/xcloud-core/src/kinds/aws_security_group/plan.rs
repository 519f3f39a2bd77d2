//! Security groups: replaced only where AWS refuses a change, new before old, rules widened before they are narrowed.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::{IpNet, Ipv4Net};
use serde_json::Value;

use crate::code::{NoteCode, ProblemCode};
use crate::kinds::planning::{Planning, Wanted};
use crate::kinds::shared::aws::group_rules::{self as rules, RuleKey, is_ours};
use crate::kinds::shared::aws::{Index, Refs, Tagged, missing, names, replacement, selectors, tag_fields, tags};
use crate::live::{LiveGroup, LiveRule};
use crate::marks;
use crate::model::{Addr, Ownership, Resource, SecurityGroup};
use crate::op::{GroupRule, Handle, Object, PeerHandle, SecurityGroupOp};
use crate::plan::draft::{Draft, DraftStep, field};
use crate::plan::rule_sets::{self, RuleSet, SetRule};
use crate::plan::{Action, FieldChange, Path, Property, RulePart, Set, Shown, Undo};

/// Rules per group and direction that AWS allows by default (VPC quotas).
const DEFAULT_RULE_QUOTA: usize = 60;

/// Decides which live group serves the address, or that a new one must be made.
pub(super) fn identify(cx: &mut Planning<'_, '_>, one: &Wanted<'_, '_, SecurityGroup>) {
    let &Wanted { resource, spec, index } = one;
    let makes = cx.makes(resource);
    let Planning { draft, refs, .. } = cx;
    let addr = &resource.addr;
    let candidates = index.our_groups.get(addr).map(Vec::as_slice).unwrap_or_default();
    if !makes {
        if let Some(newest) = newest(spec, candidates) {
            refs.groups.insert(addr.clone(), Handle::Known(newest.id.clone()));
        }
        return;
    }
    let Some(vpc) = selectors::vpc(draft, index, addr, &spec.vpc) else { return };
    let fitting: Vec<&LiveGroup> = candidates
        .iter()
        .copied()
        .filter(|group| group.vpc == vpc.id && group.description == spec.description)
        .collect();
    let chosen = newest(spec, &fitting);
    for other in candidates.iter().filter(|group| Some(&group.id) != chosen.map(|chosen| &chosen.id)) {
        refs.superseded.insert(other.id.clone());
    }
    if let Some(chosen) = chosen {
        refs.groups.insert(addr.clone(), Handle::Known(chosen.id.clone()));
        return;
    }
    if let Some(old) = newest(spec, candidates) {
        let what = if old.vpc == vpc.id { "description" } else { "vpc" };
        refs.reasons.insert(addr.clone(), vec![format!("{what} cannot change in place")]);
    } else if let Some(clash) = index.group_names.get(&(vpc.id.as_str(), spec.name.to_lowercase())) {
        let text = format!("{} ({}) exists and does not carry the mark of {addr}", clash.name, clash.id);
        draft.problem(addr, ProblemCode::NameClash, text, "rename the resource, or delete the other group");
        return;
    }
    refs.groups.insert(addr.clone(), Handle::Made(Object::of(addr, "")));
}

fn newest<'a>(spec: &SecurityGroup, candidates: &[&'a LiveGroup]) -> Option<&'a LiveGroup> {
    candidates.iter().copied().max_by_key(|group| (names::generation(&spec.name, &group.name), &group.id))
}

/// Adds the steps that make the group what is declared.
pub(super) fn plan(cx: &mut Planning<'_, '_>, one: &Wanted<'_, '_, SecurityGroup>) {
    if !cx.makes(one.resource) {
        return;
    }
    let addr = &one.resource.addr;
    let Some(handle) = cx.refs.groups.get(addr).cloned() else { return };
    let ((ingress, in_missing), (egress, out_missing)) =
        (rules::declared(&one.spec.ingress, &cx.refs), rules::declared(&one.spec.egress, &cx.refs));
    // A rule whose group is in a place that does not answer waits; live ones that may be it stay.
    let waits = !in_missing.is_empty() || !out_missing.is_empty();
    for needed in in_missing.iter().chain(&out_missing) {
        missing(cx.draft, cx.live, addr, needed);
    }
    let declared = Declared { rules: [ingress, egress], waits };
    match &handle {
        Handle::Made(_) => create(cx, one, &declared),
        Handle::Known(id) => {
            if let Some(live) = one.index.groups.get(id.as_str()) {
                tell_odd_endpoints(cx.draft, one.index, addr, live);
                update(cx, one, &declared, live);
            }
        }
    }
}

/// Endpoints of other types can let in more than the rules of their groups say (EC2 `VpcEndpointType`).
fn tell_odd_endpoints(draft: &mut Draft<'_>, index: &Index<'_>, addr: &Addr, live: &LiveGroup) {
    for odd in index.live.odd_endpoints.iter().filter(|odd| odd.groups.contains(&live.id)) {
        let text = format!(
            "{} is an endpoint of type {} with this group: such an endpoint can let in more than the rules say",
            odd.id, odd.kind
        );
        draft.note_on(NoteCode::Stranger, addr, Path::Member(Set::UsedBy, odd.id.clone()), text);
    }
}

/// The declared rules, inbound and outbound.
struct Declared {
    rules: [BTreeMap<RuleKey, GroupRule>; 2],
    /// True if some are left out because their group is in a place that does not answer.
    waits: bool,
}

impl Declared {
    fn holds(&self, live: &LiveRule) -> bool {
        rules::live_key(live).is_some_and(|key| self.rules[usize::from(live.egress)].contains_key(&key))
    }
}

/// Returns the first name of the group that nobody has in the VPC, from the generation after the newest of ours.
fn free_name(index: &Index<'_>, addr: &Addr, spec: &SecurityGroup, vpc: &str) -> String {
    let ours = index.our_groups.get(addr).into_iter().flatten();
    let newest = ours.filter_map(|group| names::generation(&spec.name, &group.name)).max();
    let first = newest.map_or(1, |generation| generation + 1);
    names::free(&spec.name, first, |name| index.group_names.contains_key(&(vpc, name.to_lowercase())))
}

fn create(cx: &mut Planning<'_, '_>, one: &Wanted<'_, '_, SecurityGroup>, declared: &Declared) {
    let &Wanted { resource, spec, index } = one;
    let Planning { draft, refs, .. } = cx;
    let addr = &resource.addr;
    let Some(vpc) = selectors::vpc(draft, index, addr, &spec.vpc) else { return };
    let name = free_name(index, addr, spec, &vpc.id);
    let place = resource.place.key();
    let object = Object::of(addr, "");
    let handle = Handle::Made(object.clone());
    let op = SecurityGroupOp::Create {
        name: name.clone(),
        description: spec.description.clone(),
        vpc: vpc.id.clone(),
        tags: tags(draft, addr, &name),
    };
    let undo = Undo::Delete(Box::new(SecurityGroupOp::Delete { group: handle.clone() }.into()));
    draft.step(DraftStep::build(addr, &place, op, undo).makes(object));
    let op = SecurityGroupOp::RevokeDefaultEgress { group: handle.clone() };
    let revoke = draft.step(DraftStep::build(addr, &place, op, Undo::Nothing));
    let ours = index.our_groups.get(addr).map(Vec::as_slice).unwrap_or_default();
    let replaces = refs.reasons.contains_key(addr).then(|| newest(spec, ours)).flatten();
    let old = replaces.map(|old| (held(old, &name), old));
    let mut fields = vec![
        field(Property::Name, Value::Null, name),
        field(Property::Vpc, Value::Null, vpc.id.clone()),
        field(Property::Description, Value::Null, spec.description.clone()),
    ];
    for (egress, wanted) in [(false, &declared.rules[0]), (true, &declared.rules[1])] {
        fields.extend(wanted.iter().map(|(key, rule)| added(egress, key, rule)));
        let after = egress.then_some(revoke);
        let missing = wanted.values().cloned().collect();
        refs.group_ready
            .entry(addr.clone())
            .or_default()
            .extend(authorize(draft, resource, &handle, egress, missing, after));
    }
    refs.group_ready.entry(addr.clone()).or_default().push(revoke);
    quota(draft, addr, declared);
    draft.depends_on(addr, "group", index.our_groups.get(addr), &[]);
    replacement::change(draft, refs, resource, fields, old.map(|(shown, old)| (shown, old.id.as_str(), "")));
}

fn update(cx: &mut Planning<'_, '_>, one: &Wanted<'_, '_, SecurityGroup>, declared: &Declared, live: &LiveGroup) {
    let &Wanted { resource, spec, index } = one;
    let Planning { draft, refs, .. } = cx;
    let addr = &resource.addr;
    let handle = Handle::Known(live.id.clone());
    let rules = live.rules.iter().filter(|rule| is_ours(draft, rule) && declared.holds(rule));
    let rules = rules.map(|rule| Tagged::part("rule", &rule.id, &rule.tags));
    let tagged: Vec<Tagged<'_>> = std::iter::once(Tagged::whole(&live.id, &live.tags)).chain(rules).collect();
    let mut fields = tag_fields(draft, resource, &tagged, false);
    let mut texts: BTreeMap<String, GroupRule> = BTreeMap::new();
    let mut old_texts: BTreeMap<String, GroupRule> = BTreeMap::new();
    quota(draft, addr, declared);
    for (egress, wanted) in [(false, &declared.rules[0]), (true, &declared.rules[1])] {
        let (present, mut strangers) = split(draft, resource, spec, live, egress, wanted);
        strangers.retain(|rule| !(declared.waits && rule.group.is_some()));
        let missing: Vec<GroupRule> =
            wanted.iter().filter(|(key, _)| !present.contains_key(*key)).map(|(_, rule)| rule.clone()).collect();
        fields.extend(
            wanted.iter().filter(|(key, _)| !present.contains_key(*key)).map(|(key, rule)| added(egress, key, rule)),
        );
        if let Some(step) = authorize(draft, resource, &handle, egress, missing, None) {
            refs.group_ready.entry(addr.clone()).or_default().push(step);
        }
        for (key, rule) in wanted {
            let Some(there) = present.get(key) else { continue };
            if rule.description != there.description {
                let path = rules::path(egress, key).part(RulePart::Description);
                fields.push(field(path, there.description.clone(), rule.description.clone()));
                texts.insert(there.id.clone(), rule.clone());
                old_texts.extend(rules::written(there).map(|old| (there.id.clone(), old)));
            }
        }
        fields.extend(
            strangers.iter().map(|rule| {
                field(rules::live_path(rule).whole(), rules::value(rule.description.as_ref()), Value::Null)
            }),
        );
        revoke(draft, refs, resource, live, egress, &strangers);
    }
    if !texts.is_empty() {
        let op = SecurityGroupOp::ModifyRules { group: handle.clone(), rules: texts };
        let undo = SecurityGroupOp::ModifyRules { group: handle, rules: old_texts };
        draft.step(DraftStep::build(addr, &resource.place.key(), op, Undo::Restore(Box::new(undo.into()))));
    }
    let action = if fields.is_empty() { Action::Same } else { Action::Update };
    if action != Action::Same {
        draft.depends_on(addr, "group", index.our_groups.get(addr), &[]);
        let sets = [false, true].map(|egress| rule_set(draft, addr, spec, live, egress, declared));
        draft.sets.extend(sets);
    }
    draft.change(resource, action, fields, Some(live.id.clone()));
}

/// The rules of one direction; those of others in a group that shares are no part of it.
fn rule_set(
    draft: &Draft<'_>,
    addr: &Addr,
    spec: &SecurityGroup,
    live: &LiveGroup,
    egress: bool,
    declared: &Declared,
) -> RuleSet {
    let traffic = |rule: &GroupRule| rule_sets::of_group(&live.id, egress, rule);
    let ours = |rule: &&LiveRule| spec.ownership == Ownership::Exclusive || is_ours(draft, rule);
    let there = live.rules.iter().filter(|rule| rule.egress == egress).filter(ours);
    let wanted = declared.rules[usize::from(egress)].iter();
    RuleSet {
        addrs: BTreeSet::from([addr.clone()]),
        live: there
            .map(|rule| SetRule::allow(rules::live_path(rule), rules::written(rule).as_ref().map(traffic)))
            .collect(),
        declared: wanted.map(|(key, rule)| SetRule::allow(rules::path(egress, key), Some(traffic(rule)))).collect(),
    }
}

fn quota(draft: &mut Draft<'_>, addr: &Addr, declared: &Declared) {
    for count in declared.rules.iter().map(BTreeMap::len).filter(|count| *count > DEFAULT_RULE_QUOTA) {
        let text = format!("{count} rules in one direction; AWS allows {DEFAULT_RULE_QUOTA} by default");
        draft.note(NoteCode::RuleQuota, Some(addr), text);
    }
}

/// Splits the live rules of a direction: those that are declared, by identity, and those to remove.
fn split<'a>(
    draft: &mut Draft<'_>,
    resource: &Resource,
    spec: &SecurityGroup,
    live: &'a LiveGroup,
    egress: bool,
    wanted: &BTreeMap<RuleKey, GroupRule>,
) -> (BTreeMap<RuleKey, &'a LiveRule>, Vec<&'a LiveRule>) {
    let (mut present, mut strangers) = (BTreeMap::new(), Vec::new());
    let mut of_direction: Vec<&LiveRule> = live.rules.iter().filter(|rule| rule.egress == egress).collect();
    of_direction.sort_by_key(|rule| &rule.id);
    for rule in of_direction {
        match rules::live_key(rule) {
            Some(key) if wanted.contains_key(&key) => {
                present.insert(key, rule);
            }
            _ if spec.ownership == Ownership::Exclusive || is_ours(draft, rule) => strangers.push(rule),
            _ => {
                let text = format!("{} {} is not declared and stays", live.id, rules::live_path(rule));
                let path = rules::live_path(rule);
                draft.note_on(NoteCode::Stranger, &resource.addr, path.whole(), text);
            }
        }
    }
    (present, strangers)
}

/// Adds the step that permits rules, if there are some.
fn authorize(
    draft: &mut Draft<'_>,
    resource: &Resource,
    group: &Handle,
    egress: bool,
    rules: Vec<GroupRule>,
    after: Option<usize>,
) -> Option<usize> {
    if rules.is_empty() {
        return None;
    }
    let mut tags = marks::tags(draft.desired, &resource.addr);
    tags.remove(marks::TAG_OWNER);
    let undo = SecurityGroupOp::RevokeByContent { group: group.clone(), egress, rules: rules.clone() };
    let op = SecurityGroupOp::Authorize { group: group.clone(), egress, rules, tags };
    let undo = Undo::Delete(Box::new(undo.into()));
    let step = DraftStep::build(&resource.addr, &resource.place.key(), op, undo).after(after);
    Some(draft.step(DraftStep { lets_out: egress, ..step }))
}

fn revoke(
    draft: &mut Draft<'_>,
    refs: &mut Refs,
    resource: &Resource,
    live: &LiveGroup,
    egress: bool,
    strangers: &[&LiveRule],
) {
    if strangers.is_empty() {
        return;
    }
    let group = Handle::Known(live.id.clone());
    let rule_ids: BTreeSet<String> = strangers.iter().map(|rule| rule.id.clone()).collect();
    let ours: Vec<&LiveRule> = strangers.iter().copied().filter(|rule| is_ours(draft, rule)).collect();
    let rules: Vec<GroupRule> = ours.iter().filter_map(|rule| rules::written(rule)).collect();
    let undo = match ours.first() {
        // What carried no mark is never readmitted, also where it went together with rules of ours.
        Some(first) if !rules.is_empty() => {
            let tags = first.tags.clone();
            let op = SecurityGroupOp::Authorize { group: group.clone(), egress, rules, tags };
            Undo::Recreate(vec![op.into()])
        }
        _ => Undo::Impossible("a rule without our mark is never readmitted".to_owned()),
    };
    refs.revoked.extend(rule_ids.iter().cloned());
    let op = SecurityGroupOp::Revoke { group, egress, rule_ids };
    let mut step = DraftStep::commit(&resource.addr, &resource.place.key(), op, undo);
    if egress {
        step.cuts = strangers.iter().map(|rule| reach_of(rule)).collect();
    }
    let step = draft.step(step);
    for rule in strangers {
        if let Some((_, _, PeerHandle::Group(Handle::Known(id)))) = rules::live_key(rule) {
            refs.last_uses.entry(id).or_default().push(step);
        }
    }
}

/// Where an outbound rule lets out to: for a group or a prefix list, anywhere it may be.
fn reach_of(rule: &LiveRule) -> IpNet {
    match rules::live_key(rule) {
        Some((_, _, PeerHandle::Cidr(net))) => net,
        _ => IpNet::V4(Ipv4Net::default()),
    }
}

fn added(egress: bool, key: &RuleKey, rule: &GroupRule) -> FieldChange {
    let value = Shown::from(rules::value(rule.description.as_ref()));
    // A rule that says what it is for is told also where the group that it names is missing.
    let value = match &rule.peer {
        PeerHandle::Group(handle) if rule.description.is_none() => value.waits_for(handle),
        PeerHandle::Group(_) | PeerHandle::Cidr(_) | PeerHandle::PrefixList(_) => value,
    };
    field(rules::path(egress, key).whole(), Value::Null, value)
}

/// What a live group holds. Its name follows from the replacement, and is no difference.
fn held(live: &LiveGroup, new_name: &str) -> replacement::Held {
    let mut old = replacement::Held::from([
        (Property::Name.into(), Value::from(new_name)),
        (Property::Vpc.into(), Value::from(live.vpc.clone())),
        (Property::Description.into(), Value::from(live.description.clone())),
    ]);
    old.extend(live.rules.iter().map(|rule| (rules::live_path(rule).whole(), rules::value(rule.description.as_ref()))));
    old
}
