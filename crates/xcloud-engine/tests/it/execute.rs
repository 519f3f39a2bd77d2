//! Scheduling, retries, unknown outcomes, operations, watches and stopping.

use std::time::Duration;

use xcloud_core::journal::Outcome;
use xcloud_core::op::Handle;
use xcloud_core::plan::{Await, Condition, Patience};
use xcloud_core::provider::ErrorKind;
use xcloud_engine::{OnFailure, StepStatus};

use crate::fake::{Fake, Script, create, delete, place};

fn watched(patience: Patience) -> Await {
    let condition = Condition::ServiceAvailable { service: Handle::Known("s".to_owned()) };
    Await { place: place().key(), condition, binds: None, patience }
}

#[tokio::test(start_paused = true)]
async fn independent_steps_run_together_and_needs_are_kept() {
    let fake = Fake::new(false);
    let steps = vec![create("s1", "a", &[]), create("s2", "b", &[]), create("s3", "c", &["s1", "s2"])];
    let report = fake.run(steps, None).await;
    assert_eq!(report.outcome, Outcome::Done);
    let times: Vec<(String, u64)> = fake.calls();
    assert_eq!(times[0].1, times[1].1, "both at once: {times:?}");
    assert_eq!((times[2].0.as_str(), times[2].1), ("c", times[0].1 + 100));
    assert_eq!(report.steps[2].made.as_deref(), Some("id-c"));
}

#[tokio::test(start_paused = true)]
async fn what_is_after_the_commit_point_waits_for_every_build() {
    let fake = Fake::new(false);
    let steps = vec![create("s1", "a", &[]), delete("s2", "a", &["s1"]), create("s3", "b", &["s1"])];
    let report = fake.run(steps, None).await;
    assert_eq!(report.outcome, Outcome::Done);
    let names: Vec<String> = fake.calls().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["a", "b", "delete id-a"]);
}

