//! `aws/load-balancer`: subnets, addresses, groups, the enforcement flag, listeners.

use crate::bed::RESOURCES;
use crate::cases::{case, Edit, check, edit, must};

const EDGE: &str = "aws/load-balancer";
const LISTENER: &str = "      - {port: 443, targets: [{ip: 10.122.8.10, port: 443}], health: {protocol: tcp, interval: 10s, threshold: 3}}\n";
const SECOND_LISTENER: Edit = edit(EDGE, LISTENER, "      - {port: 443, targets: [{ip: 10.122.8.10, port: 443}], health: {protocol: tcp, interval: 10s, threshold: 3}}
      - {port: 8443, targets: [{ip: 10.122.8.10, port: 8443}]}\n");

#[tokio::test(start_paused = true)]
async fn itself() {
    let cases = [
        case("a subnet more",
            &[
                edit(EDGE, "subnet-0b1c2d3e4f5061728]", "subnet-0b1c2d3e4f5061728, subnet-0c1c2d3e4f5061728]"),
                edit(EDGE, "10.60.8.20]", "10.60.8.20, 10.60.8.36]"),
            ],
            ""),
        case("new pins",
            &[edit(EDGE, "[10.60.8.4, 10.60.8.20]", "[10.60.8.6, 10.60.8.22]")],
            ""),
        case("no pins", &[edit(EDGE, "    service_ips: [10.60.8.4, 10.60.8.20]", "   ")], ""),
        case("a group more",
            &[
                edit("resources:", "resources:\n", "resources:
  - {kind: aws/security-group, name: more, in: hub, vpc: {id: vpc-0aa11bb22cc33dd44}, description: more, ingress: [], egress: []}\n"),
                edit(EDGE, "security_groups: [edge]", "security_groups: [edge, more]"),
            ],
            ""),
        case("rules off",
            &[edit(EDGE, "private_link_ingress_rules: enforced", "private_link_ingress_rules: off")],
            ""),
    ];
    must(check(RESOURCES, &cases).await);
}

#[tokio::test(start_paused = true)]
async fn listeners() {
    let cases = [
        case("a listener more", &[SECOND_LISTENER], ""),
        case("its port", &[edit(EDGE, "port: 443", "port: 8443")], ""),
        case("a target more",
            &[edit(EDGE, "port: 443}]", "port: 443}, {ip: 10.122.8.11, port: 443}]")],
            ""),
        case("another target", &[edit(EDGE, "10.122.8.10", "10.122.8.12")], ""),
        case("the target's port", &[edit(EDGE, "ip: 10.122.8.10, port: 443", "ip: 10.122.8.10, port: 9443")], ""),
        case("the group's own port",
            &[edit(EDGE, "health: {protocol", "target_port: 8080, health: {protocol")],
            ""),
        case("the interval", &[edit(EDGE, "interval: 10s", "interval: 30s")], ""),
        case("the threshold", &[edit(EDGE, "threshold: 3", "threshold: 5")], ""),
    ];
    must(check(RESOURCES, &cases).await);
}
