//! The way back, and going on after a run was cut off: over every failure point, not over picked ones.

use std::time::Duration;

use xcloud_core::journal::{Outcome, RunState, Status};
use xcloud_core::provider::ErrorKind;
use xcloud_engine::{OnFailure, StepStatus, Way};

use crate::fake::{Fake, Script, Sight, create, delete};

/// A diamond before the commit point, and two deletions after it.
fn steps() -> Vec<xcloud_core::plan::Step> {
    vec![
        create("s1", "a", &[]),
        create("s2", "b", &["s1"]),
        create("s3", "c", &["s1"]),
        create("s4", "d", &["s2", "s3"]),
        delete("s5", "a", &["s4"]),
        delete("s6", "b", &["s5"]),
    ]
}

fn names(fake: &Fake) -> Vec<String> {
    fake.calls().into_iter().map(|(name, _)| name).collect()
}

/// Everything that a journal must be after any run: readable, and ended.
fn ended(fake: &Fake) -> RunState {
    let state = RunState::after(fake.journal.entries()).expect("legal entries").expect("a run");
    assert!(state.end.is_some(), "the run is closed");
    state
}

#[tokio::test(start_paused = true)]
async fn what_was_done_is_undone_last_first() {
    let fake = Fake::new(false);
    fake.script("d", [Script::Fails(ErrorKind::Denied)]);
    let report = fake.run(steps(), None).await;
    assert_eq!(report.outcome, Outcome::Unwound);
    let names = names(&fake);
    assert_eq!(names[..4], ["a", "b", "c", "d"]);
    assert_eq!(names.last().map(String::as_str), Some("delete id-a"), "{names:?}");
    assert_eq!((names.len(), fake.effects().len()), (7, 0));
    let statuses: Vec<StepStatus> = report.steps.iter().map(|step| step.status).collect();
    let (undone, failed, skipped) = (StepStatus::Undone, StepStatus::Failed, StepStatus::Skipped);
    assert_eq!(statuses, [undone, undone, undone, failed, skipped, skipped]);
    assert!(ended(&fake).end.is_some_and(|end| end.outcome == Outcome::Unwound && end.left.is_empty()));
}

