//! Random runs: a scenario, faults, kills and a person at the console, all drawn from one number.
//!
//! ```text
//! XCLOUD_SEEDS=10000 cargo nextest run -p xcloud-tests --test it seeds::   # as many; 500 by default
//! XCLOUD_SEED=4711 cargo nextest run -p xcloud-tests --test it seeds::one --no-capture
//! ```

use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use xcloud_core::journal::{Outcome, Phase, RunEvent, StepEvent};
use xcloud_engine::{OnFailure, RunReport, Way};
use xcloud_sim::{Fault, FaultKind};
use xcloud_tests::{Notebook, Testbed};

use super::clouds::{Clouds, calm};
use super::edits::{EDITS, Edit, closed_again, edit};
use super::ledgered::Ledgered;
use super::scenario::{Expected, Known, KnownCall, scenarios};
use crate::bad_clouds::shape::tell;

/// No run may take longer, in simulated time.
const LONGEST: Duration = Duration::from_secs(2 * 7200 + 3600);

/// What is drawn for one run.
#[derive(Debug)]
struct Draw {
    scenario: usize,
    faults: Vec<Fault>,
    /// The process dies after so many entries of its journal; then the one that resumes its run after so many more.
    kills: Vec<usize>,
    /// A person does this after so many entries, to this object.
    edit: Option<(usize, Edit, usize)>,
    way: Way,
    clouds: Clouds,
}

fn draw(seed: u64, known: &[Known]) -> Draw {
    let mut dice = StdRng::seed_from_u64(seed);
    let scenario = dice.random_range(0..known.len());
    let of = &known[scenario];
    let faults = (0..dice.random_range(0..3)).filter_map(|_| fault(&mut dice, &of.calls)).collect();
    let lives = dice.random_range(0..3);
    let kills = (0..lives).map(|at| dice.random_range(1..=if at == 0 { of.entries } else { 12 })).collect();
    let deed = (dice.random_range(1..=of.entries), EDITS[dice.random_range(0..EDITS.len())], dice.random_range(0..9));
    let edit = dice.random_bool(1.0 / 3.0).then_some(deed);
    let way = if dice.random_bool(0.5) { Way::Finish } else { Way::Unwind };
    let clouds = Clouds::draw(&mut dice);
    Draw { scenario, faults, kills, edit, way, clouds }
}

fn fault(dice: &mut StdRng, calls: &[KnownCall]) -> Option<Fault> {
    let call = calls.get(dice.random_range(0..calls.len()))?;
    let azure = call.region == "azure";
    let error =
        |status: u16, code: &str| FaultKind::Error { status, code: code.to_owned(), message: "played".to_owned() };
    let on_policy = call.operation.ends_with("ruleCollectionGroups") && !call.operation.starts_with("GET");
    let kind = match dice.random_range(0..11) {
        0 | 1 => error(403, if azure { "AuthorizationFailed" } else { "UnauthorizedOperation" }),
        2 => error(500, if azure { "InternalServerError" } else { "InternalFailure" }),
        3 => error(if azure { 429 } else { 503 }, if azure { "TooManyRequests" } else { "RequestLimitExceeded" }),
        4 => FaultKind::SilentBefore,
        5 => FaultKind::SilentAfter,
        6 => FaultKind::ResetAfter,
        7 if azure => {
            FaultKind::OperationFails { code: "OperationNotAllowed".to_owned(), message: "played".to_owned() }
        }
        8 if on_policy => error(409, "AnotherOperationInProgress"),
        9 if on_policy => FaultKind::OperationFails {
            code: "FirewallPolicyUpdateFailed".to_owned(),
            message: "Put on Firewall Policy played Failed with 1 faulted referenced firewalls".to_owned(),
        },
        _ => FaultKind::Truncate,
    };
    let times = if dice.random_bool(0.25) { u32::MAX } else { dice.random_range(1..4) };
    Some(Fault {
        operation: Some(call.operation.clone()),
        region: Some(call.region.clone()),
        skip: call.skip,
        times,
        kind,
    })
}

