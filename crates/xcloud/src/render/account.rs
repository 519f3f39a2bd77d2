//! What a failover came to: how long it took, what was proved, what was called, what is owed.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use xcloud_core::duration::human;
use xcloud_core::failover::Account;
use xcloud_core::journal::Declaration;
use xcloud_engine::RunReport;

use super::layout::Page;
use super::style::{BAD, DIM, GOOD, WARNING, paint};

/// Returns the report for scripts.
pub(crate) fn value(account: &Account, report: &RunReport) -> Value {
    let Declaration { request, from, incident, declared_ms, detected_ms, reason, gates, .. } = &account.declaration;
    let environments: Vec<Value> = account
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
                "at_ms": account.done_ms.get(&step.id), "elapsed_ms": step.elapsed_ms, "request_ids": step.request_ids,
            })
        })
        .collect();
    json!({
        "run": report.run,
        "command": account.command,
        "product": account.product,
        "outcome": report.outcome,
        "incident": incident,
        "unplanned": request.unplanned,
        "fence": request.fence,
        "environments": environments,
        "declared_at": moment(*declared_ms),
        "detected_at": detected_ms.map(moment),
        "declaration_to_commit_ms": account.commit_ms,
        "detection_to_commit_ms": account.since_detection_ms,
        "rto_ms": account.rto_ms,
        "rto_met": account.met(),
        "gates": gates,
        "gates_after": account.gates_after,
        "overridden": request.passed,
        "reason": reason,
        "steps": steps,
        "failures": report.failures,
        "left": report.left,
        "debts": account.debts,
        "goes_on": account.goes_on,
    })
}

/// Returns the report as Markdown.
pub(crate) fn markdown(account: &Account, report: &RunReport) -> String {
    let Declaration { request, from, incident, declared_ms, detected_ms, reason, .. } = &account.declaration;
    let row = |what: &str, value: String| format!("| {what} | {value} |");
    let mut lines = vec![format!("# {} of {} to {}", account.command, account.product, request.to), String::new()];
    lines.extend(["| | |", "| --- | --- |"].map(str::to_owned));
    lines.push(row("run", report.run.clone()));
    lines.push(row("outcome", report.outcome.word().to_owned()));
    lines.extend(account.epochs.iter().map(|(env, epoch)| {
        let from = from.get(env).map(String::as_str).unwrap_or_default();
        row(env, format!("{from} -> {}, epoch {epoch}", request.to))
    }));
    lines.push(row("incident", incident.clone().unwrap_or_else(|| "none: planned".to_owned())));
    lines.push(row("declared", moment(*declared_ms)));
    lines.push(row("detected", detected_ms.map_or_else(|| "not said".to_owned(), moment)));
    lines.push(row("declaration to commit", account.commit_ms.map_or_else(|| "not committed".to_owned(), human)));
    lines.push(row("detection to commit", account.since_detection_ms.map_or_else(|| "not known".to_owned(), human)));
    lines.push(row("objective", objective(account)));
    let reason = reason.as_deref().unwrap_or_default();
    lines.extend(request.passed.iter().map(|gate| row("passed", format!("{gate}: {reason}"))));
    lines.extend(proved(account));
    lines.extend(calls(account, report));
    lines.extend(left(account, report));
    lines.join("\n") + "\n"
}

fn proved(account: &Account) -> Vec<String> {
    let head = ["", "## What was proved", "", "| environment | gate | before | after |", "| --- | --- | --- | --- |"];
    let mut lines: Vec<String> = head.map(str::to_owned).into();
    for (env, gates) in gates_before(account) {
        for (name, before) in gates {
            let after =
                account.gates_after.get(&env).and_then(|after| after.iter().find(|one| one.name.word() == name));
            let after = after.map(|gate| format!("{}: {}", gate.light.word(), gate.text)).unwrap_or_default();
            lines.push(format!("| {env} | {name} | {before} | {after} |"));
        }
    }
    lines
}

