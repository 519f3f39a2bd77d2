//! A failover for people and for scripts: its steps with the time that they take, and what it came to.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use xcloud_core::active::{ActiveRecord, Failover, Fence};
use xcloud_core::failover::Purpose;
use xcloud_core::model::{Addresses, Cloud};
use xcloud_core::op::{AzureOp, FirewallRulesOp, LedgerOp, NetworkSecurityGroupOp, Op, PrivateDnsRecordOp};
use xcloud_core::plan::{Condition, Phase, Plan, Step, StepId};
use xcloud_engine::CallCounts;

use super::duration::human;
use super::gates::{self, Judged};
use super::json;
use super::layout::{Page, pad};
use super::style::{DIM, HEADING, paint};

/// Seconds that a firewall update takes (Microsoft: three to five minutes).
const FIREWALL_SECS: u64 = 240;

/// Seconds that a new load balancer or endpoint takes until it can be used.
const CREATE_SECS: u64 = 180;

/// Returns the steps in their order, with what each is for, about how long it takes, and its undo.
pub(crate) fn steps(plan: &Plan, request: &Failover, width: Option<usize>) -> String {
    let mut page = Page::new(width);
    page.line(paint(HEADING, "Steps of the switch"));
    let mut behind = false;
    let word = |step: &Step| Purpose::of(step, request.fence).word();
    let names = plan.steps.iter().map(|step| word(step).len()).max().unwrap_or_default();
    for step in &plan.steps {
        let secs = estimate(step);
        if step.phase == Phase::Commit && !std::mem::replace(&mut behind, true) {
            let text = if request.unplanned {
                "  from here on it only goes forward: `resume` finishes it, nothing sends traffic back"
            } else {
                "  from here on it only goes forward: `resume` finishes it, `failback` is the way back"
            };
            page.line(paint(DIM, text));
        }
        let time = pad(&format!("about {}", human(secs * 1000)), 12);
        page.line(format!(
            "  {} {}  {}{}",
            paint(DIM, &step.id.0),
            pad(word(step), names),
            paint(DIM, &format!("{time}  ")),
            words(step)
        ));
        for wait in &step.awaits {
            if let Condition::Elapsed { secs, what } = &wait.condition {
                page.paragraph(names + 23, &format!("waits {secs} s, in which {what}"), DIM);
            }
        }
    }
    page.gap();
    let (commit, all) = durations(plan);
    page.line(format!(
        "About {} until the last region is committed, {} in all. Calls to regions that are left: {}",
        human(commit * 1000),
        human(all * 1000),
        calls_to_others(plan, request)
    ));
    format!("\n{}", page.text())
}

/// The calls of the plan to AWS regions other than the target.
fn calls_to_others(plan: &Plan, request: &Failover) -> usize {
    let is_other = |step: &&Step| step.place.cloud == Cloud::Aws && step.place.region != request.to;
    plan.steps.iter().filter(is_other).count()
}

/// What a step does, in the words of its call.
fn words(step: &Step) -> String {
    match &step.op {
        Op::Azure(AzureOp::PrivateDnsRecord(PrivateDnsRecordOp::PutText { text, .. }))
        | Op::Ledger(LedgerOp::PutActiveRecord { text, .. }) => record(step.addr.env(), text),
        Op::Azure(AzureOp::PrivateDnsRecord(PrivateDnsRecordOp::Put { record, addresses, .. })) => match addresses {
            Addresses::Known(nets) => {
                let nets: Vec<String> = nets.iter().map(|net| net.addr().to_string()).collect();
                format!("{record} -> {}", nets.join(", "))
            }
            Addresses::Late(late) => format!("{record} -> {late}"),
        },
        Op::Azure(_) | Op::Aws(_) => format!("{} {}", step.op.name(), step.addr),
    }
}

/// What a record says, in words.
fn record(env: &str, text: &str) -> String {
    match text.parse::<ActiveRecord>() {
        Ok(ActiveRecord { epoch, to: Some(to), .. }) => format!("{env}: epoch {epoch}, towards {to}"),
        Ok(ActiveRecord { epoch, region, old, .. }) => {
            format!("{env}: epoch {epoch}, {region} is active, the other region {}", old.word())
        }
        Err(_) => text.to_owned(),
    }
}

/// About how long a step takes, in seconds.
fn estimate(step: &Step) -> u64 {
    let waits = step.awaits.iter().map(|wait| match wait.condition {
        Condition::Elapsed { secs, .. } => secs,
        _ => 1,
    });
    let call = match &step.op {
        Op::Azure(AzureOp::FirewallRules(FirewallRulesOp::Put { .. })) => FIREWALL_SECS,
        Op::Azure(AzureOp::NetworkSecurityGroup(NetworkSecurityGroupOp::PutRule { .. })) => 10,
        Op::Azure(_) | Op::Ledger(_) => 2,
        Op::Aws(_) if step.makes.is_some() => CREATE_SECS,
        Op::Aws(_) => 2,
    };
    call + waits.max().unwrap_or_default()
}

/// About how long it takes until the last record is committed, and in all: along the longest chain of needs.
pub(crate) fn durations(plan: &Plan) -> (u64, u64) {
    let mut ends: BTreeMap<&StepId, u64> = BTreeMap::new();
    let build = |step: &&Step| step.phase == Phase::Build;
    let mut turned = None;
    for step in &plan.steps {
        let point = match step.phase {
            Phase::Build => 0,
            Phase::Commit => *turned.get_or_insert_with(|| {
                plan.steps.iter().filter(build).filter_map(|step| ends.get(&step.id)).max().copied().unwrap_or_default()
            }),
        };
        let start = step.needs.iter().filter_map(|need| ends.get(need)).max().copied().unwrap_or_default().max(point);
        ends.insert(&step.id, start + estimate(step));
    }
    let commits = plan.steps.iter().filter(|step| Purpose::of(step, Fence::None) == Purpose::Commit);
    let commit = commits.filter_map(|step| ends.get(&step.id)).max().copied().unwrap_or_default();
    (commit, ends.values().max().copied().unwrap_or_default())
}

/// Returns the result of a dry run for scripts.
pub(crate) fn dry_run(plan: &Plan, judged: &[Judged], request: &Failover, calls: &CallCounts) -> Value {
    let (commit, all) = durations(plan);
    json!({
        "dry_run": true,
        "to": request.to,
        "gates": gates::stored(judged),
        "plan": json::plan(plan, calls),
        "estimate": {"commit_secs": commit, "all_secs": all},
        "calls_to_other_regions": calls_to_others(plan, request),
    })
}
