//! Drift: what is not as declared, property by property, by its meaning and not by its text.
//!
//! ```text
//! Desired, Observed ──► plan::compare ──► report ──► findings, ignored ones, what was not checked
//! ```

mod finding;
mod ignore;
mod rules;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde_json::Value;

pub use finding::{Class, Finding, Severity};
pub use ignore::Ignored;

use crate::active::record_addr;
use crate::code::NoteCode;
use crate::kinds::RulesIn;
use crate::live::{Observed, PlaceState};
use crate::marks;
use crate::model::{Addr, Desired, Kind};
use crate::plan::{Action, Change, Comparison, FieldChange, Filter, Note};
use rules::{Judged, Verdict};

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
    Report { findings, ignored, checked, not_checked: not_checked(desired, observed, filter) }
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
        let class = match (&field.before, &field.after) {
            (Value::Null, _) => Class::Missing,
            (_, Value::Null) if field.path == "leftover" || field.path.starts_with("target_groups[") => Class::Orphan,
            (_, Value::Null) => Class::Unmanaged,
            _ => Class::Changed,
        };
        let mut finding = base(&field.path, field.after.clone(), field.before.clone(), class);
        let rules: Vec<_> = sets.iter().filter_map(|set| Some((set, set.rule(&field.path)?))).collect();
        let verdict = match rules.first() {
            // Where a rule decides matters beside those of others too: never only a matter of text.
            Some((set, (_, "priority"))) => Some(set.whole()),
            Some((_, (_, "" | "from" | "to" | "ports" | "protocol" | "odd" | "access" | "direction"))) => {
                Some(rules.iter().map(|(set, (path, _))| set.judge(path)).fold(Verdict::Same, Verdict::or))
            }
            _ => None,
        };
        match verdict {
            Some(Verdict::Same) => continue,
            Some(Verdict::Differs { widens, example }) => (finding.widens_access, finding.example) = (widens, example),
            None => finding.widens_access = (change.kind.rules().widens)(&field.path, &field.after, &field.before),
        }
        finding.severity = severity(&finding);
        findings.push(finding);
    }
    findings
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
fn follows(field: &FieldChange, missing: &BTreeSet<&Addr>) -> bool {
    let waits = |text: &str| {
        text.starts_with("(known after apply") || missing.iter().any(|addr| text.contains(&format!("({addr}")))
    };
    match &field.after {
        Value::String(text) => waits(text),
        Value::Array(list) => list.iter().filter_map(Value::as_str).any(waits),
        _ => waits(&field.path),
    }
}

fn severity(finding: &Finding) -> Severity {
    let property = finding.property.as_str();
    let is_label =
        property.starts_with("tags") || property.starts_with("metadata") || property.ends_with(".description");
    match finding.class {
        _ if finding.widens_access => Severity::Critical,
        _ if is_label => Severity::Low,
        Class::Missing | Class::Unknown => Severity::High,
        Class::Unmanaged if property.contains(".targets[") => Severity::High,
        Class::Unmanaged | Class::Orphan => Severity::Medium,
        Class::Changed if property == "ttl" || property.contains(".health.") || property.ends_with(".priority") => {
            Severity::Medium
        }
        Class::Changed => Severity::High,
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
    let property = note.property.as_deref().unwrap_or("resource");
    let finding = unknown(addr, property, &note.text);
    let class = note.code.class()?;
    let widens = note.code == NoteCode::Stranger && stranger_lets_in(addr, property, observed);
    let finding = Finding { class, widens_access: widens, ..finding };
    let hinders = matches!(note.code, NoteCode::Shadowed | NoteCode::MoreAddresses);
    let severity = if hinders { Severity::High } else { severity(&finding) };
    Some(Finding { severity, ..finding })
}

/// What strangers have put in lets somebody in, unless the kind knows better.
fn stranger_lets_in(addr: &Addr, property: &str, observed: &Observed) -> bool {
    Kind::from_short(addr.kind()).is_none_or(|kind| (kind.rules().stranger_lets_in)(property, observed))
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
    let azure: Vec<_> = observed.places.keys().filter_map(|key| observed.azure(key)).collect();
    if !azure.is_empty() {
        let all = azure.iter().all(|live| live.everywhere);
        let what = if all { "private DNS zones" } else { "resource groups, firewall policies and private DNS zones" };
        lines.push(format!("Azure {what} that the config does not name"));
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
