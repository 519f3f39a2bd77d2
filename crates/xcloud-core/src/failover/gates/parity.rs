//! Whether the region that would take over is the other one's equal, as declared and as it is live.

use std::collections::{BTreeMap, BTreeSet};

use super::findings::Findings;
use super::{Gate, GateName, Light, Question};
use crate::kinds::properties;
use crate::model::{Addr, Resource};
use crate::plan::{Action, Change};

pub(super) fn gate(question: &Question<'_>) -> Gate {
    let mut findings = Findings::default();
    declared(question, &mut findings);
    let differs = live(question, &mut findings);
    let total = question.in_region(question.to).count();
    let text = format!("{}/{total} objects match", total - differs.len());
    if findings.light() == Light::Warn && !differs.is_empty() {
        let text = format!("{text}: a failover would first make or change {}", differs.len());
        return findings.gate_saying(GateName::Parity, text);
    }
    findings.gate(GateName::Parity, text)
}

/// Every resource has its counterpart in the other region, with the same properties.
fn declared(question: &Question<'_>, findings: &mut Findings) {
    let by_name = |region: &str| -> BTreeMap<(String, String), &Resource> {
        let key = |addr: &Addr| (addr.kind().to_owned(), addr.name().to_owned());
        question.in_region(region).map(|resource| (key(&resource.addr), resource)).collect()
    };
    let (from, to) = (by_name(question.from), by_name(question.to));
    let hint = "declare both regions alike";
    let mut missing = |here: &Resource, region: &str| {
        findings.add(Light::Red, format!("{} has no counterpart in {region}", here.addr), hint);
    };
    from.iter().filter(|(key, _)| !to.contains_key(*key)).for_each(|(_, one)| missing(one, question.to));
    to.iter().filter(|(key, _)| !from.contains_key(*key)).for_each(|(_, one)| missing(one, question.from));
    for (here, there) in to.iter().filter_map(|(key, here)| Some((here, from.get(key)?))) {
        for (own, other) in properties(here).into_iter().zip(properties(there)) {
            if own.value != other.value {
                let text =
                    format!("{} has {}: {}; {} has {}", here.addr, own.name, own.value, question.from, other.value);
                findings.add(if own.cuts { Light::Red } else { Light::Warn }, text, hint);
            }
        }
    }
}

/// Returns the resources of the region that are not as declared.
fn live<'a>(question: &Question<'a>, findings: &mut Findings) -> BTreeSet<&'a Addr> {
    let changes: BTreeMap<&Addr, &Change> =
        question.comparison.changes.iter().map(|change| (&change.addr, change)).collect();
    let mut differs = BTreeSet::new();
    for resource in question.in_region(question.to) {
        let addr = &resource.addr;
        let key = resource.place.key();
        let silence = question.aws(resource).err().or_else(|| {
            let why = question.comparison.unknown.get(&key)?;
            Some(format!("{key} does not answer: {why}"))
        });
        if let Some(silence) = silence {
            differs.insert(addr);
            findings.add(Light::Red, silence, "nothing can be proven there");
            continue;
        }
        let obstacles: Vec<_> = question.comparison.obstacles.iter().filter(|one| one.addr == *addr).collect();
        for obstacle in &obstacles {
            findings.add(Light::Warn, format!("{addr}: {}", obstacle.message), "a failover could not make it");
        }
        let text = match changes.get(addr) {
            Some(change) if change.action == Action::Same => None,
            Some(change) => Some(line(change)),
            None if obstacles.is_empty() => Some(format!("{addr} was not compared")),
            None => None,
        };
        if text.is_some() || !obstacles.is_empty() {
            differs.insert(addr);
        }
        if let Some(text) = text {
            findings.add(Light::Warn, text, "apply it beforehand");
        }
    }
    differs
}

fn line(change: &Change) -> String {
    let id = change.id.as_ref().map(|id| format!(" ({id})")).unwrap_or_default();
    let fields: Vec<String> = change.fields.iter().map(|field| field.path.to_string()).collect();
    match change.action {
        Action::Create => format!("{} is missing", change.addr),
        Action::Replace => format!("{}{id} must be replaced: {}", change.addr, change.reasons.join(", ")),
        _ => format!("{}{id} differs in {}", change.addr, fields.join(", ")),
    }
}
