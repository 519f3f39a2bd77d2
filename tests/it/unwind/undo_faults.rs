//! A fault at every call of the way back: the run is undone all the same, or left with a journal that resume finishes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use xcloud_core::journal::Outcome;
use xcloud_engine::{OnFailure, Way};
use xcloud_sim::{Fault, FaultKind};
use xcloud_tests::{Notebook, Testbed};

use super::scenario::{Expected, Known, scenarios};
use crate::bad_clouds::shape::tell;

const LONGEST: Duration = Duration::from_secs(2 * 7200 + 3600);

/// The call at which the run fails for good: a late one, so that most of the plan is to be undone.
struct Turn {
    scenario: &'static str,
    operation: &'static str,
}

/// A call of the way back, counted among all calls of its operation.
struct UndoCall {
    operation: String,
    region: String,
    skip: u32,
}

/// What happens to a call of the way back: its name, how often, and what (in Azure or not).
type Mishap = (&'static str, u32, fn(bool) -> FaultKind);

const KINDS: [Mishap; 5] = [
    ("refused for good", u32::MAX, |azure| {
        error(403, if azure { "AuthorizationFailed" } else { "UnauthorizedOperation" })
    }),
    ("5xx for ever", u32::MAX, |azure| error(500, if azure { "InternalServerError" } else { "InternalFailure" })),
    ("throttled", 6, |azure| if azure { error(429, "TooManyRequests") } else { error(503, "RequestLimitExceeded") }),
    ("silent before the effect", 1, |_| FaultKind::SilentBefore),
    ("silent after the effect", 1, |_| FaultKind::SilentAfter),
];

fn error(status: u16, code: &str) -> FaultKind {
    FaultKind::Error { status, code: code.to_owned(), message: format!("played: {code}") }
}

fn refusal(turn: &Turn) -> Fault {
    Fault {
        operation: Some(turn.operation.to_owned()),
        region: None,
        skip: 0,
        times: 1,
        kind: error(403, if turn.operation.contains(' ') { "AuthorizationFailed" } else { "UnauthorizedOperation" }),
    }
}

/// Runs with these faults. Answers how it ended, its journal, and from which logged call on it was played.
async fn run(known: &Known, faults: Vec<Fault>) -> Result<(Testbed, Arc<Notebook>, Outcome, usize), String> {
    let bed = known.start().await;
    let process = bed.process(&known.desired);
    let (plan, problems) = process.plan(&known.options).await;
    let plan = plan.ok_or_else(|| format!("there is no plan: {problems:?}"))?;
    let from = bed.cloud().calls().len();
    bed.cloud().set_faults(faults);
    let notebook: Arc<Notebook> = Arc::default();
    let run = process.run(&plan, &notebook, OnFailure::Unwind);
    let report = tokio::time::timeout(LONGEST, run).await.map_err(|_| "the run hangs".to_owned())?;
    if report.outcome == Outcome::Left && report.left.is_empty() {
        return Err("something is left and it does not say what".to_owned());
    }
    Ok((bed, notebook, report.outcome, from))
}

/// Returns the changing calls behind the refused one.
fn way_back(bed: &Testbed, from: usize, turn: &Turn) -> Vec<UndoCall> {
    let mut seen: BTreeMap<(String, String), u32> = BTreeMap::new();
    let (mut turned, mut calls) = (false, Vec::new());
    for call in bed.cloud().calls().into_iter().skip(from) {
        let skip = seen.entry((call.operation.clone(), call.region.clone())).or_default();
        if turned && call.mutated {
            calls.push(UndoCall { operation: call.operation.clone(), region: call.region.clone(), skip: *skip });
        }
        turned |= call.operation == turn.operation && call.status == Some(403);
        *skip += 1;
    }
    calls
}

async fn play(known: &Known, turn: &Turn, call: &UndoCall, kind: &Mishap) -> Result<(), String> {
    let fault = Fault {
        operation: Some(call.operation.clone()),
        region: Some(call.region.clone()),
        // The refusal takes the first call of its operation for itself.
        skip: call.skip - u32::from(call.operation == turn.operation),
        times: kind.1,
        kind: (kind.2)(call.region == "azure"),
    };
    let (bed, notebook, outcome, _) = run(known, vec![refusal(turn), fault]).await?;
    match outcome {
        Outcome::Unwound => known.judge(&bed, Expected::Before).await,
        Outcome::Left => {
            bed.cloud().set_faults(Vec::new());
            let (next, problems) = bed.process(&known.desired).plan(&known.options).await;
            next.ok_or_else(|| format!("the next plan is blocked: {problems:?}"))?;
            let again = bed.process(&known.desired).resume(&notebook, Way::Unwind).await;
            if again.outcome != Outcome::Unwound {
                let left: Vec<&String> = again.left.iter().map(|left| &left.why).collect();
                return Err(format!("resume ends {:?}: {left:?}", again.outcome));
            }
            known.judge(&bed, Expected::Before).await
        }
        Outcome::Done | Outcome::Replanned => Err("the run was done although a call was refused".to_owned()),
    }
}

async fn every_undo(turn: Turn) {
    let scenario = scenarios().into_iter().find(|scenario| scenario.name == turn.scenario).expect("a scenario");
    let known = scenario.learn().await;
    let (bed, _, outcome, from) = run(&known, vec![refusal(&turn)]).await.expect("it runs");
    assert_eq!(outcome, Outcome::Unwound, "without another fault it is undone");
    let calls = way_back(&bed, from, &turn);
    let (mut wrong, mut played) = (Vec::new(), 0);
    for kind in &KINDS {
        for call in &calls {
            played += 1;
            if let Err(what) = play(&known, &turn, call, kind).await {
                wrong.push(format!("{}: undo by {} #{} {}: {what}", turn.scenario, call.operation, call.skip, kind.0));
            }
        }
    }
    tell(played, calls.len(), KINDS.len());
    assert!(wrong.is_empty(), "{} of {played} cases:\n{}", wrong.len(), wrong.join("\n"));
    assert!(calls.len() > 2, "{} calls back", calls.len());
}

#[tokio::test(start_paused = true)]
async fn a_new_estate_turns_back_at_its_record() {
    every_undo(Turn { scenario: "create-estate", operation: "ChangeResourceRecordSets" }).await;
}

#[tokio::test(start_paused = true)]
async fn a_new_load_balancer_turns_back_at_its_service() {
    every_undo(Turn { scenario: "replace-load-balancer", operation: "ModifyVpcEndpointServiceConfiguration" }).await;
}

#[tokio::test(start_paused = true)]
async fn edited_rules_turn_back_at_the_firewall() {
    every_undo(Turn { scenario: "edit-rules", operation: "PUT ruleCollectionGroups" }).await;
}
