//! Every changing call of every scenario meets every fault.

use std::sync::Arc;
use std::time::Duration;

use xcloud_core::journal::{Outcome, Phase};
use xcloud_engine::{OnFailure, RunReport, Way};
use xcloud_sim::{Fault, FaultKind};
use xcloud_tests::{Notebook, Testbed};

use super::scenario::{Expected, Known, KnownCall, scenarios};
use crate::bad_clouds::shape::tell;

/// No run may take longer, in simulated time: its two deadlines, and the last operation that it follows.
const LONGEST: Duration = Duration::from_secs(2 * 7200 + 3600);

const FOR_EVER: u32 = u32::MAX;

/// What happens to a call.
struct Mishap {
    name: &'static str,
    kind: fn(azure: bool) -> FaultKind,
    times: u32,
    /// The process is killed while it waits for the answer.
    killed: bool,
    /// The calls that meet it.
    met: fn(&KnownCall) -> bool,
}

fn any(_: &KnownCall) -> bool {
    true
}

fn error(status: u16, code: &str) -> FaultKind {
    FaultKind::Error { status, code: code.to_owned(), message: format!("played: {code}") }
}

fn operation_fails(code: &str) -> FaultKind {
    FaultKind::OperationFails { code: code.to_owned(), message: format!("played: {code}") }
}

const MISHAPS: [Mishap; 10] = [
    Mishap {
        name: "refused for good",
        kind: |azure| error(403, if azure { "AuthorizationFailed" } else { "UnauthorizedOperation" }),
        times: FOR_EVER,
        killed: false,
        met: any,
    },
    Mishap {
        name: "throttle storm",
        kind: |azure| {
            if azure { error(429, "TooManyRequests") } else { error(503, "RequestLimitExceeded") }
        },
        times: 8,
        killed: false,
        met: any,
    },
    Mishap {
        name: "5xx for ever",
        kind: |azure| error(500, if azure { "InternalServerError" } else { "InternalFailure" }),
        times: FOR_EVER,
        killed: false,
        met: any,
    },
    Mishap { name: "silent before the effect", kind: |_| FaultKind::SilentBefore, times: 1, killed: false, met: any },
    Mishap {
        name: "silent before the effect, for ever",
        kind: |_| FaultKind::SilentBefore,
        times: FOR_EVER,
        killed: false,
        met: any,
    },
    Mishap { name: "silent after the effect", kind: |_| FaultKind::SilentAfter, times: 1, killed: false, met: any },
    Mishap { name: "lost and killed", kind: |_| FaultKind::SilentAfter, times: 1, killed: true, met: any },
    Mishap {
        name: "accepted, and its operation fails",
        kind: |_| operation_fails("OperationNotAllowed"),
        times: FOR_EVER,
        killed: false,
        met: |call| call.region == "azure",
    },
    Mishap {
        name: "accepted, and its operation fails once",
        kind: |_| operation_fails("InternalServerError"),
        times: 1,
        killed: false,
        met: |call| call.region == "azure",
    },
    Mishap {
        name: "not found for a while",
        kind: |azure| {
            error(if azure { 404 } else { 400 }, if azure { "ResourceNotFound" } else { "InvalidGroup.NotFound" })
        },
        times: 3,
        killed: false,
        // Nothing but an object that this run made is out of sight.
        met: |call| call.fresh,
    },
];

async fn sweep(name: &str) {
    let scenario = scenarios().into_iter().find(|scenario| scenario.name == name).expect("a scenario");
    let known = scenario.learn().await;
    let (mut wrong, mut played) = (Vec::new(), 0);
    for mishap in &MISHAPS {
        for (at, call) in known.calls.iter().enumerate().filter(|(_, call)| (mishap.met)(call)) {
            played += 1;
            if let Err(what) = play(&known, at, call, mishap).await {
                wrong.push(format!("{name}: {} #{} {}: {what}", call.operation, call.skip, mishap.name));
            }
        }
    }
    tell(played, known.calls.len(), MISHAPS.len());
    assert!(wrong.is_empty(), "{} of {played} cases:\n{}", wrong.len(), wrong.join("\n"));
    assert!(!known.calls.is_empty());
}

