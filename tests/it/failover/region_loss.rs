//! A region is lost, in each way in which one can be: the failover needs nothing of it.

use xcloud_core::plan::PlanOptions;
use xcloud_sim::{Fault, FaultKind};

use super::{NORTH, Scene, WEST, continuity, error, everywhere};
use crate::bed::OPEN_API;

/// What the failover waits for whatever happens: the time to live of the names.
const UNAVOIDABLE_MS: u64 = 30_000;

/// How long an Azure Firewall may take for a change of its policy.
const FIREWALL_SECS: f64 = 300.0;

/// How long a region that hangs may hold things up, in all.
const EXTRA_MS: u64 = 2_000;

/// Returns the milliseconds from the declaration to the commit, and from start to end.
async fn failed_over(scene: &Scene, what: &str) -> u64 {
    let operator = scene.operator();
    let exit = operator.failover(WEST, Some("INC-1"), &[]).await;
    let said = operator.heard();
    assert_eq!(exit, 0, "{what}: {said}");
    let report = report(scene);
    assert_eq!(report["rto_met"], true, "{what}");
    report["declaration_to_commit_ms"].as_u64().unwrap_or_else(|| panic!("{what}: {report:#}"))
}

/// Returns the report of the last run.
fn report(scene: &Scene) -> serde_json::Value {
    let runs = std::fs::read_dir(scene.ledger.join("runs")).expect("runs");
    let mut runs: Vec<_> = runs.filter_map(Result::ok).map(|entry| entry.path()).collect();
    runs.sort();
    let last = runs.last().expect("a run").join("report.json");
    serde_json::from_str(&std::fs::read_to_string(&last).expect("a report")).expect("JSON")
}

fn ways_to_lose(region: &str) -> Vec<(&'static str, Vec<Fault>)> {
    let lost = |kind: FaultKind| vec![everywhere(region, kind)];
    vec![
        ("refuses", lost(FaultKind::Refuse)),
        ("is silent", lost(FaultKind::SilentBefore)),
        ("answers 500", lost(error(500, "InternalError"))),
        ("throttles", lost(error(503, "RequestLimitExceeded"))),
        ("denies", lost(error(403, "UnauthorizedOperation"))),
        ("is slow", lost(FaultKind::Slow(45.0))),
    ]
}

