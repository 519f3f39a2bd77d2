//! What a failover came to, worked out from its run and kept beside its journal.

use std::collections::BTreeMap;

use xcloud_core::journal::{Entry, Header, Outcome, RunEvent, StepEvent};
use xcloud_core::model::{Desired, PlaceKey};
use xcloud_core::plan::{Phase, Plan, StepId};
use xcloud_engine::ledger::{Debt, FailoverNote, Ledger, RunKey};
use xcloud_engine::{RunReport, StepStatus};

use crate::render::account::Account;

impl Account {
    /// Keeps the report and what follows from it beside the journal.
    ///
    /// # Errors
    /// If the ledger cannot be written.
    pub(crate) async fn keep(&self, ledger: &Ledger, key: &RunKey, report: &RunReport) -> anyhow::Result<()> {
        let (value, markdown) = (format!("{:#}\n", self.value(report)), self.markdown(report));
        let note = FailoverNote {
            command: self.command.clone(),
            epochs: self.epochs.clone(),
            at_ms: self.commit_ms.map(|commit| self.declaration.declared_ms + commit),
            debts: self.debts.clone(),
        };
        if report.outcome != Outcome::Left || self.commit_ms.is_some() {
            ledger.keep_failover(key, &note).await?;
        }
        if report.outcome == Outcome::Left {
            // What `resume` makes of it is the report; this is how it stood before.
            ledger.put_beside(key, "report.left.json", &value).await?;
            return Ok(ledger.put_beside(key, "report.left.md", &markdown).await?);
        }
        ledger.put_beside(key, "report.json", &value).await?;
        Ok(ledger.put_beside(key, "report.md", &markdown).await?)
    }

    /// Returns what a failover came to that was resumed: its times by the clocks of the hosts, its debts as they were
    /// when it was declared.
    pub(crate) fn resumed(header: &Header, entries: &[Entry], report: &RunReport) -> Option<Self> {
        let declaration = header.declared.as_deref()?.clone();
        let desired = &header.desired;
        let epochs = epochs(&header.plan, report, desired);
        let done_ms = done_ms(entries, declaration.declared_ms);
        let commit_ms = committed_ms(&header.plan, desired, &done_ms);
        let before = declaration.detected_ms.map(|at| declaration.declared_ms.saturating_sub(at));
        let debts =
            if commit_ms.is_some() { debts(&declaration.from, desired, &declaration.unread) } else { Vec::new() };
        Some(Self {
            command: header.command.clone(),
            product: desired.product.clone(),
            epochs,
            commit_ms,
            since_detection_ms: commit_ms.zip(before).map(|(commit, before)| commit + before),
            rto_ms: desired.failover.as_ref().map(|policy| policy.rto_secs * 1000),
            done_ms,
            gates_after: BTreeMap::new(),
            debts,
            declaration,
        })
    }
}

/// Returns the epochs that a run's intents reached: those that were written, also where they were withdrawn.
pub(crate) fn epochs(plan: &Plan, report: &RunReport, desired: &Desired) -> BTreeMap<String, u64> {
    let reached = |env: &String| {
        let addr = xcloud_core::active::record_addr(desired, env);
        report.steps.iter().any(|step| {
            step.addr == addr && matches!(step.status, StepStatus::Done | StepStatus::Undone | StepStatus::Unknown)
        })
    };
    plan.active.iter().filter(|(env, _)| reached(env)).map(|(env, record)| (env.clone(), record.epoch + 1)).collect()
}

/// Returns when each step was done, by the journal, in milliseconds after the declaration.
fn done_ms(entries: &[Entry], declared_ms: u64) -> BTreeMap<StepId, u64> {
    let done = entries.iter().filter_map(|entry| match &entry.event {
        RunEvent::Step { step, event: StepEvent::Succeeded { .. } } => {
            Some((step.clone(), entry.at_ms.saturating_sub(declared_ms)))
        }
        _ => None,
    });
    done.collect()
}

/// Returns when the last environment was committed: its record was written for the second time.
pub(crate) fn committed_ms(plan: &Plan, desired: &Desired, done_ms: &BTreeMap<StepId, u64>) -> Option<u64> {
    let records: Vec<_> = plan.active.keys().map(|env| xcloud_core::active::record_addr(desired, env)).collect();
    let commits = plan.steps.iter().filter(|step| step.phase == Phase::Commit && records.contains(&step.addr));
    let done: Option<Vec<u64>> = commits.map(|step| done_ms.get(&step.id).copied()).collect();
    done?.into_iter().max()
}

/// Returns what is owed to the places that did not answer.
pub(crate) fn debts(
    from: &BTreeMap<String, String>,
    desired: &Desired,
    silent: &BTreeMap<PlaceKey, String>,
) -> Vec<Debt> {
    let mut debts = Vec::new();
    for (env, region) in from {
        for (place, why) in silent.iter().filter(|(place, _)| place.region == *region) {
            let concerned = desired.resources.values().any(|one| one.addr.env() == env && one.place.key() == *place);
            if concerned {
                let what = format!("{place} was not read ({why}): what stands there is to be compared with the config");
                debts.push(Debt { env: env.clone(), account: place.account.clone(), region: region.clone(), what });
            }
        }
    }
    debts
}
