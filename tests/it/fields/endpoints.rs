//! `aws/endpoint-service`, `aws/endpoint` and `aws/private-zone-record`.

use crate::bed::{RESOURCES, load, make};
use crate::cases::{Edit, case, check, edit, edited, in_sync, judged, must, planned};

const NSG: &str = "azure/network-security-group";
const FIREWALL: &str = "azure/firewall-rules";
const SERVICE: &str = "aws/endpoint-service\n    name: payments";
const ENDPOINT: &str = "aws/endpoint\n    name: payments";
const RECORD: &str = "aws/private-zone-record";
const DNS: &str = "azure/private-dns-record";

/// What lets the second service through Azure.
pub(crate) const OPENED: [Edit; 2] = [
    edit(NSG, "        ports: 443\n", "        ports: 443
      - {name: second, priority: 2202, direction: inbound, access: allow, protocol: tcp, from: {service_ips_of: second}, to: [10.122.8.10/32], ports: 443}\n"),
    edit(FIREWALL, "      - {name: from-aws", "      - {name: second, protocol: tcp, from: {service_ips_of: second}, to: [10.122.8.10/32], ports: 443}
      - {name: from-aws"),
];

/// A second service beside the example's, without pins, and what lets it through Azure.
pub(crate) const SECOND: [Edit; 3] = [
    edit(
        "resources:",
        "resources:\n",
        "resources:
  - kind: aws/load-balancer
    name: second
    in: hub
    subnets: {ids: [subnet-0a2b2c3d4e5f60718, subnet-0b2c2d3e4f5061728]}
    security_groups: [edge]
    listeners:
      - {port: 443, targets: [{ip: 10.122.8.10, port: 443}]}
  - kind: aws/endpoint-service
    name: second
    in: hub
    load_balancers: [second]
    acceptance: automatic
    principals: [\"arn:aws:iam::100000000001:root\"]\n",
    ),
    OPENED[0],
    OPENED[1],
];

/// An endpoint of that service, and one of a service of AWS.
pub(crate) const SECOND_ENDPOINT: Edit = edit(
    "resources:",
    "resources:\n",
    "resources:
  - kind: aws/endpoint
    name: second
    in: hub
    vpc: {id: vpc-0ee55ff66aa77bb88}
    subnets: {ids: [subnet-0e1d2e3f405162738, subnet-0f1e2f30415263748]}
    service: second
    security_groups: [clients]
  - kind: aws/endpoint
    name: keys
    in: hub
    vpc: {id: vpc-0ee55ff66aa77bb88}
    subnets: {ids: [subnet-0e1d2e3f405162738, subnet-0f1e2f30415263748]}
    service: com.amazonaws.eu-north-1.kms
    security_groups: [clients]
    private_dns: false\n",
);
const UNPINNED: &str = "aws/endpoint\n    name: second";
const KEYS: &str = "    name: keys";

fn two_ways() -> String {
    edited(RESOURCES, &[&SECOND[..], &[SECOND_ENDPOINT]].concat())
}

#[tokio::test(start_paused = true)]
async fn service() {
    let cases = [
        case(
            "another load balancer",
            &[
                edit(SECOND_SERVICE, "load_balancers: [second]", "load_balancers: [third]"),
                edit(
                    "resources:",
                    "resources:\n",
                    "resources:
  - kind: aws/load-balancer
    name: third
    in: hub
    subnets: {ids: [subnet-0a2b2c3d4e5f60718, subnet-0b2c2d3e4f5061728]}
    security_groups: [edge]
    listeners: [{port: 443, targets: [{ip: 10.122.8.10, port: 443}]}]\n",
                ),
            ],
            r#"
             update hub/eu-north-1/endpoint-service/second
               load_balancers ["arn:aws:elasticloadbalancing:eu-north-1:100000000001:loadbalancer/net/xc-b680db78-second/*"] -> ["(hub/eu-north-1/load-balancer/third)"]
             create hub/eu-north-1/load-balancer/third
               name null -> "xc-07299279-third"
               subnets[subnet-0a2b2c3d4e5f60718] null -> true
               subnets[subnet-0b2c2d3e4f5061728] null -> true
               security_groups null -> ["sg-*"]
               listeners[443] null -> {"protocol":"tcp","targets":["10.122.8.10:443"]}
             update shared/azure/firewall-rules/rcg-xcloud-payments-edge
               rules[xc-payments-edge-second].from ["10.60.255.132","10.60.255.196"] -> "(known after apply; within 10.60.255.128/26, 10.60.255.192/26, at most 2)"
             update spoke/azure/network-security-group/core
               rules[xc-payments-edge-second].from ["10.60.255.132","10.60.255.196"] -> "(known after apply; within 10.60.255.128/26, 10.60.255.192/26, at most 2)""#,
        ),
        case(
            "a load balancer more",
            &[
                edit(SECOND_SERVICE, "load_balancers: [second]", "load_balancers: [second, third]"),
                edit(
                    "resources:",
                    "resources:\n",
                    "resources:
  - kind: aws/load-balancer
    name: third
    in: hub
    subnets: {ids: [subnet-0a2b2c3d4e5f60718, subnet-0b2c2d3e4f5061728]}
    security_groups: [edge]
    listeners: [{port: 443, targets: [{ip: 10.122.8.10, port: 443}]}]\n",
                ),
            ],
            r#"
             update hub/eu-north-1/endpoint-service/second
               load_balancers ["arn:aws:elasticloadbalancing:eu-north-1:100000000001:loadbalancer/net/xc-b680db78-second/*"] -> ["arn:aws:elasticloadbalancing:eu-north-1:100000000001:loadbalancer/net/xc-b680db78-second/*","(hub/eu-north-1/load-balancer/third)"]
             create hub/eu-north-1/load-balancer/third
               name null -> "xc-07299279-third"
               subnets[subnet-0a2b2c3d4e5f60718] null -> true
               subnets[subnet-0b2c2d3e4f5061728] null -> true
               security_groups null -> ["sg-*"]
               listeners[443] null -> {"protocol":"tcp","targets":["10.122.8.10:443"]}
             update shared/azure/firewall-rules/rcg-xcloud-payments-edge
               rules[xc-payments-edge-second].from ["10.60.255.132","10.60.255.196"] -> "(known after apply; within 10.60.255.128/26, 10.60.255.132/32, 10.60.255.192/26, 10.60.255.196/32, at most 4)"
             update spoke/azure/network-security-group/core
               rules[xc-payments-edge-second].from ["10.60.255.132","10.60.255.196"] -> "(known after apply; within 10.60.255.128/26, 10.60.255.132/32, 10.60.255.192/26, 10.60.255.196/32, at most 4)""#,
        ),
        case(
            "acceptance automatic",
            &[edit(SERVICE, "acceptance: managed", "acceptance: automatic")],
            r#"
             update hub/eu-north-1/endpoint-service/payments
               acceptance "managed" -> "automatic""#,
        ),
        case(
            "acceptance managed",
            &[edit(SECOND_SERVICE, "acceptance: automatic", "acceptance: managed")],
            r#"
             update hub/eu-north-1/endpoint-service/second
               acceptance "automatic" -> "managed""#,
        ),
        case(
            "a principal more",
            &[edit(SERVICE, "200000000003:root\"", "200000000003:root\", \"arn:aws:iam::200000000004:role/app\"")],
            r#"
             update hub/eu-north-1/endpoint-service/payments
               principals[arn:aws:iam::200000000004:role/app] null -> true"#,
        ),
        case(
            "a principal less",
            &[edit(SERVICE, ", \"arn:aws:iam::200000000003:root\"", "")],
            r#"
             update hub/eu-north-1/endpoint-service/payments
               principals[arn:aws:iam::200000000003:root] true -> null"#,
        ),
    ];
    must(check("endpoints_service", &two_ways(), &cases).await);
}

const SECOND_SERVICE: &str = "aws/endpoint-service\n    name: second";

#[tokio::test(start_paused = true)]
async fn endpoint() {
    let cases = [
        case("a subnet less, without pins",
            &[edit(UNPINNED, ", subnet-0f1e2f30415263748]", "]")],
            r#"
             update hub/eu-north-1/endpoint/second
               subnets[subnet-0f1e2f30415263748] "10.20.255.133" -> null"#),
        case("a subnet less, with pins",
            &[
                edit(ENDPOINT, ", subnet-0d1e2f30415263748]", "]"),
                edit(ENDPOINT, "[10.20.9.5, 10.20.9.21]", "[10.20.9.5]"),
            ],
            r#"
             update hub/eu-north-1/endpoint/payments
               subnets[subnet-0d1e2f30415263748] "10.20.9.21" -> null
             update spoke/azure/private-dns-record/events
               addresses ["10.20.9.5","10.20.9.21"] -> ["10.20.9.5"]"#),
        case("new pins",
            &[edit(ENDPOINT, "[10.20.9.5, 10.20.9.21]", "[10.20.9.6, 10.20.9.22]")],
            r#"
             replace hub/eu-north-1/endpoint/payments
               subnets[subnet-0c1d2e3f405162738] "10.20.9.5" -> "10.20.9.6"
               subnets[subnet-0d1e2f30415263748] "10.20.9.21" -> "10.20.9.22"
             update hub/eu-north-1/private-zone-record/core
               alias "vpce-*-*.vpce-svc-*.eu-north-1.vpce.amazonaws.com" -> "(known after apply: the regional name of hub/eu-north-1/endpoint/payments)"
             update spoke/azure/private-dns-record/events
               addresses ["10.20.9.5","10.20.9.21"] -> ["10.20.9.6","10.20.9.22"]"#),
        case("no pins", &[edit(ENDPOINT, "    endpoint_ips: [10.20.9.5, 10.20.9.21]", "   ")], ""),
        case("another service", &[edit(UNPINNED, "service: second", "service: payments")], r#"
             replace hub/eu-north-1/endpoint/second
               service "com.amazonaws.vpce.eu-north-1.vpce-svc-*" -> "com.amazonaws.vpce.eu-north-1.vpce-svc-*""#),
        case("another service, with new pins",
            &[
                edit(ENDPOINT, "[10.20.9.5, 10.20.9.21]", "[10.20.9.6, 10.20.9.22]"),
                edit(ENDPOINT, "service: payments", "service: second"),
            ],
            r#"
             replace hub/eu-north-1/endpoint/payments
               service "com.amazonaws.vpce.eu-north-1.vpce-svc-*" -> "com.amazonaws.vpce.eu-north-1.vpce-svc-*"
               subnets[subnet-0c1d2e3f405162738] "10.20.9.5" -> "10.20.9.6"
               subnets[subnet-0d1e2f30415263748] "10.20.9.21" -> "10.20.9.22"
             update hub/eu-north-1/private-zone-record/core
               alias "vpce-*-*.vpce-svc-*.eu-north-1.vpce.amazonaws.com" -> "(known after apply: the regional name of hub/eu-north-1/endpoint/payments)"
             update spoke/azure/private-dns-record/events
               addresses ["10.20.9.5","10.20.9.21"] -> ["10.20.9.6","10.20.9.22"]"#),
        case("a group more",
            &[
                edit("resources:", "resources:\n", "resources:
  - {kind: aws/security-group, name: more, in: hub, vpc: {id: vpc-0ee55ff66aa77bb88}, description: more, ingress: [], egress: []}\n"),
                edit(ENDPOINT, "security_groups: [clients]", "security_groups: [clients, more]"),
            ],
            r#"
             update hub/eu-north-1/endpoint/payments
               security_groups ["sg-*"] -> ["sg-*","(hub/eu-north-1/security-group/more)"]
             create hub/eu-north-1/security-group/more
               name null -> "xc-payments-edge-more"
               vpc null -> "vpc-0ee55ff66aa77bb88"
               description null -> "more""#),
        case("private DNS", &[edit(KEYS, "private_dns: false", "private_dns: true")], r#"
             update hub/eu-north-1/endpoint/keys
               private_dns false -> true"#),
    ];
    must(check("endpoints_endpoint", &two_ways(), &cases).await);
}

#[tokio::test(start_paused = true)]
async fn record() {
    let cases = [
        case(
            "its name",
            &[edit(RECORD, "record: core.azure", "record: new.azure")],
            r#"
             replace hub/eu-north-1/private-zone-record/core
               record null -> "new.azure.bank.example"
               zone null -> "azure.bank.example"
               alias null -> "vpce-*-*.vpce-svc-*.eu-north-1.vpce.amazonaws.com"
               superseded[_xcloud.core.azure.bank.example] true -> null"#,
        ),
        case(
            "another endpoint",
            &[edit(RECORD, "endpoint: payments", "endpoint: second")],
            r#"
             update hub/eu-north-1/private-zone-record/core
               alias "vpce-*-*.vpce-svc-*.eu-north-1.vpce.amazonaws.com" -> "vpce-*-*.vpce-svc-*.eu-north-1.vpce.amazonaws.com""#,
        ),
    ];
    must(check("endpoints_record", &two_ways(), &cases).await);
}

/// What a name leads to is made in the run that moves the name: nobody is sent there before the targets are healthy.
#[tokio::test(start_paused = true)]
async fn a_name_moves_to_a_service_that_is_made_in_the_same_run() {
    let new_pins = edit(ENDPOINT, "[10.20.9.5, 10.20.9.21]", "[10.20.9.6, 10.20.9.22]");
    let no_pins = edit(ENDPOINT, "    endpoint_ips: [10.20.9.5, 10.20.9.21]", "   ");
    let other = edit(ENDPOINT, "service: payments", "service: second");
    let rows = [
        ("a record", [SECOND_ENDPOINT, edit(RECORD, "endpoint: payments", "endpoint: second")]),
        ("a record of Azure", [SECOND_ENDPOINT, edit(DNS, "endpoint_ips_of: payments", "endpoint_ips_of: second")]),
        ("an endpoint", [new_pins, other]),
        ("an endpoint without pins", [no_pins, other]),
    ];
    let before = load(RESOURCES);
    let made = make(&before).await;
    for (name, edits) in rows {
        let mut bed = made.fork();
        let after = load(&edited(RESOURCES, &[&SECOND[..], &edits].concat()));
        bed.seed(&after);
        let plan = planned(&bed, &after).await.expect(name);
        assert_eq!(judged(&bed, &before, &after, &plan).await, Ok(()), "{name}");
        let back = planned(&bed, &before).await.expect(name);
        assert_eq!(judged(&bed, &after, &before, &back).await, Ok(()), "{name}: the way back");
        in_sync(&bed, &before).await.expect(name);
    }
}