fn calls(account: &Account, report: &RunReport) -> Vec<String> {
    let columns = "| after | step | call | address | ended | request ids |";
    let head = ["", "## Calls", "", columns, "| --- | --- | --- | --- | --- | --- |"];
    let mut lines: Vec<String> = head.map(str::to_owned).into();
    lines.extend(report.steps.iter().map(|step| {
        let at = account.done_ms.get(&step.id).map(|at| human(*at)).unwrap_or_default();
        let status = serde_json::to_value(step.status).ok().and_then(|one| one.as_str().map(str::to_owned));
        let (id, call, addr, ids) = (&step.id.0, &step.operation, &step.addr, step.request_ids.join(", "));
        format!("| {at} | {id} | {call} | `{addr}` | {} | {ids} |", status.unwrap_or_default())
    }));
    lines
}

fn left(account: &Account, report: &RunReport) -> Vec<String> {
    const HEAD: [&str; 3] = ["", "## Left to be done", ""];
    let mut lines = HEAD.map(str::to_owned).to_vec();
    lines.extend(report.left.iter().map(|left| format!("- `{}` {}: {}", left.addr, left.operation, left.why)));
    lines.extend(account.debts.iter().map(|debt| format!("- {}: {}", debt.env, debt.what)));
    lines.extend(account.goes_on.iter().map(|what| format!("- {what}")));
    if lines.len() == HEAD.len() {
        lines.push("Nothing.".to_owned());
    }
    lines
}

fn objective(account: &Account) -> String {
    let Some(rto) = account.rto_ms else { return "none declared".to_owned() };
    let word = match account.met() {
        Some(true) => "met",
        Some(false) => "missed",
        None => "not reached",
    };
    format!("{}: {word}", human(rto))
}

/// The gates that were judged before, as light and text.
fn gates_before(account: &Account) -> BTreeMap<String, Vec<(String, String)>> {
    let text = |gate: &Value, key: &str| gate.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let all = account.declaration.gates.iter();
    all.map(|(env, gates)| {
        let gates = gates.as_array().map(Vec::as_slice).unwrap_or_default();
        let rows =
            gates.iter().map(|gate| (text(gate, "name"), format!("{}: {}", text(gate, "light"), text(gate, "text"))));
        (env.clone(), rows.collect())
    })
    .collect()
}

/// Returns what a failover came to.
pub(crate) fn page(account: &Account, width: Option<usize>) -> String {
    let mut page = Page::new(width);
    page.gap();
    let to = &account.declaration.request.to;
    for (env, epoch) in account.epochs.iter().filter(|_| account.commit_ms.is_some()) {
        let line = format!("{}/{env}: {to} is active (epoch {epoch})", account.product);
        page.line(paint(GOOD, &line));
    }
    if let Some(commit) = account.commit_ms {
        let since = account.since_detection_ms.map(|ms| format!(", {} after the first sight of the fault", human(ms)));
        let (word, style) = match account.met() {
            Some(true) => ("met", GOOD),
            Some(false) => ("missed", BAD),
            None => ("none declared", DIM),
        };
        let rto = account.rto_ms.map(|ms| format!(" Objective {}:", human(ms))).unwrap_or_default();
        page.line(format!(
            "Committed {} after the declaration{}.{rto} {}",
            human(commit),
            since.unwrap_or_default(),
            paint(style, word)
        ));
    }
    for what in &account.goes_on {
        page.paragraph(0, what, DIM);
    }
    if !account.debts.is_empty() {
        let count = account.debts.len();
        page.gap();
        page.line(paint(WARNING, &format!("Debts: {count}; run `xcloud settle` once the region answers")));
        for debt in &account.debts {
            page.paragraph(2, &format!("{}: {}", debt.env, debt.what), DIM);
        }
    }
    page.text()
}

fn moment(ms: u64) -> String {
    let moment = i64::try_from(ms).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    moment.map(|moment| moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()).unwrap_or_default()
}
