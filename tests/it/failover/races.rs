//! An apply, a drift and two failovers at once: at most one region is active at every moment, and older epochs stop.
#![expect(clippy::print_stderr, reason = "the counts belong to the test's own output")]

use std::collections::BTreeMap;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use xcloud_core::plan::PlanOptions;
use xcloud_sim::{Fault, FaultKind};

use super::{NORTH, Scene, WEST, everywhere, ledger};

/// Seeds that are played; `XCLOUD_SEEDS` plays more.
fn seeds() -> u64 {
    std::env::var("XCLOUD_SEEDS").ok().and_then(|count| count.parse().ok()).unwrap_or(25)
}

/// A listener of one environment is gone, so that an apply has something to do in each region and in Azure.
fn damage(scene: &Scene, rng: &mut StdRng) {
    let kind = if rng.random_bool(0.5) { FaultKind::SilentBefore } else { FaultKind::Slow(20.0) };
    let mut faults = Vec::new();
    if rng.random_bool(0.5) {
        faults.push(everywhere(NORTH, kind));
    } else {
        let operation = ["PUT ruleCollectionGroups", "PUT securityRules", "PUT TXT", "PUT A"][rng.random_range(0..4)];
        faults.push(Fault {
            operation: Some(operation.to_owned()),
            region: None,
            skip: rng.random_range(0..2),
            times: 1,
            kind: FaultKind::Slow(f64::from(rng.random_range(1..30))),
        });
    }
    scene.bed.cloud().change(|world, _| {
        // Rules that an apply would write again.
        let is_ours = |id: &&String| id.contains("/securityrules/xc-open-api-prod");
        let gone = world.azure.resources.keys().find(is_ours).cloned().expect("prod has rules");
        assert!(world.azure.remove(&gone));
    });
    scene.bed.cloud().set_faults(faults);
}

async fn raced(scene: &Scene, seed: u64) -> BTreeMap<&'static str, u8> {
    let mut rng = StdRng::seed_from_u64(seed);
    damage(scene, &mut rng);
    let pause = |rng: &mut StdRng| f64::from(rng.random_range(0..4000)) / 1000.0;
    let starts = [pause(&mut rng), pause(&mut rng), pause(&mut rng), pause(&mut rng)];
    let clock = scene.bed.cloud().clock();
    let (apply, first, second) = (scene.operator(), scene.operator(), scene.operator());
    let reader = scene.bed.reader(&scene.desired);
    let applied = async {
        clock.sleep(starts[0]).await;
        Box::pin(apply.apply()).await
    };
    let failed = async {
        clock.sleep(starts[1]).await;
        Box::pin(first.failover(WEST, Some("INC-1"), &["rules", "parity"])).await
    };
    let failed_too = async {
        clock.sleep(starts[2]).await;
        Box::pin(second.failover(WEST, Some("INC-2"), &["rules", "parity"])).await
    };
    let drift = async {
        clock.sleep(starts[3]).await;
        let _seen = Box::pin(reader.drift(&PlanOptions::default())).await;
    };
    // At every moment the name of an environment points at one region, and never back once it has left.
    let watch = async {
        let mut left = false;
        loop {
            clock.sleep(0.2).await;
            for env in ["int", "prod"] {
                let at = scene.pointed_at(env);
                assert!(at == NORTH || at == WEST, "seed {seed}: {env} points {at}");
            }
            let west = scene.pointed_at("prod") == WEST;
            assert!(west || !left, "seed {seed}: the name went back to {NORTH}");
            left |= west;
        }
    };
    let all = async {
        let (applied, failed, failed_too, ()) = tokio::join!(applied, failed, failed_too, drift);
        BTreeMap::from([("apply", applied), ("first", failed), ("second", failed_too)])
    };
    let exits = tokio::select! {
        exits = all => exits,
        () = watch => unreachable!("the watch does not end"),
    };
    let said = format!("{exits:?}\nAPPLY {}\nFIRST {}\nSECOND {}", apply.heard(), first.heard(), second.heard());
    assert!(exits["first"] == 0 || exits["second"] == 0, "seed {seed}: nobody failed over: {said}");
    exits
}

#[tokio::test(start_paused = true)]
async fn one_region_is_active_whoever_runs_at_once() {
    all_raced(&Scene::new().await).await;
}

#[tokio::test(start_paused = true)]
async fn likewise_where_the_record_lives_in_the_ledger() {
    all_raced(&ledger::scene().await).await;
}

async fn all_raced(scene: &Scene) {
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for seed in 0..seeds() {
        let scene = scene.fork();
        let exits = Box::pin(raced(&scene, seed)).await;
        *counts.entry(format!("{exits:?}")).or_default() += 1;
        scene.bed.cloud().set_faults(Vec::new());
        scene.bed.cloud().clock().sleep(120.0).await;
        // What was overtaken is finished under the record as it is now.
        let operator = scene.operator();
        let resumed = Box::pin(operator.resume(false)).await;
        assert!([0, 4].contains(&resumed), "seed {seed}: resume {resumed}: {}", operator.heard());
        let applied = Box::pin(operator.apply()).await;
        assert_eq!(applied, 0, "seed {seed}: apply: {}", operator.heard());
        scene.assert_agrees(&format!("seed {seed}")).await;
        assert_eq!(scene.record("prod").map(|record| record.region).as_deref(), Some(WEST), "seed {seed}");
    }
    eprintln!("{counts:#?}");
}
