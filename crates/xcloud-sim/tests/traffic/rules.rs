//! Rules of the firewall and of the network security group.

use serde_json::{Value, json};
use xcloud_sim::azure::RuleSeed;

/// The network rules of a rule collection.
pub(crate) fn collection(name: &str, priority: i64, action: &str, rules: &[(&[&str], &[&str], &str)]) -> Value {
    let rule = |(index, (from, to, port)): (usize, &(&[&str], &[&str], &str))| {
        json!({
            "name": format!("r{index}"), "ruleType": "NetworkRule", "ipProtocols": ["TCP"],
            "sourceAddresses": from, "destinationAddresses": to, "destinationPorts": [port],
        })
    };
    json!({
        "name": name, "priority": priority, "ruleCollectionType": "FirewallPolicyFilterRuleCollection",
        "action": {"type": action}, "rules": rules.iter().enumerate().map(rule).collect::<Vec<_>>(),
    })
}

/// The collection that opens both ways.
pub(crate) fn ours() -> Value {
    let nodes: &[&str] = &["10.60.2.4", "10.60.2.20", "10.60.2.36"];
    let endpoints: &[&str] = &["10.60.2.5", "10.60.2.21", "10.60.2.37"];
    let rules = [(nodes, &["10.122.8.10"][..], "443"), (&["10.122.16.0/26"][..], endpoints, "9443")];
    collection("flows", 200, "Allow", &rules)
}

pub(crate) fn rule_group(priority: i64, collections: &[Value]) -> Value {
    json!({"properties": {"priority": priority, "ruleCollections": collections}})
}

/// A rule of the network security group.
pub(crate) fn rule(priority: i64, direction: &str, access: &str, source: &str, port: &str) -> RuleSeed {
    RuleSeed {
        name: format!("{access}-{priority}").to_lowercase(),
        priority,
        direction: direction.to_owned(),
        access: access.to_owned(),
        protocol: "tcp".to_owned(),
        source: source.to_owned(),
        destination: "*".to_owned(),
        port: port.to_owned(),
    }
}
