//! `azure/network-security-group`, `azure/firewall-rules` and `azure/private-dns-record`.

use crate::bed::RESOURCES;
use crate::cases::{Edit, case, check, edit, edited, must};

const NSG: &str = "azure/network-security-group";
const FIREWALL: &str = "azure/firewall-rules";
const DNS: &str = "azure/private-dns-record\n    name: events";

/// More rules in the security group and the firewall, and a record with a list.
const RULES: [Edit; 3] = [
    edit(NSG, "        ports: 443\n", "        ports: 443
      - {name: back, priorities: 2300-2309, direction: inbound, access: allow, protocol: tcp, from: [10.122.16.0/26], to: [10.122.8.10/32], ports: [80, 8000-8010]}
      - {name: ping, priority: 2202, direction: outbound, access: deny, protocol: icmp, from: [10.122.8.0/24], to: [10.20.9.0/24]}\n"),
    edit(FIREWALL, "      - {name: from-aws", "      - {name: back, protocol: udp, from: [10.122.16.0/26], to: {endpoint_ips_of: payments}, ports: [53, 8000-8010]}
      - {name: from-aws"),
    edit("resources:", "resources:\n", "resources:
  - {kind: azure/private-dns-record, name: list, in: spoke, zone: rg-dns/aws.bank.example, record: list, ttl: 5m, addresses: [10.20.9.7, 10.20.9.8]}\n"),
];

fn text() -> String {
    edited(RESOURCES, &RULES)
}

#[tokio::test(start_paused = true)]
async fn security_group_rules() {
    let cases = [
        case("priority", &[edit(NSG, "priority: 2201", "priority: 2210")], ""),
        case(
            "two priorities change places",
            &[
                edit(NSG, "priority: 2201", "priority: 2199"),
                edit(NSG, "        ports: 443\n", "        ports: 443
      - {name: near, priority: 2201, direction: inbound, access: allow, protocol: tcp, from: [10.122.17.0/26], to: [10.122.8.10/32], ports: 443}\n"),
            ],
            "",
        ),
        case("a range around the live priority", &[edit(NSG, "2300-2309", "2290-2319")], ""),
        case("a range elsewhere", &[edit(NSG, "2300-2309", "2400-2409")], ""),
        case("a priority instead of a range", &[edit(NSG, "priorities: 2300-2309", "priority: 2305")], ""),
        case("direction", &[edit("name: ping", "direction: outbound", "direction: inbound")], ""),
        case("access", &[edit("name: back", "access: allow", "access: deny")], ""),
        case("protocol", &[edit("name: back", "protocol: tcp", "protocol: udp")], ""),
        case("from", &[edit("name: back", "[10.122.16.0/26]", "[10.122.16.0/26, 10.122.17.0/26]")], ""),
        case("from other addresses", &[edit(NSG, "from: {service_ips_of: payments}", "from: {endpoint_ips_of: payments}")], ""),
        case("from a list", &[edit(NSG, "from: {service_ips_of: payments}", "from: [10.60.8.4/32]")], ""),
        case("to", &[edit("name: ping", "to: [10.20.9.0/24]", "to: {endpoint_ips_of: payments}")], ""),
        case("ports", &[edit("name: back", "[80, 8000-8010]", "[80, 8000-8011]")], ""),
        case("every port", &[edit("name: back", "[80, 8000-8010]", "0-65535")], ""),
        case("a rule goes", &[edit(NSG, PING, "")], ""),
        case("another name", &[edit(NSG, "name: ping", "name: echo")], ""),
        case("a rule of another environment", &[edit(NSG, "{name: ping", "{name: ping, env: spoke, region: none")], ""),
        case("another group", &[edit(NSG, "rg-prod/nsg-core", "rg-prod/nsg-other")], ""),
    ];
    must(check(&text(), &cases).await);
}

const PING: &str = "      - {name: ping, priority: 2202, direction: outbound, access: deny, protocol: icmp, from: [10.122.8.0/24], to: [10.20.9.0/24]}\n";

#[tokio::test(start_paused = true)]
async fn firewall() {
    let cases = [
        case("priority", &[edit(FIREWALL, "priority: 2110", "priority: 2120")], ""),
        case("a rule more", &[edit(FIREWALL, "    rules:\n", "    rules:\n      - {name: more, protocol: all, from: [10.122.16.0/26], to: [10.20.9.0/24]}\n")], ""),
        case("a rule goes", &[edit(FIREWALL, "      - {name: back, protocol: udp, from: [10.122.16.0/26], to: {endpoint_ips_of: payments}, ports: [53, 8000-8010]}\n", "")], ""),
        case("another name", &[edit(FIREWALL, "name: back", "name: forth")], ""),
        case("protocol", &[edit(FIREWALL, "protocol: udp", "protocol: tcp")], ""),
        case("from", &[edit(FIREWALL, "from: [10.122.16.0/26]", "from: [10.122.17.0/26]")], ""),
        case("to", &[edit(FIREWALL, "to: {endpoint_ips_of: payments}", "to: [10.20.9.5/32]")], ""),
        case("ports", &[edit(FIREWALL, "[53, 8000-8010]", "53")], ""),
        case("another group", &[edit(FIREWALL, "rcg-xcloud-payments-edge", "rcg-xcloud-other")], ""),
        case("another policy", &[edit(FIREWALL, "rg-hub/afwp-hub", "rg-hub/afwp-other")], ""),
    ];
    must(check(&text(), &cases).await);
}

#[tokio::test(start_paused = true)]
async fn record() {
    let cases = [
        case("ttl", &[edit(DNS, "ttl: 30s", "ttl: 60s")], ""),
        case("addresses", &[edit("name: list", "10.20.9.8]", "10.20.9.9]")], ""),
        case("addresses of an endpoint", &[edit("name: list", "[10.20.9.7, 10.20.9.8]", "{endpoint_ips_of: payments}")], ""),
        case("service addresses", &[edit("name: list", "[10.20.9.7, 10.20.9.8]", "{service_ips_of: payments}")], ""),
        case("a list instead of an endpoint", &[edit(DNS, "addresses: {endpoint_ips_of: payments}", "addresses: [10.20.9.5]")], ""),
        case("its name", &[edit(DNS, "record: payments", "record: payments.new")], ""),
        case("its zone", &[edit("name: list", "rg-dns/aws.bank.example", "rg-dns/gcp.bank.example")], ""),
    ];
    must(check(&text(), &cases).await);
}
