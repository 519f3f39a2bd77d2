//! Each changing call of a failover and of a failback, with each mishap: afterwards exactly one region is active and
//! everything agrees, or `resume` makes it so.
#![expect(clippy::print_stderr, reason = "the counts belong to the test's own output")]

use xcloud_sim::{Fault, FaultKind};

use super::{Scene, WEST, error};

/// Each call meets each third mishap, the next call the next third; all of them with `XCLOUD_SWEEP=full`.
fn is_played(call: usize, mishap: usize) -> bool {
    std::env::var("XCLOUD_SWEEP").is_ok_and(|value| value == "full") || (call + mishap).is_multiple_of(3)
}

fn mishaps() -> Vec<(&'static str, FaultKind, u32)> {
    vec![
        ("is denied", error(403, "AuthorizationFailed"), u32::MAX),
        ("fails for ever", error(500, "InternalServerError"), u32::MAX),
        ("fails twice", error(500, "InternalServerError"), 2),
        ("is throttled", error(429, "TooManyRequests"), 20),
        ("is lost before its effect", FaultKind::SilentBefore, 1),
        ("is lost after its effect", FaultKind::SilentAfter, 1),
        ("loses its answer", FaultKind::ResetAfter, 1),
        (
            "is accepted and fails",
            FaultKind::OperationFails { code: "InternalServerError".to_owned(), message: "it failed".to_owned() },
            1,
        ),
    ]
}

/// The changing calls of a run, by operation and how many of that kind came before.
fn changing(scene: &Scene, from: usize) -> Vec<(String, u32)> {
    let mut seen = std::collections::BTreeMap::<String, u32>::new();
    let calls = scene.bed.cloud().calls();
    let writes = calls[from..].iter().filter(|call| call.mutated && call.operation != "GET operations");
    writes
        .map(|call| {
            let count = seen.entry(call.operation.clone()).or_default();
            *count += 1;
            (call.operation.clone(), *count - 1)
        })
        .collect()
}

async fn go(scene: &Scene, back: bool, incident: Option<&str>) -> (u8, String) {
    let operator = scene.operator();
    let exit = if back { operator.failback().await } else { operator.failover(WEST, incident, &[]).await };
    (exit, operator.heard())
}

async fn swept(scene: &Scene, back: bool, incident: Option<&str>) -> usize {
    let dry = scene.fork();
    let (exit, said) = go(&dry, back, incident).await;
    assert_eq!(exit, 0, "{said}");
    let calls = changing(&dry, 0);
    assert!(calls.len() >= 6, "{calls:?}");
    let mut cases = 0;
    for (call, (operation, skip)) in calls.iter().enumerate() {
        let played = mishaps().into_iter().enumerate().filter(|(mishap, _)| is_played(call, *mishap));
        for (_, (mishap, kind, times)) in played {
            let what = format!("{operation} {skip} {mishap} (back {back}, incident {incident:?})");
            let scene = scene.fork();
            scene.bed.cloud().set_faults(vec![Fault {
                operation: Some(operation.clone()),
                region: None,
                skip: *skip,
                times,
                kind: kind.clone(),
            }]);
            let (exit, said) = go(&scene, back, incident).await;
            assert!([0, 4, 5].contains(&exit), "{what}: exit {exit}: {said}");
            scene.bed.cloud().set_faults(Vec::new());
            if exit == 5 {
                let operator = scene.operator();
                let resumed = operator.resume(false).await;
                let told = operator.heard();
                assert!([0, 4].contains(&resumed), "{what}: resume {resumed}: {told}\nbefore: {said}");
            }
            scene.assert_agrees(&what).await;
            cases += 1;
        }
    }
    cases
}

#[tokio::test(start_paused = true)]
async fn every_changing_call_with_every_mishap_ends_in_one_active_region() {
    let scene = Scene::new().await;
    let mut cases = swept(&scene, false, Some("INC-1")).await;
    cases += swept(&scene, false, None).await;
    let away = scene.fork();
    let (exit, said) = go(&away, false, Some("INC-1")).await;
    assert_eq!(exit, 0, "{said}");
    cases += swept(&away, true, None).await;
    eprintln!("{cases} cases");
    assert!(cases >= 50, "{cases} cases");
}
