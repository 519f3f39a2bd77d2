//! Token buckets: never faster than published, never much slower.

use futures_util::future::join_all;
use tokio::time::Instant;
use xcloud_core::limits::Quota;
use xcloud_core::provider::{ApiCall, ErrorKind, Gate as _, Outcome, ProviderError};

use crate::fake::{Fake, place};

#[tokio::test(start_paused = true)]
async fn fifty_endpoints_take_what_the_bucket_takes() {
    let fake = Fake::new(true);
    let call =
        ApiCall { place: place().key(), operation: "CreateVpcEndpoint", quota: Quota::Endpoints, mutating: true };
    let start = Instant::now();
    let times =
        join_all((0..50).map(|_| async { fake.pacer().admit(&call).await.map(|()| start.elapsed().as_secs_f64()) }))
            .await;
    let times: Vec<f64> = times.into_iter().map(|time| time.expect("nothing stops the run")).collect();
    let last = times.iter().copied().fold(0.0, f64::max);
    let floor = (50.0 - 4.0) / 0.3;
    assert!(last >= floor, "{last} s is faster than AWS allows ({floor} s)");
    assert!(last <= 1.15 * floor, "{last} s is slower than 1.15 x {floor} s");
}

#[tokio::test(start_paused = true)]
async fn a_throttle_that_comes_anyway_slows_down_and_recovers() {
    let fake = Fake::new(true);
    let call =
        ApiCall { place: place().key(), operation: "DescribeVpcEndpoints", quota: Quota::Ec2Reads, mutating: false };
    let throttle = ProviderError {
        kind: ErrorKind::Throttled,
        operation: "DescribeVpcEndpoints".to_owned(),
        place: place().key(),
        code: Some("RequestLimitExceeded".to_owned()),
        message: String::new(),
        request_id: None,
        retry_after_secs: None,
    };
    fake.pacer().admit(&call).await.expect("nothing stops the run");
    assert!(fake.pacer().settled(&call, 1, Outcome::Failed(&throttle)).await, "a read is repeated");
    let start = Instant::now();
    for _ in 0..20 {
        fake.pacer().admit(&call).await.expect("nothing stops the run");
    }
    let took = start.elapsed().as_secs_f64();
    assert!(took > 1.5, "the bucket was emptied and its rate halved, 20 calls took {took} s");
    assert_eq!(fake.pacer().calls().throttled, 1);
}
