//! A failover, or a failback, is killed at each of its calls; `resume` finishes or undoes it.
#![expect(clippy::print_stderr, reason = "the counts belong to the test's own output")]

use std::future::Future;
use std::pin::pin;

use xcloud_core::plan::PlanOptions;

use super::{NORTH, Scene, WEST};

/// Lets the work go on until its changing call number `count` has reached the cloud, and drops it then.
pub(super) async fn killed_at(scene: &Scene, work: impl Future<Output = u8>, count: usize) -> Option<u8> {
    let before = scene.changes();
    let reached = async {
        while scene.changes() < before + count {
            scene.bed.cloud().clock().sleep(0.005).await;
        }
    };
    let mut work = pin!(work);
    tokio::select! {
        biased;
        exit = &mut work => Some(exit),
        () = reached => None,
    }
}

pub(super) async fn killed_everywhere(scene: &Scene, back: bool, incident: Option<&str>, undo: bool) -> usize {
    for count in 1.. {
        let scene = scene.fork();
        let operator = scene.operator();
        let ended = if back {
            killed_at(&scene, operator.failback(), count).await
        } else {
            killed_at(&scene, operator.failover(WEST, incident, &[]), count).await
        };
        drop(operator);
        if ended.is_some() {
            return count - 1;
        }
        if scene.record("prod").is_some_and(|record| record.to.is_some()) && !scene.lone {
            let report = Box::pin(scene.bed.reader(&scene.desired).drift(&PlanOptions::default())).await;
            let told =
                report.findings.iter().any(|one| one.property == "active-region" && one.address.starts_with("prod/"));
            assert!(told, "drift tells of a failover that is not finished: {:?}", report.findings);
            let operator = scene.operator();
            assert_eq!(Box::pin(operator.apply()).await, 3, "nothing else changes it: {}", operator.heard());
        }
        let what = format!("killed at call {count} (back {back}, incident {incident:?}, undo {undo})");
        let operator = scene.operator();
        let mut exit = operator.resume(undo).await;
        let mut said = operator.heard();
        if exit == 3 && undo {
            // Behind its commit point a run only goes forward.
            exit = operator.resume(false).await;
            said.push_str(&operator.heard());
        }
        assert!([0, 4].contains(&exit), "{what}: exit {exit}: {said}");
        scene.assert_agrees(&what).await;
        let (from, to) = if back { (WEST, NORTH) } else { (NORTH, WEST) };
        let region = scene.record("prod").map_or(NORTH.to_owned(), |record| record.region);
        assert!(region == to || (undo && region == from), "{what}: {region} is active: {said}");
    }
    unreachable!("the count ends when the run does")
}

#[tokio::test(start_paused = true)]
async fn a_failover_that_is_killed_anywhere_is_finished_or_taken_back() {
    let scene = Scene::new().await;
    let mut kills = 0;
    for incident in [Some("INC-1"), None] {
        for undo in [false, true] {
            kills += killed_everywhere(&scene, false, incident, undo).await;
        }
    }
    eprintln!("{kills} kills");
    assert!(kills >= 20, "{kills} kills");
}

#[tokio::test(start_paused = true)]
async fn a_failback_that_is_killed_anywhere_is_finished_or_taken_back() {
    let scene = Scene::new().await;
    assert_eq!(scene.operator().failover(WEST, Some("INC-1"), &[]).await, 0);
    let mut kills = 0;
    for undo in [false, true] {
        kills += killed_everywhere(&scene, true, None, undo).await;
    }
    assert!(kills >= 10, "{kills} kills");
}
