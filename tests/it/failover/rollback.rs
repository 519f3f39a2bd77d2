//! A rollback while another region than the primary is active: it deletes nothing that this region uses.

use xcloud_tests::Testbed;

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
