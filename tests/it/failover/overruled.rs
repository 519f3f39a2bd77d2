//! A failover goes before an apply: it waits for it at most 15 s, or for an Azure operation that runs already on an
//! object which both write.

use std::cell::RefCell;

use xcloud_sim::{Fault, FaultKind};

use super::{Scene, WEST};

/// How long a run that stays silent is waited for, in milliseconds.
const PATIENCE_MS: i64 = 15_000;

/// Somebody took one of our rules out of the firewall's group: an apply writes the whole group again.
fn take_a_firewall_rule(scene: &Scene) {
    scene.bed.cloud().change(|world, _| {
        let group = world.azure.resources.iter_mut().find(|(id, _)| id.contains("/rulecollectiongroups/"));
        let collections = group.expect("a group").1.properties["ruleCollections"].as_array_mut().expect("collections");
        let rules = collections[0]["rules"].as_array_mut().expect("rules");
        rules.pop().expect("a rule");
    });
}

/// A rule of prod is gone from its security group: an apply writes it again.
fn take_a_security_rule(scene: &Scene) {
    scene.bed.cloud().change(|world, _| {
        let is_ours = |id: &&String| id.contains("/securityrules/xc-open-api-prod");
        let gone = world.azure.resources.keys().find(is_ours).cloned().expect("prod has rules");
        assert!(world.azure.remove(&gone));
    });
}

/// Starts an apply, and a failover when `operation` has been called. Answers both exit codes, how long the failover took
/// to its intent in milliseconds, and what was said.
async fn overruled(scene: &Scene, operation: &str) -> (u8, u8, i64, String) {
    let clock = scene.bed.cloud().clock();
    let (apply, failover) = (scene.operator(), scene.operator());
    let called = |operation: &str| {
        let calls = scene.bed.cloud().calls();
        calls.iter().find(|call| call.mutated && call.operation == operation).map(|call| call.at.0)
    };
    let started = RefCell::new(0);
    let second = async {
        while called(operation).is_none() {
            clock.sleep(0.1).await;
        }
        clock.sleep(1.0).await;
        *started.borrow_mut() = clock.now().0;
        Box::pin(failover.failover(WEST, Some("INC-1"), &["rules", "parity"])).await
    };
    let (applied, failed_over) = tokio::join!(Box::pin(apply.apply()), second);
    let said = format!("APPLY {}\nFAILOVER {}", apply.heard(), failover.heard());
    let intent = called("PUT TXT").unwrap_or_else(|| panic!("no intent: {said}"));
    (applied, failed_over, intent - *started.borrow(), said)
}

/// Afterwards the new region is active, and what the apply still had to do is finished under the new record.
async fn assert_finished(scene: &Scene, what: &str) {
    scene.bed.cloud().set_faults(Vec::new());
    let operator = scene.operator();
    let resumed = operator.resume(false).await;
    assert!([0, 4].contains(&resumed), "{what}: resume {resumed}: {}", operator.heard());
    let operator = scene.operator();
    assert_eq!(operator.apply().await, 0, "{what}: {}", operator.heard());
    scene.assert_agrees(what).await;
    assert_eq!(scene.record("prod").map(|record| record.region).as_deref(), Some(WEST), "{what}");
}

#[tokio::test(start_paused = true)]
async fn a_write_of_the_firewall_group_that_runs_is_waited_for_where_both_write() {
    let scene = Scene::new().await;
    for seconds in [20.0, 240.0, 300.0] {
        let scene = scene.fork();
        take_a_firewall_rule(&scene);
        scene.bed.cloud().change(|world, _| {
            world.azure.durations.rule_group_attached = seconds;
            world.azure.durations.rule_group_detached = seconds;
        });
        let (applied, failed_over, to_intent, said) = overruled(&scene, "PUT ruleCollectionGroups").await;
        let what = format!("a write of {seconds} s");
        assert_eq!(failed_over, 0, "{what}: {said}");
        assert!([0, 5].contains(&applied), "{what}: {said}");
        // The intent does not wait for the write: only the fence, after the commit, is on the same object.
        assert!(to_intent <= PATIENCE_MS + 10_000, "{what}: {to_intent} ms: {said}");
        scene.assert_agrees(&what).await;
        assert_finished(&scene, &what).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_apply_that_hangs_is_waited_for_fifteen_seconds() {
    let scene = Scene::new().await;
    let quiet = scene.fork();
    // Without anything to wait for: what the failover needs up to its intent.
    let failover = quiet.operator();
    let started = quiet.bed.cloud().clock().now().0;
    assert_eq!(failover.failover(WEST, Some("INC-1"), &[]).await, 0);
    let intent = quiet.bed.cloud().calls().iter().find(|call| call.operation == "PUT TXT").expect("an intent").at.0;
    let alone = intent - started;

    take_a_security_rule(&scene);
    scene.bed.cloud().set_faults(vec![Fault {
        operation: Some("PUT securityRules".to_owned()),
        region: None,
        skip: 0,
        times: 1,
        kind: FaultKind::SilentBefore,
    }]);
    let (applied, failed_over, to_intent, said) = overruled(&scene, "PUT securityRules").await;
    assert_eq!((applied, failed_over), (5, 0), "{said}");
    let waited = to_intent - alone;
    assert!((1_000..=PATIENCE_MS + 5_000).contains(&waited), "waited {waited} ms, alone {alone} ms: {said}");
    assert_finished(&scene, "an apply that hung").await;
}