#[tokio::test(start_paused = true)]
async fn every_call_fails_in_every_way_and_the_world_is_as_before_or_as_after() {
    let ways = [
        ("denied", vec![Script::Fails(ErrorKind::Denied)]),
        ("5xx for ever", vec![Script::Unseen; 10_000]),
        ("lost", vec![Script::Lost]),
        ("lost, then denied", vec![Script::Unseen, Script::Fails(ErrorKind::Denied)]),
        ("operation fails", vec![Script::OperationFails]),
    ];
    for name in ["a", "b", "c", "d", "delete id-a", "delete id-b"] {
        for (way, script) in &ways {
            let fake = Fake::new(false);
            fake.script(name, script.clone());
            let report = fake.run(steps(), None).await;
            let committed = name.starts_with("delete");
            let expected = match (*way, committed) {
                ("lost", _) => Outcome::Done,
                (_, true) => Outcome::Left,
                (_, false) => Outcome::Unwound,
            };
            assert_eq!(report.outcome, expected, "{name}: {way}: {:?}", report.failures);
            let state = ended(&fake);
            match report.outcome {
                Outcome::Unwound => assert!(fake.effects().is_empty(), "{name}: {way}: {:?}", fake.effects()),
                Outcome::Done => assert_eq!(fake.effects(), ["c", "d"]),
                Outcome::Left => {
                    assert!(!report.left.is_empty() && state.can_resume(), "{name}: {way}");
                    fake.forget_scripts();
                    let report = fake.resume(Way::Finish).await;
                    assert_eq!(report.outcome, Outcome::Done, "{name}: {way}: {:?}", report.failures);
                    assert_eq!(fake.effects(), ["c", "d"]);
                }
                Outcome::Replanned => panic!("{name}: {way}: nothing overtook it"),
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_undo_that_fails_keeps_what_it_needs_and_resume_finishes_it() {
    let fake = Fake::new(false);
    fake.script("d", [Script::Fails(ErrorKind::Denied)]);
    fake.script("delete id-b", [Script::Fails(ErrorKind::Denied)]);
    let report = fake.run(steps(), None).await;
    assert_eq!(report.outcome, Outcome::Left);
    assert_eq!(fake.effects(), ["a", "b"], "a stays, since b still uses it");
    let left: Vec<&str> = report.left.iter().map(|left| left.step.0.as_str()).collect();
    assert_eq!(left, ["s1", "s2"]);
    let report = fake.resume(Way::Finish).await;
    assert_eq!((report.outcome, fake.effects()), (Outcome::Unwound, Vec::new()), "it was being undone");
}

#[tokio::test(start_paused = true)]
async fn what_somebody_changed_since_is_not_touched() {
    let fake = Fake::new(false);
    fake.script("d", [Script::Fails(ErrorKind::Denied)]);
    fake.tamper("c");
    let report = fake.run(steps(), None).await;
    assert_eq!((report.outcome, fake.effects()), (Outcome::Left, vec!["a".to_owned(), "c".to_owned()]));
    assert!(report.left.iter().any(|left| left.why.contains("c has a new rule")), "{:?}", report.left);
    assert!(!names(&fake).contains(&"delete id-c".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_held_run_is_finished_or_undone_later() {
    for (way, outcome, effects) in
        [(Way::Finish, Outcome::Done, vec!["c", "d"]), (Way::Unwind, Outcome::Unwound, Vec::new())]
    {
        let fake = Fake::new(false);
        fake.script("d", [Script::Fails(ErrorKind::Denied)]);
        let report = fake.run_with(steps(), None, OnFailure::Hold).await;
        assert_eq!((report.outcome, fake.effects().len()), (Outcome::Left, 3));
        let report = fake.resume(way).await;
        assert_eq!(report.outcome, outcome, "{:?}", report.failures);
        assert_eq!(fake.effects(), effects);
        ended(&fake);
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_cut_off_after_any_entry_is_finished_or_undone() {
    let fake = Fake::new(false);
    fake.run(steps(), None).await;
    let all = fake.journal.entries().len();
    assert!(all > 12, "{all} entries");
    for cut in 1..all {
        for way in [Way::Finish, Way::Unwind] {
            let fake = Fake::new(false);
            fake.journal.breaks_after(cut);
            let report = fake.run(steps(), None).await;
            assert_eq!(report.outcome, Outcome::Left, "{cut}");
            assert!(report.broken.is_some(), "{cut}");
            fake.journal.heals();
            let committed = RunState::after(fake.journal.entries()).expect("legal").expect("a run").phase
                == xcloud_core::journal::Phase::Committed;
            let report = fake.resume(way).await;
            let (expected, effects) = match (way, committed) {
                // Everything was done, only the last entry was lost.
                (Way::Unwind, true) if cut + 1 == all => (Outcome::Done, fake.effects()),
                (Way::Unwind, true) => (Outcome::Left, fake.effects()),
                (Way::Unwind, false) => (Outcome::Unwound, Vec::new()),
                (Way::Finish, _) => (Outcome::Done, vec!["c".to_owned(), "d".to_owned()]),
            };
            assert_eq!((report.outcome, fake.effects()), (expected, effects), "{cut} {way:?}");
            let twice = fake.calls().iter().filter(|(name, _)| name == "d").count();
            assert!(twice <= 1, "{cut}: a call that was made is looked up, not repeated");
            ended(&fake);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_broken_journal_makes_no_further_call_and_no_undo() {
    let fake = Fake::new(false);
    fake.journal.breaks_after(3);
    let report = fake.run(steps(), None).await;
    assert_eq!((report.outcome, report.broken.as_deref()), (Outcome::Left, Some("the disk is full")));
    assert_eq!(names(&fake), ["a"], "b and c were never called: their intent could not be written");
}

#[tokio::test(start_paused = true)]
async fn a_lost_lease_makes_no_further_call() {
    let fake = Fake::new(false);
    fake.journal.loses_its_lease_after(1);
    let report = fake.run(steps(), None).await;
    assert_eq!((report.outcome, report.broken.as_deref()), (Outcome::Left, Some("the lease is lost")));
    assert_eq!(names(&fake), ["a"]);
    assert!(fake.journal.entries().len() < 8, "and writes no more than what it knew");
}

#[tokio::test(start_paused = true)]
async fn asked_to_stop_on_the_way_back_it_stops_and_resume_goes_on() {
    let fake = Fake::new(false);
    fake.script("d", [Script::Fails(ErrorKind::Denied)]);
    // Forward takes 300 ms; the first undo is under way when it is asked.
    let report = fake.run(steps(), Some(Duration::from_millis(350))).await;
    assert_eq!((report.outcome, report.interrupted), (Outcome::Left, true));
    assert_eq!(fake.effects(), ["a"]);
    let report = fake.resume(Way::Finish).await;
    assert_eq!((report.outcome, fake.effects()), (Outcome::Unwound, Vec::new()));
    assert_eq!(ended(&fake).status(&xcloud_core::plan::StepId("s1".to_owned())), Status::Undone);
}

/// A step that makes a group under an id that is known beforehand, as Azure's are.
fn named(id: &str, name: &str) -> xcloud_core::plan::Step {
    use xcloud_core::op::{AwsOp, Handle, Op, SecurityGroupOp};
    let group = Handle::Known(format!("id-{name}"));
    let undo =
        xcloud_core::plan::Undo::Delete(Box::new(Op::Aws(AwsOp::SecurityGroup(SecurityGroupOp::Delete { group }))));
    xcloud_core::plan::Step { undo, ..create(id, name, &[]) }
}

#[tokio::test(start_paused = true)]
async fn what_a_failed_operation_left_behind_is_undone() {
    let fake = Fake::new(false);
    fake.script("a", [Script::FailsBehind]);
    let report = fake.run(vec![named("s1", "a")], None).await;
    assert_eq!((report.outcome, report.steps[0].status), (Outcome::Unwound, StepStatus::Undone));
    assert_eq!(fake.effects(), Vec::<String>::new());
    ended(&fake);
}

/// Makes one thing, fails at the next, and undoes it; the first looks at what was made see this.
async fn turned_back(sights: Vec<Sight>) -> (Fake, xcloud_engine::RunReport) {
    let fake = Fake::new(false);
    fake.script("b", [Script::Fails(ErrorKind::Denied)]);
    fake.sights("a", sights);
    let report = fake.run(vec![create("s1", "a", &[]), create("s2", "b", &["s1"])], None).await;
    (fake, report)
}

#[tokio::test(start_paused = true)]
async fn what_is_out_of_sight_for_a_while_is_undone_once_it_is_seen() {
    for sights in [
        vec![Sight::Nothing; 3],
        vec![Sight::Fails(ErrorKind::Unreachable), Sight::Nothing, Sight::Fails(ErrorKind::Throttled)],
    ] {
        let (fake, report) = turned_back(sights).await;
        assert_eq!(report.outcome, Outcome::Unwound, "{:?}", report.left);
        assert_eq!((names(&fake).last().map(String::as_str), fake.effects().len()), (Some("delete id-a"), 0));
        assert!((5_000..60_000).contains(&report.elapsed_ms), "it was waited for: {} ms", report.elapsed_ms);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_never_seen_again_is_believed_gone_when_nothing_can_be_out_of_sight_any_longer() {
    let (fake, report) = turned_back(vec![Sight::Nothing; 1_000]).await;
    assert_eq!(report.outcome, Outcome::Unwound, "{:?}", report.left);
    assert!(!names(&fake).contains(&"delete id-a".to_owned()), "there is nothing to delete: {:?}", names(&fake));
    assert!((300_000..320_000).contains(&report.elapsed_ms), "five minutes in AWS: {} ms", report.elapsed_ms);
}

#[tokio::test(start_paused = true)]
async fn a_look_that_is_denied_leaves_the_object_and_says_so_at_once() {
    let (fake, report) = turned_back(vec![Sight::Fails(ErrorKind::Denied)]).await;
    assert_eq!((report.outcome, fake.effects()), (Outcome::Left, vec!["a".to_owned()]));
    assert!(report.left.len() == 1 && report.elapsed_ms < 5_000, "{:?} after {} ms", report.left, report.elapsed_ms);
}

#[tokio::test(start_paused = true)]
async fn a_cloud_that_stays_silent_is_not_asked_for_ever() {
    let (_, report) = turned_back(vec![Sight::Fails(ErrorKind::Unreachable); 10_000]).await;
    assert_eq!(report.outcome, Outcome::Left);
    assert!(report.elapsed_ms > 60_000, "{} ms", report.elapsed_ms);
}
