//! Promises in numbers: calls of a no-op plan, and pacing by the published limits.

use xcloud_core::plan::PlanOptions;
use xcloud_tests::Testbed;

use crate::bed::{apply, assert_in_sync, later};
use crate::copies::copies;

#[tokio::test(start_paused = true)]
async fn a_no_op_plan_makes_few_calls() {
    for n in [1, 10, 30] {
        let desired = copies(n);
        let bed = Testbed::new(&desired);
        apply(&bed, &desired, &PlanOptions::default()).await;
        later(&bed).await;
        let process = bed.process(&desired);
        let (plan, _) = process.plan(&PlanOptions::default()).await;
        assert_in_sync(&plan.expect("a plan"));
        let calls = process.calls();
        let tenths = u64::try_from(120 + 32 * n).expect("a small number");
        assert!(10 * calls.total <= tenths, "{n} copies: {} calls, {:#?}", calls.total, calls.by_operation);
    }
}

#[tokio::test(start_paused = true)]
async fn fifty_endpoints_are_created_at_the_published_rate_and_never_throttled() {
    let desired = copies(50);
    let bed = Testbed::new(&desired);
    let (_, _, calls) = apply(&bed, &desired, &PlanOptions::default()).await;
    assert_eq!(calls.throttled, 0);
    let log = bed.cloud().calls();
    let times: Vec<_> =
        log.iter().filter(|call| call.operation == "CreateVpcEndpoint" && call.status == Some(200)).collect();
    assert_eq!(times.len(), 50);
    let (first, last) = (times[0].at, times[49].at);
    let floor = (50.0 - 4.0) / 0.3;
    let took = last.secs_since(first);
    assert!(took <= 1.15 * floor, "{took} s for 50 endpoints, the floor is {floor} s");
    assert!(log.iter().all(|call| call.status != Some(503) || call.operation == "CreateVpcEndpoint"));
}
