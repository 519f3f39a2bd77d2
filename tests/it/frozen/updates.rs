//! Each kind with its fields changed, one change or a few that belong together.

use super::scene::{Line, hold_edits};
use crate::cases::edit;
use crate::fields::endpoints::OPENED;

const MIXED: &str = "    name: mixed";
const EDGE: &str = "aws/load-balancer\n    name: edge";
const SERVICE: &str = "aws/endpoint-service\n    name: payments";
const ENDPOINT: &str = "aws/endpoint\n    name: payments";
const UNPINNED: &str = "aws/endpoint\n    name: second";
const RECORD: &str = "aws/private-zone-record";
const NSG: &str = "azure/network-security-group";
const FIREWALL: &str = "azure/firewall-rules";
const LINK: &str = "azure/private-link-service";
const DNS: &str = "azure/private-dns-record\n    name: events";

const MORE_GROUPS: &str = "resources:
  - {kind: aws/security-group, name: at-edge, in: hub, vpc: {id: vpc-0aa11bb22cc33dd44}, description: at the edge, ingress: [], egress: []}
  - {kind: aws/security-group, name: at-clients, in: hub, vpc: {id: vpc-0ee55ff66aa77bb88}, description: at clients, ingress: [], egress: []}
";

const THIRD: &str = "resources:
  - kind: aws/load-balancer
    name: third
    in: hub
    subnets: {ids: [subnet-0a2b2c3d4e5f60718, subnet-0b2c2d3e4f5061728]}
    security_groups: [edge]
    listeners: [{port: 443, targets: [{ip: 10.122.8.10, port: 443}]}]
";

#[tokio::test(start_paused = true)]
async fn security_groups() {
    let lines: Vec<Line> = vec![
        ("protocol", vec![edit(MIXED, "{protocol: udp, ports: 53", "{protocol: tcp, ports: 53")]),
        ("ports", vec![edit(MIXED, "[80, 8000-8010]", "[81, 8000-8011]")]),
        (
            "from",
            vec![edit(MIXED, "[10.20.0.0/16]", "[10.21.0.0/16]"), edit(MIXED, "2001:db8:1::/48", "2001:db8:2::/48")],
        ),
        (
            "from a list and a group",
            vec![
                edit(MIXED, "pl-0aa11bb22cc33dd44", "pl-0bb11bb22cc33dd44"),
                edit(MIXED, "from: [clients]", "from: [mixed]"),
            ],
        ),
        (
            "descriptions",
            vec![
                edit(MIXED, "description: web", "description: web pages"),
                edit(MIXED, "description: names", "description: resolvers"),
                edit(MIXED, ", description: others", ""),
                edit(MIXED, "description: out", "description: away"),
            ],
        ),
        (
            "rules less and more",
            vec![
                edit(MIXED, "      - {protocol: icmp, from: [10.20.0.0/16]}\n", ""),
                edit(MIXED, "[10.20.5.0/24]", "[10.20.5.0/24, clients]"),
            ],
        ),
        ("egress", vec![edit(MIXED, "to: [10.0.0.0/8]", "to: [10.0.0.0/9]"), edit(MIXED, "ports: 444", "ports: 445")]),
        ("ownership", vec![edit(MIXED, "    ingress:\n", "    ownership: additive\n    ingress:\n")]),
    ];
    hold_edits("updates/security-group", lines).await;
}

#[tokio::test(start_paused = true)]
async fn load_balancers() {
    let lines: Vec<Line> = vec![
        (
            "subnet more",
            vec![
                edit(EDGE, "subnet-0b1c2d3e4f5061728]", "subnet-0b1c2d3e4f5061728, subnet-0c1c2d3e4f5061728]"),
                edit(EDGE, "10.60.8.20]", "10.60.8.20, 10.60.8.36]"),
            ],
        ),
        (
            "group more",
            vec![
                edit("resources:", "resources:\n", MORE_GROUPS),
                edit(EDGE, "security_groups: [edge]", "security_groups: [edge, at-edge]"),
            ],
        ),
        ("rules off", vec![edit(EDGE, "private_link_ingress_rules: enforced", "private_link_ingress_rules: off")]),
        ("listener port", vec![edit(EDGE, "port: 443", "port: 8443")]),
        (
            "listener more",
            vec![edit(
                EDGE,
                "    listeners:\n",
                "    listeners:\n      - {port: 8443, targets: [{ip: 10.122.8.10, port: 8443}]}\n",
            )],
        ),
        (
            "targets",
            vec![edit(
                EDGE,
                "{ip: 10.122.8.10, port: 443}",
                "{ip: 10.122.8.11, port: 443}, {ip: 10.122.8.12, port: 443}",
            )],
        ),
        ("target port", vec![edit(EDGE, "ip: 10.122.8.10, port: 443", "ip: 10.122.8.10, port: 9443")]),
        ("health", vec![edit(EDGE, "interval: 10s, threshold: 3", "interval: 30s, threshold: 5")]),
    ];
    hold_edits("updates/load-balancer", lines).await;
}

