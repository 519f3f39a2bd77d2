//! A rollback while another region than the primary is active: it deletes nothing that this region uses.

use xcloud_tests::Testbed;

use super::kills::killed_at;
use super::{Scene, WEST, config, folder};
use crate::bed::{OPEN_API, later, load};

/// Clouds in which nothing stands yet, so that the ledger knows every run.
fn untouched() -> Scene {
    let desired = load(OPEN_API);
    Scene { bed: Testbed::new(&desired), desired, config: config(), ledger: folder(), lone: false }
}

/// Applies the config as it stands in the file.
async fn applied(scene: &Scene) {
    let operator = scene.operator();
    assert_eq!(operator.apply().await, 0, "{}", operator.heard());
    later(&scene.bed).await;
}

#[tokio::test(start_paused = true)]
async fn a_rollback_to_before_everything_does_not_take_the_active_region() {
    let scene = untouched();
    applied(&scene).await;
    let operator = scene.operator();
    assert_eq!(operator.failover(WEST, Some("INC-1"), &[]).await, 0, "{}", operator.heard());
    let before = scene.bed.cloud().changes();
    let operator = scene.operator();
    assert_eq!(operator.rollback("1").await, 3);
    let said = operator.heard();
    assert!(said.contains("eu-west-1 is active in prod") && said.contains("xcloud failback"), "{said}");
    assert_eq!(scene.bed.cloud().changes(), before, "nothing was changed: {said}");
    scene.assert_agrees("a refused rollback").await;

    let operator = scene.operator();
    assert_eq!(operator.failback().await, 0, "{}", operator.heard());
    let operator = scene.operator();
    assert_eq!(operator.rollback("1").await, 0, "after the failback: {}", operator.heard());
}

/// To return to before everything is to delete everything: of a protected environment nothing goes.
#[tokio::test(start_paused = true)]
async fn a_rollback_that_would_delete_what_is_protected_is_refused() {
    let mut scene = untouched();
    applied(&scene).await;
    let text = OPEN_API.replacen("  prod:\n", "  prod:\n    protect: true\n", 1);
    assert_ne!(text, OPEN_API);
    scene.config = scene.ledger.with_extension("yaml");
    std::fs::write(&scene.config, &text).expect("a config");
    let before = scene.bed.cloud().changes();
    let operator = scene.operator();
    assert_eq!(operator.rollback("1").await, 3);
    let said = operator.heard();
    for addr in scene.desired.resources.keys() {
        let is_protected = ["prod", "shared"].contains(&addr.env());
        assert_eq!(said.contains(&format!("{addr}: ")), is_protected, "{addr}: {said}");
    }
    assert!(said.contains("is protected and would be deleted"), "{said}");
    assert_eq!(scene.bed.cloud().changes(), before, "nothing was changed: {said}");
    std::fs::remove_file(&scene.config).expect("it was written");
    scene.config = config();
    let operator = scene.operator();
    assert_eq!(operator.rollback("1").await, 0, "nothing is protected any more: {}", operator.heard());
}

#[tokio::test(start_paused = true)]
async fn a_rollback_that_takes_nothing_of_the_active_region_is_carried_out() {
    let mut scene = untouched();
    applied(&scene).await;
    // One more client in the region that will be left.
    let text = OPEN_API.replace("clients: [10.12.0.0/20]", "clients: [10.12.0.0/20, 10.12.16.0/24]");
    assert_ne!(text, OPEN_API);
    scene.config = scene.ledger.with_extension("yaml");
    std::fs::write(&scene.config, &text).expect("a config");
    applied(&scene).await;
    let operator = scene.operator();
    assert_eq!(operator.failover(WEST, Some("INC-1"), &[]).await, 0, "{}", operator.heard());
    let operator = scene.operator();
    assert_eq!(operator.rollback("2").await, 0, "{}", operator.heard());
    for env in ["int", "prod"] {
        assert_eq!(scene.pointed_at(env), WEST);
        assert_eq!(scene.record(env).map(|record| record.region).as_deref(), Some(WEST));
    }
    std::fs::remove_file(&scene.config).expect("it was written");
    scene.config = config();
    scene.assert_agrees("back to the first config").await;
}

/// The undo of a run that a failover superseded is a plan. It takes back what that run has made, also where it is protected.
#[tokio::test(start_paused = true)]
async fn the_undo_of_a_superseded_run_is_no_destruction() {
    let mut scene = Scene::new().await;
    let group = "accounts: {product: {cloud: aws, account: \"200000000003\", region: eu-north-1, role: xcloud}}\n\
                 resources:\n  - {kind: aws/security-group, name: late, in: product, env: prod, protect: true, \
                 vpc: {tag: {\"net:role\": workload}}, description: late, ingress: [], egress: []}\n";
    scene.config = scene.ledger.with_extension("yaml");
    std::fs::write(&scene.config, format!("{OPEN_API}{group}")).expect("a config");
    let stands = || {
        let objects = scene.bed.cloud().world().aws.objects();
        objects.into_iter().any(|one| one.tags.get("xcloud:address").is_some_and(|addr| addr.ends_with("/late")))
    };
    let operator = scene.operator();
    assert_eq!(killed_at(&scene, operator.apply(), 1).await, None, "it is killed: {}", operator.heard());
    let operator = scene.operator();
    assert_eq!(operator.failover(WEST, Some("INC-1"), &["rules", "parity"]).await, 0, "{}", operator.heard());
    assert!(stands(), "the group was made");
    let operator = scene.operator();
    assert_eq!(operator.resume(true).await, 0, "{}", operator.heard());
    assert!(!stands(), "{}", operator.heard());
    std::fs::remove_file(&scene.config).expect("it was written");
}