#[tokio::test(start_paused = true)]
async fn a_failure_starts_nothing_new_and_waits_for_what_runs() {
    let fake = Fake::new(false);
    fake.script("a", [Script::Fails(ErrorKind::Denied)]);
    let steps = vec![create("s1", "a", &[]), create("s2", "b", &[]), create("s3", "c", &["s2"])];
    let report = fake.run_with(steps, None, OnFailure::Hold).await;
    assert_eq!(report.outcome, Outcome::Left);
    let statuses: Vec<StepStatus> = report.steps.iter().map(|step| step.status).collect();
    assert_eq!(statuses, [StepStatus::Failed, StepStatus::Done, StepStatus::Skipped]);
    assert_eq!(fake.effects(), ["b"]);
    assert_eq!(report.failures.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_was_to_be_repeated_when_another_failed_is_stopped_and_no_failure() {
    let fake = Fake::new(false);
    fake.script("a", [Script::Fails(ErrorKind::Busy)]);
    fake.script("b", [Script::Fails(ErrorKind::Denied)]);
    let report = fake.run_with(vec![create("s1", "a", &[]), create("s2", "b", &[])], None, OnFailure::Hold).await;
    let statuses: Vec<StepStatus> = report.steps.iter().map(|step| step.status).collect();
    assert_eq!(statuses, [StepStatus::Skipped, StepStatus::Failed]);
    let failed: Vec<Option<&str>> =
        report.failures.iter().map(|one| one.step.as_ref().map(|id| id.0.as_str())).collect();
    assert_eq!(failed, [Some("s2")]);
    assert!(report.warnings[0].contains("s1 was stopped before it was repeated"), "{:?}", report.warnings);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_was_repeated_until_the_deadline_is_a_failure() {
    let fake = Fake::new(false);
    fake.script("a", std::iter::repeat_n(Script::Fails(ErrorKind::Busy), 1000));
    let report = fake.run_with(vec![create("s1", "a", &[])], None, OnFailure::Hold).await;
    assert_eq!(report.steps[0].status, StepStatus::Failed);
    assert!(report.failures.iter().any(|one| one.step.is_some()), "{:?}", report.failures);
}

#[tokio::test(start_paused = true)]
async fn nothing_touched_is_unwound() {
    let fake = Fake::new(false);
    fake.script("a", [Script::Fails(ErrorKind::Invalid)]);
    let report = fake.run(vec![create("s1", "a", &[])], None).await;
    assert_eq!(report.outcome, Outcome::Unwound);
}

#[tokio::test(start_paused = true)]
async fn a_busy_cloud_is_asked_again() {
    let fake = Fake::new(false);
    fake.script("a", [Script::Fails(ErrorKind::Busy), Script::Fails(ErrorKind::Throttled)]);
    let report = fake.run(vec![create("s1", "a", &[])], None).await;
    assert_eq!(report.outcome, Outcome::Done);
    assert_eq!(fake.calls().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_looked_up_and_never_repeated() {
    let fake = Fake::new(false);
    fake.script("a", [Script::Lost]);
    let report = fake.run(vec![create("s1", "a", &[]), create("s2", "b", &["s1"])], None).await;
    assert_eq!(report.outcome, Outcome::Done);
    assert_eq!(fake.effects(), ["a", "b"]);
    assert_eq!(report.steps[0].made.as_deref(), Some("id-a"));
}

#[tokio::test(start_paused = true)]
async fn an_operation_is_followed_to_its_end() {
    let fake = Fake::new(false);
    fake.script("a", [Script::Operation(3)]);
    let report = fake.run(vec![create("s1", "a", &[])], None).await;
    assert_eq!(report.outcome, Outcome::Done);
    assert_eq!(report.steps[0].elapsed_ms, 30_100);
}

#[tokio::test(start_paused = true)]
async fn a_watch_ends_when_the_state_is_there_or_its_time_is_up() {
    let fake = Fake::new(false);
    fake.conditions_hold_after(3);
    let mut step = create("s1", "a", &[]);
    step.awaits = vec![watched(Patience::Fail(60))];
    assert_eq!(fake.run(vec![step.clone()], None).await.outcome, Outcome::Done);

    let fake = Fake::new(false);
    fake.conditions_hold_after(u32::MAX);
    let report = fake.run(vec![step.clone()], None).await;
    assert_eq!(report.outcome, Outcome::Unwound);
    let error = report.failures[0].error.as_ref().expect("an error of the watch");
    assert_eq!(error.kind, ErrorKind::Deadline);
    assert!(report.elapsed_ms <= 60_000);

    let fake = Fake::new(false);
    fake.conditions_hold_after(u32::MAX);
    step.awaits = vec![watched(Patience::Warn(15))];
    let report = fake.run(vec![step], None).await;
    assert_eq!((report.outcome, report.warnings.len()), (Outcome::Done, 1));
}

#[tokio::test(start_paused = true)]
async fn after_a_stop_nothing_new_starts_and_running_calls_end() {
    let fake = Fake::new(false);
    let steps = vec![create("s1", "a", &[]), create("s2", "b", &["s1"])];
    let report = fake.run(steps, Some(Duration::from_millis(50))).await;
    assert!(report.interrupted);
    let calls: Vec<String> = fake.calls().into_iter().map(|(name, _)| name).collect();
    assert_eq!(calls, ["a", "delete id-a"], "what ran is waited for, and undone");
    assert_eq!((report.outcome, fake.effects()), (Outcome::Unwound, Vec::new()));
}

#[tokio::test(start_paused = true)]
async fn a_stop_reaches_calls_that_wait_for_their_turn() {
    let fake = Fake::new(true);
    let steps: Vec<_> = (0..60).map(|n| create(&format!("s{n}"), &format!("g{n}"), &[])).collect();
    let report = fake.run_with(steps, Some(Duration::from_millis(500)), OnFailure::Hold).await;
    assert!(report.interrupted);
    // 50 at once and 5 a second: by half a second two more had their turn.
    let started = fake.calls().len();
    assert!((50..=53).contains(&started), "{started} calls were made");
    assert!(report.elapsed_ms < 700, "it ended at once: {} ms", report.elapsed_ms);
}

#[tokio::test(start_paused = true)]
async fn a_run_ends_at_its_deadline_and_says_so() {
    let fake = Fake::new(false);
    fake.deadline(3000);
    fake.script("b", [Script::Operation(350)]);
    let steps = vec![create("s1", "a", &[]), create("s2", "b", &["s1"]), create("s3", "c", &["s2"])];
    let report = fake.run_with(steps, None, OnFailure::Hold).await;
    assert_eq!(report.outcome, Outcome::Left);
    assert_eq!(fake.effects(), ["a", "b"], "what ran at the deadline is waited for");
    assert!(report.failures[0].message.contains("time limit is over, 1 steps"), "{}", report.failures[0].message);
}

/// Twelve groups of one firewall policy are written one after another, each for twelve minutes.
#[tokio::test(start_paused = true)]
async fn what_queues_takes_as_long_as_it_takes() {
    let fake = Fake::new(false);
    let names: Vec<String> = (0..12).map(|at| format!("group-{at}")).collect();
    let mut steps = Vec::new();
    for (at, name) in names.iter().enumerate() {
        fake.script(name, [Script::Operation(72)]);
        let before: Vec<String> = at.checked_sub(1).map(|before| format!("s{before}")).into_iter().collect();
        let before: Vec<&str> = before.iter().map(String::as_str).collect();
        steps.push(create(&format!("s{at}"), name, &before));
    }
    let report = fake.run_with(steps, None, OnFailure::Hold).await;
    assert_eq!(report.outcome, Outcome::Done, "{:?}", report.failures);
    assert!(report.elapsed_ms > 2 * 3600 * 1000, "longer than a run may go without a step being done");
}

#[tokio::test(start_paused = true)]
async fn an_accepted_call_that_fails_may_have_left_something() {
    let fake = Fake::new(false);
    fake.script("a", [Script::OperationFails]);
    let report = fake.run_with(vec![create("s1", "a", &[])], None, OnFailure::Hold).await;
    assert_eq!((report.outcome, report.steps[0].status), (Outcome::Left, StepStatus::Unknown));
    let report = fake.resume(xcloud_engine::Way::Unwind).await;
    assert_eq!((report.outcome, report.steps[0].status), (Outcome::Unwound, StepStatus::Failed), "nothing was there");
}

#[tokio::test(start_paused = true)]
async fn steps_that_can_never_start_are_a_failure() {
    let fake = Fake::new(false);
    // A build that needs what is after the commit point, which waits for every build.
    let steps = vec![create("s1", "a", &[]), delete("s2", "a", &["s1"]), create("s3", "b", &["s2"])];
    let report = fake.run(steps, None).await;
    assert_eq!((report.outcome, report.failures.len()), (Outcome::Unwound, 1));
    assert!(report.failures[0].message.contains("cannot start"), "{}", report.failures[0].message);
}

#[tokio::test(start_paused = true)]
async fn a_conflict_after_a_lost_answer_is_the_lost_object() {
    let fake = Fake::new(false);
    // Lost without effect for `find` at first: the object shows only after two refusals.
    fake.script("a", [Script::Unseen, Script::Fails(ErrorKind::Conflict), Script::Appears]);
    let report = fake.run(vec![create("s1", "a", &[])], None).await;
    assert_eq!(report.outcome, Outcome::Done, "{:?}", report.failures);
    assert_eq!(fake.effects(), ["a"]);
}
