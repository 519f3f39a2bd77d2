//! Every changing call of the smallest estate with every kind, and of its removal, meets every fault.

use std::collections::BTreeMap;
use std::time::Duration;

use xcloud_core::journal::Outcome;
use xcloud_core::model::Desired;
use xcloud_core::plan::PlanOptions;
use xcloud_core::provider::ProviderError;
use xcloud_engine::RunReport;
use xcloud_sim::{Fault, FaultKind, World};
use xcloud_tests::Testbed;

use super::shape::{bed, foreign, shape, tell};
use crate::bed::{RESOURCES, apply, assert_in_sync, later, load, plan};

/// No run may take longer, in simulated time: its deadline, and the last operation that it follows.
const LONGEST: Duration = Duration::from_secs(2 * 3600 + 3600);

/// How a run with a fault must end.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Ending {
    /// The fault passes, and nobody has to do anything.
    Done,
    /// The run fails and says why.
    Failed,
}

/// Calls of one operation, counted from the first.
#[derive(Debug, Clone)]
struct Call {
    operation: String,
    region: String,
    skip: u32,
}

/// What happens to a call.
struct Mishap {
    name: &'static str,
    kind: fn(azure: bool) -> FaultKind,
    times: u32,
    ending: Ending,
}

const FOR_EVER: u32 = u32::MAX;

fn error(status: u16, code: &str) -> FaultKind {
    FaultKind::Error { status, code: code.to_owned(), message: format!("played: {code}") }
}

const REFUSALS: [Mishap; 2] = [
    Mishap {
        name: "denied",
        kind: |azure| error(403, if azure { "AuthorizationFailed" } else { "UnauthorizedOperation" }),
        times: FOR_EVER,
        ending: Ending::Failed,
    },
    Mishap {
        name: "invalid",
        kind: |azure| error(400, if azure { "InvalidRequestFormat" } else { "ValidationError" }),
        times: FOR_EVER,
        ending: Ending::Failed,
    },
];

const OUTAGES: [Mishap; 2] = [
    Mishap {
        name: "5xx for ever",
        kind: |azure| error(500, if azure { "InternalServerError" } else { "InternalFailure" }),
        times: FOR_EVER,
        ending: Ending::Failed,
    },
    Mishap { name: "silent for ever", kind: |_| FaultKind::SilentBefore, times: FOR_EVER, ending: Ending::Failed },
];

const PASSING: [Mishap; 3] = [
    Mishap {
        name: "5xx without effect",
        kind: |azure| error(500, if azure { "InternalServerError" } else { "InternalFailure" }),
        times: 1,
        ending: Ending::Done,
    },
    Mishap {
        name: "throttled three times",
        kind: |azure| {
            if azure { error(429, "TooManyRequests") } else { error(503, "RequestLimitExceeded") }
        },
        times: 3,
        ending: Ending::Done,
    },
    Mishap { name: "refused twice", kind: |_| FaultKind::Refuse, times: 2, ending: Ending::Done },
];

const LOST: [Mishap; 4] = [
    Mishap { name: "reset after the effect", kind: |_| FaultKind::ResetAfter, times: 1, ending: Ending::Done },
    Mishap { name: "silent after the effect", kind: |_| FaultKind::SilentAfter, times: 1, ending: Ending::Done },
    Mishap { name: "cut answer", kind: |_| FaultKind::Truncate, times: 1, ending: Ending::Done },
    Mishap {
        name: "HTML 500 after the effect",
        kind: |_| FaultKind::Raw { status: 500, body: "<html><body>Internal Server Error</body></html>".to_owned() },
        times: 1,
        ending: Ending::Done,
    },
];

fn removal() -> PlanOptions {
    PlanOptions { destroy: true, ..PlanOptions::default() }
}

/// Returns every changing call since `from` in the log, each with its place among the calls of its operation.
fn changing_calls(bed: &Testbed, from: usize) -> Vec<Call> {
    let mut seen: BTreeMap<(String, String), u32> = BTreeMap::new();
    let mut calls = Vec::new();
    for call in bed.cloud().calls().into_iter().skip(from).filter(|call| call.mutated) {
        let skip = seen.entry((call.operation.clone(), call.region.clone())).or_default();
        calls.push(Call { operation: call.operation, region: call.region, skip: *skip });
        *skip += 1;
    }
    calls
}

