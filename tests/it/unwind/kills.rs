//! A process may die after any journal entry, and so may the one that resumes its run.

use std::sync::Arc;

use xcloud_core::journal::{Outcome, Phase};
use xcloud_engine::{OnFailure, Way};
use xcloud_tests::{Notebook, Testbed};

use super::scenario::{Expected, Known, scenarios};
use crate::bad_clouds::shape::tell;
use crate::bed::later;
use crate::cases::{carried_out, in_sync, planned};
use crate::tamper::hand::findings;

/// Runs until `entry` entries are written, then dies. Answers the journal; `None` if the run ended before.
async fn die_after(known: &Known, bed: &Testbed, entry: usize) -> Option<Arc<Notebook>> {
    let process = bed.process(&known.desired);
    let (plan, _) = process.plan(&known.options).await;
    let plan = plan.expect("there is a plan");
    let notebook: Arc<Notebook> = Arc::default();
    tokio::select! {
        biased;
        () = notebook.entry(entry) => {}
        _report = process.run(&plan, &notebook, OnFailure::Unwind) => return None,
    }
    Some(notebook)
}

/// Resumes, dying again after so many more entries (`None`: not), until the run is closed. Answers how it ended.
async fn resume(
    known: &Known,
    bed: &Testbed,
    notebook: &Arc<Notebook>,
    way: Way,
    dies_after: Option<usize>,
) -> Result<Outcome, String> {
    if let Some(more) = dies_after.filter(|_| notebook.state().can_resume()) {
        let process = bed.process(&known.desired);
        let until = notebook.entries().len() + more;
        tokio::select! {
            biased;
            () = notebook.entry(until) => {}
            report = process.resume(notebook, way) => return Ok(report.outcome),
        }
    }
    let closed = notebook.state();
    if !closed.can_resume() {
        // It died after its last entry: nothing to do.
        return Ok(closed_outcome(&closed));
    }
    let report = bed.process(&known.desired).resume(notebook, way).await;
    let left: Vec<String> = report.left.iter().map(|left| format!("{}: {}", left.addr, left.why)).collect();
    let failures: Vec<&String> = report.failures.iter().map(|failure| &failure.message).collect();
    match report.outcome {
        Outcome::Left => Err(format!("something is left: {left:?} {failures:?}")),
        outcome => Ok(outcome),
    }
}

fn closed_outcome(state: &xcloud_core::journal::RunState) -> Outcome {
    state.end.as_ref().map_or(Outcome::Left, |end| end.outcome)
}

/// One case: dies after an entry, is resumed, dies again or not.
async fn case(known: &Known, entry: usize, way: Way, dies_after: Option<usize>) -> Result<bool, String> {
    let bed = known.start().await;
    let Some(notebook) = die_after(known, &bed, entry).await else { return Ok(false) };
    let state = notebook.state();
    let forward_only = state.phase == Phase::Committed || !state.can_resume();
    if way == Way::Unwind && forward_only {
        return Ok(false);
    }
    let outcome = resume(known, &bed, &notebook, way, dies_after).await?;
    let expected = match (way, outcome) {
        (Way::Unwind, Outcome::Unwound) => Expected::Before,
        // A kill right at the commit point: the journal holds it, so the run goes forward.
        (_, Outcome::Done) => Expected::After,
        (way, outcome) => return Err(format!("{way:?} ended {outcome:?}")),
    };
    known.judge(&bed, expected).await?;
    Ok(true)
}

async fn every_entry(name: &str) {
    let scenario = scenarios().into_iter().find(|scenario| scenario.name == name).expect("a scenario");
    let known = scenario.learn().await;
    let (mut wrong, mut played) = (Vec::new(), 0);
    for entry in 1..=known.entries {
        for way in [Way::Finish, Way::Unwind] {
            for dies_after in [None, Some(2 + entry % 7)] {
                match case(&known, entry, way, dies_after).await {
                    Ok(was_played) => played += usize::from(was_played),
                    Err(what) => {
                        wrong.push(format!("{name}: killed after entry {entry}, {way:?}, again {dies_after:?}: {what}"))
                    }
                }
            }
        }
    }
    tell(played, known.entries, 4);
    assert!(wrong.is_empty(), "{} cases:\n{}", wrong.len(), wrong.join("\n"));
    assert!(played > known.entries, "{played} cases of {} entries", known.entries);
}

#[tokio::test(start_paused = true)]
async fn create_estate() {
    every_entry("create-estate").await;
}

#[tokio::test(start_paused = true)]
async fn edit_rules() {
    every_entry("edit-rules").await;
}

#[tokio::test(start_paused = true)]
async fn replace_group() {
    every_entry("replace-group").await;
}

#[tokio::test(start_paused = true)]
async fn replace_load_balancer() {
    every_entry("replace-load-balancer").await;
}

#[tokio::test(start_paused = true)]
async fn remove_flow() {
    every_entry("remove-flow").await;
}

#[tokio::test(start_paused = true)]
async fn destroy() {
    every_entry("destroy").await;
}

/// A zone leaves, the process dies in the middle, and nobody resumes: a plan of then says what is still to do, and does it.
#[tokio::test(start_paused = true)]
async fn a_new_plan_ends_what_a_dead_run_began() {
    let scenario = scenarios().into_iter().find(|scenario| scenario.name == "replace-load-balancer");
    let known = scenario.expect("a scenario").learn().await;
    for entry in 1..known.entries {
        let bed = known.start().await;
        if die_after(&known, &bed, entry).await.is_none() {
            continue;
        }
        // What the clouds were doing goes on without the process.
        later(&bed).await;
        let drift = bed.process(&known.desired).drift(&known.options).await;
        let plan =
            planned(&bed, &known.desired).await.unwrap_or_else(|error| panic!("killed after entry {entry}: {error}"));
        assert_eq!(
            findings(&drift).is_empty(),
            plan.is_empty(),
            "killed after entry {entry}: drift shows what is to do"
        );
        carried_out(&bed, &known.desired, &plan)
            .await
            .unwrap_or_else(|error| panic!("killed after entry {entry}: {error}"));
        in_sync(&bed, &known.desired).await.unwrap_or_else(|error| panic!("killed after entry {entry}: {error}"));
    }
}
