//! A product without a zone: its active-region records live in the ledger.

use std::path::{Path, PathBuf};

use xcloud_core::active::ActiveRecord;
use xcloud_core::plan::PlanOptions;
use xcloud_tests::Testbed;

use super::kills::killed_everywhere;
use super::{NORTH, Scene, WEST, folder};
use crate::bed::{OPEN_API, apply, later, load};

/// The story's estate without a zone, and so without the flow that needs a name in it.
fn without_zone() -> String {
    let events = OPEN_API.find("  payment-events:").expect("the flow");
    let failover = OPEN_API.find("failover: {").expect("the policy");
    let text = format!("{}{}", &OPEN_API[..events], &OPEN_API[failover..]);
    let unpinned = |line: &str| match line.find(", endpoint_ips:") {
        Some(at) => format!("{}}}\n", &line[..at]),
        None => format!("{line}\n"),
    };
    text.lines().filter(|line| !line.contains("private_dns_zone")).map(unpinned).collect()
}

pub(super) async fn scene() -> Scene {
    let text = without_zone();
    let desired = load(&text);
    let bed = Testbed::new(&desired);
    apply(&bed, &desired, &PlanOptions::default()).await;
    later(&bed).await;
    let ledger = folder();
    std::fs::create_dir_all(&ledger).expect("a folder");
    let config = ledger.join("xcloud.yaml");
    std::fs::write(&config, text).expect("a config");
    Scene { bed, desired, config, ledger, lone: true }
}

fn records(scene: &Scene, env: &str) -> Vec<PathBuf> {
    let versions = scene.ledger.join(format!(".xcloud/sandbox/open-api/ledger/active/{env}"));
    let listed = std::fs::read_dir(versions).into_iter().flatten().filter_map(Result::ok);
    let mut paths: Vec<PathBuf> = listed.map(|entry| entry.path()).collect();
    // A file that is being written has another ending.
    paths.retain(|path| path.extension().is_some_and(|end| end == "json"));
    paths.sort();
    paths
}

/// Returns the record as its last version says.
pub(super) fn record(scene: &Scene, env: &str) -> Option<ActiveRecord> {
    let text = std::fs::read_to_string(records(scene, env).last()?).expect("a record");
    let object: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    Some(object["entries"][0].as_str().expect("a text").parse().unwrap_or_else(|why| panic!("{why}")))
}

/// Copies the config and the ledger of a scene, and answers the config.
pub(super) fn copied(scene: &Scene, to: &Path) -> PathBuf {
    copy(&scene.ledger, to);
    to.join("xcloud.yaml")
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder").filter_map(Result::ok) {
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &to);
        } else {
            std::fs::copy(&path, &to).expect("a copy");
        }
    }
}

impl Scene {
    /// How many writes the clouds and the records have seen.
    pub(super) fn changes(&self) -> usize {
        let written = ["int", "prod"].map(|env| records(self, env).len());
        self.bed.cloud().changes() + written.iter().sum::<usize>()
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_zone_the_record_lives_in_the_ledger() {
    let scene = scene().await;
    let operator = scene.operator();
    assert_eq!(operator.failover(WEST, Some("INC-1"), &[]).await, 0, "{}", operator.heard());
    let record = scene.record("prod").expect("a record");
    assert_eq!((record.epoch, record.region.as_str()), (1, WEST));
    assert_eq!(records(&scene, "prod").len(), 2, "an intent and a commit");
    scene.assert_agrees("away").await;
    let operator = scene.operator();
    assert_eq!(operator.failback().await, 0, "{}", operator.heard());
    assert_eq!(scene.record("prod").map(|record| (record.epoch, record.region)), Some((2, NORTH.to_owned())));
    scene.assert_agrees("back").await;
}

#[tokio::test(start_paused = true)]
async fn a_ledger_that_others_do_not_see_holds_no_record() {
    let scene = scene().await;
    let operator = scene.bed.operator(&scene.config, &scene.ledger.join("alone"));
    assert_eq!(operator.failover(WEST, Some("INC-1"), &["targets"]).await, 3);
    let said = operator.heard();
    assert!(
        said.contains("which other machines cannot read") && said.contains("the `record` gate cannot be overridden"),
        "{said}"
    );
    assert_eq!(scene.record("prod"), None);
}

#[tokio::test(start_paused = true)]
async fn killed_anywhere_it_is_finished_or_taken_back() {
    let scene = scene().await;
    let mut kills = 0;
    for (incident, undo) in [(Some("INC-1"), false), (Some("INC-1"), true), (None, false), (None, true)] {
        kills += killed_everywhere(&scene, false, incident, undo).await;
    }
    assert!(kills >= 12, "{kills} kills");
}

#[tokio::test(start_paused = true)]
async fn of_two_failovers_at_once_one_is_carried_out() {
    let scene = scene().await;
    let (first, second) = (scene.operator(), scene.operator());
    let failed_over = |operator| Box::pin(async move { failover(operator).await });
    let (one, two) = tokio::join!(failed_over(&first), failed_over(&second));
    let said = format!("FIRST {}\nSECOND {}", first.heard(), second.heard());
    assert!([one, two].contains(&0), "{one} {two} {said}");
    assert_eq!(scene.record("prod").map(|record| record.epoch), Some(1), "{one} {two} {said}");
    scene.assert_agrees("two at once").await;
}

async fn failover(operator: &xcloud_tests::Operator) -> u8 {
    operator.failover(WEST, Some("INC-1"), &[]).await
}