/// Plans and applies with a new process. A place that does not answer any more is no reason for no plan.
async fn run(bed: &Testbed, desired: &Desired, options: &PlanOptions) -> RunReport {
    let process = bed.process(desired);
    let (plan, problems) = process.plan(options).await;
    let plan = plan.unwrap_or_else(|| panic!("there is no plan: {problems:?}"));
    assert!(plan.unknown.is_empty(), "{:?}", plan.unknown);
    process.apply(&plan).await
}

/// Good clouds: the calls that change something, and the shape that is right in the end.
struct Clean {
    desired: Desired,
    options: PlanOptions,
    seeded: World,
    /// The clouds before the run that meets a fault.
    before: World,
    calls: Vec<Call>,
    shape: Vec<String>,
}

/// Code, message and request id of what the cloud said.
fn tells(error: &ProviderError, kind: &FaultKind) -> bool {
    match kind {
        FaultKind::Error { code, message, .. } => {
            error.code.as_ref() == Some(code) && error.message.contains(message) && error.request_id.is_some()
        }
        _ => !error.message.is_empty(),
    }
}

impl Clean {
    async fn making() -> Self {
        let desired = load(RESOURCES);
        let bed = bed(&desired);
        let seeded = bed.cloud().world();
        apply(&bed, &desired, &PlanOptions::default()).await;
        let calls = changing_calls(&bed, 0);
        later(&bed).await;
        plan(&bed, &desired, &PlanOptions::default()).await;
        let before = seeded.clone();
        Self { shape: shape(&bed.cloud().world()), desired, options: PlanOptions::default(), seeded, before, calls }
    }

    async fn removing() -> Self {
        let mut clean = Self::making().await;
        let bed = clean.start().await;
        apply(&bed, &clean.desired, &PlanOptions::default()).await;
        later(&bed).await;
        clean.before = bed.cloud().world();
        let from = bed.cloud().calls().len();
        apply(&bed, &clean.desired, &removal()).await;
        clean.calls = changing_calls(&bed, from);
        later(&bed).await;
        plan(&bed, &clean.desired, &PlanOptions::default()).await;
        clean.shape = shape(&bed.cloud().world());
        clean.options = removal();
        assert_eq!(clean.shape, shape(&clean.seeded), "the removal leaves nothing");
        clean
    }

    /// The clouds before the run that meets the fault, at that time.
    async fn start(&self) -> Testbed {
        let bed = Testbed::new(&self.desired);
        let clock = bed.cloud().clock();
        clock.sleep(self.before.now.secs_since(clock.now())).await;
        bed.cloud().change(|world, _now| world.clone_from(&self.before));
        bed
    }

    /// Plays one mishap at one call; answers what went wrong.
    async fn play(&self, call: &Call, mishap: &Mishap) -> Result<(), String> {
        let bed = self.start().await;
        let kind = (mishap.kind)(call.region == "azure");
        let fault = Fault {
            operation: Some(call.operation.clone()),
            region: Some(call.region.clone()),
            skip: call.skip,
            times: mishap.times,
            kind: kind.clone(),
        };
        bed.cloud().set_faults(vec![fault]);
        let run = tokio::time::timeout(LONGEST, run(&bed, &self.desired, &self.options));
        let report = run.await.map_err(|_| "the run hangs".to_owned())?;
        self.judge_ending(call, mishap, &kind, &report)?;
        bed.cloud().set_faults(Vec::new());
        if mishap.ending == Ending::Failed {
            self.go_on(&bed).await?;
        }
        self.judge_end(&bed).await
    }

    fn judge_ending(&self, call: &Call, mishap: &Mishap, kind: &FaultKind, report: &RunReport) -> Result<(), String> {
        let told: Vec<&String> = report.failures.iter().map(|failure| &failure.message).collect();
        match (mishap.ending, report.outcome) {
            (Ending::Done, Outcome::Done) => return Ok(()),
            (Ending::Failed, Outcome::Left | Outcome::Unwound) => {}
            (wanted, got) => return Err(format!("the run ended {got:?}, not {wanted:?}: {told:?}")),
        }
        let said = report.failures.iter().any(|failure| {
            let told = failure.addr.is_some() && failure.hint.is_some();
            told && failure.error.as_ref().is_some_and(|error| error.operation == call.operation && tells(error, kind))
        });
        if said { Ok(()) } else { Err(format!("no failure tells everything: {:?}", report.failures)) }
    }

