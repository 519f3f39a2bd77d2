//! `aws/load-balancer`: subnets, addresses, groups, the enforcement flag, listeners.

use crate::bed::RESOURCES;
use crate::cases::{Edit, case, check, edit, edited, must};

const ENDPOINT: &str = "aws/endpoint\n    name: payments";
const EDGE: &str = "aws/load-balancer";
const GROUP: &str = "aws/security-group\n    name: edge";
const NSG: &str = "azure/network-security-group";
const FIREWALL: &str = "azure/firewall-rules";
const LISTENER: &str = "      - {port: 443, targets: [{ip: 10.122.8.10, port: 443}], health: {protocol: tcp, interval: 10s, threshold: 3}}\n";
const SECOND_LISTENER: Edit = edit(
    EDGE,
    LISTENER,
    "      - {port: 443, targets: [{ip: 10.122.8.10, port: 443}], health: {protocol: tcp, interval: 10s, threshold: 3}}
      - {port: 8443, targets: [{ip: 10.122.8.10, port: 8443}]}\n",
);

#[tokio::test(start_paused = true)]
async fn itself() {
    let cases = [
        case("new pins",
            &[edit(EDGE, "[10.60.8.4, 10.60.8.20]", "[10.60.8.6, 10.60.8.22]")],
            r#"
             update hub/eu-north-1/endpoint-service/payments
               load_balancers ["arn:aws:elasticloadbalancing:eu-north-1:100000000001:loadbalancer/net/xc-8a68c592-edge/*"] -> ["(hub/eu-north-1/load-balancer/edge)"]
             replace hub/eu-north-1/load-balancer/edge
               subnets[subnet-0a1b2c3d4e5f60718] "10.60.8.4" -> "10.60.8.6"
               subnets[subnet-0b1c2d3e4f5061728] "10.60.8.20" -> "10.60.8.22"
             update shared/azure/firewall-rules/rcg-xcloud-payments-edge
               rules[xc-payments-edge-from-aws].from ["10.60.8.4","10.60.8.20"] -> ["10.60.8.6","10.60.8.22"]
             update spoke/azure/network-security-group/core
               rules[xc-payments-edge-from-aws].from ["10.60.8.4","10.60.8.20"] -> ["10.60.8.6","10.60.8.22"]"#),
        case(
            "a zone less, with the pins of those that stay",
            &[
                edit(EDGE, ", subnet-0b1c2d3e4f5061728]", "]"),
                edit(EDGE, "[10.60.8.4, 10.60.8.20]", "[10.60.8.4]"),
                edit(ENDPOINT, ", subnet-0d1e2f30415263748]", "]"),
                edit(ENDPOINT, ", 10.20.9.21]", "]"),
            ],
            "
             refused: replacement-keeps-pin: hub/eu-north-1/load-balancer/edge: a new one must replace arn:aws:elasticloadbalancing:eu-north-1:100000000001:loadbalancer/net/xc-8a68c592-edge/615b02d353dde9ae (a subnet cannot leave in place while endpoints are connected), but it would keep 10.60.8.4",
        ),
        case("no pins", &[edit(EDGE, "    service_ips: [10.60.8.4, 10.60.8.20]", "   ")], ""),
        case("a group more",
            &[
                edit("resources:", "resources:\n", "resources:
  - {kind: aws/security-group, name: more, in: hub, vpc: {id: vpc-0aa11bb22cc33dd44}, description: more, ingress: [], egress: []}\n"),
                edit(EDGE, "security_groups: [edge]", "security_groups: [edge, more]"),
            ],
            r#"
             update hub/eu-north-1/load-balancer/edge
               security_groups ["sg-*"] -> ["sg-*","(hub/eu-north-1/security-group/more)"]
             create hub/eu-north-1/security-group/more
               name null -> "xc-payments-edge-more"
               vpc null -> "vpc-0aa11bb22cc33dd44"
               description null -> "more""#),
        case("rules off",
            &[edit(EDGE, "private_link_ingress_rules: enforced", "private_link_ingress_rules: off")],
            r#"
             update hub/eu-north-1/load-balancer/edge
               private_link_ingress_rules "enforced" -> "off""#),
    ];
    must(check("balancers_itself", RESOURCES, &cases).await);
}

/// Without an endpoint a zone leaves in place.
#[tokio::test(start_paused = true)]
async fn zones_without_endpoints() {
    let alone: String = RESOURCES.split("  - kind: ").enumerate().fold(String::new(), |text, (at, resource)| {
        let kinds = ["aws/security-group\n    name: edge", "aws/load-balancer", "aws/endpoint-service"];
        match at {
            0 => resource.to_owned(),
            _ if kinds.iter().any(|kind| resource.starts_with(kind)) => format!("{text}  - kind: {resource}"),
            _ => text,
        }
    });
    let cases = [case(
        "a zone less",
        &[edit(EDGE, ", subnet-0b1c2d3e4f5061728]", "]"), edit(EDGE, "[10.60.8.4, 10.60.8.20]", "[10.60.8.4]")],
        r#"
         update hub/eu-north-1/load-balancer/edge
           subnets[subnet-0b1c2d3e4f5061728] "10.60.8.20" -> null"#,
    )];
    must(check("balancers_zones_without_endpoints", &alone, &cases).await);
}

/// With endpoints connected a zone joins in place and leaves with a second load balancer.
#[tokio::test(start_paused = true)]
async fn zones() {
    let unpinned = edited(RESOURCES, &[edit(EDGE, "    service_ips: [10.60.8.4, 10.60.8.20]", "   ")]);
    let more = edit(EDGE, "subnet-0b1c2d3e4f5061728]", "subnet-0b1c2d3e4f5061728, subnet-0c1c2d3e4f5061728]");
    let less = edit(EDGE, ", subnet-0b1c2d3e4f5061728]", "]");
    let cases = [
        case(
            "a subnet more",
            &[more],
            r#"
             update hub/eu-north-1/endpoint-service/payments
               zones ["eun1-az1","eun1-az2"] -> ["eun1-az1","eun1-az2","eun1-az3"]
             update hub/eu-north-1/load-balancer/edge
               subnets[subnet-0c1c2d3e4f5061728] null -> true
             update shared/azure/firewall-rules/rcg-xcloud-payments-edge
               rules[xc-payments-edge-from-aws].from ["172.16.15.132","172.16.15.196"] -> "(known after apply; within 172.16.15.64/26, 172.16.15.128/26, 172.16.15.192/26, at most 3)"
             update spoke/azure/network-security-group/core
               rules[xc-payments-edge-from-aws].from ["172.16.15.132","172.16.15.196"] -> "(known after apply; within 172.16.15.64/26, 172.16.15.128/26, 172.16.15.192/26, at most 3)""#,
        ),
        case(
            "a zone more, for the endpoint too",
            &[
                more,
                edit(ENDPOINT, "subnet-0d1e2f30415263748]", "subnet-0d1e2f30415263748, subnet-0e9e2f30415263748]"),
                edit(ENDPOINT, "10.20.9.21]", "10.20.9.21, 10.20.9.37]"),
            ],
            r#"
             update hub/eu-north-1/endpoint-service/payments
               zones ["eun1-az1","eun1-az2"] -> ["eun1-az1","eun1-az2","eun1-az3"]
             update hub/eu-north-1/endpoint/payments
               subnets[subnet-0e9e2f30415263748] null -> "10.20.9.37"
             update hub/eu-north-1/load-balancer/edge
               subnets[subnet-0c1c2d3e4f5061728] null -> true
             update shared/azure/firewall-rules/rcg-xcloud-payments-edge
               rules[xc-payments-edge-from-aws].from ["172.16.15.132","172.16.15.196"] -> "(known after apply; within 172.16.15.64/26, 172.16.15.128/26, 172.16.15.192/26, at most 3)"
             update spoke/azure/network-security-group/core
               rules[xc-payments-edge-from-aws].from ["172.16.15.132","172.16.15.196"] -> "(known after apply; within 172.16.15.64/26, 172.16.15.128/26, 172.16.15.192/26, at most 3)"
             update spoke/azure/private-dns-record/events
               addresses ["10.20.9.5","10.20.9.21"] -> ["10.20.9.5","10.20.9.21","10.20.9.37"]"#,
        ),
        case(
            "a zone less, and the endpoint stays in it",
            &[less],
            "
             refused: zone-not-offered: hub/eu-north-1/endpoint/payments: its subnets are in eun1-az2, the service is only in eun1-az1",
        ),
        case(
            "a zone less, for the endpoint too",
            &[
                less,
                edit(ENDPOINT, ", subnet-0d1e2f30415263748]", "]"),
                edit(ENDPOINT, ", 10.20.9.21]", "]"),
            ],
            r#"
             update hub/eu-north-1/endpoint-service/payments
               load_balancers ["arn:aws:elasticloadbalancing:eu-north-1:100000000001:loadbalancer/net/xc-8a68c592-edge/*"] -> ["(hub/eu-north-1/load-balancer/edge)"]
             update hub/eu-north-1/endpoint/payments
               subnets[subnet-0d1e2f30415263748] "10.20.9.21" -> null
             replace hub/eu-north-1/load-balancer/edge
               subnets[subnet-0b1c2d3e4f5061728] true -> null
             update shared/azure/firewall-rules/rcg-xcloud-payments-edge
               rules[xc-payments-edge-from-aws].from ["172.16.15.132","172.16.15.196"] -> "(known after apply; within 172.16.15.192/26, at most 1)"
             update spoke/azure/network-security-group/core
               rules[xc-payments-edge-from-aws].from ["172.16.15.132","172.16.15.196"] -> "(known after apply; within 172.16.15.192/26, at most 1)"
             update spoke/azure/private-dns-record/events
               addresses ["10.20.9.5","10.20.9.21"] -> ["10.20.9.5"]"#,
        ),
    ];
    must(check("balancers_zones", &unpinned, &cases).await);
}

#[tokio::test(start_paused = true)]
async fn listeners() {
    let cases = [
        case(
            "a listener more",
            &[SECOND_LISTENER],
            r#"
             update hub/eu-north-1/load-balancer/edge
               listeners[8443] null -> {"protocol":"tcp","targets":["10.122.8.10:8443"]}"#,
        ),
        case(
            "its port",
            &[edit(EDGE, "port: 443", "port: 8443")],
            r#"
             update hub/eu-north-1/load-balancer/edge
               listeners[8443] null -> {"protocol":"tcp","targets":["10.122.8.10:443"],"health":{"interval":10,"threshold":3}}
               listeners[443] "TCP to arn:aws:elasticloadbalancing:eu-north-1:100000000001:targetgroup/xc-a5f8b0ec-443-to-443/*" -> null"#,
        ),
        case(
            "a target more",
            &[edit(EDGE, "port: 443}]", "port: 443}, {ip: 10.122.8.11, port: 443}]")],
            r#"
             update hub/eu-north-1/load-balancer/edge
               listeners[443].targets[10.122.8.11:443] null -> true"#,
        ),
        case(
            "another target",
            &[
                edit(EDGE, "10.122.8.10", "10.122.8.12"),
                edit(GROUP, "to: [10.122.8.10/32]", "to: [10.122.8.12/32]"),
                edit(NSG, "to: [10.122.8.10/32]", "to: [10.122.8.12/32]"),
                edit(FIREWALL, "to: [10.122.8.10/32]", "to: [10.122.8.12/32]"),
            ],
            r#"
             update hub/eu-north-1/load-balancer/edge
               listeners[443].targets[10.122.8.12:443] null -> true
               listeners[443].targets[10.122.8.10:443] true -> null
             update hub/eu-north-1/security-group/edge
               egress[tcp 443 to 10.122.8.12/32] null -> "the Azure application and its health check"
               egress[tcp 443 to 10.122.8.10/32] "the Azure application and its health check" -> null
             update shared/azure/firewall-rules/rcg-xcloud-payments-edge
               rules[xc-payments-edge-from-aws].to ["10.122.8.10"] -> ["10.122.8.12"]
             update spoke/azure/network-security-group/core
               rules[xc-payments-edge-from-aws].to ["10.122.8.10"] -> ["10.122.8.12"]"#,
        ),
        case(
            "the target's port",
            &[
                edit(EDGE, "ip: 10.122.8.10, port: 443", "ip: 10.122.8.10, port: 9443"),
                edit(GROUP, "ports: 443, to:", "ports: 9443, to:"),
                edit(NSG, "ports: 443", "ports: 9443"),
                edit(FIREWALL, "ports: 443", "ports: 9443"),
            ],
            r#"
             update hub/eu-north-1/load-balancer/edge
               listeners[443].target_port 443 -> 9443
               listeners[443].targets[10.122.8.10:9443] null -> true
               listeners[443].targets[10.122.8.10:443] true -> null
             update hub/eu-north-1/security-group/edge
               egress[tcp 9443 to 10.122.8.10/32] null -> "the Azure application and its health check"
               egress[tcp 443 to 10.122.8.10/32] "the Azure application and its health check" -> null
             update shared/azure/firewall-rules/rcg-xcloud-payments-edge
               rules[xc-payments-edge-from-aws].ports ["443"] -> ["9443"]
             update spoke/azure/network-security-group/core
               rules[xc-payments-edge-from-aws].ports ["443"] -> ["9443"]"#,
        ),
        case(
            "the group's own port",
            &[edit(EDGE, "health: {protocol", "target_port: 8080, health: {protocol")],
            r#"
             update hub/eu-north-1/load-balancer/edge
               listeners[443].target_port 443 -> 8080"#,
        ),
        case(
            "the interval",
            &[edit(EDGE, "interval: 10s", "interval: 30s")],
            r#"
             update hub/eu-north-1/load-balancer/edge
               listeners[443].health.interval 10 -> 30"#,
        ),
        case(
            "an interval that is shorter than a check takes by default",
            &[edit(EDGE, "interval: 10s", "interval: 5s")],
            r#"
             update hub/eu-north-1/load-balancer/edge
               listeners[443].health.interval 10 -> 5
               listeners[443].health.timeout 10 -> 4"#,
        ),
        case(
            "the threshold",
            &[edit(EDGE, "threshold: 3", "threshold: 5")],
            r#"
             update hub/eu-north-1/load-balancer/edge
               listeners[443].health.threshold 3 -> 5"#,
        ),
    ];
    must(check("balancers_listeners", RESOURCES, &cases).await);
}