#[tokio::test(start_paused = true)]
async fn services_and_endpoints() {
    let second = "aws/endpoint-service\n    name: second";
    let lines: Vec<Line> = vec![
        (
            "service load balancer",
            vec![
                edit(second, "load_balancers: [second]", "load_balancers: [third]"),
                edit("resources:", "resources:\n", THIRD),
            ],
        ),
        ("service acceptance automatic", vec![edit(SERVICE, "acceptance: managed", "acceptance: automatic")]),
        ("service acceptance managed", vec![edit(second, "acceptance: automatic", "acceptance: managed")]),
        ("service principals", vec![edit(SERVICE, "200000000003:root\"", "200000000004:role/app\"")]),
        ("endpoint subnet less", vec![edit(UNPINNED, ", subnet-0f1e2f30415263748]", "]")]),
        (
            "endpoint pinned subnet less",
            vec![
                edit(ENDPOINT, ", subnet-0d1e2f30415263748]", "]"),
                edit(ENDPOINT, "[10.20.9.5, 10.20.9.21]", "[10.20.9.5]"),
            ],
        ),
        (
            "endpoint group more",
            vec![
                edit("resources:", "resources:\n", MORE_GROUPS),
                edit(ENDPOINT, "security_groups: [clients]", "security_groups: [clients, at-clients]"),
            ],
        ),
        ("endpoint private dns", vec![edit("    name: keys", "private_dns: false", "private_dns: true")]),
        ("record name", vec![edit(RECORD, "record: core.azure", "record: new.azure")]),
        ("record endpoint", vec![OPENED[0], OPENED[1], edit(RECORD, "endpoint: payments", "endpoint: second")]),
    ];
    hold_edits("updates/endpoint", lines).await;
}

#[tokio::test(start_paused = true)]
async fn azure_rules() {
    let lines: Vec<Line> = vec![
        ("nsg priority", vec![edit(NSG, "priority: 2201", "priority: 2210")]),
        (
            "nsg priorities change places",
            vec![edit(NSG, "priority: 2201", "priority: 2203"), edit("name: near", "priority: 2203", "priority: 2201")],
        ),
        (
            "nsg direction and access",
            vec![
                edit("name: ping", "direction: outbound", "direction: inbound"),
                edit("name: back", "access: allow", "access: deny"),
            ],
        ),
        (
            "nsg protocol and ports",
            vec![
                edit("name: back", "protocol: tcp", "protocol: udp"),
                edit("name: back", "[80, 8000-8010]", "0-65535"),
            ],
        ),
        (
            "nsg addresses",
            vec![
                edit(NSG, "from: {service_ips_of: payments}", "from: {endpoint_ips_of: payments}"),
                edit("name: ping", "to: [10.20.9.0/24]", "to: {endpoint_ips_of: payments}"),
            ],
        ),
        ("nsg another name", vec![edit(NSG, "name: ping", "name: echo")]),
        ("firewall priority", vec![edit(FIREWALL, "priority: 2110", "priority: 2120")]),
        (
            "firewall rules",
            vec![
                edit(FIREWALL, "name: back", "name: forth"),
                edit(
                    FIREWALL,
                    "    rules:\n",
                    "    rules:\n      - {name: more, protocol: all, from: [10.122.16.0/26], to: [10.20.9.0/24]}\n",
                ),
            ],
        ),
        (
            "firewall fields",
            vec![
                edit(FIREWALL, "protocol: udp", "protocol: tcp"),
                edit(FIREWALL, "from: [10.122.16.0/26]", "from: [10.122.17.0/26]"),
                edit(FIREWALL, "to: {endpoint_ips_of: payments}", "to: [10.20.9.5/32]"),
                edit(FIREWALL, "[53, 8000-8010]", "53"),
            ],
        ),
    ];
    hold_edits("updates/azure-rules", lines).await;
}

#[tokio::test(start_paused = true)]
async fn azure_links_and_records() {
    let mine = "[11111111-2222-3333-4444-555555555555]";
    let two = "[11111111-2222-3333-4444-555555555555, 22222222-2222-3333-4444-555555555555]";
    let lines: Vec<Line> = vec![
        ("link visibility", vec![edit(LINK, mine, two)]),
        (
            "link approval",
            vec![edit(LINK, "auto_approval: []", "auto_approval: [11111111-2222-3333-4444-555555555555]")],
        ),
        ("record ttl", vec![edit(DNS, "ttl: 30s", "ttl: 60s")]),
        ("record addresses", vec![edit("name: list", "[10.20.9.7, 10.20.9.8]", "{service_ips_of: payments}")]),
        ("record list", vec![edit(DNS, "addresses: {endpoint_ips_of: payments}", "addresses: [10.20.9.5]")]),
    ];
    hold_edits("updates/azure-links", lines).await;
}

#[tokio::test(start_paused = true)]
async fn the_owner_of_everything() {
    let lines: Vec<Line> =
        vec![("owner", vec![edit("owner:", "banking-platform@bank.example", "payments@bank.example")])];
    hold_edits("updates/all", lines).await;
}

/// What is declared no more goes, and what it shared with others stays.
#[tokio::test(start_paused = true)]
async fn resources_less() {
    let gone = |text: &'static str| edit("resources:", text, "");
    let lines: Vec<Line> = vec![
        (
            "a record",
            vec![gone(
                "  - {kind: azure/private-dns-record, name: list, in: spoke, zone: rg-dns/aws.bank.example, record: list, ttl: 5m, addresses: [10.20.9.7, 10.20.9.8]}\n",
            )],
        ),
        (
            "an endpoint",
            vec![gone(
                "  - kind: aws/endpoint
    name: second
    in: hub
    vpc: {id: vpc-0ee55ff66aa77bb88}
    subnets: {ids: [subnet-0e1d2e3f405162738, subnet-0f1e2f30415263748]}
    service: second
    security_groups: [clients]
",
            )],
        ),
    ];
    hold_edits("updates/less", lines).await;
}