/// How one life of a process ended.
enum Life {
    Ended(RunReport),
    Killed,
}

/// Runs until the report comes, or until entry `dies`; on the way a person may do something.
async fn live(
    bed: &Testbed,
    notebook: &Arc<Notebook>,
    run: impl Future<Output = RunReport>,
    dies: Option<usize>,
    person: &mut Option<(usize, Edit, usize)>,
    touched: &mut Option<String>,
) -> Result<Life, String> {
    tokio::pin!(run);
    let deadline = tokio::time::sleep(LONGEST);
    tokio::pin!(deadline);
    loop {
        let (at, deed) = person.map_or((0, None), |(at, deed, choice)| (at, Some((deed, choice))));
        tokio::select! {
            biased;
            () = notebook.entry(dies.unwrap_or_default()), if dies.is_some() => return Ok(Life::Killed),
            () = notebook.entry(at), if deed.is_some() => {
                let Some((deed, choice)) = deed else { continue };
                // Nobody can see what happens between the last look and the call: not then.
                if in_a_call(notebook) {
                    *person = Some((at + 1, deed, choice));
                    continue;
                }
                bed.cloud().change(|world, now| *touched = edit(world, now, deed, choice));
                *person = None;
            }
            report = &mut run => return Ok(Life::Ended(report)),
            () = &mut deadline => return Err("the run hangs".to_owned()),
        }
    }
}

fn in_a_call(notebook: &Notebook) -> bool {
    let last = notebook.entries().pop().map(|entry| entry.event);
    matches!(
        last,
        Some(RunEvent::Step {
            event: StepEvent::Started { .. } | StepEvent::UndoStarted { .. } | StepEvent::Retried { .. },
            ..
        })
    )
}

async fn play(seed: u64, known: &[Known]) -> Result<(), String> {
    let drawn = draw(seed, known);
    let of = &known[drawn.scenario];
    let bed = of.start().await;
    drawn.clouds.be(&bed);
    let ledger = Ledgered::new();
    let mut written = ledger.begin().await?;
    let (mut kills, mut person, mut touched) = (drawn.kills.iter().copied(), drawn.edit, None);
    // What belongs to a process is gone when its life ends, its heartbeat too.
    let mut life = {
        let process = bed.process(&of.desired);
        let (plan, problems) = process.plan(&of.options).await;
        let plan = plan.ok_or_else(|| format!("there is no plan: {problems:?}"))?;
        bed.cloud().set_faults(drawn.faults.clone());
        drawn.clouds.govern(&bed);
        let notebook = written.notebook.clone();
        let run = process.run(&plan, &notebook, OnFailure::Unwind);
        live(&bed, &notebook, run, kills.next(), &mut person, &mut touched).await?
    };
    let mut way = Way::Finish;
    let mut rounds = 0;
    let outcome = loop {
        rounds += 1;
        match life {
            Life::Killed => written = ledger.killed(written).await?,
            Life::Ended(ref report) if report.outcome == Outcome::Left && rounds < 6 => {
                if report.left.is_empty() && report.failures.is_empty() {
                    return Err("something is left and it does not say what".to_owned());
                }
                calm(&bed);
            }
            Life::Ended(report) => break report.outcome,
        }
        let state = written.notebook.state();
        if !state.can_resume() {
            break if state.end.is_some_and(|end| end.outcome == Outcome::Done) {
                Outcome::Done
            } else {
                Outcome::Unwound
            };
        }
        way = if state.phase == Phase::Committed { Way::Finish } else { drawn.way };
        let process = bed.process(&of.desired);
        let entries = written.notebook.entries().len();
        let dies = kills.next().map(|more| entries + more);
        let notebook = written.notebook.clone();
        life = live(&bed, &notebook, process.resume(&notebook, way), dies, &mut person, &mut touched).await?;
    };
    calm(&bed);
    let entries = written.notebook.entries();
    ledger.end(written).await?;
    judge(of, &bed, outcome, way, entries, drawn.edit.filter(|_| touched.is_some()).zip(touched)).await
}

