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
      - {name: near, priority: 2203, direction: inbound, access: allow, protocol: tcp, from: [10.122.17.0/26], to: [10.122.8.10/32], ports: 443}
      - {name: ping, priority: 2202, direction: outbound, access: deny, protocol: icmp, from: [10.122.8.0/24], to: [10.20.9.0/24]}\n"),
    edit(FIREWALL, "      - {name: from-aws", "      - {name: back, protocol: udp, from: [10.122.16.0/26], to: {endpoint_ips_of: payments}, ports: [53, 8000-8010]}
      - {name: from-aws"),
    edit("resources:", "resources:\n", "resources:
  - {kind: azure/private-dns-record, name: list, in: spoke, zone: rg-dns/aws.bank.example, record: list, ttl: 5m, addresses: [10.20.9.7, 10.20.9.8]}\n"),
];

fn text() -> String {
    edited(RESOURCES, &RULES)
}

#[expect(clippy::too_many_lines, reason = "one table")]
#[tokio::test(start_paused = true)]
async fn security_group_rules() {
    let cases = [
        case(
            "priority",
            &[edit(NSG, "priority: 2201", "priority: 2210")],
            r#"
             update spoke/azure/network-security-group/core
               rules[xc-payments-edge-from-aws].priority 2201 -> 2210"#,
        ),
        case(
            "two priorities change places",
            &[edit(NSG, "priority: 2201", "priority: 2203"), edit("name: near", "priority: 2203", "priority: 2201")],
            r#"
             update spoke/azure/network-security-group/core
               rules[xc-payments-edge-from-aws].priority 2201 -> 2203
               rules[xc-payments-edge-near].priority 2203 -> 2201"#,
        ),
        case("a range around the live priority", &[edit(NSG, "2300-2309", "2290-2319")], ""),
        case(
            "a range elsewhere",
            &[edit(NSG, "2300-2309", "2400-2409")],
            r#"
             update spoke/azure/network-security-group/core
               rules[xc-payments-edge-back].priority 2300 -> 2400"#,
        ),
        case("a range around it", &[edit(NSG, "2300-2309", "2200-2309")], ""),
        case(
            "a priority instead of a range",
            &[edit(NSG, "priorities: 2300-2309", "priority: 2305")],
            r#"
             update spoke/azure/network-security-group/core
               rules[xc-payments-edge-back].priority 2300 -> 2305"#,
        ),
        case(
            "direction",
            &[edit("name: ping", "direction: outbound", "direction: inbound")],
            r#"
             update spoke/azure/network-security-group/core
               rules[xc-payments-edge-ping].direction "outbound" -> "inbound""#,
        ),
        case(
            "access",
            &[edit("name: back", "access: allow", "access: deny")],
            r#"
             update spoke/azure/network-security-group/core
               rules[xc-payments-edge-back].access "allow" -> "deny""#,
        ),
        case(
            "protocol",
            &[edit("name: back", "protocol: tcp", "protocol: udp")],
            r#"
             update spoke/azure/network-security-group/core
               rules[xc-payments-edge-back].protocol "tcp" -> "udp""#,
        ),
        case(
            "from",
            &[edit("name: back", "[10.122.16.0/26]", "[10.122.16.0/26, 10.122.17.0/26]")],
            r#"
             update spoke/azure/network-security-group/core
               rules[xc-payments-edge-back].from ["10.122.16.0/26"] -> ["10.122.16.0/26","10.122.17.0/26"]"#,
        ),
        case(
            "from other addresses",
            &[edit(NSG, "from: {service_ips_of: payments}", "from: {endpoint_ips_of: payments}")],
            r#"
             update spoke/azure/network-security-group/core
               rules[xc-payments-edge-from-aws].from ["10.60.8.4","10.60.8.20"] -> ["10.20.9.5","10.20.9.21"]"#,
        ),
        case(
            "from a list",
            &[edit(NSG, "from: {service_ips_of: payments}", "from: [10.60.8.4/32]")],
            r#"
             update spoke/azure/network-security-group/core
               rules[xc-payments-edge-from-aws].from ["10.60.8.4","10.60.8.20"] -> ["10.60.8.4"]"#,
        ),
        case(
            "to",
            &[edit("name: ping", "to: [10.20.9.0/24]", "to: {endpoint_ips_of: payments}")],
            r#"
             update spoke/azure/network-security-group/core
               rules[xc-payments-edge-ping].to ["10.20.9.0/24"] -> ["10.20.9.5","10.20.9.21"]"#,
        ),
        case(
            "ports",
            &[edit("name: back", "[80, 8000-8010]", "[80, 8000-8011]")],
            r#"
             update spoke/azure/network-security-group/core
               rules[xc-payments-edge-back].ports ["80","8000-8010"] -> ["80","8000-8011"]"#,
        ),
        case(
            "every port",
            &[edit("name: back", "[80, 8000-8010]", "0-65535")],
            r#"
             update spoke/azure/network-security-group/core
               rules[xc-payments-edge-back].ports ["80","8000-8010"] -> ["*"]"#,
        ),
        case(
            "a rule goes",
            &[edit(NSG, PING, "")],
            r#"
             update spoke/azure/network-security-group/core
               rules[xc-payments-edge-ping] "deny outbound icmp * from 10.122.8.0/24 to 10.20.9.0/24 priority 2202" -> null"#,
        ),
        case(
            "another name",
            &[edit(NSG, "name: ping", "name: echo")],
            r#"
             update spoke/azure/network-security-group/core
               rules[xc-payments-edge-echo] null -> "deny outbound icmp * from 10.122.8.0/24 to 10.20.9.0/24 priority 2202"
               rules[xc-payments-edge-ping] "deny outbound icmp * from 10.122.8.0/24 to 10.20.9.0/24 priority 2202" -> null"#,
        ),
        case("a rule of another environment", &[edit(NSG, "{name: ping", "{name: ping, env: spoke, region: none")], ""),
    ];
    must(check("azure_rules_security_group_rules", &text(), &cases).await);
}

const PING: &str = "      - {name: ping, priority: 2202, direction: outbound, access: deny, protocol: icmp, from: [10.122.8.0/24], to: [10.20.9.0/24]}\n";

#[tokio::test(start_paused = true)]
async fn firewall() {
    let cases = [
        case(
            "priority",
            &[edit(FIREWALL, "priority: 2110", "priority: 2120")],
            r#"
             update shared/azure/firewall-rules/rcg-xcloud-payments-edge
               priority 2110 -> 2120"#,
        ),
        case(
            "a rule more",
            &[edit(
                FIREWALL,
                "    rules:\n",
                "    rules:\n      - {name: more, protocol: all, from: [10.122.16.0/26], to: [10.20.9.0/24]}\n",
            )],
            r#"
             update shared/azure/firewall-rules/rcg-xcloud-payments-edge
               rules[xc-payments-edge-more] null -> "allow all * from 10.122.16.0/26 to 10.20.9.0/24""#,
        ),
        case(
            "a rule goes",
            &[edit(
                FIREWALL,
                "      - {name: back, protocol: udp, from: [10.122.16.0/26], to: {endpoint_ips_of: payments}, ports: [53, 8000-8010]}\n",
                "",
            )],
            r#"
             update shared/azure/firewall-rules/rcg-xcloud-payments-edge
               rules[xc-payments-edge-back] "allow udp 53,8000-8010 from 10.122.16.0/26 to 10.20.9.5, 10.20.9.21" -> null"#,
        ),
        case(
            "another name",
            &[edit(FIREWALL, "name: back", "name: forth")],
            r#"
             update shared/azure/firewall-rules/rcg-xcloud-payments-edge
               rules[xc-payments-edge-back] "allow udp 53,8000-8010 from 10.122.16.0/26 to 10.20.9.5, 10.20.9.21" -> null
               rules[xc-payments-edge-forth] null -> "allow udp 53,8000-8010 from 10.122.16.0/26 to 10.20.9.5, 10.20.9.21""#,
        ),
        case(
            "protocol",
            &[edit(FIREWALL, "protocol: udp", "protocol: tcp")],
            r#"
             update shared/azure/firewall-rules/rcg-xcloud-payments-edge
               rules[xc-payments-edge-back].protocol "udp" -> "tcp""#,
        ),
        case(
            "from",
            &[edit(FIREWALL, "from: [10.122.16.0/26]", "from: [10.122.17.0/26]")],
            r#"
             update shared/azure/firewall-rules/rcg-xcloud-payments-edge
               rules[xc-payments-edge-back].from ["10.122.16.0/26"] -> ["10.122.17.0/26"]"#,
        ),
        case(
            "to",
            &[edit(FIREWALL, "to: {endpoint_ips_of: payments}", "to: [10.20.9.5/32]")],
            r#"
             update shared/azure/firewall-rules/rcg-xcloud-payments-edge
               rules[xc-payments-edge-back].to ["10.20.9.5","10.20.9.21"] -> ["10.20.9.5"]"#,
        ),
        case(
            "ports",
            &[edit(FIREWALL, "[53, 8000-8010]", "53")],
            r#"
             update shared/azure/firewall-rules/rcg-xcloud-payments-edge
               rules[xc-payments-edge-back].ports ["53","8000-8010"] -> ["53"]"#,
        ),
    ];
    must(check("azure_rules_firewall", &text(), &cases).await);
}

#[tokio::test(start_paused = true)]
async fn record() {
    let cases = [
        case(
            "ttl",
            &[edit(DNS, "ttl: 30s", "ttl: 60s")],
            r#"
             update spoke/azure/private-dns-record/events
               ttl 30 -> 60"#,
        ),
        case(
            "addresses",
            &[edit("name: list", "10.20.9.8]", "10.20.9.9]")],
            r#"
             update spoke/azure/private-dns-record/list
               addresses ["10.20.9.7","10.20.9.8"] -> ["10.20.9.7","10.20.9.9"]"#,
        ),
        case(
            "addresses of an endpoint",
            &[edit("name: list", "[10.20.9.7, 10.20.9.8]", "{endpoint_ips_of: payments}")],
            r#"
             update spoke/azure/private-dns-record/list
               addresses ["10.20.9.7","10.20.9.8"] -> ["10.20.9.5","10.20.9.21"]"#,
        ),
        case(
            "service addresses",
            &[edit("name: list", "[10.20.9.7, 10.20.9.8]", "{service_ips_of: payments}")],
            r#"
             update spoke/azure/private-dns-record/list
               addresses ["10.20.9.7","10.20.9.8"] -> ["10.60.8.4","10.60.8.20"]"#,
        ),
        case(
            "a list instead of an endpoint",
            &[edit(DNS, "addresses: {endpoint_ips_of: payments}", "addresses: [10.20.9.5]")],
            r#"
             update spoke/azure/private-dns-record/events
               addresses ["10.20.9.5","10.20.9.21"] -> ["10.20.9.5"]"#,
        ),
        case(
            "its name",
            &[edit(DNS, "record: payments", "record: payments.new")],
            r#"
             replace spoke/azure/private-dns-record/events
               record "payments" -> "payments.new""#,
        ),
        case(
            "its zone",
            &[edit("name: list", "rg-dns/aws.bank.example", "rg-dns/gcp.bank.example")],
            r#"
             replace spoke/azure/private-dns-record/list
               zone "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg-dns/providers/Microsoft.Network/privateDnsZones/aws.bank.example" -> "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg-dns/providers/Microsoft.Network/privateDnsZones/gcp.bank.example""#,
        ),
    ];
    must(check("azure_rules_record", &text(), &cases).await);
}
