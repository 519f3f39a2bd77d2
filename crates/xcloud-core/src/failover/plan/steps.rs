//! The record's two writes around the switch, and the order of everything else with them.

use std::collections::{BTreeMap, BTreeSet};

use super::proofs;
use crate::active::{ActiveRecord, Failover, Fence, Standing};
use crate::failover::write::{Record, etag_of, put};
use crate::model::{Addr, Addresses, Desired, PlaceKey, Resource};
use crate::op::{NameWrite, Object, Op, Writes};
use crate::plan::draft::{Draft, DraftStep};
use crate::plan::drain::Drain;
use crate::plan::{Await, Condition, Judge, Patience, Phase, Undo};

/// How long the record of a service or application may take to be seen as it was written.
const SEEN_SECS: u64 = 60;

/// Adds the record's writes and puts every step in its place.
pub(super) fn add(draft: &mut Draft<'_>, request: &Failover, standings: &BTreeMap<String, Standing>) {
    let Some(home) = draft.desired.record_home() else { return };
    let records: Vec<(Record, &Standing)> =
        standings.iter().map(|(env, standing)| (Record::of(draft, env, standing, &home), standing)).collect();
    let planned = draft.steps.len();
    let intents: Vec<usize> =
        records.iter().map(|(record, standing)| intend(draft, record, &request.intended(standing))).collect();
    let switches = switches(draft, planned);
    // No write of a name is among them: the planner makes those before the commit point.
    let closing: BTreeSet<usize> = (0..planned).filter(|index| draft.steps[*index].phase == Phase::Commit).collect();
    for index in 0..planned {
        draft.steps[index].after.extend(&intents);
    }
    // What is left is left with the switch, and how long it drains is said by the fence.
    for index in (0..planned).filter(|index| request.fence != Fence::AfterDrain || switches.contains_key(index)) {
        draft.steps[index].drain = None;
    }
    for index in closing.iter().filter(|_| request.fence == Fence::BeforeSwitch) {
        if narrows_azure(&draft.steps[*index].op) {
            draft.steps[*index].phase = Phase::Build;
        }
    }
    let before: Vec<usize> = (0..planned)
        .filter(|index| draft.steps[*index].phase == Phase::Build && !switches.contains_key(index))
        .chain(intents.iter().copied())
        .collect();
    for (index, env) in &switches {
        let seen = if request.unplanned { Vec::new() } else { proofs::of(draft, env, request) };
        let step = &mut draft.steps[*index];
        // The proofs say it, and the operator may pass them.
        step.health.clear();
        step.after.extend(&before);
        step.awaits.extend(seen);
        if request.unplanned {
            step.phase = Phase::Commit;
        }
    }
    // What cannot be proved undoes the run: it is looked at before the commit point, not after it.
    for (record, _) in &records {
        let seen = proofs::of(draft, &record.env, request);
        draft.before_commit.extend(seen);
    }
    let mut commits = Vec::new();
    for (record, standing) in &records {
        commits.push(commit(draft, request, (record, &request.committed(standing)), &switches, &before));
    }
    for index in closing {
        let step = &mut draft.steps[index];
        if step.phase == Phase::Build {
            continue;
        }
        step.after.extend(&commits);
    }
}

/// The undo of the intent clears `to` and keeps the epoch: whoever saw it has stopped.
fn intend(draft: &mut Draft<'_>, record: &Record, intended: &ActiveRecord) -> usize {
    let made = Object::of(&record.addr, "");
    let withdrawn = ActiveRecord { to: None, ..intended.clone() };
    let undo = Undo::Restore(Box::new(put(record, &withdrawn, etag_of(&made))));
    let op = put(record, intended, record.unchanged());
    draft.step(DraftStep::build(&record.addr, &record.place, op, undo).makes(made))
}

/// The writes of the names that a failover switches, with their environments.
fn switches(draft: &Draft<'_>, planned: usize) -> BTreeMap<usize, String> {
    let steps = draft.steps.iter().enumerate().take(planned).filter(|(_, step)| name_written(step).is_some());
    steps
        .filter_map(|(index, step)| Some((index, switched(draft.desired, &step.addr)?.addr.env().to_owned())))
        .collect()
}