async fn judge(
    of: &Known,
    bed: &Testbed,
    outcome: Outcome,
    way: Way,
    entries: Vec<xcloud_core::journal::Entry>,
    person: Option<((usize, Edit, usize), String)>,
) -> Result<(), String> {
    let Some(((_, deed, _), touched)) = person else {
        let expected = match outcome {
            Outcome::Done => Expected::After,
            Outcome::Unwound => Expected::Before,
            Outcome::Left | Outcome::Replanned => return Err(format!("something is left on good clouds ({way:?})")),
        };
        of.judge(bed, expected).await?;
        if outcome == Outcome::Unwound {
            twice(of, bed, entries).await.map_err(|what| format!("undone twice: {what}"))?;
        }
        return Ok(());
    };
    // What a person did stays as it is where the run was undone, and the next run brings everything in order.
    if outcome != Outcome::Done && deed == Edit::OpenGroup && closed_again(&bed.cloud().world(), &touched) {
        return Err(format!("NoForeignTouched: the rule that a person added to {touched} is gone"));
    }
    of.converges(bed).await
}

/// The journal is lost from the way back on: every undo is looked at once more, finds itself done, and calls nothing.
async fn twice(of: &Known, bed: &Testbed, entries: Vec<xcloud_core::journal::Entry>) -> Result<(), String> {
    let back = entries.iter().position(|entry| matches!(entry.event, RunEvent::Unwinding { .. }));
    let Some(back) = back else { return Ok(()) };
    let notebook = Arc::new(Notebook::with(entries.into_iter().take(back + 1).collect()));
    let process = bed.process(&of.desired);
    let report = process.resume(&notebook, Way::Unwind).await;
    if report.outcome != Outcome::Unwound {
        let left: Vec<String> = report.left.iter().map(|left| format!("{}: {}", left.addr, left.why)).collect();
        return Err(format!("{:?}: {left:?}", report.outcome));
    }
    of.judge(bed, Expected::Before).await
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

async fn learn() -> Vec<Known> {
    let mut known = Vec::new();
    for scenario in scenarios() {
        known.push(scenario.learn().await);
    }
    known
}

/// Plays every fourth seed.
async fn quarter(rest: u64) {
    let known = learn().await;
    let seeds = number("XCLOUD_SEEDS").unwrap_or(500);
    let (mut wrong, mut played) = (Vec::new(), 0);
    for seed in (0..seeds).filter(|seed| seed % 4 == rest) {
        played += 1;
        if let Err(what) = play(seed, &known).await {
            wrong.push(format!("XCLOUD_SEED={seed} cargo nextest run -p xcloud-tests --test it seeds::one: {what}"));
        }
    }
    tell(played, known.len(), EDITS.len());
    assert!(wrong.is_empty(), "{} of {played} seeds:\n{}", wrong.len(), wrong.join("\n"));
    assert!(played > 0);
}

/// Plays the one seed that is asked for.
#[tokio::test(start_paused = true)]
async fn one() {
    let Some(seed) = number("XCLOUD_SEED") else { return };
    let known = learn().await;
    let drawn = draw(seed, &known);
    let answer = play(seed, &known).await;
    assert!(answer.is_ok(), "{drawn:#?}\n{answer:?}");
}

#[tokio::test(start_paused = true)]
async fn first_quarter() {
    quarter(0).await;
}

#[tokio::test(start_paused = true)]
async fn second_quarter() {
    quarter(1).await;
}

#[tokio::test(start_paused = true)]
async fn third_quarter() {
    quarter(2).await;
}

#[tokio::test(start_paused = true)]
async fn fourth_quarter() {
    quarter(3).await;
}