async fn play(known: &Known, at: usize, call: &KnownCall, mishap: &Mishap) -> Result<(), String> {
    let bed = known.start().await;
    let process = bed.process(&known.desired);
    let (plan, problems) = process.plan(&known.options).await;
    let plan = plan.ok_or_else(|| format!("there is no plan: {problems:?}"))?;
    bed.cloud().set_faults(vec![Fault {
        operation: Some(call.operation.clone()),
        region: Some(call.region.clone()),
        skip: call.skip,
        times: mishap.times,
        kind: (mishap.kind)(call.region == "azure"),
    }]);
    let notebook: Arc<Notebook> = Arc::default();
    let run = process.run(&plan, &notebook, OnFailure::Unwind);
    if mishap.killed {
        let answered = tokio::select! {
            report = run => Some(report),
            () = killed(&bed, call) => None,
        };
        return match answered {
            Some(report) => Err(format!("it was not killed but ended {:?}: call {at}", report.outcome)),
            None => both_ways(known, &bed, &notebook).await,
        };
    }
    let report = tokio::time::timeout(LONGEST, run).await.map_err(|_| "the run hangs".to_owned())?;
    end(known, &bed, &notebook, &report, Way::Finish).await
}

/// Waits until the call whose answer is lost has reached the cloud.
async fn killed(bed: &Testbed, call: &KnownCall) {
    loop {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let met = |one: &&xcloud_sim::LoggedCall| {
            one.operation == call.operation && one.region == call.region && one.status.is_none()
        };
        if bed.cloud().calls().iter().any(|one| met(&one)) {
            return;
        }
    }
}

/// A killed run is finished, and, on a copy of the clouds, undone.
async fn both_ways(known: &Known, bed: &Testbed, notebook: &Arc<Notebook>) -> Result<(), String> {
    bed.cloud().set_faults(Vec::new());
    for way in [Way::Unwind, Way::Finish] {
        let (copy, entries) = (bed.fork(), Arc::new(notebook.copy()));
        let committed = entries.state().phase == Phase::Committed;
        if way == Way::Unwind && committed {
            continue;
        }
        let report = copy.process(&known.desired).resume(&entries, way).await;
        end(known, &copy, &entries, &report, way).await.map_err(|what| format!("{way:?}: {what}"))?;
    }
    Ok(())
}

/// How a run ended decides what the clouds must be; a run with something left is resumed on good clouds first.
async fn end(
    known: &Known,
    bed: &Testbed,
    notebook: &Arc<Notebook>,
    report: &RunReport,
    way: Way,
) -> Result<(), String> {
    let told = |report: &RunReport| -> Vec<String> {
        let failures = report.failures.iter().map(|failure| failure.message.clone());
        failures.chain(report.left.iter().map(|left| format!("{}: {}", left.addr, left.why))).collect()
    };
    let outcome = match report.outcome {
        Outcome::Left => {
            if report.left.is_empty() {
                return Err("something is left and it does not say what".to_owned());
            }
            bed.cloud().set_faults(Vec::new());
            let again = bed.process(&known.desired).resume(notebook, way).await;
            if again.outcome == Outcome::Left {
                return Err(format!("after resume something is left: {:?}, first: {:?}", told(&again), told(report)));
            }
            again.outcome
        }
        outcome => outcome,
    };
    assert!(notebook.state().end.is_some(), "the journal is closed");
    let expected = if outcome == Outcome::Done { Expected::After } else { Expected::Before };
    known.judge(bed, expected).await.map_err(|what| format!("{what}; told {:?}", told(report)))
}

#[tokio::test(start_paused = true)]
async fn create_estate() {
    sweep("create-estate").await;
}

#[tokio::test(start_paused = true)]
async fn edit_rules() {
    sweep("edit-rules").await;
}

#[tokio::test(start_paused = true)]
async fn replace_group() {
    sweep("replace-group").await;
}

#[tokio::test(start_paused = true)]
async fn replace_load_balancer() {
    sweep("replace-load-balancer").await;
}

#[tokio::test(start_paused = true)]
async fn remove_flow() {
    sweep("remove-flow").await;
}

#[tokio::test(start_paused = true)]
async fn destroy() {
    sweep("destroy").await;
}
