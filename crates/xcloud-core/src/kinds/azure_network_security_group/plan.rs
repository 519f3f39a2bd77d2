//! Rules in a found network security group: which are ours, how they differ, and what becomes of each.

use std::collections::{BTreeMap, BTreeSet};

use super::entry::{Entry, Wish};
use super::priority::{self, Ask, Refusal, Slot};
use super::steps::{self, Item};
use super::{rows as table, shadowing};
use crate::code::{NoteCode, ProblemCode};
use crate::kinds::shared::azure::{Row, Shape, Want, differences, includes_live, written_ports};
use crate::live::{AzureLive, LiveNsg, LiveNsgRule, ProvisioningState};
use crate::marks;
use crate::model::{Access, Addr, Direction, Kind, NetworkSecurityGroup, NsgRule, PlaceKey, Priority, Resource};
use crate::op::NsgRuleBody;
use crate::plan::draft::{Draft, field, uses_of};
use crate::plan::rule_sets::{RuleSet, SetRule};
use crate::plan::{Action, Change, FieldChange, RuleName, RulePart};

/// Azure's limit of rules in a group.
const RULES_LIMIT: usize = 1000;

/// What a resource holds now and later, over all groups of its place.
#[derive(Default)]
struct Tally<'a> {
    resource: Option<&'a Resource>,
    id: Option<String>,
    fields: Vec<FieldChange>,
    live: usize,
    stays: usize,
}

/// The resources that name each group, by its folded id.
type Declared<'a> = BTreeMap<String, Vec<(&'a Resource, &'a NetworkSecurityGroup)>>;

/// Plans every rule of every declared network security group, and what is ours in the others.
pub(in crate::kinds) fn plan(draft: &mut Draft<'_>) -> Vec<Row> {
    let mut declared: Declared<'_> = BTreeMap::new();
    for resource in draft.desired.resources.values() {
        let Some(spec) = resource.spec.of::<NetworkSecurityGroup>() else { continue };
        declared.entry(spec.group.folded()).or_default().push((resource, spec));
    }
    let mut tallies: BTreeMap<(PlaceKey, Addr), Tally<'_>> = BTreeMap::new();
    let mut rows = Vec::new();
    add_undeclared(draft, &mut declared);
    for (group, resources) in declared {
        let Some((place, live)) = observer(draft, &resources, &group) else { continue };
        let Some(nsg) = live.nsgs.iter().find(|nsg| nsg.id.folded() == group) else {
            missing(draft, &resources);
            continue;
        };
        let entries = entries(draft, nsg, &resources);
        let strangers: Vec<&LiveNsgRule> = nsg
            .rules
            .iter()
            .filter(|rule| !marks::rule_is_ours(&rule.name, &rule.description, &draft.desired.product))
            .collect();
        for (resource, _) in &resources {
            if draft.options.filter.includes(&resource.addr) {
                let tally = tallies.entry((place.clone(), resource.addr.clone())).or_default();
                tally.resource = Some(resource);
                tally.id = Some(nsg.id.0.clone());
            }
        }
        let given = priorities(draft, nsg, &entries);
        converge(draft, (&place, nsg), (&entries, &given), &mut tallies, &mut rows);
        shadowing::notes(draft, (&entries, &given), &strangers);
    }
    for ((place, addr), tally) in tallies {
        emit(draft, &place, &addr, tally);
    }
    rows
}

/// Adds the observed groups that no resource names (any more): whatever is ours in them is an orphan.
fn add_undeclared(draft: &Draft<'_>, declared: &mut Declared<'_>) {
    let places = draft.observed.azure_places().map(|(_, live)| live);
    for nsg in places.flat_map(|live| &live.nsgs) {
        declared.entry(nsg.id.folded()).or_default();
    }
}

/// Returns the one place through which a group is read and written, also where resources of several places name it:
/// one that answered, and if possible one that saw the group.
fn observer<'a>(
    draft: &Draft<'a>,
    resources: &[(&Resource, &NetworkSecurityGroup)],
    group: &str,
) -> Option<(PlaceKey, &'a AzureLive)> {
    let observed = draft.observed;
    let own = resources.iter().map(|(resource, _)| resource.place.key());
    let any = observed.places.keys().filter(|_| resources.is_empty()).cloned();
    let mut answered: Vec<(PlaceKey, &AzureLive)> =
        own.chain(any).filter_map(|place| Some((place.clone(), observed.azure(&place)?))).collect();
    let saw = answered.iter().position(|(_, live)| live.nsgs.iter().any(|nsg| nsg.id.folded() == group));
    if answered.is_empty() { None } else { Some(answered.swap_remove(saw.unwrap_or_default())) }
}

