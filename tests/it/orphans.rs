//! What is ours and stands where the config names nothing any more: drift tells of it, and `--prune` takes it away.

use xcloud_core::plan::PlanOptions;
use xcloud_sim::{Fault, FaultKind};

use crate::bed::{RESOURCES, apply, later, load, make, plan};
use crate::tamper::hand::findings;

/// The example without its rule collection group, private link service and private endpoint: no other resource names
/// their policy and resource groups.
fn without_them() -> String {
    let from = RESOURCES.find("  - kind: azure/firewall-rules").expect("the group");
    let to = RESOURCES.find("  - kind: azure/private-dns-record").expect("the record");
    format!("{}{}", &RESOURCES[..from], &RESOURCES[to..])
}

const ORPHANS: [&str; 3] = [
    "orphan medium shared/azure/firewall-rules/rcg-xcloud-payments-edge resource",
    "orphan medium spoke/azure/private-endpoint/events resource",
    "orphan medium spoke/azure/private-link-service/events resource",
];

#[tokio::test(start_paused = true)]
async fn they_are_seen_and_pruned_wherever_they_stand() {
    let bed = make(&load(RESOURCES)).await;
    let fewer = load(&without_them());
    let report = bed.process(&fewer).drift(&PlanOptions::default()).await;
    assert_eq!(findings(&report), ORPHANS);
    assert!(report.not_checked.contains(&"Azure private DNS zones that the config does not name".to_owned()));
    let unpruned = plan(&bed, &fewer, &PlanOptions::default()).await;
    assert!(unpruned.steps.is_empty(), "a plan does not look there unless it is to prune");
    let prune = PlanOptions { prune: true, ..PlanOptions::default() };
    apply(&bed, &fewer, &prune).await;
    later(&bed).await;
    assert_eq!(findings(&bed.process(&fewer).drift(&PlanOptions::default()).await), Vec::<String>::new());
    let left = bed.cloud().change(|world, _| {
        let ours = world.azure.resources.keys().filter(|id| id.contains("payments-edge"));
        ours.filter(|id| !id.contains("/securityrules/") && !id.contains("/a/")).cloned().collect::<Vec<_>>()
    });
    assert_eq!(left, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_subscription_that_must_not_be_listed_is_said_to_be_unchecked() {
    let bed = make(&load(RESOURCES)).await;
    let fewer = load(&without_them());
    let denied = |operation: &str| Fault {
        operation: Some(operation.to_owned()),
        region: Some("azure".to_owned()),
        skip: 0,
        times: u32::MAX,
        kind: FaultKind::Error {
            status: 403,
            code: "AuthorizationFailed".to_owned(),
            message: "no authorization over the subscription".to_owned(),
        },
    };
    bed.cloud().set_faults(vec![denied("GET privateEndpoints"), denied("GET firewallPolicies")]);
    let report = bed.process(&fewer).drift(&PlanOptions::default()).await;
    assert_eq!(findings(&report), ORPHANS[2..]);
    let unchecked = "Azure resource groups, firewall policies and private DNS zones that the config does not name";
    assert!(report.not_checked.contains(&unchecked.to_owned()), "{:#?}", report.not_checked);
}
