//! Faults planted into a good plan, each of which the traffic judge must see; and clouds that take their time, or never come.

use xcloud_core::journal::Outcome;
use xcloud_core::model::Desired;
use xcloud_core::plan::{Await, Condition, Phase, Plan, PlanOptions};
use xcloud_engine::OnFailure;
use xcloud_sim::{Fault, FaultKind};
use xcloud_tests::Testbed;

use crate::bed::{RESOURCES, apply, later, load};
use crate::cases::{Edit, edit, edited, in_sync, judged, planned};
use crate::fields::endpoints::{SECOND, SECOND_ENDPOINT};
use crate::traffic;

const EDGE: &str = "aws/load-balancer";
const NEW_TARGET: Edit = edit(EDGE, "10.122.8.10", "10.122.8.12");
/// What lets the load balancer through to the new target.
const OPENED: [Edit; 3] = [
    edit("aws/security-group\n    name: edge", "to: [10.122.8.10/32]", "to: [10.122.8.12/32]"),
    edit("azure/network-security-group", "to: [10.122.8.10/32]", "to: [10.122.8.12/32]"),
    edit("azure/firewall-rules", "to: [10.122.8.10/32]", "to: [10.122.8.12/32]"),
];

async fn made() -> (Testbed, Desired) {
    let before = load(RESOURCES);
    let bed = Testbed::new(&before);
    apply(&bed, &before, &PlanOptions::default()).await;
    later(&bed).await;
    (bed, before)
}

/// Carries out the change of a target with a fault in its plan, or in its config; answers what the judge says.
async fn target_changes(edits: &[Edit], plant: impl Fn(&mut Plan)) -> Result<(), String> {
    let (mut bed, before) = made().await;
    let after = load(&edited(RESOURCES, &[&[NEW_TARGET], &OPENED[..], edits].concat()));
    bed.seed(&after);
    let mut plan = planned(&bed, &after).await?;
    plant(&mut plan);
    judged(&bed, &before, &after, &plan).await
}

#[tokio::test(start_paused = true)]
async fn the_judge_sees_what_goes_too_early() {
    assert_eq!(target_changes(&[], |_| {}).await, Ok(()), "nothing is planted");
    let no_health = |plan: &mut Plan| plan.before_commit.clear();
    let no_drain = |plan: &mut Plan| plan.steps.iter_mut().for_each(|step| step.awaits.clear());
    // What closes no longer waits for what leaves.
    let no_order = |plan: &mut Plan| {
        let leaves: Vec<_> = plan.steps.iter().filter(|step| step.op.name() == "DeregisterTargets").cloned().collect();
        for step in plan.steps.iter_mut().filter(|step| step.phase == Phase::Commit) {
            step.needs.retain(|need| leaves.iter().all(|leave| leave.id != *need));
            step.awaits.clear();
        }
    };
    let none = edit(EDGE, "    in: hub\n", "    in: hub\n    drain: 0s\n");
    // Checked for longer than a target that leaves still gets connections.
    let slow = edit(EDGE, "interval: 10s, threshold: 3", "interval: 30s, threshold: 10");
    let found = [
        ("no health", target_changes(&[slow], no_health).await),
        ("no drain", target_changes(&[], no_drain).await),
        ("no order", target_changes(&[], no_order).await),
        ("`drain: 0s`", target_changes(&[none], |_| {}).await),
    ];
    for (planted, found) in found {
        let told = found.expect_err(planted);
        assert!(told.contains("was refused"), "{planted}: {told}");
    }
}

/// The run waits for 900 s, is undone before its commit point, and nobody notices.
async fn turned_back(edits: &[Edit], ill: &str) {
    let (mut bed, before) = made().await;
    let after = load(&edited(RESOURCES, edits));
    bed.seed(&after);
    let plan = planned(&bed, &after).await.expect("a plan");
    let (process, began) = (bed.process(&after), bed.cloud().clock().now().0);
    let notebook = std::sync::Arc::default();
    let run = process.run(&plan, &notebook, OnFailure::Unwind);
    let (report, seen) = traffic::watched(bed.cloud(), &traffic::flows(bed.cloud(), &before), &[], run).await;
    assert_eq!(report.outcome, Outcome::Unwound, "{:?}", report.failures);
    assert!(!report.committed, "it never came to the commit point");
    let took = (bed.cloud().clock().now().0 - began) / 1000;
    assert!((850..1_500).contains(&took), "it took {took} s");
    let told: Vec<&String> = report.failures.iter().map(|failure| &failure.message).collect();
    assert!(told.iter().any(|told| told.contains(ill)), "{told:?}");
    assert_eq!(traffic::interruptions(&seen), Vec::<String>::new());
    in_sync(&bed, &before).await.expect("everything is as before");
}

#[tokio::test(start_paused = true)]
async fn a_target_that_never_becomes_healthy_turns_the_run_back() {
    turned_back(&[NEW_TARGET], "10.122.8.12").await;
}

