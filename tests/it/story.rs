//! The two configs of the contract: made, found unchanged, and removed without a trace.

use xcloud_core::plan::{Plan, PlanOptions};
use xcloud_sim::World;
use xcloud_tests::Testbed;

use crate::bed::{OPEN_API, RESOURCES, apply, assert_in_sync, later, load, plan};

fn destroy() -> PlanOptions {
    PlanOptions { destroy: true, ..PlanOptions::default() }
}

/// What is there: AWS objects by id, Azure objects by id with their rules inside.
fn inventory(world: &World) -> Vec<String> {
    let mut ids: Vec<String> = world.aws.objects().into_iter().map(|object| object.id).collect();
    let azure = serde_json::to_value(&world.azure).expect("the state is JSON");
    collect_ids(&azure, &mut ids);
    ids.sort();
    ids.dedup();
    ids
}

fn collect_ids(value: &serde_json::Value, ids: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(fields) => {
            for (key, value) in fields {
                if key.starts_with("/subscriptions/") && !key.contains("/operation") {
                    ids.push(key.clone());
                }
                collect_ids(value, ids);
            }
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| collect_ids(item, ids)),
        _ => {}
    }
}

async fn whole_story(text: &str) -> Plan {
    let desired = load(text);
    let bed = Testbed::new(&desired);
    let before = inventory(&bed.cloud().world());
    let (first, _, _) = apply(&bed, &desired, &PlanOptions::default()).await;
    assert_eq!(first.summary().create, desired.resources.len());

    assert_in_sync(&plan(&bed, &desired, &PlanOptions::default()).await);
    later(&bed).await;
    assert_in_sync(&plan(&bed, &desired, &PlanOptions::default()).await);
    let (_, _, calls) = apply(&bed, &desired, &PlanOptions::default()).await;
    assert_eq!(calls.mutating, 0, "a second apply changes nothing");

    let (removal, _, _) = apply(&bed, &desired, &destroy()).await;
    assert_eq!(removal.summary().delete, desired.resources.len(), "{removal:#?}");
    later(&bed).await;
    let after = inventory(&bed.cloud().world());
    assert_eq!(after, before, "nothing of ours is left and nothing foreign is gone");
    assert!(plan(&bed, &desired, &destroy()).await.is_empty());
    first
}

#[tokio::test(start_paused = true)]
async fn the_story_is_made_kept_and_removed() {
    let plan = whole_story(OPEN_API).await;
    assert!(plan.changes.iter().any(|change| change.addr.as_str() == "prod/eu-west-1/endpoint/to-azure"));
}

#[tokio::test(start_paused = true)]
async fn one_of_each_kind_is_made_kept_and_removed() {
    let plan = whole_story(RESOURCES).await;
    let kinds: std::collections::BTreeSet<_> = plan.changes.iter().map(|change| change.kind).collect();
    assert_eq!(kinds.len(), xcloud_core::model::Kind::ALL.len());
}

#[tokio::test(start_paused = true)]
async fn what_expand_prints_is_the_same_estate() {
    let desired = load(OPEN_API);
    let bed = Testbed::new(&desired);
    apply(&bed, &desired, &PlanOptions::default()).await;
    let expanded = load(&xcloud_core::config::expand(&desired));
    assert_in_sync(&plan(&bed, &expanded, &PlanOptions::default()).await);
}

#[tokio::test(start_paused = true)]
async fn the_same_clouds_give_the_same_bytes() {
    let desired = load(OPEN_API);
    let bed = Testbed::new(&desired);
    let one = plan(&bed, &desired, &PlanOptions::default()).await;
    let two = plan(&bed, &desired, &PlanOptions::default()).await;
    let bytes = |plan: &Plan| serde_json::to_string(plan).expect("a plan is JSON");
    assert_eq!(bytes(&one), bytes(&two));
}
