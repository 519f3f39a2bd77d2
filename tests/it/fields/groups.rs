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

#[expect(clippy::too_many_lines, reason = "one table")]
#[tokio::test(start_paused = true)]
async fn rules() {
    let cases = [
        case(
            "protocol",
            &[edit(MIXED, "{protocol: udp, ports: 53", "{protocol: tcp, ports: 53")],
            r#"
             update hub/eu-north-1/security-group/mixed
               ingress[tcp 53 from 2001:db8:1::/48] null -> "names"
               ingress[udp 53 from 2001:db8:1::/48] "names" -> null"#,
        ),
        case(
            "ports",
            &[edit(MIXED, "8000-8010", "8000-8011")],
            r#"
             update hub/eu-north-1/security-group/mixed
               ingress[tcp 8000-8011 from 10.20.0.0/16] null -> "web"
               ingress[tcp 8000-8010 from 10.20.0.0/16] "web" -> null"#,
        ),
        case(
            "one port of a list",
            &[edit(MIXED, "[80, 8000-8010]", "8000-8010")],
            r#"
             update hub/eu-north-1/security-group/mixed
               ingress[tcp 80 from 10.20.0.0/16] "web" -> null"#,
        ),
        case(
            "every TCP port",
            &[edit(MIXED, "[80, 8000-8010]", "0-65535")],
            r#"
             update hub/eu-north-1/security-group/mixed
               ingress[tcp 0-65535 from 10.20.0.0/16] null -> "web"
               ingress[tcp 80 from 10.20.0.0/16] "web" -> null
               ingress[tcp 8000-8010 from 10.20.0.0/16] "web" -> null"#,
        ),
        case(
            "every UDP port",
            &[edit(MIXED, "ports: 53", "ports: 0-65535")],
            r#"
             update hub/eu-north-1/security-group/mixed
               ingress[udp 0-65535 from 2001:db8:1::/48] null -> "names"
               ingress[udp 53 from 2001:db8:1::/48] "names" -> null"#,
        ),
        case(
            "from IPv4",
            &[edit(MIXED, "[10.20.0.0/16]", "[10.21.0.0/16]")],
            r#"
             update hub/eu-north-1/security-group/mixed
               ingress[tcp 80 from 10.21.0.0/16] null -> "web"
               ingress[tcp 8000-8010 from 10.21.0.0/16] null -> "web"
               ingress[tcp 80 from 10.20.0.0/16] "web" -> null
               ingress[tcp 8000-8010 from 10.20.0.0/16] "web" -> null"#,
        ),
        case(
            "from IPv6",
            &[edit(MIXED, "2001:db8:1::/48", "2001:db8:2::/48")],
            r#"
             update hub/eu-north-1/security-group/mixed
               ingress[udp 53 from 2001:db8:2::/48] null -> "names"
               ingress[udp 53 from 2001:db8:1::/48] "names" -> null"#,
        ),
        case(
            "from another prefix list",
            &[edit(MIXED, "pl-0aa11bb22cc33dd44", "pl-0bb11bb22cc33dd44")],
            r#"
             update hub/eu-north-1/security-group/mixed
               ingress[tcp 22 from pl-0bb11bb22cc33dd44] null -> "operators"
               ingress[tcp 22 from pl-0aa11bb22cc33dd44] "operators" -> null"#,
        ),
        case(
            "from another group",
            &[edit(MIXED, "from: [clients]", "from: [mixed]")],
            r#"
             update hub/eu-north-1/security-group/mixed
               ingress[tcp 23 from sg-*] null -> "others"
               ingress[tcp 23 from sg-*] "others" -> null"#,
        ),
        case(
            "one more peer",
            &[edit(MIXED, "[10.20.5.0/24]", "[10.20.5.0/24, clients]")],
            r#"
             update hub/eu-north-1/security-group/mixed
               ingress[all from sg-*] null -> true"#,
        ),
        case(
            "description",
            &[edit(MIXED, "description: web", "description: web pages")],
            r#"
             update hub/eu-north-1/security-group/mixed
               ingress[tcp 80 from 10.20.0.0/16].description "web" -> "web pages"
               ingress[tcp 8000-8010 from 10.20.0.0/16].description "web" -> "web pages""#,
        ),
        case(
            "description of an IPv6 rule",
            &[edit(MIXED, "description: names", "description: resolvers")],
            r#"
             update hub/eu-north-1/security-group/mixed
               ingress[udp 53 from 2001:db8:1::/48].description "names" -> "resolvers""#,
        ),
        case(
            "no description",
            &[edit(MIXED, ", description: others", "")],
            r#"
             update hub/eu-north-1/security-group/mixed
               ingress[tcp 23 from sg-*].description "others" -> null"#,
        ),
        case(
            "description of a prefix list's rule",
            &[edit(MIXED, "description: operators", "description: admins")],
            r#"
             update hub/eu-north-1/security-group/mixed
               ingress[tcp 22 from pl-0aa11bb22cc33dd44].description "operators" -> "admins""#,
        ),
        case(
            "a rule goes",
            &[edit(MIXED, "      - {protocol: icmp, from: [10.20.0.0/16]}\n", "")],
            r#"
             update hub/eu-north-1/security-group/mixed
               ingress[icmp from 10.20.0.0/16] true -> null"#,
        ),
        case(
            "egress to",
            &[edit(MIXED, "to: [10.0.0.0/8]", "to: [10.0.0.0/9]")],
            r#"
             update hub/eu-north-1/security-group/mixed
               egress[tcp 443 to 10.0.0.0/9] null -> "out"
               egress[tcp 443 to 10.0.0.0/8] "out" -> null"#,
        ),
        case(
            "egress port",
            &[edit(MIXED, "ports: 444", "ports: 445")],
            r#"
             update hub/eu-north-1/security-group/mixed
               egress[tcp 445 to sg-*] null -> true
               egress[tcp 444 to sg-*] true -> null"#,
        ),
        case(
            "egress description",
            &[edit(MIXED, "description: out", "description: away")],
            r#"
             update hub/eu-north-1/security-group/mixed
               egress[tcp 443 to 10.0.0.0/8].description "out" -> "away""#,
        ),
        case("ownership", &[edit(MIXED, "    ingress:\n", "    ownership: additive\n    ingress:\n")], ""),
    ];
    must(check("groups_rules", &format!("{RESOURCES}{WITH_MIXED}"), &cases).await);
}

