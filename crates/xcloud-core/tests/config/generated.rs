//! Config files that are right, by the thousand.

use std::fmt::Write as _;

use proptest::prelude::*;
use proptest::sample::subsequence;

/// What a generated story is made of.
#[derive(Debug, Clone)]
struct Story {
    dr: bool,
    policy: bool,
    zone: bool,
    wide: bool,
    pins: bool,
    automatic: bool,
    role: Option<&'static str>,
    /// For each environment: does it live in the DR region, and has it a network security group?
    environments: Vec<(bool, bool)>,
    /// Ports of aws-to-azure flows, and whether they have names.
    to_azure: Vec<(u16, bool)>,
    /// Ports of azure-to-aws flows, and whether they have names.
    to_aws: Vec<(u16, bool)>,
}

/// Stories of one to four environments with up to three flows each way.
pub(crate) fn story() -> impl Strategy<Value = String> {
    let ports = || prop::collection::btree_map(1_u16..=65_535, any::<bool>(), 0..3);
    let switches = prop::array::uniform6(any::<bool>());
    let role = prop::option::of(prop::sample::select(vec!["xcloud", "path/xcloud-apply"]));
    (switches, role, prop::collection::vec(any::<(bool, bool)>(), 1..4), ports(), ports()).prop_map(
        |([dr, policy, zone, wide, pins, automatic], role, environments, to_azure, to_aws)| {
            render(&Story {
                dr,
                policy,
                zone,
                wide,
                pins,
                automatic,
                role,
                environments,
                to_azure: to_azure.into_iter().collect(),
                to_aws: to_aws.into_iter().collect(),
            })
        },
    )
}

fn render(story: &Story) -> String {
    let mut text = String::from("apiVersion: xcloud/v1\nproduct: gen-product\nowner: team@bank.example\n");
    text +=
        if story.dr { "regions: {primary: eu-north-1, dr: eu-west-1}\n" } else { "regions: {primary: eu-north-1}\n" };
    let role = story.role.map_or(String::new(), |role| format!("role: {role}, "));
    let _ = write!(
        text,
        "aws:\n  hub: {{account: \"000000000001\", {role}vpc: {{tag: {{a: b}}}}, subnets: {{tag: {{\"t:x\": \"{{env}}\"}}}}}}\n"
    );
    let _ = writeln!(text, "  product: {{{role}vpc: {{tag: {{c: d}}}}, subnets: {{tag: {{e: f}}}}}}");
    text += "azure:\n  subscription: 11111111-2222-3333-4444-55555555555A\n  nsg_priorities: 300-399\n";
    if story.policy {
        text += "  firewall_policy: rg-hub/Policy_1\n  rule_collection_group: {name: rcg-gen, priority: 200}\n";
    }
    if story.zone {
        text += "  private_dns_zone: rg-dns/aws.bank.example\n";
    }
    text += "environments:\n";
    for (index, (dr, nsg)) in story.environments.iter().enumerate() {
        environment(story, index, *dr, *nsg, &mut text);
    }
    if story.to_azure.len() + story.to_aws.len() > 0 {
        text += "flows:\n";
    }
    let acceptance = if story.automatic { "automatic" } else { "managed" };
    for (port, named) in &story.to_azure {
        let name = if *named { format!("name: out{port}.azure.example, ") } else { String::new() };
        let _ = writeln!(
            text,
            "  out-{port}: {{direction: aws-to-azure, port: {port}, azure_ip: 10.200.0.9, {name}acceptance: {acceptance}}}"
        );
    }
    for (port, named) in &story.to_aws {
        in_flow(story, *port, *named, acceptance, &mut text);
    }
    text
}

fn environment(story: &Story, index: usize, dr: bool, nsg: bool, text: &mut String) {
    let nsg = if nsg { format!(", nsg: rg-{index}/NSG.Core_{index}") } else { String::new() };
    let _ = writeln!(text, "  env{index}:\n    account: \"00000000010{index}\"");
    let _ = writeln!(text, "    azure: {{clients: [10.120.{index}.0/24]{nsg}}}\n    regions:");
    for (number, region) in ["eu-north-1", "eu-west-1"].into_iter().enumerate() {
        if number == 1 && !story.dr {
            continue;
        }
        if number == 1 && !dr {
            let _ = writeln!(text, "      {region}: none");
            continue;
        }
        let (clients, wide) =
            if story.wide { ("16.0.0.0/8", ", wide: the whole company") } else { ("10.1.0.0/16", "") };
        let mut pins = String::new();
        if story.pins {
            let _ = write!(pins, ", service_ips: [10.6{number}.{index}.20, 10.6{number}.{index}.4]");
        }
        if story.pins && story.to_aws.len() == 1 {
            let _ = write!(pins, ", endpoint_ips: [10.6{number}.{index}.5, 10.6{number}.{index}.21]");
        }
        let _ = writeln!(text, "      {region}: {{clients: [{clients}]{wide}{pins}}}");
    }
}

