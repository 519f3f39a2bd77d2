//! The estate in which the figures are counted.

use std::fmt::Write as _;

use xcloud_core::config;
use xcloud_core::model::Desired;

/// An estate of n copies of {2 groups with 4 rules, load balancer + target group + listener, service + principal,
/// endpoint} in one account and region.
pub(crate) fn copies(n: usize) -> Desired {
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
    config::load("copies.yaml", &text).0.expect("the copies are a good config")
}