fn missing(draft: &mut Draft<'_>, resources: &[(&Resource, &NetworkSecurityGroup)]) {
    for (resource, spec) in resources {
        if !draft.options.destroy && draft.options.filter.includes(&resource.addr) {
            let message = format!("the network security group {} does not exist", spec.group);
            draft.problem(
                &resource.addr,
                ProblemCode::NsgMissing,
                message,
                "xcloud writes rules into groups that exist: create the group first",
            );
        }
    }
}

/// Every rule of ours in the group, in the order of addresses and names.
fn entries<'a>(
    draft: &mut Draft<'a>,
    nsg: &'a LiveNsg,
    resources: &[(&'a Resource, &'a NetworkSecurityGroup)],
) -> Vec<Entry<'a>> {
    let mut entries: Vec<Entry<'a>> = Vec::new();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for (resource, spec) in resources {
        for rule in &spec.rules {
            if draft.options.destroy {
                continue;
            }
            if !seen.insert(rule.name.to_ascii_lowercase()) {
                let message = format!("the rule {} is declared twice for {}", rule.name, nsg.id);
                draft.problem(&resource.addr, ProblemCode::DuplicateRule, message, "");
                continue;
            }
            entries.extend(declared_entry(draft, resource, rule, nsg));
        }
    }
    for rule in &nsg.rules {
        let ours = marks::rule_is_ours(&rule.name, &rule.description, &draft.desired.product);
        if ours && !seen.contains(&rule.name.to_ascii_lowercase()) {
            entries.extend(live_entry(draft, nsg, rule));
        }
    }
    entries.sort_by(|a, b| (&a.addr, &a.name).cmp(&(&b.addr, &b.name)));
    entries
}

fn declared_entry<'a>(
    draft: &mut Draft<'a>,
    resource: &'a Resource,
    rule: &'a NsgRule,
    nsg: &'a LiveNsg,
) -> Option<Entry<'a>> {
    let addr = &resource.addr;
    let live = nsg.rules.iter().find(|live| live.name.eq_ignore_ascii_case(&rule.name));
    let entry = |wish| Entry { addr: addr.clone(), name: rule.name.clone(), live, wish };
    if !draft.options.filter.includes_rule(addr, &rule.env, rule.region.as_deref()) {
        return Some(entry(Wish::Keep(Some(rule))));
    }
    if let Some(live) = live
        && !marks::rule_is_ours(&live.name, &live.description, &draft.desired.product)
    {
        let message =
            format!("{}/securityRules/{} exists and carries no mark of {}", nsg.id, live.name, draft.desired.product);
        draft.problem(addr, ProblemCode::Clash, message, "rename the declared rule, or remove the one that is there");
        return None;
    }
    let (Some(from), Some(to)) = (draft.addresses(&rule.from), draft.addresses(&rule.to)) else {
        let text = format!("the rule {} stays as it is: its addresses are not known in this run", rule.name);
        draft.note(NoteCode::UnknownAddresses, Some(addr), text);
        return Some(entry(Wish::Keep(Some(rule))));
    };
    let want = Want { protocol: rule.protocol, from, to, ports: rule.ports.clone() };
    if want.names_nothing() {
        let message = format!("the rule {} would name no address", rule.name);
        draft.problem(addr, ProblemCode::EmptyAddresses, message, "a rule is never written from an empty set");
        return None;
    }
    Some(entry(Wish::Write { rule, want: Box::new(want) }))
}

/// A live rule with our mark that is not declared.
fn live_entry<'a>(draft: &mut Draft<'a>, nsg: &LiveNsg, rule: &'a LiveNsgRule) -> Option<Entry<'a>> {
    let owner = draft.desired.resources.values().find(|resource| {
        resource.spec.kind() == Kind::NetworkSecurityGroup && marks::rule_belongs_to(&rule.description, &resource.addr)
    });
    let addr = match owner {
        Some(owner) => owner.addr.clone(),
        None => marks::rule_address(&rule.description)
            .unwrap_or_else(|| Addr::new("shared", "azure", Kind::NetworkSecurityGroup, nsg.id.name())),
    };
    // A resource that names another group now does not speak for its rules in this one.
    let spoken_for = owner.is_some_and(|owner| {
        let Some(spec) = owner.spec.of::<NetworkSecurityGroup>() else { return false };
        spec.group == nsg.id
    });
    let wish = if !includes_live(draft.desired, draft.options, &addr, &rule.name) {
        Wish::Keep(None)
    } else if spoken_for || draft.options.prune || draft.options.destroy {
        Wish::Remove
    } else {
        let text = format!("{}/securityRules/{} carries our mark and is not declared", nsg.id, rule.name);
        draft.note(NoteCode::Orphan, Some(&addr), text);
        return None;
    };
    Some(Entry { addr, name: rule.name.clone(), live: Some(rule), wish })
}

