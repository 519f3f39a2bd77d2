//! Organisations that demand tags, and policies that write some: both clouds.

use std::collections::BTreeMap;

use xcloud_core::journal::Outcome;
use xcloud_core::model::Desired;
use xcloud_core::plan::PlanOptions;
use xcloud_core::provider::ErrorKind;
use xcloud_sim::azure::{AddedTag, RequiredTag};
use xcloud_tests::Testbed;

use crate::bed::{RESOURCES, later, load};
use crate::cases::{Edit, applied, edit, edited, in_sync};

const TAGGED: Edit = edit("owner:", "\nregions:", "\ntags: {CostCenter: \"4711\"}\nregions:");

/// Clouds in which nothing is made without `CostCenter`, and a policy of Azure adds `Tier`.
fn governed(desired: &Desired) -> Testbed {
    let bed = Testbed::new(desired);
    bed.cloud().change(|world, _| {
        world.aws.required_tag = "CostCenter".to_owned();
        let (tag, assignment) = ("CostCenter".to_owned(), "require-cost-center".to_owned());
        world.azure.required_tags.push(RequiredTag { tag, assignment });
        world.azure.added_tags.push(AddedTag { tag: "Tier".to_owned(), value: "by policy".to_owned() });
    });
    bed
}

/// The tags of every object that carries our mark, by what it is.
fn tags(bed: &Testbed) -> BTreeMap<String, Vec<BTreeMap<String, String>>> {
    let world = bed.cloud().world();
    let mut all: BTreeMap<String, Vec<BTreeMap<String, String>>> = BTreeMap::new();
    for object in world.aws.objects().into_iter().filter(|one| one.tags.contains_key("xcloud:product")) {
        all.entry(object.kind).or_default().push(object.tags);
    }
    for stored in world.azure.resources.values() {
        let tags = stored.tags.iter().flatten();
        let tags: BTreeMap<String, String> =
            tags.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect();
        if tags.contains_key("xcloud:product") {
            all.entry(format!("{:?}", stored.kind)).or_default().push(tags);
        }
    }
    all
}

#[tokio::test(start_paused = true)]
async fn what_is_demanded_is_in_the_call_that_makes() {
    let desired = load(&edited(RESOURCES, &[TAGGED]));
    let bed = governed(&desired);
    applied(&bed, &desired).await.expect("it is made");
    in_sync(&bed, &desired).await.expect("tags of a policy are no difference");
    let made = tags(&bed);
    let kinds: Vec<&str> = made.keys().map(String::as_str).collect();
    let all = [
        "Endpoint",
        "LinkService",
        "listener",
        "load-balancer",
        "security-group",
        "security-group-rule",
        "target-group",
        "vpc-endpoint",
        "vpc-endpoint-service",
    ];
    assert_eq!(kinds, all);
    let without = |tags: &&BTreeMap<String, String>| tags.get("CostCenter").is_none_or(|value| value != "4711");
    assert_eq!(made.values().flatten().find(without), None, "each carries it");
    // A change writes private link objects whole: what the policy added stays, whoever writes.
    let other = load(&edited(&edited(RESOURCES, &[TAGGED]), &[edit("tags:", "4711", "4712")]));
    bed.cloud().change(|world, _| world.azure.added_tags.clear());
    applied(&bed, &other).await.expect("it is changed");
    let changed = tags(&bed);
    let links = changed["Endpoint"].iter().chain(&changed["LinkService"]);
    for tags in links {
        assert_eq!((tags["CostCenter"].as_str(), tags["Tier"].as_str()), ("4712", "by policy"));
    }
}

/// Without the tag nothing stands in the end, and the reason is the organisation's policy, not a permission.
#[tokio::test(start_paused = true)]
async fn what_is_made_without_it_is_refused() {
    let desired = load(RESOURCES);
    for azure in [false, true] {
        let bed = governed(&desired);
        if azure {
            bed.cloud().change(|world, _| world.aws.required_tag.clear());
        }
        let process = bed.process(&desired);
        let (plan, _) = process.plan(&PlanOptions::default()).await;
        let report = process.apply(&plan.expect("a plan")).await;
        assert_eq!(report.outcome, Outcome::Unwound, "{:?}", report.failures);
        assert!(
            report
                .failures
                .iter()
                .any(|failure| failure.error.as_ref().is_some_and(|error| error.kind == ErrorKind::Policy)),
            "{:?}",
            report.failures
        );
        later(&bed).await;
        assert_eq!(tags(&bed), BTreeMap::new());
    }
}

/// Azure does not tell the cases of a tag's name apart: one that somebody spelled in another way is the same tag.
#[tokio::test(start_paused = true)]
async fn a_tag_in_other_letters_is_the_same_tag() {
    let desired = load(&edited(RESOURCES, &[TAGGED]));
    let bed = Testbed::new(&desired);
    applied(&bed, &desired).await.expect("it is made");
    let spelled = |value: &str| {
        bed.cloud().change(|world, _| {
            for stored in world.azure.resources.values_mut() {
                let Some(tags) = &mut stored.tags else { continue };
                if tags.remove("CostCenter").or_else(|| tags.remove("costcenter")).is_some() {
                    tags.insert("costcenter".to_owned(), value.into());
                }
            }
        });
    };
    spelled("4711");
    in_sync(&bed, &desired).await.expect("it is the same");
    spelled("4712");
    let plan = applied(&bed, &desired).await.expect("it is corrected");
    assert_eq!(plan.steps.len(), 2, "the service and the endpoint");
    in_sync(&bed, &desired).await.expect("it is in sync");
    let made = tags(&bed);
    let links = made["Endpoint"].iter().chain(&made["LinkService"]);
    for tags in links {
        assert_eq!((tags.get("CostCenter"), tags["costcenter"].as_str()), (None, "4711"), "as it was spelled");
    }
}
