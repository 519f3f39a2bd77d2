//! Results for scripts. The keys are a contract (docs/reference/json.md); more may stand beside them.

use serde_json::{Map, Value, json};
use xcloud_core::diag::Diagnostics;
use xcloud_core::plan::{Action, Change, Plan, Step};
use xcloud_engine::{CallCounts, RunReport};

/// Returns a plan.
pub(crate) fn plan(plan: &Plan, calls: &CallCounts) -> Value {
    let summary = plan.summary();
    json!({
        "format_version": plan.format_version,
        "product": plan.product,
        "summary": {
            "create": summary.create,
            "update": summary.update,
            "replace": summary.replace,
            "delete": summary.delete,
            "unchanged": summary.unchanged,
        },
        "changes": plan.changes.iter().filter(|change| change.action != Action::Same).map(change).collect::<Vec<_>>(),
        "notes": plan.notes,
        "rules": plan.rules,
        "steps": plan.steps.iter().map(step).collect::<Vec<_>>(),
        "waits": plan.waits(),
        "unknown": plan.unknown,
        "active": plan.active,
        "left_alone": plan.left_alone,
        "calls": calls_value(calls),
    })
}

fn change(change: &Change) -> Value {
    json!({
        "address": change.addr,
        "kind": change.kind,
        "cloud": change.cloud,
        "account": change.account,
        "region": change.region,
        "action": change.action,
        "id": change.id,
        "fields": change.fields,
        "reasons": change.reasons,
    })
}

fn step(step: &Step) -> Value {
    json!({
        "id": step.id,
        "address": step.addr,
        "operation": step.op.name(),
        "place": step.place,
        "needs": step.needs,
        "undo": step.undo.word(),
        "reversible": step.undo.is_reversible(),
        "phase": step.phase,
        "waits": step.waits(),
    })
}

/// Returns the end of a run.
pub(crate) fn run(report: &RunReport, calls: &CallCounts) -> Value {
    let steps: Vec<Value> = report
        .steps
        .iter()
        .map(|step| {
            json!({
                "id": step.id,
                "address": step.addr,
                "operation": step.operation,
                "status": step.status,
                "elapsed_ms": step.elapsed_ms,
                "request_ids": step.request_ids,
                "made": step.made,
            })
        })
        .collect();
    json!({
        "run": report.run,
        "outcome": report.outcome,
        "interrupted": report.interrupted,
        "elapsed_ms": report.elapsed_ms,
        "steps": steps,
        "committed": report.committed,
        "broken": report.broken,
        "failures": report.failures,
        "left": report.left,
        "warnings": report.warnings,
        "calls": calls_value(calls),
    })
}

/// Returns the result of `validate`.
pub(crate) fn validation(file: &str, resources: usize, diagnostics: &Diagnostics) -> Value {
    json!({
        "valid": !diagnostics.has_errors(),
        "file": file,
        "resources": resources,
        "diagnostics": diagnostics,
    })
}

/// Returns a refusal: in the place of any other result, so that a script always reads JSON.
pub(crate) fn refusal(message: &str, exit_code: u8, diagnostics: &Diagnostics) -> Value {
    json!({ "error": { "message": message, "exit_code": exit_code, "diagnostics": diagnostics } })
}

pub(crate) fn calls_value(calls: &CallCounts) -> Value {
    let by_operation: Map<String, Value> =
        calls.by_operation.iter().map(|(operation, count)| (operation.clone(), Value::from(*count))).collect();
    json!({
        "total": calls.total,
        "by_operation": by_operation,
        "mutating": calls.mutating,
        "throttled": calls.throttled,
    })
}
