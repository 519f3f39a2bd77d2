//! The desired state as it was before an earlier run: what `rollback` plans towards.
//!
//! The journals say what each run brought about, resource by resource. Folding them up to a run gives what stood
//! declared before it; from there on a rollback is a plan like any other.

use std::collections::{BTreeMap, BTreeSet};

use super::run::RunState;
use super::status::Status;
use crate::active::record_addr;
use crate::model::{Addr, Desired, Resource};
use crate::plan::{Action, Filter, PlanOptions};

/// What is known of a resource at one moment of the past.
#[derive(Debug, Clone, PartialEq)]
enum Known {
    /// It stood declared like this.
    Declared(Box<Resource>),
    /// It was not there.
    Absent,
    /// A run touched it and did not finish.
    Unsure,
}

/// A return to an earlier state, ready to be planned.
#[derive(Debug, Clone, PartialEq)]
pub struct Restored {
    /// What stood declared then, and what no run since has touched.
    pub desired: Desired,
    /// The same with everything that the runs declared since: what must be read to find what they added.
    pub seen: Desired,
    /// The part that runs since then have touched; what they added goes.
    pub options: PlanOptions,
    /// Resources whose state then is not known from the journals, with the reason. They are left alone.
    pub unknown: BTreeMap<Addr, String>,
}

/// Returns the state before `past[at]`. `past` holds every run in the order of time; `now` is the config of today,
/// for the settings and for all that no run since then has touched.
#[must_use]
pub fn restore(past: &[RunState], at: usize, now: &Desired) -> Restored {
    let mut known: BTreeMap<Addr, Known> = BTreeMap::new();
    for run in &past[..at.min(past.len())] {
        take(&mut known, run);
    }
    let since = &past[at.min(past.len())..];
    // Where traffic goes is no part of the state that returns: the records stand as the last failover left them.
    let records: BTreeSet<Addr> = now.environments.keys().map(|env| record_addr(now, env)).collect();
    let touched: BTreeSet<Addr> = since.iter().flat_map(touched).filter(|addr| !records.contains(addr)).collect();
    for run in since {
        assume_before(&mut known, run);
    }
    let (mut desired, mut seen) = (now.clone(), now.clone());
    for run in since {
        let declared = run.header.desired.resources.iter();
        seen.resources.extend(declared.map(|(addr, resource)| (addr.clone(), resource.clone())));
    }
    let mut options = PlanOptions { prune: true, ..PlanOptions::default() };
    let mut unknown = BTreeMap::new();
    for addr in touched {
        match known.get(&addr) {
            Some(Known::Declared(resource)) => {
                desired.resources.insert(addr.clone(), (**resource).clone());
            }
            Some(Known::Absent) => {
                desired.resources.remove(&addr);
            }
            Some(Known::Unsure) => {
                unknown.insert(addr, "a run before that one touched it and did not finish".to_owned());
                continue;
            }
            None => {
                unknown.insert(addr, "it was there before the first run that the ledger knows".to_owned());
                continue;
            }
        }
        options.filter.targets.insert(addr.to_string());
    }
    for run in past {
        for place in &run.header.desired.places {
            for state in [&mut desired, &mut seen] {
                if !state.places.contains(place) {
                    state.places.push(place.clone());
                }
            }
        }
    }
    Restored { desired, seen, options, unknown }
}

/// What a run brought about.
fn take(known: &mut BTreeMap<Addr, Known>, run: &RunState) {
    assume_before(known, run);
    for change in &run.header.plan.changes {
        let (declared, filter) = (run.header.desired.resources.get(&change.addr), &run.header.options.filter);
        let after = match (change.action, declared) {
            (Action::Delete, _) | (_, None) => Known::Absent,
            (_, Some(resource)) => Known::Declared(Box::new(merged(known.get(&change.addr), resource, filter))),
        };
        match progress(run, &change.addr) {
            Progress::Whole => known.insert(change.addr.clone(), after),
            Progress::None => continue,
            Progress::Part => known.insert(change.addr.clone(), Known::Unsure),
        };
    }
}

/// What a plan tells of the moment before it, for resources of which no earlier run told.
fn assume_before(known: &mut BTreeMap<Addr, Known>, run: &RunState) {
    for change in &run.header.plan.changes {
        let before = match (change.action, run.header.desired.resources.get(&change.addr)) {
            (Action::Create, _) => Known::Absent,
            (Action::Same, Some(resource)) => Known::Declared(Box::new(resource.clone())),
            _ => continue,
        };
        known.entry(change.addr.clone()).or_insert(before);
    }
}

/// How much of a resource's change a run brought about.
enum Progress {
    None,
    Part,
    Whole,
}

fn progress(run: &RunState, addr: &Addr) -> Progress {
    let steps = run.header.plan.steps.iter().filter(|step| &step.addr == addr);
    let statuses: Vec<Status> = steps.map(|step| run.status(&step.id)).collect();
    if statuses.iter().all(|status| *status == Status::Done) {
        // A change without steps of its own is brought about by the run as a whole, if it came so far.
        let turned_back = run.end.as_ref().is_some_and(|end| end.outcome == "unwound");
        return if statuses.is_empty() && turned_back { Progress::None } else { Progress::Whole };
    }
    if statuses.iter().any(|status| status.is_in_effect()) { Progress::Part } else { Progress::None }
}

/// The resources that a run changed, or may have changed.
fn touched(run: &RunState) -> Vec<Addr> {
    let steps = run.header.plan.steps.iter().filter(|step| run.status(&step.id).is_in_effect());
    steps.map(|step| step.addr.clone()).collect()
}

/// A partial run writes its own rules of a shared resource and keeps the others as they were.
fn merged(before: Option<&Known>, resource: &Resource, filter: &Filter) -> Resource {
    let Some(Known::Declared(before)) = before else { return resource.clone() };
    let mut merged = resource.clone();
    let in_part = |env: &str, region: Option<&str>| filter.includes_rule(&resource.addr, env, region);
    merged.spec.declared_mut().keep_outside(&before.spec, &in_part);
    merged
}