fn in_flow(story: &Story, port: u16, named: bool, acceptance: &str, text: &mut String) {
    let name = if named && story.zone {
        let names: Vec<String> = (0..story.environments.len())
            .map(|index| format!("env{index}: in{port}.env{index}.aws.bank.example"))
            .collect();
        format!("name: {{{}}}, ", names.join(", "))
    } else {
        String::new()
    };
    let _ = writeln!(
        text,
        "  in-{port}: {{direction: azure-to-aws, port: {port}, aws_nlb: {{tag: {{app: in-{port}}}}}, {name}acceptance: {acceptance}}}"
    );
}

/// Resources of every kind with a random choice of optional fields.
pub(crate) fn resources() -> impl Strategy<Value = String> {
    let optional = vec![
        "lb-vpc",
        "lb-pins",
        "lb-health",
        "lb-enforced",
        "lb-target-port",
        "ep-pins",
        "ep-dns",
        "ep-service",
        "sg-additive",
        "sg-wide",
        "sg-v6",
        "sg-self",
        "sg-lists",
        "svc-found",
        "svc-auto",
        "nsg-range",
        "nsg-deny",
        "nsg-icmp",
        "pls-all",
        "pe-id",
        "dns-list",
        "dns-active",
        "env",
        "location",
    ];
    let count = optional.len();
    subsequence(optional, 0..=count).prop_map(|chosen| resource_file(&|name| chosen.contains(&name)))
}

fn resource_file(has: &dyn Fn(&str) -> bool) -> String {
    let when = |name: &str, text: &'static str, otherwise: &'static str| if has(name) { text } else { otherwise };
    let env = when("env", ", env: prod", "");
    let mut text = String::from(
        "apiVersion: xcloud/v1\nproduct: gen\nowner: team\nregions: {primary: eu-north-1, dr: eu-west-1}\naccounts:\n  \
         hub: {cloud: aws, account: \"000000000001\", region: eu-north-1}\n  \
         far: {cloud: aws, account: \"000000000001\", region: eu-west-1, role: r, read_role: rr}\n",
    );
    let _ = writeln!(
        text,
        "  spoke: {{cloud: azure, subscription: 11111111-2222-3333-4444-555555555555, location: norwayeast}}"
    );
    if has("location") {
        text += "  west: {cloud: azure, subscription: 11111111-2222-3333-4444-555555555555, location: westeurope}\n";
    }
    text += "resources:\n";
    let _ = writeln!(
        text,
        "  - {{kind: aws/security-group, name: g, in: hub{env}, vpc: {{id: vpc-0aa11bb22cc33dd44}}, description: 'a group',\n     \
         ingress: [{{protocol: tcp, ports: {}, from: [10.0.0.0/16{}{}]{}}}{}], egress: [{{protocol: all, to: [0.0.0.0/0, pl-0aa11bb2]}}]{}}}",
        when("sg-lists", "[443, 8000-8080, '53']", "443"),
        when("sg-v6", ", '2001:db8::/32'", ""),
        when("sg-wide", ", 0.0.0.0/0", ""),
        when("sg-wide", ", wide: everybody may", ""),
        when("sg-self", ", {protocol: icmp, from: [g, sg-0aa11bb22cc33dd44], description: itself}", ""),
        when("sg-additive", ", ownership: additive", ""),
    );
    let subnets = if has("lb-vpc") {
        "vpc: {tag: {x: y}}, subnets: {tag: {'s:t': '{env}'}}"
    } else {
        "subnets: {ids: [subnet-0aa11bb2, subnet-0aa11bb3]}"
    };
    let _ = writeln!(
        text,
        "  - {{kind: aws/load-balancer, name: lb, in: hub{env}, {subnets}, security_groups: [g]{}{},\n     listeners: [{{port: 80, \
         targets: [{{ip: 10.9.0.9, port: 81}}, {{ip: 10.9.0.8, port: 82}}]{}{}}}, {{port: 79, targets: [{{ip: 10.9.0.9, port: 1}}]}}]}}",
        when("lb-pins", ", service_ips: [10.60.0.9, 10.60.0.4]", ""),
        when("lb-enforced", ", private_link_ingress_rules: 'off'", ""),
        when("lb-health", ", health: {interval: 300s, threshold: 10}", ""),
        when("lb-target-port", ", target_port: 99", ""),
    );
    let _ = writeln!(
        text,
        "  - {{kind: aws/endpoint-service, name: svc, in: hub{env}, load_balancers: [lb{}], acceptance: {}, principals: ['arn:aws:iam::000000000001:root']{}}}",
        when(
            "svc-found",
            ", {arn: 'arn:aws:elasticloadbalancing:eu-north-1:000000000001:loadbalancer/net/a/0123456789abcdef'}, {tag: {app: z}}",
            ""
        ),
        when("svc-auto", "automatic", "managed"),
        when("svc-found", ", expects: {port: 80, clients: [10.0.0.0/8]}", ""),
    );
    let service = when("ep-service", "com.amazonaws.eu-north-1.s3", "svc");
    let _ = writeln!(
        text,
        "  - {{kind: aws/endpoint, name: ep, in: hub{env}, vpc: {{id: vpc-0aa11bb22cc33dd44}}, subnets: {{ids: [subnet-0aa11bb4]}}, service: {service}, security_groups: [g]{}{}}}",
        when("ep-pins", ", endpoint_ips: [10.60.1.4]", ""),
        when("ep-dns", ", private_dns: true", ""),
    );
    let _ = writeln!(
        text,
        "  - {{kind: aws/private-zone-record, name: rec, in: hub{env}, vpc: {{id: vpc-0aa11bb22cc33dd44}}, record: A.b.example, endpoint: ep}}"
    );
    azure_resources(has, env, &mut text);
    text
}

