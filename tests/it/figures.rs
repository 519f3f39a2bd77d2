//! Promises in numbers: calls of a no-op plan, and pacing by the published limits.

use std::fmt::Write as _;

use xcloud::testbed::Testbed;
use xcloud_core::model::Desired;
use xcloud_core::plan::PlanOptions;

use crate::bed::{apply, assert_in_sync, later, load};

/// An estate of n copies of {2 groups with 4 rules, load balancer + target group + listener, service + principal,
/// endpoint} in one account and region.
fn copies(n: usize) -> Desired {
    let mut text = String::from(
        "apiVersion: xcloud/v1
product: figures
owner: figures@bank.example
regions: {primary: eu-north-1}
accounts:
  hub: {cloud: aws, account: \"100000000001\", region: eu-north-1, role: xcloud}
resources:
",
    );
    for copy in 0..n {
        for group in ["edge", "clients"] {
            let rules: String = [443, 8443, 9443, 10443]
                .map(|port| format!("      - {{protocol: tcp, ports: {port}, from: [10.20.0.0/16]}}\n"))
                .concat();
            let vpc = if group == "edge" { "vpc-0aa11bb22cc33dd44" } else { "vpc-0ee55ff66aa77bb88" };
            write!(
                text,
                "  - kind: aws/security-group
    name: {group}-{copy}
    in: hub
    vpc: {{id: {vpc}}}
    description: {group} {copy}
    ingress:
{rules}    egress: []
"
            )
            .expect("a string takes text");
        }
        write!(
            text,
            "  - kind: aws/load-balancer
    name: balancer-{copy}
    in: hub
    vpc: {{id: vpc-0aa11bb22cc33dd44}}
    subnets: {{ids: [subnet-0a1b2c3d4e5f60718, subnet-0b1c2d3e4f5061728]}}
    security_groups: [edge-{copy}]
    listeners:
      - {{port: 443, targets: [{{ip: 10.122.8.10, port: 443}}]}}
  - kind: aws/endpoint-service
    name: service-{copy}
    in: hub
    load_balancers: [balancer-{copy}]
    acceptance: automatic
    principals: [\"arn:aws:iam::100000000001:root\"]
  - kind: aws/endpoint
    name: endpoint-{copy}
    in: hub
    vpc: {{id: vpc-0ee55ff66aa77bb88}}
    subnets: {{ids: [subnet-0c1d2e3f405162738, subnet-0d1e2f30415263748]}}
    service: service-{copy}
    security_groups: [clients-{copy}]
    private_dns: false
"
        )
        .expect("a string takes text");
    }
    load(&text)
}

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
