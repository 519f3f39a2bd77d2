//! What is protected stands, whatever somebody asks for; what a run itself has made its undo takes back.

use xcloud_core::journal::Outcome;
use xcloud_core::model::Desired;
use xcloud_core::plan::PlanOptions;
use xcloud_sim::{Fault, FaultKind};
use xcloud_tests::Testbed;

use crate::bed::{OPEN_API, RESOURCES, apply, later, load, make};
use crate::cases::{Edit, applied, edit, edited, in_sync};
use crate::tamper::hand::findings;

const PROD: Edit = edit("  prod:\n", "  prod:\n", "  prod:\n    protect: true\n");

fn destroy() -> PlanOptions {
    PlanOptions { destroy: true, ..PlanOptions::default() }
}

/// Returns the addresses that a plan is refused for. Nothing else is wrong, and nothing was called.
async fn refused(bed: &Testbed, desired: &Desired, options: &PlanOptions) -> Vec<String> {
    let before = bed.cloud().changes();
    let (plan, problems) = bed.process(desired).plan(options).await;
    assert!(plan.is_none(), "there is a plan");
    assert!(problems.0.iter().all(|one| one.code.as_str() == "protected" && one.hint.is_some()), "{problems:?}");
    assert_eq!(bed.cloud().changes(), before);
    let mut addrs: Vec<String> =
        problems.0.iter().filter_map(|one| Some(one.message.split_once(": ")?.0.to_owned())).collect();
    addrs.sort();
    addrs
}

#[tokio::test(start_paused = true)]
async fn a_protected_environment_is_not_destroyed() {
    let (free, desired) = (load(OPEN_API), load(&edited(OPEN_API, &[PROD])));
    let bed = make(&free).await;
    let all = refused(&bed, &desired, &destroy()).await;
    let of_prod = desired.resources.keys().filter(|addr| ["prod", "shared"].contains(&addr.env()));
    assert_eq!(all, of_prod.map(ToString::to_string).collect::<Vec<_>>());
    in_sync(&bed, &desired).await.expect("it is no difference");
    assert_eq!(findings(&bed.process(&desired).drift(&PlanOptions::default()).await), Vec::<String>::new());

    let mut others = destroy();
    others.filter.envs = ["dev".to_owned(), "int".to_owned()].into();
    apply(&bed, &desired, &others).await;
    later(&bed).await;
    apply(&bed, &free, &destroy()).await;
}

#[tokio::test(start_paused = true)]
async fn what_a_flow_leaves_in_a_protected_environment_is_not_pruned() {
    let bed = make(&load(OPEN_API)).await;
    let from = OPEN_API.find("  payment-events:").expect("a flow");
    let to = OPEN_API[from..].find("\n\n").map_or(OPEN_API.len(), |end| from + end);
    let fewer = format!("{}{}", &OPEN_API[..from], &OPEN_API[to..]);
    let prune = PlanOptions { prune: true, ..PlanOptions::default() };
    let gone = refused(&bed, &load(&edited(&fewer, &[PROD])), &prune).await;
    assert!(!gone.is_empty() && gone.iter().all(|addr| addr.starts_with("prod/")), "{gone:#?}");
    assert!(gone.contains(&"prod/eu-north-1/endpoint-service/payment-events".to_owned()), "{gone:#?}");
    applied(&bed, &load(&fewer)).await.expect("nothing is protected any more");
}

#[tokio::test(start_paused = true)]
async fn a_replacement_is_refused_for_the_resource_that_says_so() {
    let bed = make(&load(RESOURCES)).await;
    let described = edit("- kind: aws/security-group", "description: ", "description: new ");
    let protect = edit("- kind: aws/security-group", "\n", "\n    protect: true\n");
    let text = edited(RESOURCES, &[described]);
    let refused = refused(&bed, &load(&edited(&text, &[protect])), &PlanOptions::default()).await;
    assert_eq!(refused, ["hub/eu-north-1/security-group/edge"]);
    applied(&bed, &load(&text)).await.expect("nothing is protected any more");
}

/// An undo of what the same run has made is no destruction.
#[tokio::test(start_paused = true)]
async fn a_run_that_fails_is_undone_in_a_protected_environment_too() {
    let desired = load(&edited(OPEN_API, &[PROD]));
    let bed = Testbed::new(&desired);
    let kind = FaultKind::Error { status: 403, code: "UnauthorizedOperation".to_owned(), message: "no".to_owned() };
    let fault = Fault { operation: Some("CreateVpcEndpoint".to_owned()), region: None, skip: 0, times: u32::MAX, kind };
    bed.cloud().set_faults(vec![fault]);
    let process = bed.process(&desired);
    let (plan, _) = process.plan(&PlanOptions::default()).await;
    let report = process.apply(&plan.expect("a plan")).await;
    assert_eq!(report.outcome, Outcome::Unwound, "{:?}", report.failures);
    later(&bed).await;
    let ours = bed.cloud().world().aws.objects().into_iter().filter(|one| one.tags.contains_key("xcloud:product"));
    assert_eq!(ours.map(|one| one.kind).collect::<Vec<_>>(), Vec::<String>::new());
}