fn name_written<'a>(step: &'a DraftStep) -> Option<NameWrite<'a>> {
    step.op.writes().name()
}

/// A write that lets less through in Azure: the fence, and what goes with it.
fn narrows_azure(op: &Op) -> bool {
    match op.writes() {
        Writes::FirewallRules { .. } | Writes::GroupRule { .. } => true,
        Writes::ActiveRecord(_) | Writes::Name(_) | Writes::TargetGroup | Writes::Other => false,
    }
}

/// The commit follows the switch by the time for which a resolver may answer with the old addresses.
fn commit(
    draft: &mut Draft<'_>,
    request: &Failover,
    (record, committed): (&Record, &ActiveRecord),
    switches: &BTreeMap<usize, String>,
    before: &[usize],
) -> usize {
    let mine: Vec<usize> = switches.iter().filter(|(_, env)| **env == record.env).map(|(index, _)| *index).collect();
    let mut awaits = Vec::new();
    let ttl = mine.iter().filter_map(|index| known_ttl(draft, *index)).max();
    if let Some(ttl) = ttl {
        awaits.push(elapsed(&record.place, u64::from(ttl), "resolvers forget the old addresses"));
    }
    awaits.extend(mine.iter().filter_map(|index| answers(draft, *index)));
    awaits.extend(proofs::of(draft, &record.env, request));
    // The names point there already: what is not seen now is told, and does not keep the record from saying so.
    for watched in awaits.iter_mut().filter(|one| !matches!(one.condition.judge(), Judge::Clock { .. })) {
        watched.patience = match watched.patience {
            Patience::Warn(secs) => Patience::Warn(secs.min(SEEN_SECS)),
            Patience::Fail(_) => Patience::Warn(SEEN_SECS),
        };
    }
    let made = Object::of(&record.addr, "");
    let undo = Undo::Impossible("`xcloud failback` is the way back".to_owned());
    let op = put(record, committed, etag_of(&made));
    let mut step = DraftStep::commit(&record.addr, &record.place, op, undo);
    step.awaits = awaits;
    step.drain = (request.fence == Fence::AfterDrain).then_some(Drain::Unseen);
    step.after.extend(mine);
    step.after.extend(before);
    draft.step(step)
}

fn elapsed(place: &PlaceKey, secs: u64, what: &str) -> Await {
    let condition = Condition::Elapsed { secs, what: what.to_owned(), since: BTreeSet::new() };
    Await { place: place.clone(), condition, binds: None, patience: Patience::Fail(secs) }
}

/// The time to live of the record as it is before the switch.
fn known_ttl(draft: &Draft<'_>, index: usize) -> Option<u32> {
    let step = &draft.steps[index];
    let NameWrite { zone, record, ttl_secs, .. } = name_written(step)?;
    let live = draft.observed.azure(&step.place)?;
    let same = |set: &&crate::live::LiveRecordSet| {
        set.record_type == "A" && set.zone == *zone && set.name.eq_ignore_ascii_case(record)
    };
    Some(live.record_sets.iter().find(same).map_or(ttl_secs, |set| set.ttl_secs))
}

/// The name still answers with the addresses that the switch wrote.
fn answers(draft: &Draft<'_>, index: usize) -> Option<Await> {
    let step = &draft.steps[index];
    let NameWrite { zone, record, addresses, .. } = name_written(step)?;
    let Addresses::Known(addresses) = addresses else { return None };
    let condition =
        Condition::RecordAnswers { zone: zone.clone(), record: record.to_owned(), addresses: addresses.clone() };
    Some(Await { place: step.place.clone(), condition, binds: None, patience: Patience::Fail(SEEN_SECS) })
}

/// Returns the address of a resource's record in a plan of a failover, if it is one that is switched.
pub(super) fn switched<'d>(desired: &'d Desired, addr: &Addr) -> Option<&'d Resource> {
    let resource = desired.resources.get(addr)?;
    resource.spec.declared().role().switched().map(|_| resource)
}
