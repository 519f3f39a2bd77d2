//! What a failover came to: how long it took, what was proved, what is owed.

use std::collections::{BTreeMap, BTreeSet};

use super::gate::Gate;
use super::note::{Debt, Note};
use crate::active::record_addr;
use crate::code::NoteCode;
use crate::journal::{Declaration, Entry, Header, RunEvent, StepEvent, Verb};
use crate::model::{Addr, Desired, PlaceKey};
use crate::plan::{Phase, Plan, StepId};

/// What a failover came to.
#[derive(Debug, Clone)]
pub struct Account {
    /// What the operator typed.
    pub command: Verb,
    /// The product.
    pub product: String,
    /// What was declared.
    pub declaration: Declaration,
    /// The epoch that each environment has since.
    pub epochs: BTreeMap<String, u64>,
    /// Milliseconds from the declaration to the commit of the last environment; `None`: it was not committed.
    pub commit_ms: Option<u64>,
    /// Milliseconds from the first sight of the fault to that commit.
    pub since_detection_ms: Option<u64>,
    /// The recovery time objective, in milliseconds.
    pub rto_ms: Option<u64>,
    /// When each step was done, in milliseconds after the declaration.
    pub done_ms: BTreeMap<StepId, u64>,
    /// The gates as they stood after the run, by environment; empty if that was not looked at.
    pub gates_after: BTreeMap<String, Vec<Gate>>,
    /// What is owed.
    pub debts: Vec<Debt>,
    /// What goes on although it was closed.
    pub goes_on: Vec<String>,
}

impl Account {
    /// Returns what a run came to; `None`: it was no failover. `reached` are the resources on which a call of the run was
    /// made, `done_ms` says when each step was done.
    #[must_use]
    pub fn of(
        header: &Header,
        reached: &BTreeSet<&Addr>,
        done_ms: BTreeMap<StepId, u64>,
        gates_after: BTreeMap<String, Vec<Gate>>,
    ) -> Option<Self> {
        let Header { desired, plan, .. } = header;
        let declaration = header.declared.as_deref()?.clone();
        let commit_ms = committed_ms(plan, desired, &done_ms);
        let before = declaration.detected_ms.map(|at| declaration.declared_ms.saturating_sub(at));
        // An intent that was withdrawn has its epoch all the same.
        let written = plan.active.iter().filter(|(env, _)| reached.contains(&record_addr(desired, env)));
        Some(Self {
            command: header.command.clone(),
            product: desired.product.clone(),
            epochs: written.map(|(env, record)| (env.clone(), record.epoch + 1)).collect(),
            commit_ms,
            since_detection_ms: commit_ms.zip(before).map(|(commit, before)| commit + before),
            rto_ms: desired.failover.as_ref().map(|policy| policy.rto_secs * 1000),
            done_ms,
            gates_after,
            goes_on: if commit_ms.is_some() { goes_on(plan) } else { Vec::new() },
            debts: if commit_ms.is_some() { debts(desired, &declaration) } else { Vec::new() },
            declaration,
        })
    }

    /// Returns true if the objective was met; `None` if there is none, or nothing was committed.
    #[must_use]
    pub fn met(&self) -> Option<bool> {
        Some(self.commit_ms? <= self.rto_ms?)
    }

    /// Returns what the ledger keeps of it.
    #[must_use]
    pub fn note(&self) -> Note {
        Note {
            command: self.command.clone(),
            epochs: self.epochs.clone(),
            at_ms: self.commit_ms.map(|commit| self.declaration.declared_ms + commit),
            debts: self.debts.clone(),
        }
    }
}

/// Returns when each step of a failover was done, by its journal, in milliseconds after the declaration.
#[must_use]
pub fn done_ms(header: &Header, entries: &[Entry]) -> BTreeMap<StepId, u64> {
    let declared_ms = header.declared.as_ref().map_or(0, |declared| declared.declared_ms);
    let done = entries.iter().filter_map(|entry| match &entry.event {
        RunEvent::Step { step, event: StepEvent::Succeeded { .. } } => {
            Some((step.clone(), entry.at_ms.saturating_sub(declared_ms)))
        }
        _ => None,
    });
    done.collect()
}

/// Returns when the last environment was committed: its record was written for the second time.
fn committed_ms(plan: &Plan, desired: &Desired, done_ms: &BTreeMap<StepId, u64>) -> Option<u64> {
    let records: Vec<Addr> = plan.active.keys().map(|env| record_addr(desired, env)).collect();
    let commits = plan.steps.iter().filter(|step| step.phase == Phase::Commit && records.contains(&step.addr));
    let done: Option<Vec<u64>> = commits.map(|step| done_ms.get(&step.id).copied()).collect();
    done?.into_iter().max()
}

/// Returns what the plan said of connections that its closed rules do not end.
fn goes_on(plan: &Plan) -> Vec<String> {
    let notes = plan.notes.iter().filter(|note| note.code == NoteCode::OpenConnections);
    notes.map(|note| note.text.clone()).collect()
}

/// Returns what is owed to the places that did not answer.
fn debts(desired: &Desired, declaration: &Declaration) -> Vec<Debt> {
    let mut debts = Vec::new();
    for (env, region) in &declaration.from {
        let stands =
            |place: &PlaceKey| desired.resources.values().any(|one| one.addr.env() == env && one.place.key() == *place);
        for (place, why) in declaration.unread.iter().filter(|(place, _)| place.region == *region && stands(place)) {
            let what = format!("{place} was not read ({why}): what stands there is to be compared with the config");
            debts.push(Debt { env: env.clone(), account: place.account.clone(), region: region.clone(), what });
        }
    }
    debts
}