fn azure_resources(has: &dyn Fn(&str) -> bool, env: &str, text: &mut String) {
    let when = |name: &str, text: &'static str, otherwise: &'static str| if has(name) { text } else { otherwise };
    let azure = when("location", "west", "spoke");
    let _ = writeln!(
        text,
        "  - {{kind: azure/network-security-group, name: nsg, in: {azure}{env}, group: rg/NSG_1, rules: [\n     \
         {{name: one, {}, direction: inbound, access: allow, protocol: tcp, from: {{service_ips_of: svc}}, to: [10.9.0.0/24], ports: [1, 5-9]}},\n     \
         {{name: two, priority: 300, direction: outbound, access: {}, protocol: {}, from: [0.0.0.0/0]{}, to: {{endpoint_ips_of: ep}}, region: none}}]}}",
        when("nsg-range", "priorities: 400-499", "priority: 200"),
        when("nsg-deny", "deny", "allow"),
        when("nsg-icmp", "icmp", "all"),
        when("nsg-deny", "", ", wide: everybody may"),
    );
    let _ = writeln!(
        text,
        "  - {{kind: azure/firewall-rules, name: fw, in: {azure}{env}, policy: rg/p, group: RCG_1, priority: 100, rules: [{{name: a, protocol: udp, from: [10.0.0.0/8], wide: all of us, to: [10.9.0.0/24], ports: 53}}]}}"
    );
    let _ = writeln!(
        text,
        "  - {{kind: azure/private-link-service, name: pls, in: {azure}{env}, resource_group: rg, load_balancer_frontend: rg/lb/fe, nat_subnet: rg/vnet/snet{}}}",
        when("pls-all", ", visibility: ['*'], auto_approval: [11111111-2222-3333-4444-55555555555B]", ""),
    );
    let _ = writeln!(
        text,
        "  - {{kind: azure/private-endpoint, name: pe, in: {azure}{env}, resource_group: rg, subnet: rg/vnet/snet, service: {}, approval: automatic}}",
        when("pe-id", "pls.0000.norwayeast.azure.privatelinkservice", "pls"),
    );
    let addresses = match (has("dns-list"), has("dns-active")) {
        (true, _) => "[10.0.0.4, 10.0.0.5]",
        (_, true) => "{active: {eu-north-1: {endpoint_ips_of: ep}, eu-west-1: [10.0.0.7]}}",
        _ => "{endpoint_ips_of: ep}",
    };
    let _ = writeln!(
        text,
        "  - {{kind: azure/private-dns-record, name: dns, in: {azure}{env}, zone: rg/b.example, record: '@', ttl: 1m, addresses: {addresses}}}"
    );
}
