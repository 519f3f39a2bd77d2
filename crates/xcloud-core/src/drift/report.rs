//! From a comparison to findings: which class, how urgent, and what is let in.

use std::collections::BTreeSet;

use serde_json::Value;

use super::finding::{Class, Finding, Severity};
use super::ignore::{self, Ignored};
use super::rules::{Judged, Verdict};
use crate::active::record_addr;
use crate::code::NoteCode;
use crate::kinds::RulesIn;
use crate::live::{Extra, Observed, PlaceState};
use crate::marks;
use crate::model::{Addr, Desired, Kind};
use crate::plan::{
    Action, Change, Comparison, FieldChange, Filter, Late, ListenerPart, Note, Path, Property, RulePart, Set,
};

/// What drift found in one estate.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// What is not as declared, the most urgent first.
    pub findings: Vec<Finding>,
    /// What is not as declared and ignored by the config.
    pub ignored: Vec<Ignored>,
    /// How many resources were compared.
    pub checked: usize,
    /// What was not checked, and why.
    pub not_checked: Vec<String>,
}

/// Returns what is not as declared. `today` is written as `2026-11-22`.
#[must_use]
pub fn report(desired: &Desired, observed: &Observed, comparison: &Comparison, filter: &Filter, today: &str) -> Report {
    let sets: Vec<(&BTreeSet<Addr>, Judged<'_>)> =
        comparison.sets.iter().map(|set| (&set.addrs, Judged::of(set))).collect();
    let anew = |change: &&Change| matches!(change.action, Action::Create | Action::Replace);
    let missing: BTreeSet<&Addr> = comparison.changes.iter().filter(anew).map(|change| &change.addr).collect();
    let mut findings = Vec::new();
    for change in &comparison.changes {
        let sets: Vec<&Judged<'_>> =
            sets.iter().filter(|(addrs, _)| addrs.contains(&change.addr)).map(|(_, set)| set).collect();
        findings.extend(of_change(change, &sets, &missing));
    }
    let silent: BTreeSet<&Addr> = desired
        .resources
        .values()
        .filter(|resource| comparison.unknown.contains_key(&resource.place.key()) && filter.includes(&resource.addr))
        .map(|resource| &resource.addr)
        .collect();
    findings.extend(silent.iter().filter_map(|addr| {
        let resource = desired.resources.get(*addr)?;
        let why = comparison.unknown.get(&resource.place.key())?;
        Some(unknown(addr, "resource", &format!("{} did not answer: {why}", resource.place.key())))
    }));
    let told = |addr: &Addr| !silent.contains(addr);
    let hindered = |addr: Option<&Addr>| comparison.obstacles.iter().any(|obstacle| Some(&obstacle.addr) == addr);
    findings.extend(
        comparison
            .notes
            .iter()
            .filter(|note| note.code != NoteCode::StillUsed || !hindered(note.addr.as_ref()))
            .filter_map(|note| of_note(note, observed))
            .filter(|finding| Addr::parse(&finding.address).is_ok_and(|addr| told(&addr))),
    );
    for obstacle in comparison.obstacles.iter().filter(|obstacle| told(&obstacle.addr)) {
        let class = obstacle.code.class().unwrap_or(Class::Unknown);
        findings.push(Finding { class, ..unknown(&obstacle.addr, obstacle.code.as_str(), &obstacle.message) });
    }
    findings.extend(of_records(desired, comparison));
    let (mut findings, ignored) = ignore::part(merged(findings), &desired.ignore, today);
    findings.sort_by(|a, b| (a.severity, &a.address, &a.property).cmp(&(b.severity, &b.address, &b.property)));
    findings.dedup();
    let checked = comparison.changes.len();
    let unread = |note: &&Note| matches!(note.code, NoteCode::PolicyUnread | NoteCode::MayShadow);
    let mut not_checked = not_checked(desired, observed, filter);
    not_checked.extend(comparison.notes.iter().filter(unread).map(|note| note.text.clone()));
    Report { findings, ignored, checked, not_checked }
}

/// Records that cannot be read, and failovers that were begun and not finished.
fn of_records(desired: &Desired, comparison: &Comparison) -> Vec<Finding> {
    let base = |env: &str, expected: &str, actual: String, class: Class| Finding {
        address: record_addr(desired, env).to_string(),
        kind: "azure/active-region".to_owned(),
        region: "azure".to_owned(),
        property: "active-region".to_owned(),
        expected: expected.into(),
        actual: actual.into(),
        class,
        severity: Severity::High,
        widens_access: false,
        example: None,
        id: None,
    };
    let unread = comparison.left_alone.iter().map(|(env, why)| base(env, "a record", why.clone(), Class::Unknown));
    let begun = comparison.records.iter().filter_map(|(env, record)| {
        let to = record.to.as_ref()?;
        let actual = format!("a failover to {to} was begun and is not finished (epoch {})", record.epoch);
        Some(base(env, "no failover under way", actual, Class::Changed))
    });
    unread.chain(begun).collect()
}

fn of_change(change: &Change, sets: &[&Judged<'_>], missing: &BTreeSet<&Addr>) -> Vec<Finding> {
    let base = |property: &str, expected: Value, actual: Value, class: Class| Finding {
        address: change.addr.to_string(),
        kind: change.kind.full().to_owned(),
        region: change.region.clone(),
        property: property.to_owned(),
        expected,
        actual,
        class,
        severity: Severity::High,
        widens_access: false,
        example: None,
        id: change.id.clone(),
    };
    if change.action == Action::Create && change.kind.rules().rules != RulesIn::Found {
        return vec![base("resource", Value::from("it exists"), Value::Null, Class::Missing)];
    }
    let mut findings = Vec::new();
    for field in change.fields.iter().filter(|field| !follows(field, missing)) {
        let class = match (field.before.is_null(), field.after.is_null(), &field.path) {
            (true, _, _) => Class::Missing,
            (_, true, Path::Of(Property::Leftover) | Path::Member(Set::TargetGroups, _)) => Class::Orphan,
            (_, true, _) => Class::Unmanaged,
            _ => Class::Changed,
        };
        let mut finding = base(&field.path.to_string(), (*field.after).clone(), field.before.clone(), class);
        match judged(&field.path, sets) {
            Some(Verdict::Same) => continue,
            Some(Verdict::Differs { widens, example }) => (finding.widens_access, finding.example) = (widens, example),
            None => finding.widens_access = (change.kind.rules().widens)(&field.path, &field.after, &field.before),
        }
        finding.severity = severity(class, finding.widens_access, Some(&field.path));
        findings.push(finding);
    }
    findings
}

/// Judges what a difference in a rule comes to; `None` if it is in no rule, or not in what the rule does.
fn judged(path: &Path, sets: &[&Judged<'_>]) -> Option<Verdict> {
    let (name, part) = path.rule()?;
    let mut its = sets.iter().filter(|set| set.has(name)).peekable();
    let first = its.peek()?;
    match part {
        // Where a rule decides matters beside those of others too: never only a matter of text.
        Some(RulePart::Priority) => Some(first.whole()),
        Some(RulePart::Description | RulePart::State) => None,
        None
        | Some(
            RulePart::From
            | RulePart::To
            | RulePart::Ports
            | RulePart::Protocol
            | RulePart::Odd
            | RulePart::Access
            | RulePart::Direction,
        ) => Some(its.map(|set| set.judge(name)).fold(Verdict::Same, Verdict::or)),
    }
}

/// One property that is missing as declared and there as nobody declared it is one difference.
fn merged(findings: Vec<Finding>) -> Vec<Finding> {
    let mut kept: Vec<Finding> = Vec::new();
    for finding in findings {
        let counterpart = |other: &&mut Finding| {
            let same = other.address == finding.address && other.property == finding.property;
            let classes = [other.class, finding.class];
            same && classes.contains(&Class::Missing) && classes.contains(&Class::Unmanaged)
        };
        let Some(other) = kept.iter_mut().find(counterpart) else {
            kept.push(finding);
            continue;
        };
        let (lost, there) = if other.class == Class::Missing { (&*other, &finding) } else { (&finding, &*other) };
        *other = Finding {
            expected: lost.expected.clone(),
            class: Class::Changed,
            severity: lost.severity.min(there.severity),
            ..there.clone()
        };
    }
    kept
}

/// Returns true if the declared value is not known because another resource is missing: that one is the finding.
pub(super) fn follows(field: &FieldChange, missing: &BTreeSet<&Addr>) -> bool {
    field.after.late().iter().any(|late| match late {
        Late::Chosen(_) => true,
        Late::Made(object) => missing.iter().any(|addr| object.is_of(addr)),
        Late::Recorded => false,
    })
}

fn severity(class: Class, widens: bool, path: Option<&Path>) -> Severity {
    match (class, path) {
        _ if widens => Severity::Critical,
        (_, Some(path)) if path.is_label() => Severity::Low,
        (Class::Missing | Class::Unknown, _) => Severity::High,
        (Class::Unmanaged, Some(Path::Listener(_, Some(ListenerPart::Target(_))))) => Severity::High,
        (Class::Unmanaged | Class::Orphan, _) => Severity::Medium,
        (Class::Changed, Some(path)) if only_behaves_otherwise(path) => Severity::Medium,
        (Class::Changed, _) => Severity::High,
    }
}

/// What changes when something is done, and not what passes.
fn only_behaves_otherwise(path: &Path) -> bool {
    match path {
        Path::Of(property) => *property == Property::Ttl,
        Path::Rule(_, part) => *part == Some(RulePart::Priority),
        Path::Listener(_, part) => matches!(
            part,
            Some(
                ListenerPart::HealthInterval
                    | ListenerPart::HealthTimeout
                    | ListenerPart::HealthThreshold
                    | ListenerPart::HealthProtocol
            )
        ),
        Path::Beyond(extra) => *extra == Extra::Payer,
        Path::Member(..) | Path::Tag(_) | Path::Recorded(_) => false,
    }
}

fn unknown(addr: &Addr, property: &str, why: &str) -> Finding {
    Finding {
        address: addr.to_string(),
        kind: Kind::from_short(addr.kind()).map_or_else(|| addr.kind().to_owned(), |kind| kind.full().to_owned()),
        region: addr.region().to_owned(),
        property: property.to_owned(),
        expected: Value::Null,
        actual: Value::from(why),
        class: Class::Unknown,
        severity: Severity::High,
        widens_access: false,
        example: None,
        id: None,
    }
}

/// What a note tells about something live.
fn of_note(note: &Note, observed: &Observed) -> Option<Finding> {
    let addr = note.addr.as_ref()?;
    let property = note.property.as_ref().map_or_else(|| "resource".to_owned(), ToString::to_string);
    let finding = unknown(addr, &property, &note.text);
    let class = note.code.class()?;
    let stranger = || note.code == NoteCode::Stranger && stranger_lets_in(addr, note.property.as_ref(), observed);
    let widens = match &note.property {
        Some(Path::Beyond(extra)) => extra.widens(),
        _ => note.code == NoteCode::FencePassed || stranger(),
    };
    let finding = Finding { class, widens_access: widens, ..finding };
    let hinders = matches!(note.code, NoteCode::Shadowed | NoteCode::MoreAddresses | NoteCode::RivalRecord);
    let severity = if hinders { Severity::High } else { severity(class, widens, note.property.as_ref()) };
    Some(Finding { severity, ..finding })
}

/// What strangers have put in lets somebody in, unless the kind knows better.
fn stranger_lets_in(addr: &Addr, path: Option<&Path>, observed: &Observed) -> bool {
    Kind::from_short(addr.kind()).is_none_or(|kind| (kind.rules().stranger_lets_in)(path, observed))
}

/// What the report says nothing about.
fn not_checked(desired: &Desired, observed: &Observed, filter: &Filter) -> Vec<String> {
    let mut lines = Vec::new();
    for PlaceState { place, .. } in observed.places.values() {
        let Some(live) = observed.aws(&place.key()) else { continue };
        let ours = live.services.iter().filter(|one| marks::marked_address(&one.tags, &desired.product).is_some());
        for service in ours.filter(|service| service.connections.is_none()) {
            lines.push(format!("who is connected to {} ({}): it could not be read", service.id, place.key()));
        }
    }
    let left_out = desired.resources.keys().filter(|addr| !filter.includes(addr)).count();
    let azure: Vec<_> = observed.azure_places().map(|(_, live)| live).collect();
    if !azure.is_empty() {
        let what = "private DNS zones that the config does not name";
        lines.push(match azure.iter().all(|live| live.everywhere) {
            true => format!("Azure {what}"),
            false => {
                format!("Azure groups, firewall policies, private link objects and {what}: the role may not read all")
            }
        });
    }
    if left_out > 0 {
        lines.push(format!("{left_out} resources that the options of this run leave out"));
    }
    let kinds: BTreeSet<Kind> = desired.resources.values().map(|resource| resource.spec.kind()).collect();
    // What we make comes first, then what we only put rules in.
    let (found, made): (Vec<Kind>, Vec<Kind>) =
        kinds.into_iter().partition(|kind| kind.rules().rules == RulesIn::Found);
    lines.extend(made.iter().chain(&found).flat_map(|kind| kind.rules().never_read).map(|what| (*what).to_owned()));
    lines
}