fn converge<'a>(
    draft: &mut Draft<'a>,
    (place, nsg): (&PlaceKey, &LiveNsg),
    (entries, priorities): (&[Entry<'a>], &BTreeMap<String, u16>),
    tallies: &mut BTreeMap<(PlaceKey, Addr), Tally<'a>>,
    rows: &mut Vec<Row>,
) {
    let mut items: Vec<Item<'_>> = Vec::new();
    for entry in entries {
        let tally = tallies.entry((place.clone(), entry.addr.clone())).or_default();
        tally.live += usize::from(entry.live.is_some());
        tally.id.get_or_insert_with(|| nsg.id.0.clone());
        match &entry.wish {
            Wish::Keep(rule) => {
                tally.stays += 1;
                rows.extend(table::kept(draft, entry, *rule, nsg));
            }
            Wish::Remove => {
                let Some(live) = entry.live else { continue };
                tally.fields.push(field(
                    RuleName::azure(&entry.name).whole(),
                    live_line(live),
                    serde_json::Value::Null,
                ));
                rows.extend(table::removed(draft, entry, live, nsg));
                items.push(Item { addr: &entry.addr, name: &live.name, live: Some(live), to: None, uses: Vec::new() });
            }
            Wish::Write { rule, want } => {
                tally.stays += 1;
                let Some(priority) = priorities.get(&entry.name) else { continue };
                let body = body(rule, want, *priority, marks::rule_description(draft.desired, &entry.addr));
                let fields = fields(&entry.name, entry.live, &body, want);
                let action = match (entry.live, fields.is_empty()) {
                    (None, _) => Action::Create,
                    (Some(_), false) => Action::Update,
                    (Some(_), true) => Action::Same,
                };
                rows.push(table::written(entry, rule, want, nsg, action));
                if !fields.is_empty() {
                    tally.fields.extend(fields);
                    let uses = uses_of([&rule.from, &rule.to]);
                    items.push(Item { addr: &entry.addr, name: &entry.name, live: entry.live, to: Some(body), uses });
                }
            }
        }
    }
    let created = items.iter().filter(|item| item.live.is_none()).count();
    if created > 0 && nsg.rules.len() + created > RULES_LIMIT {
        let message = format!("{} would have {} rules, Azure allows {RULES_LIMIT}", nsg.id, nsg.rules.len() + created);
        draft.problem(&entries[0].addr, ProblemCode::TooManyRules, message, "");
    }
    if !items.is_empty() {
        let sets = [Direction::Inbound, Direction::Outbound].map(|direction| rule_set(entries, direction));
        draft.sets.extend(sets);
    }
    steps::add(draft, place, nsg, &items);
}

/// Our rules of one direction. Where a rule keeps its live priority, the declared one has it too.
fn rule_set(entries: &[Entry<'_>], direction: Direction) -> RuleSet {
    let mut set = RuleSet { addrs: BTreeSet::new(), live: Vec::new(), declared: Vec::new() };
    for entry in entries {
        let name = RuleName::azure(&entry.name);
        let live = entry.live.map(|live| {
            let traffic = Shape::of_nsg(live).traffic();
            let rule = SetRule { name: name.clone(), priority: (live.priority, 0), access: live.access, traffic };
            (live.direction, rule)
        });
        let wanted = match &entry.wish {
            Wish::Keep(_) => live.clone(),
            Wish::Remove => None,
            Wish::Write { rule, want } => {
                let (priority, traffic) = ((entry.priority(rule), 0), Some(want.traffic()));
                Some((rule.direction, SetRule { name, priority, access: rule.access, traffic }))
            }
        };
        let here = |side: &Option<(Direction, SetRule)>| side.as_ref().is_some_and(|(side, _)| *side == direction);
        if here(&live) || here(&wanted) {
            set.addrs.insert(entry.addr.clone());
        }
        set.live.extend(live.filter(|(side, _)| *side == direction).map(|(_, rule)| rule));
        set.declared.extend(wanted.filter(|(side, _)| *side == direction).map(|(_, rule)| rule));
    }
    set
}

/// The priority of every rule that is to be written.
fn priorities(draft: &mut Draft<'_>, nsg: &LiveNsg, entries: &[Entry<'_>]) -> BTreeMap<String, u16> {
    let taken: BTreeMap<Slot, String> =
        nsg.rules.iter().map(|rule| ((rule.direction, rule.priority), rule.name.to_ascii_lowercase())).collect();
    let mut asks = Vec::new();
    let mut asked: Vec<&Entry<'_>> = Vec::new();
    let (mut going, mut reserved) = (BTreeSet::new(), BTreeSet::new());
    for entry in entries {
        match &entry.wish {
            Wish::Remove => {
                going.insert(entry.name.to_ascii_lowercase());
            }
            Wish::Keep(Some(NsgRule { direction, priority: Priority::Fixed(number), .. })) => {
                reserved.insert((*direction, *number));
            }
            Wish::Keep(_) => {}
            Wish::Write { rule, .. } => {
                asked.push(entry);
                asks.push(Ask {
                    name: entry.name.to_ascii_lowercase(),
                    direction: rule.direction,
                    live: entry.live.map(|live| (live.direction, live.priority)),
                    priority: match (rule.access, draft.walled.contains(&rule.env)) {
                        (Access::Allow, false) => priority::behind_fence(rule.priority),
                        _ => rule.priority,
                    },
                    keeps: rule.priority.numbers(),
                });
            }
        }
    }
    let mut given = BTreeMap::new();
    for (entry, answer) in asked.iter().zip(priority::assign(&asks, &taken, &going, &reserved)) {
        match answer {
            Ok(number) => {
                given.insert(entry.name.clone(), number);
            }
            Err(Refusal::Taken { priority, by }) => {
                let message =
                    format!("the rule {} wants priority {priority} of {}, which {by} has", entry.name, nsg.id);
                draft.problem(&entry.addr, ProblemCode::PriorityTaken, message, "declare another priority");
            }
            Err(Refusal::Full { from, to }) => {
                let message =
                    format!("no priority from {from} to {to} of {} is free for the rule {}", nsg.id, entry.name);
                draft.problem(&entry.addr, ProblemCode::PrioritiesFull, message, "widen the range");
            }
        }
    }
    given
}

fn body(rule: &NsgRule, want: &Want, priority: u16, description: String) -> NsgRuleBody {
    NsgRuleBody {
        priority,
        direction: rule.direction,
        access: rule.access,
        protocol: want.protocol,
        from: want.from.clone(),
        to: want.to.clone(),
        ports: written_ports(want.port_set()),
        description,
    }
}

/// The fields in which a rule differs; a rule that is new is one field.
fn fields(name: &str, live: Option<&LiveNsgRule>, body: &NsgRuleBody, want: &Want) -> Vec<FieldChange> {
    let Some(live) = live else {
        let line = line(body.access, body.direction, body.priority, &want.line());
        return vec![field(RuleName::azure(name).whole(), serde_json::Value::Null, line)];
    };
    let path = |part| RuleName::azure(name).part(part);
    let mut fields: Vec<FieldChange> = differences(&Shape::of_nsg(live), want)
        .into_iter()
        .map(|difference| field(path(difference.part), difference.before, difference.after))
        .collect();
    if live.priority != body.priority {
        fields.push(field(path(RulePart::Priority), live.priority, body.priority));
    }
    if live.direction != body.direction {
        fields.push(field(path(RulePart::Direction), live.direction.to_string(), body.direction.to_string()));
    }
    if live.access != body.access {
        fields.push(field(path(RulePart::Access), live.access.to_string(), body.access.to_string()));
    }
    if live.description != body.description {
        fields.push(field(path(RulePart::Description), live.description.clone(), body.description.clone()));
    }
    if *live.state == ProvisioningState::Failed {
        fields.push(field(path(RulePart::State), live.state.to_string(), "Succeeded"));
    }
    fields
}

fn live_line(live: &LiveNsgRule) -> String {
    line(live.access, live.direction, live.priority, &Shape::of_nsg(live).line())
}

fn line(access: Access, direction: Direction, priority: u16, shape: &str) -> String {
    format!("{access} {direction} {shape} priority {priority}")
}

fn emit(draft: &mut Draft<'_>, place: &PlaceKey, addr: &Addr, tally: Tally<'_>) {
    let action = match (tally.fields.is_empty(), tally.live, tally.stays) {
        (true, ..) => Action::Same,
        (false, 0, _) => Action::Create,
        (false, _, 0) => Action::Delete,
        (false, ..) => Action::Update,
    };
    match tally.resource {
        Some(_) if draft.options.destroy && action == Action::Same => {}
        Some(resource) => draft.change(resource, action, tally.fields, tally.id),
        None if action == Action::Same => {}
        None => {
            let reasons = vec!["it is not declared".to_owned()];
            let change = Change::of(addr, Kind::NetworkSecurityGroup, place, action);
            draft.changes.push(Change { fields: tally.fields, reasons, id: tally.id, ..change });
        }
    }
}