#[tokio::test(start_paused = true)]
async fn a_lost_region_costs_at_most_two_seconds_and_is_not_changed() {
    let scene = Scene::new().await;
    let baseline = failed_over(&scene.fork(), "nothing is lost").await;
    assert!(baseline * 10 <= UNAVOIDABLE_MS * 12, "{baseline} ms are more than 1.2 x {UNAVOIDABLE_MS} ms");
    for (what, faults) in ways_to_lose(NORTH) {
        let scene = scene.fork();
        scene.bed.cloud().set_faults(faults);
        let took = failed_over(&scene, what).await;
        assert!(took <= baseline + EXTRA_MS, "{NORTH} {what}: {took} ms, without the loss {baseline} ms");
        let calls = scene.bed.cloud().calls();
        let lost: Vec<_> = calls.iter().filter(|call| call.region == NORTH).collect();
        assert!(lost.iter().all(|call| !call.mutated), "{NORTH} {what}: it was changed");
        // All calls to it were made while the others were read: none stands between the intent and the commit.
        let intent = calls.iter().find(|call| call.operation == "PUT TXT").expect("an intent").at;
        let commit = calls.iter().rfind(|call| call.operation == "PUT TXT").expect("a commit").at;
        let inside = lost.iter().filter(|call| (intent..=commit).contains(&call.at)).count();
        assert_eq!(inside, 0, "{NORTH} {what}: calls on the critical path");
        assert!(calls.iter().all(|call| call.region != "us-east-1"), "{what}: a call to us-east-1");
        let report = report(&scene);
        let owed = report["debts"].as_array().map_or(0, Vec::len);
        assert_eq!(owed, 4, "{NORTH} {what}: two accounts of two environments were not read: {report:#}");
        scene.bed.cloud().set_faults(Vec::new());
        scene.assert_agrees(what).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_stands_elsewhere_is_not_needed() {
    let scene = Scene::new().await;
    let global = vec![
        ("us-east-1 is gone", vec![everywhere("us-east-1", FaultKind::Refuse)]),
        ("the global STS is gone", vec![everywhere("aws-global", FaultKind::Refuse)]),
        (
            "Azure DNS is slow",
            vec![Fault {
                operation: Some("PUT A".to_owned()),
                region: Some("azure".to_owned()),
                skip: 0,
                times: u32::MAX,
                kind: FaultKind::Slow(5.0),
            }],
        ),
    ];
    for (what, faults) in global {
        let scene = scene.fork();
        scene.bed.cloud().set_faults(faults);
        failed_over(&scene, what).await;
        scene.bed.cloud().set_faults(Vec::new());
        scene.assert_agrees(what).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_zone_of_either_region_holds_nothing_up() {
    let scene = Scene::new().await;
    let baseline = failed_over(&scene.fork(), "nothing is lost").await;
    for (region, zone) in [(NORTH, "eun1-az3"), (WEST, "euw1-az3")] {
        let what = format!("{zone} is gone");
        let scene = scene.fork();
        scene.bed.cloud().change(|world, _| world.aws.lose_zone(region, zone));
        let operator = scene.operator();
        operator.readiness(WEST).await;
        let said = operator.heard();
        let left = if region == WEST { 2 } else { 3 };
        assert!(said.contains(&format!("{left}/3 targets healthy in eu-west-1")), "{what}: {said}");
        let took = failed_over(&scene, &what).await;
        assert!(took <= baseline + 1_000, "{what}: {took} ms, else {baseline} ms");
        // The old region is fenced; all other flows have a way that does not lead through the zone.
        for flow in continuity::flows(&scene.desired).iter().filter(|flow| !flow.name.contains(NORTH)) {
            let judgement = flow.judge(scene.bed.cloud());
            assert!(judgement.ways.iter().any(|(_, verdict)| verdict.passes()), "{what}: {}: {judgement}", flow.name);
        }
        scene.assert_agrees(&what).await;
    }
}

/// Every write of a rule collection group takes five minutes.
fn with_a_slow_firewall(scene: &Scene) {
    scene.bed.cloud().change(|world, _| {
        world.azure.durations.rule_group_attached = FIREWALL_SECS;
        world.azure.durations.rule_group_detached = FIREWALL_SECS;
    });
}

#[tokio::test(start_paused = true)]
async fn a_firewall_update_of_five_minutes_does_not_hold_up_the_commit() {
    let scene = Scene::new().await;
    let baseline = failed_over(&scene.fork(), "a quick firewall").await;
    with_a_slow_firewall(&scene);
    let took = failed_over(&scene, "a slow firewall").await;
    assert!(took <= baseline + 1_000, "the fence comes after the commit: {took} ms, else {baseline} ms");
    scene.assert_agrees("a slow firewall").await;
}

#[tokio::test(start_paused = true)]
async fn a_firewall_update_that_must_come_first_costs_what_it_takes() {
    let text = OPEN_API.replace("rules: always-open", "rules: on-failover");
    let scene = Scene::of(&text, &PlanOptions::default()).await;
    with_a_slow_firewall(&scene);
    let operator = scene.operator();
    let exit = operator.failover(WEST, Some("INC-1"), &["targets"]).await;
    assert_eq!(exit, 0, "{}", operator.heard());
    let took = report(&scene)["declaration_to_commit_ms"].as_u64().expect("a time");
    let unavoidable = UNAVOIDABLE_MS + 300_000;
    assert!((unavoidable..=unavoidable * 12 / 10).contains(&took), "{took} ms, unavoidable {unavoidable} ms");
    scene.assert_agrees("the rules first").await;
}

#[tokio::test(start_paused = true)]
async fn where_a_failover_would_not_help_it_is_refused_with_the_reason() {
    let scene = Scene::new().await;
    let lost_azure = scene.fork();
    lost_azure.bed.cloud().set_faults(vec![everywhere("azure", FaultKind::Refuse)]);
    let operator = lost_azure.operator();
    assert_eq!(operator.failover(WEST, Some("INC-1"), &[]).await, 3);
    let said = operator.heard();
    assert!(said.contains("does not answer"), "{said}");
    let lost_target = scene.fork();
    lost_target.bed.cloud().set_faults(vec![everywhere(WEST, FaultKind::Refuse)]);
    let operator = lost_target.operator();
    assert_eq!(operator.failover(WEST, Some("INC-1"), &[]).await, 3);
    let said = operator.heard();
    assert!(said.contains("parity") && said.contains(WEST), "{said}");
    for scene in [&lost_azure, &lost_target] {
        let changed = scene.bed.cloud().calls().iter().filter(|call| call.mutated).count();
        assert_eq!(changed, 0, "nothing was changed");
    }
}
