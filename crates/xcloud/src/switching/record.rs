//! The report of a failover: how long it took, what was proved, what was called, what is owed.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};
use xcloud_core::journal::{Declaration, Entry, Header, Outcome, RunEvent, StepEvent, Verb};
use xcloud_core::model::{Desired, PlaceKey};
use xcloud_core::plan::{Phase, Plan, StepId};
use xcloud_core::readiness::{Gate, Light};
use xcloud_engine::ledger::{Debt, FailoverNote, Ledger, RunKey};
use xcloud_engine::{RunReport, StepStatus};

use crate::render::duration::human;

/// What a failover came to.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Account {
    /// What the operator typed.
    pub(crate) command: Verb,
    /// The product.
    pub(crate) product: String,
    /// What was declared.
    pub(crate) declaration: Declaration,
    /// The epoch that each environment has since.
    pub(crate) epochs: BTreeMap<String, u64>,
    /// Milliseconds from the declaration to the commit of the last environment; `None`: it was not committed.
    pub(crate) commit_ms: Option<u64>,
    /// Milliseconds from the first sight of the fault to that commit.
    pub(crate) since_detection_ms: Option<u64>,
    /// The recovery time objective, in milliseconds.
    pub(crate) rto_ms: Option<u64>,
    /// When each step was done, in milliseconds after the declaration.
    pub(crate) done_ms: BTreeMap<StepId, u64>,
    /// The gates as they stood after the run, by environment; empty if that was not looked at.
    pub(crate) gates_after: BTreeMap<String, Vec<Gate>>,
    /// What is owed.
    pub(crate) debts: Vec<Debt>,
}

impl Account {
    /// Returns true if the objective was met; `None` if there is none, or nothing was committed.
    pub(crate) fn met(&self) -> Option<bool> {
        Some(self.commit_ms? <= self.rto_ms?)
    }

    /// Returns the report for scripts.
    pub(crate) fn value(&self, report: &RunReport) -> Value {
        let Declaration { request, from, incident, declared_ms, detected_ms, reason, gates, .. } = &self.declaration;
        let environments: Vec<Value> = self
            .epochs
            .iter()
            .map(|(env, epoch)| json!({"env": env, "from": from.get(env), "to": request.to, "epoch": epoch}))
            .collect();
        let steps: Vec<Value> = report
            .steps
            .iter()
            .map(|step| {
                json!({
                    "id": step.id, "address": step.addr, "operation": step.operation, "status": step.status,
                    "at_ms": self.done_ms.get(&step.id), "elapsed_ms": step.elapsed_ms, "request_ids": step.request_ids,
                })
            })
            .collect();
        json!({
            "run": report.run,
            "command": self.command,
            "product": self.product,
            "outcome": report.outcome,
            "incident": incident,
            "unplanned": request.unplanned,
            "fence": request.fence,
            "environments": environments,
            "declared_at": moment(*declared_ms),
            "detected_at": detected_ms.map(moment),
            "declaration_to_commit_ms": self.commit_ms,
            "detection_to_commit_ms": self.since_detection_ms,
            "rto_ms": self.rto_ms,
            "rto_met": self.met(),
            "gates": gates,
            "gates_after": self.gates_after,
            "overridden": request.passed,
            "reason": reason,
            "steps": steps,
            "failures": report.failures,
            "left": report.left,
            "debts": self.debts,
        })
    }

