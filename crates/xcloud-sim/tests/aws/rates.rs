//! Token buckets and quotas.

use crate::client::estate;

type Outcome = Result<(), Box<dyn std::error::Error>>;

#[tokio::test(start_paused = true)]
async fn endpoints_come_four_at_once_and_then_three_in_ten_seconds() -> Outcome {
    let estate = estate()?;
    let started = estate.cloud.clock().now();
    let mut made = 0;
    while made < 50 {
        let reply = estate.endpoint("com.amazonaws.eu-north-1.sts", &[]).await;
        match reply.code() {
            "200" => made += 1,
            "RequestLimitExceeded" if reply.status == 503 => estate.wait(0.2).await,
            other => return Err(format!("{other} after {made} endpoints").into()),
        }
    }
    let seconds = estate.cloud.clock().now().secs_since(started);
    assert!((153.0..157.0).contains(&seconds), "(50 - 4) / 0.3 s is 153 s, this took {seconds}");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn each_api_and_account_has_a_bucket_of_its_own() -> Outcome {
    let estate = estate()?;
    let delete = [("VpcEndpointId.1", "vpce-0123456789abcdef0")];
    let mut codes = Vec::new();
    for _ in 0..6 {
        codes.push(estate.ec2("HUB", "DeleteVpcEndpoints", &delete).await.status);
    }
    assert_eq!(codes, [200, 200, 200, 200, 503, 503]);
    assert_eq!(estate.ec2("PRODUCT", "DeleteVpcEndpoints", &delete).await.status, 200);
    assert_eq!(estate.ec2("HUB", "ModifyVpcEndpoint", &delete).await.code(), "MissingParameter");
    estate.wait(3.4).await;
    assert_eq!(estate.ec2("HUB", "DeleteVpcEndpoints", &delete).await.status, 200);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn load_balancing_says_throttling_with_400_and_the_switch_turns_all_off() -> Outcome {
    let estate = estate()?;
    let mut throttled = 0;
    for _ in 0..120 {
        let reply = estate.elb("DescribeLoadBalancers", &[]).await;
        throttled += u32::from((reply.status, reply.code()) == (400, "Throttling"));
    }
    assert!(throttled > 0);
    estate.cloud.change(|world, _| world.aws.throttling = false);
    for _ in 0..200 {
        assert_eq!(estate.elb("DescribeLoadBalancers", &[]).await.status, 200);
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn unbounded_reads_have_half_the_rate() -> Outcome {
    let estate = estate()?;
    estate.cloud.change(|world, _| world.aws.lag = false);
    let started = estate.cloud.clock().now();
    let mut passed = 0_u32;
    while estate.cloud.clock().now().secs_since(started) < 20.0 {
        passed += u32::from(estate.ec2("HUB", "DescribeSecurityGroups", &[]).await.status == 200);
    }
    assert!((240..=260).contains(&passed), "50 and 10 a second: {passed}");
    let paged = [("MaxResults", "5")];
    assert_eq!(estate.ec2("HUB", "DescribeSecurityGroups", &paged).await.status, 200);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn the_fifty_first_load_balancer_needs_a_raised_quota() -> Outcome {
    let estate = estate()?;
    estate.cloud.change(|world, _| world.aws.throttling = false);
    let group = estate.group("edge").await;
    for index in 0..50 {
        assert!(estate.load_balancer(&format!("lb-{index}"), &group).await.starts_with("arn:"));
    }
    assert_eq!(estate.load_balancer("one-more", &group).await, "");
    estate.cloud.change(|world, _| world.aws.quotas.load_balancers_per_region = 51);
    assert!(estate.load_balancer("one-more", &group).await.starts_with("arn:"));
    Ok(())
}