/// Azure does not let the checks of the second service's load balancer through.
#[tokio::test(start_paused = true)]
async fn a_service_whose_targets_never_become_healthy_gets_neither_names_nor_endpoints() {
    const RECORDS: [Edit; 2] = [
        edit("aws/private-zone-record", "endpoint: payments", "endpoint: second"),
        edit("azure/private-dns-record", "endpoint_ips_of: payments", "endpoint_ips_of: second"),
    ];
    const ENDPOINT: Edit = edit("aws/endpoint\n    name: payments", "service: payments", "service: second");
    const NO_PINS: Edit = edit("aws/endpoint\n    name: payments", "    endpoint_ips: [10.20.9.5, 10.20.9.21]", "   ");
    turned_back(&[SECOND[0], SECOND_ENDPOINT, RECORDS[0]], "10.122.8.10").await;
    turned_back(&[SECOND[0], SECOND_ENDPOINT, RECORDS[1]], "10.122.8.10").await;
    let moved = [SECOND[0], NO_PINS, ENDPOINT];
    turned_back(&moved, "10.122.8.10").await;
    // Also where no name leads to it: the old endpoint goes with the commit point.
    let (mut bed, _) = made().await;
    let after = load(&edited(RESOURCES, &moved));
    bed.seed(&after);
    let plan = planned(&bed, &after).await.expect("a plan");
    let seen = |one: &Await| matches!(one.condition, Condition::TargetsServe { .. });
    assert!(plan.before_commit.iter().any(seen), "{:?}", plan.before_commit);
}

/// Interfaces that stay for ten minutes hold groups and addresses for as long: a replacement and the end of everything wait.
#[tokio::test(start_paused = true)]
async fn deletions_that_take_ten_minutes_are_waited_for() {
    let (mut bed, before) = made().await;
    bed.cloud().change(|world, _| world.aws.deletes_slowly = true);
    let pins = edit(EDGE, "[10.60.8.4, 10.60.8.20]", "[10.60.8.6, 10.60.8.22]");
    let group = edit("aws/security-group\n    name: edge", "description: load balancer of", "description: balancer of");
    let after = load(&edited(RESOURCES, &[pins, group]));
    bed.seed(&after);
    let plan = planned(&bed, &after).await.expect("a plan");
    assert_eq!(judged(&bed, &before, &after, &plan).await, Ok(()));
    in_sync(&bed, &after).await.expect("it is replaced");
    let options = PlanOptions { destroy: true, ..PlanOptions::default() };
    apply(&bed, &after, &options).await;
}

/// What load balancing made a moment ago is found neither by reads nor by the calls that name it.
#[tokio::test(start_paused = true)]
async fn what_is_not_found_yet_is_asked_for_again() {
    let before = load(RESOURCES);
    let mut bed = Testbed::new(&before);
    bed.cloud().change(|world, _| world.aws.balancing_lag = true);
    apply(&bed, &before, &PlanOptions::default()).await;
    in_sync(&bed, &before).await.expect("it is made");
    later(&bed).await;
    let pins = edit(EDGE, "[10.60.8.4, 10.60.8.20]", "[10.60.8.6, 10.60.8.22]");
    let after = load(&edited(RESOURCES, &[&[NEW_TARGET, pins], &OPENED[..]].concat()));
    bed.seed(&after);
    let plan = planned(&bed, &after).await.expect("a plan");
    assert_eq!(judged(&bed, &before, &after, &plan).await, Ok(()));
    in_sync(&bed, &after).await.expect("it is replaced");
    apply(&bed, &after, &PlanOptions { destroy: true, ..PlanOptions::default() }).await;
}

/// An endpoint that was just changed takes no other change for a while (hashicorp/terraform-provider-aws#42884).
#[tokio::test(start_paused = true)]
async fn a_change_in_progress_is_waited_for() {
    let (mut bed, _) = made().await;
    let after = load(&edited(
        RESOURCES,
        &[edit("aws/security-group\n    name: clients", "description: ", "description: the ")],
    ));
    bed.seed(&after);
    let plan = planned(&bed, &after).await.expect("a plan");
    bed.cloud().set_faults(vec![Fault {
        operation: Some("ModifyVpcEndpoint".to_owned()),
        region: None,
        skip: 0,
        times: 3,
        kind: FaultKind::Error {
            status: 400,
            code: "OperationInProgress".to_owned(),
            message: "VpcEndpoint modify operation in progress".to_owned(),
        },
    }]);
    let report = bed.process(&after).run(&plan, &std::sync::Arc::default(), OnFailure::Unwind).await;
    assert_eq!(report.outcome, Outcome::Done, "{:?}", report.failures);
    let made = bed.cloud().calls().into_iter().filter(|call| call.operation == "ModifyVpcEndpoint").count();
    assert!(made >= 4, "three refusals and the change: {made}");
    in_sync(&bed, &after).await.expect("it is changed");
}
