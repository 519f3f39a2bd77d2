//! `aws/security-group`: each property of a rule, the description, the ownership.

use crate::bed::RESOURCES;
use crate::cases::{case, check, edit, must};

const EDGE: &str = "aws/security-group\n    name: edge";
const CLIENTS: &str = "aws/security-group\n    name: clients";
const MIXED: &str = "    name: mixed";

/// A group with a rule of each form, beside the example's.
const WITH_MIXED: &str = "
  - kind: aws/security-group
    name: mixed
    in: hub
    vpc: {id: vpc-0ee55ff66aa77bb88}
    description: a rule of each form
    ingress:
      - {protocol: tcp, ports: [80, 8000-8010], from: [10.20.0.0/16], description: web}
      - {protocol: udp, ports: 53, from: [\"2001:db8:1::/48\"], description: names}
      - {protocol: icmp, from: [10.20.0.0/16]}
      - {protocol: icmpv6, from: [\"2001:db8:1::/48\"]}
      - {protocol: tcp, ports: 22, from: [pl-0aa11bb22cc33dd44], description: operators}
      - {protocol: tcp, ports: 23, from: [clients], description: others}
      - {protocol: all, from: [10.20.5.0/24]}
    egress:
      - {protocol: tcp, ports: 443, to: [10.0.0.0/8], description: out}
      - {protocol: tcp, ports: 444, to: [clients]}
";

#[tokio::test(start_paused = true)]
async fn rules() {
    let cases = [
        case("protocol",
            &[edit(MIXED, "{protocol: udp, ports: 53", "{protocol: tcp, ports: 53")],
            ""),
        case("ports", &[edit(MIXED, "8000-8010", "8000-8011")], ""),
        case("one port of a list", &[edit(MIXED, "[80, 8000-8010]", "8000-8010")], ""),
        case("from IPv4", &[edit(MIXED, "[10.20.0.0/16]", "[10.21.0.0/16]")], ""),
        case("from IPv6", &[edit(MIXED, "2001:db8:1::/48", "2001:db8:2::/48")], ""),
        case("from another prefix list",
            &[edit(MIXED, "pl-0aa11bb22cc33dd44", "pl-0bb11bb22cc33dd44")],
            ""),
        case("from another group", &[edit(MIXED, "from: [clients]", "from: [mixed]")], ""),
        case("one more peer", &[edit(MIXED, "[10.20.5.0/24]", "[10.20.5.0/24, clients]")], ""),
        case("description", &[edit(MIXED, "description: web", "description: web pages")], ""),
        case("description of an IPv6 rule",
            &[edit(MIXED, "description: names", "description: resolvers")],
            ""),
        case("no description", &[edit(MIXED, ", description: others", "")], ""),
        case("description of a prefix list's rule",
            &[edit(MIXED, "description: operators", "description: admins")],
            ""),
        case("a rule goes",
            &[edit(MIXED, "      - {protocol: icmp, from: [10.20.0.0/16]}\n", "")],
            ""),
        case("egress to", &[edit(MIXED, "to: [10.0.0.0/8]", "to: [10.0.0.0/9]")], ""),
        case("egress port", &[edit(MIXED, "ports: 444", "ports: 445")], ""),
        case("egress description", &[edit(MIXED, "description: out", "description: away")], ""),
        case("ownership",
            &[edit(MIXED, "    ingress:\n", "    ownership: additive\n    ingress:\n")],
            ""),
    ];
    must(check(&format!("{RESOURCES}{WITH_MIXED}"), &cases).await);
}

#[tokio::test(start_paused = true)]
async fn descriptions_replace_the_group() {
    let cases = [
        case("of a group that an endpoint uses",
            &[edit(CLIENTS, "description: clients of the payments endpoint", "description: other words")],
            ""),
        case("of a group that a load balancer uses",
            &[edit(EDGE, "description: load balancer of the payments service", "description: other words")],
            ""),
        case("of a group that another group's rule names",
            &[edit(MIXED, "description: a rule of each form", "description: other words")],
            ""),
        case("vpc",
            &[edit(MIXED, "vpc-0ee55ff66aa77bb88", "vpc-0aa11bb22cc33dd44"),
                edit(MIXED, "from: [clients]", "from: [edge]"), edit(MIXED, "to: [clients]", "to: [edge]")],
            ""),
    ];
    must(check(&format!("{RESOURCES}{WITH_MIXED}"), &cases).await);
}