    /// The next plain run ends well.
    async fn go_on(&self, bed: &Testbed) -> Result<(), String> {
        let report = run(bed, &self.desired, &self.options).await;
        if report.outcome == Outcome::Done {
            return Ok(());
        }
        let told: Vec<&String> = report.failures.iter().map(|failure| &failure.message).collect();
        Err(format!("the next run ended {:?}: {told:?}", report.outcome))
    }

    /// The estate is what a run on good clouds makes: in sync, nothing twice, and others were left alone.
    async fn judge_end(&self, bed: &Testbed) -> Result<(), String> {
        later(bed).await;
        let (plan, _) = bed.process(&self.desired).plan(&self.options).await;
        let plan = plan.ok_or("there is no last plan")?;
        if !plan.is_empty() {
            let steps: Vec<&str> = plan.steps.iter().map(|step| step.op.name()).collect();
            return Err(format!("the last plan is not empty: {steps:?}"));
        }
        let world = bed.cloud().world();
        let shape = shape(&world);
        if shape != self.shape {
            let extra: Vec<_> = shape.iter().filter(|line| !self.shape.contains(line)).collect();
            let lost: Vec<_> = self.shape.iter().filter(|line| !shape.contains(line)).collect();
            return Err(format!("{} objects, not {}: extra {extra:?}, lost {lost:?}", shape.len(), self.shape.len()));
        }
        if foreign(&world, &self.seeded) != foreign(&self.seeded, &self.seeded) {
            return Err("something of others was touched".to_owned());
        }
        Ok(())
    }

    async fn sweep(&self, mishaps: &[Mishap]) {
        let mut wrong = Vec::new();
        let mut played = 0;
        for mishap in mishaps {
            for call in &self.calls {
                played += 1;
                if let Err(what) = self.play(call, mishap).await {
                    wrong.push(format!("{} #{} {}: {what}", call.operation, call.skip, mishap.name));
                }
            }
        }
        tell(played, self.calls.len(), mishaps.len());
        assert!(wrong.is_empty(), "{} of {played} cases:\n{}", wrong.len(), wrong.join("\n"));
        assert!(self.calls.len() >= 15, "the estate has fewer changing calls than it should: {:?}", self.calls);
    }
}

#[tokio::test(start_paused = true)]
async fn the_clean_run_is_in_sync() {
    let clean = Clean::making().await;
    let bed = clean.start().await;
    apply(&bed, &clean.desired, &PlanOptions::default()).await;
    assert_in_sync(&plan(&bed, &clean.desired, &PlanOptions::default()).await);
}

#[tokio::test(start_paused = true)]
async fn a_refused_call_fails_the_run_and_the_next_one_goes_on() {
    Clean::making().await.sweep(&REFUSALS).await;
}

#[tokio::test(start_paused = true)]
async fn an_outage_ends_the_run_in_time_and_the_next_one_goes_on() {
    Clean::making().await.sweep(&OUTAGES).await;
}

#[tokio::test(start_paused = true)]
async fn what_passes_is_sat_out() {
    Clean::making().await.sweep(&PASSING).await;
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_looked_up_and_never_repeated_blindly() {
    Clean::making().await.sweep(&LOST).await;
}

#[tokio::test(start_paused = true)]
async fn a_removal_that_is_refused_or_cut_off_is_finished_by_the_next() {
    let clean = Clean::removing().await;
    clean.sweep(&REFUSALS[..1]).await;
    clean.sweep(&OUTAGES[1..]).await;
}

#[tokio::test(start_paused = true)]
async fn a_removal_survives_lost_answers_and_throttles() {
    let clean = Clean::removing().await;
    clean.sweep(&PASSING[1..2]).await;
    clean.sweep(&LOST[..2]).await;
}
