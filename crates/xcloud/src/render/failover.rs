//! A failover for people and for scripts: its steps with the time that they take, and what it came to.

use serde_json::{Value, json};
use xcloud_core::active::{ActiveRecord, Failover};
use xcloud_core::failover::{Judged, Purpose, about_secs, durations};
use xcloud_core::model::Addresses;
use xcloud_core::op::{NameWrite, Writes};
use xcloud_core::plan::{Condition, Phase, Plan, Step};
use xcloud_engine::CallCounts;

use super::gates;
use super::json;
use super::layout::{Page, pad};
use super::plan::{PlanView, page};
use super::style::{DIM, HEADING, paint};
use xcloud_core::duration::human;

/// Returns the plan of a failover, and its steps.
pub(crate) fn planned(view: &PlanView<'_>, request: &Failover, width: Option<usize>) -> String {
    format!("\n{}{}", page(view, width), steps(view.plan, request, width))
}

/// Returns the steps in their order, with what each is for, about how long it takes, and its undo.
pub(crate) fn steps(plan: &Plan, request: &Failover, width: Option<usize>) -> String {
    let mut page = Page::new(width);
    page.line(paint(HEADING, "Steps of the switch"));
    let mut after = false;
    let word = |step: &Step| Purpose::of(step, request.fence).word();
    let names = plan.steps.iter().map(|step| word(step).len()).max().unwrap_or_default();
    for step in &plan.steps {
        let secs = about_secs(step);
        if step.phase == Phase::Commit && !std::mem::replace(&mut after, true) {
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
            if let Condition::Elapsed { secs, what, .. } = &wait.condition {
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

/// The calls of the plan to regions other than the target.
fn calls_to_others(plan: &Plan, request: &Failover) -> usize {
    let is_other = |step: &&Step| step.place.cloud.has_regions() && step.place.region != request.to;
    plan.steps.iter().filter(is_other).count()
}

/// What a step does, in the words of its call.
fn words(step: &Step) -> String {
    match step.op.writes() {
        Writes::ActiveRecord(text) => record(step.addr.env(), text),
        Writes::Name(NameWrite { record, addresses: Addresses::Known(nets), .. }) => {
            let nets: Vec<String> = nets.iter().map(|net| net.addr().to_string()).collect();
            format!("{record} -> {}", nets.join(", "))
        }
        Writes::Name(NameWrite { record, addresses: Addresses::Late(late), .. }) => format!("{record} -> {late}"),
        Writes::FirewallRules { .. } | Writes::GroupRule { .. } | Writes::TargetGroup | Writes::Other => {
            format!("{} {}", step.op.name(), step.addr)
        }
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