    /// Returns the report as Markdown.
    pub(crate) fn markdown(&self, report: &RunReport) -> String {
        let Declaration { request, from, incident, declared_ms, detected_ms, reason, .. } = &self.declaration;
        let row = |what: &str, value: String| format!("| {what} | {value} |");
        let mut lines = vec![format!("# {} of {} to {}", self.command, self.product, request.to), String::new()];
        lines.extend(["| | |", "| --- | --- |"].map(str::to_owned));
        lines.push(row("run", report.run.clone()));
        lines.push(row("outcome", report.outcome.word().to_owned()));
        lines.extend(self.epochs.iter().map(|(env, epoch)| {
            let from = from.get(env).map(String::as_str).unwrap_or_default();
            row(env, format!("{from} -> {}, epoch {epoch}", request.to))
        }));
        lines.push(row("incident", incident.clone().unwrap_or_else(|| "none: planned".to_owned())));
        lines.push(row("declared", moment(*declared_ms)));
        lines.push(row("detected", detected_ms.map_or_else(|| "not said".to_owned(), moment)));
        lines.push(row("declaration to commit", self.commit_ms.map_or_else(|| "not committed".to_owned(), human)));
        lines.push(row("detection to commit", self.since_detection_ms.map_or_else(|| "not known".to_owned(), human)));
        lines.push(row("objective", self.objective()));
        let reason = reason.as_deref().unwrap_or_default();
        lines.extend(request.passed.iter().map(|gate| row("passed", format!("{gate}: {reason}"))));
        lines.extend(self.proved());
        lines.extend(self.calls(report));
        lines.extend(self.left(report));
        lines.join("\n") + "\n"
    }

    fn proved(&self) -> Vec<String> {
        let head =
            ["", "## What was proved", "", "| environment | gate | before | after |", "| --- | --- | --- | --- |"];
        let mut lines: Vec<String> = head.map(str::to_owned).into();
        for (env, gates) in self.gates_before() {
            for (name, before) in gates {
                let after = self.gates_after.get(&env).and_then(|after| after.iter().find(|one| one.name == name));
                let after = after.map(|gate| format!("{}: {}", word(gate.light), gate.text)).unwrap_or_default();
                lines.push(format!("| {env} | {name} | {before} | {after} |"));
            }
        }
        lines
    }

    fn calls(&self, report: &RunReport) -> Vec<String> {
        let columns = "| after | step | call | address | ended | request ids |";
        let head = ["", "## Calls", "", columns, "| --- | --- | --- | --- | --- | --- |"];
        let mut lines: Vec<String> = head.map(str::to_owned).into();
        lines.extend(report.steps.iter().map(|step| {
            let at = self.done_ms.get(&step.id).map(|at| human(*at)).unwrap_or_default();
            let status = serde_json::to_value(step.status).ok().and_then(|one| one.as_str().map(str::to_owned));
            let (id, call, addr, ids) = (&step.id.0, &step.operation, &step.addr, step.request_ids.join(", "));
            format!("| {at} | {id} | {call} | `{addr}` | {} | {ids} |", status.unwrap_or_default())
        }));
        lines
    }

    fn left(&self, report: &RunReport) -> Vec<String> {
        let mut lines = ["", "## Left to be done", ""].map(str::to_owned).to_vec();
        lines.extend(report.left.iter().map(|left| format!("- `{}` {}: {}", left.addr, left.operation, left.why)));
        lines.extend(self.debts.iter().map(|debt| format!("- {}: {}", debt.env, debt.what)));
        if self.debts.is_empty() && report.left.is_empty() {
            lines.push("Nothing.".to_owned());
        }
        lines
    }

    fn objective(&self) -> String {
        let Some(rto) = self.rto_ms else { return "none declared".to_owned() };
        let word = match self.met() {
            Some(true) => "met",
            Some(false) => "missed",
            None => "not reached",
        };
        format!("{}: {word}", human(rto))
    }

    /// The gates that were judged before, as light and text.
    fn gates_before(&self) -> BTreeMap<String, Vec<(String, String)>> {
        let text = |gate: &Value, key: &str| gate.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let all = self.declaration.gates.iter();
        all.map(|(env, gates)| {
            let gates = gates.as_array().map(Vec::as_slice).unwrap_or_default();
            let rows = gates
                .iter()
                .map(|gate| (text(gate, "name"), format!("{}: {}", text(gate, "light"), text(gate, "text"))));
            (env.clone(), rows.collect())
        })
        .collect()
    }

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

pub(crate) fn now_ms() -> u64 {
    u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap_or_default()
}

fn word(light: Light) -> &'static str {
    match light {
        Light::Ok => "ok",
        Light::Warn => "warn",
        Light::Red => "red",
    }
}

fn moment(ms: u64) -> String {
    let moment = i64::try_from(ms).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    moment.map(|moment| moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()).unwrap_or_default()
}
