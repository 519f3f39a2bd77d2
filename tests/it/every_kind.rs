//! What is held of every kind without naming it: a kind that is added is asked here too.

use std::collections::BTreeSet;

use xcloud_core::kinds::creating_calls;
use xcloud_core::model::{Cloud, Kind};
use xcloud_core::plan::{Action, PlanOptions};
use xcloud_tests::Testbed;

use crate::bed::{RESOURCES, apply, later, load, make, plan};

/// Records of zones that others own: where nothing is declared, no zone is searched for them.
const FOUND_AS_DECLARED: [Kind; 2] = [Kind::PrivateZoneRecord, Kind::PrivateDnsRecord];

fn prune() -> PlanOptions {
    PlanOptions { prune: true, ..PlanOptions::default() }
}

#[tokio::test(start_paused = true)]
async fn one_that_is_declared_no_more_is_found_and_pruned() {
    let desired = load(RESOURCES);
    let bed = make(&desired).await;
    let nothing = desired.without_resources();
    let (pruned, _, _) = apply(&bed, &nothing, &prune()).await;
    let deleted: BTreeSet<Kind> =
        pruned.changes.iter().filter(|change| change.action == Action::Delete).map(|change| change.kind).collect();
    let wanted: BTreeSet<Kind> = Kind::ALL.into_iter().filter(|kind| !FOUND_AS_DECLARED.contains(kind)).collect();
    assert_eq!(deleted, wanted);
    later(&bed).await;
    assert!(plan(&bed, &nothing, &prune()).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_it_makes_counts_for_the_time_that_a_region_takes() {
    let desired = load(RESOURCES);
    let plan = plan(&Testbed::new(&desired), &desired, &PlanOptions::default()).await;
    let in_a_region = plan.steps.iter().filter(|step| step.place.cloud == Cloud::Aws);
    for step in in_a_region.filter(|step| step.makes.is_some()) {
        let spec = &desired.resources[&step.addr].spec;
        assert!(creating_calls(spec).contains(&step.op.paced()), "{} of {} is not counted", step.op.name(), step.addr);
    }
    for resource in desired.resources.values().filter(|resource| resource.spec.kind().cloud() == Cloud::Aws) {
        let calls = creating_calls(&resource.spec);
        assert!(!calls.is_empty(), "{} is made without a call", resource.addr);
        let made: BTreeSet<_> = plan.steps.iter().map(|step| step.op.paced()).collect();
        assert!(calls.iter().all(|call| made.contains(call)), "{}: {calls:?} are not made", resource.addr);
    }
}
