//! What flows share, and what each has for itself.

use xcloud_core::config::load;
use xcloud_core::model::{Addr, Desired, Kind, Peer, Priority, Spec};

use crate::read;

/// The story with more text behind its flows.
fn with_flows(flows: &str) -> Desired {
    let text = read("config/open-api.yaml").replace("failover: {", &format!("{flows}\nfailover: {{"));
    changed(&text)
}

fn changed(text: &str) -> Desired {
    let (desired, diagnostics) = load("story", text);
    desired.unwrap_or_else(|| panic!("{diagnostics:#?}"))
}

fn spec<'a>(desired: &'a Desired, region: &str, kind: Kind, name: &str) -> &'a Spec {
    let addr = Addr::new("prod", region, kind, name);
    &desired.resources.get(&addr).unwrap_or_else(|| panic!("no {addr}")).spec
}

const CARDS: &str = "  cards: {direction: aws-to-azure, port: 8443, azure_ip: 10.123.8.11, acceptance: managed}";

#[test]
fn a_second_flow_to_azure_is_a_second_listener() {
    let (one, two) = (with_flows(""), with_flows(CARDS));
    assert_eq!(one.resources.len(), two.resources.len(), "a flow without a name adds no resource");
    let Spec::LoadBalancer(balancer) = spec(&two, "eu-west-1", Kind::LoadBalancer, "to-azure") else { panic!("kind") };
    assert_eq!(balancer.listeners.iter().map(|listener| listener.port).collect::<Vec<_>>(), [443, 8443]);
    let Spec::SecurityGroup(group) = spec(&two, "eu-west-1", Kind::SecurityGroup, "to-azure-lb") else {
        panic!("kind")
    };
    let peers: Vec<String> = group
        .egress
        .iter()
        .map(|rule| match &rule.peer {
            Peer::Cidr(net) => format!("{net}:{}", rule.ports.map(|ports| ports.to_string()).unwrap_or_default()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(peers, ["10.122.8.10/32:443", "10.123.8.11/32:8443"]);
    let Spec::NetworkSecurityGroup(group) = spec(&two, "azure", Kind::NetworkSecurityGroup, "nsg-core") else {
        panic!("kind")
    };
    assert!(group.rules.iter().any(|rule| rule.name == "xc-open-api-prod-cards-eu-west-1"));
}

/// With several azure-to-aws flows each pins the addresses of its own endpoint.
#[test]
fn pins_move_to_the_flows() {
    let pins = "endpoint_ips: {prod: {eu-north-1: [10.60.2.6, 10.60.2.22, 10.60.2.38]}}";
    let flow = format!(
        "  cards-in: {{direction: azure-to-aws, port: 9444, aws_nlb: {{tag: {{app: cards}}}}, acceptance: automatic, {pins}}}"
    );
    let text = read("config/open-api.yaml").replace("failover: {", &format!("{flow}\nfailover: {{"));
    let stripped: String = text
        .lines()
        .map(|line| match line.split_once(", endpoint_ips: [") {
            Some((front, _)) if line.contains("service_ips") => format!("{front}}}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let desired = changed(&stripped);
    let Spec::Endpoint(endpoint) = spec(&desired, "eu-north-1", Kind::Endpoint, "cards-in") else { panic!("kind") };
    assert_eq!(endpoint.endpoint_ips.len(), 3);
    for (region, name) in [("eu-west-1", "cards-in"), ("eu-north-1", "payment-events")] {
        let Spec::Endpoint(endpoint) = spec(&desired, region, Kind::Endpoint, name) else { panic!("kind") };
        assert!(endpoint.endpoint_ips.is_empty(), "{name} in {region} is not pinned");
    }
    assert!(
        !desired.resources.keys().any(|addr| addr.as_str() == "prod/azure/private-dns-record/cards-in"),
        "it has no name"
    );
}

/// Without a firewall policy the denies of a failover stand in the network security groups: their priorities stay free.
#[test]
fn without_a_firewall_the_rules_have_the_whole_range_of_which_the_planner_keeps_a_part_for_fences() {
    let text = read("config/open-api.yaml");
    let without: String = text
        .lines()
        .filter(|line| !line.contains("firewall_policy") && !line.contains("rule_collection_group"))
        .map(|line| format!("{line}\n"))
        .collect();
    let desired = changed(&without);
    let Spec::NetworkSecurityGroup(group) = spec(&desired, "azure", Kind::NetworkSecurityGroup, "nsg-core") else {
        panic!("kind")
    };
    assert!(group.rules.iter().all(|rule| rule.priority == Priority::Within(2000, 2099)));
    assert!(!desired.resources.keys().any(|addr| addr.kind() == Kind::FirewallRules.short()));
}

/// `drain` of an environment holds for all in it, that of a flow for what it leaves; what flows share drains for the longest.
#[test]
fn drains_are_said_of_environments_and_of_flows() {
    let text =
        read("config/open-api.yaml").replacen("direction: aws-to-azure", "direction: aws-to-azure\n    drain: 20m", 1);
    let said = |text: &str, addr: &str| changed(text).drains.secs_of(&Addr::parse(addr).expect("an address"));
    let balancer = "prod/eu-west-1/load-balancer/to-azure";
    assert_eq!(said(&text, balancer), Some(1_200));
    assert_eq!(said(&text, "prod/eu-west-1/private-zone-record/core-banking"), Some(1_200));
    assert_eq!(said(&text, "prod/eu-west-1/endpoint-service/payment-events"), None, "of another flow");
    let cards =
        |more: &str| text.replace("failover: {", &format!("{}{more}}}\nfailover: {{", CARDS.trim_end_matches('}')));
    assert_eq!(said(&cards(", drain: 30m"), balancer), Some(1_800), "the longest");
    assert_eq!(said(&cards(""), balancer), Some(1_200), "no drain takes as long by itself");
    assert_eq!(said(&cards("").replace("drain: 20m", "drain: 1m"), balancer), None);
    let quick = text.replace("\n  prod:\n", "\n  prod:\n    drain: 0s\n");
    assert_eq!(said(&quick, "prod/eu-west-1/endpoint-service/payment-events"), Some(0));
    assert_eq!(said(&quick, balancer), Some(1_200));
    let (expanded, _) = load("expanded", &xcloud_core::config::expand(&changed(&quick)));
    assert_eq!(expanded.expect("it loads").drains, changed(&quick).drains);
    let (refused, problems) = load("story", &text.replace("20m", "2d"));
    assert!(
        refused.is_none() && problems.0.iter().any(|one| one.message == "`drain` is 172800 s; it may be 0 to 86400 s")
    );
}