#[tokio::test(start_paused = true)]
async fn descriptions_replace_the_group() {
    let cases = [
        case(
            "of a group that an endpoint uses",
            &[edit(CLIENTS, "description: clients of the payments endpoint", "description: other words")],
            r#"
             update hub/eu-north-1/endpoint/payments
               security_groups ["sg-*"] -> ["(hub/eu-north-1/security-group/clients)"]
             replace hub/eu-north-1/security-group/clients
               description "clients of the payments endpoint" -> "other words"
             update hub/eu-north-1/security-group/mixed
               ingress[tcp 23 from (hub/eu-north-1/security-group/clients)] null -> "others"
               ingress[tcp 23 from sg-*] "others" -> null
               egress[tcp 444 to (hub/eu-north-1/security-group/clients)] null -> true
               egress[tcp 444 to sg-*] true -> null"#,
        ),
        case(
            "of a group that a load balancer uses",
            &[edit(EDGE, "description: load balancer of the payments service", "description: other words")],
            r#"
             update hub/eu-north-1/load-balancer/edge
               security_groups ["sg-*"] -> ["(hub/eu-north-1/security-group/edge)"]
             replace hub/eu-north-1/security-group/edge
               description "load balancer of the payments service" -> "other words""#,
        ),
        case(
            "of a group that another group's rule names",
            &[edit(MIXED, "description: a rule of each form", "description: other words")],
            r#"
             replace hub/eu-north-1/security-group/mixed
               description "a rule of each form" -> "other words""#,
        ),
        case(
            "vpc",
            &[
                edit(MIXED, "vpc-0ee55ff66aa77bb88", "vpc-0aa11bb22cc33dd44"),
                edit(MIXED, "from: [clients]", "from: [edge]"),
                edit(MIXED, "to: [clients]", "to: [edge]"),
            ],
            r#"
             replace hub/eu-north-1/security-group/mixed
               vpc "vpc-0ee55ff66aa77bb88" -> "vpc-0aa11bb22cc33dd44"
               ingress[tcp 23 from sg-*] null -> "others"
               egress[tcp 444 to sg-*] null -> true
               egress[tcp 444 to sg-*] true -> null
               ingress[tcp 23 from sg-*] "others" -> null"#,
        ),
    ];
    must(check("groups_descriptions_replace_the_group", &format!("{RESOURCES}{WITH_MIXED}"), &cases).await);
}
