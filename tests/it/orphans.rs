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
    assert!(report.not_checked.contains(&UNCHECKED.to_owned()), "{:#?}", report.not_checked);
}

const UNCHECKED: &str = "Azure groups, firewall policies, private link objects and private DNS zones that the config does \
                         not name: the role may not read all";

#[tokio::test(start_paused = true)]
async fn a_list_that_is_shorter_than_the_subscription_proves_nothing() {
    let bed = make(&load(RESOURCES)).await;
    let fewer = load(&without_them());
    // The groups that the config still names; in those of two orphans nothing may be read, and Azure says nothing of it.
    let may_read = |groups: Option<&[&str]>| {
        let groups = groups.map(|groups| groups.iter().map(|group| (*group).to_owned()).collect());
        bed.cloud().change(|world, _| world.azure.readable_groups = groups);
    };
    may_read(Some(&["rg-prod", "rg-dns"]));
    let report = bed.process(&fewer).drift(&PlanOptions::default()).await;
    assert_eq!(findings(&report), ORPHANS[2..], "two are not seen, which proves nothing");
    assert!(report.not_checked.contains(&UNCHECKED.to_owned()), "{:#?}", report.not_checked);
    may_read(None);
    let cannot_ask = Fault {
        operation: Some("GET permissions".to_owned()),
        region: Some("azure".to_owned()),
        skip: 0,
        times: u32::MAX,
        kind: FaultKind::Error { status: 403, code: "AuthorizationFailed".to_owned(), message: "no".to_owned() },
    };
    bed.cloud().set_faults(vec![cannot_ask]);
    let report = bed.process(&fewer).drift(&PlanOptions::default()).await;
    assert_eq!(findings(&report), ORPHANS, "what is seen is told");
    assert!(report.not_checked.contains(&UNCHECKED.to_owned()), "{:#?}", report.not_checked);
}
