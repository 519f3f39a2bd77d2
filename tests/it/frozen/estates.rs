//! Both examples: made, found unchanged, removed.

use serde_json::json;
use xcloud_core::plan::PlanOptions;
use xcloud_engine::OnFailure;
use xcloud_tests::Testbed;

use super::golden;
use super::scene::{RESOURCES, WIDE, planned, played};
use crate::bed::{OPEN_API, later, load};

async fn whole_life(folder: &str, text: &str) {
    let desired = load(text);
    let bed = Testbed::new(&desired);
    let options = PlanOptions::default();
    let made = played(&bed, &desired, &options, OnFailure::Unwind).await;
    later(&bed).await;
    let (_, unchanged) = planned(&bed, &desired, &options).await;
    let destroy = PlanOptions { destroy: true, ..options };
    let removed = played(&bed, &desired, &destroy, OnFailure::Unwind).await;
    let told = [("desired", json!(desired)), ("create", made), ("unchanged", json!(unchanged)), ("destroy", removed)];
    golden::hold(folder, told.map(|(name, value)| (name.to_owned(), value)).into());
}

#[tokio::test(start_paused = true)]
async fn one_of_each_kind() {
    whole_life("resources", RESOURCES).await;
}

#[tokio::test(start_paused = true)]
async fn the_story() {
    whole_life("open-api", OPEN_API).await;
}

#[tokio::test(start_paused = true)]
async fn more_than_one_of_a_kind() {
    let desired = load(WIDE);
    let made = played(&Testbed::new(&desired), &desired, &PlanOptions::default(), OnFailure::Unwind).await;
    golden::hold("wide", vec![("create".to_owned(), made)]);
}
