//! Azure: each kind of the example, changed as with the portal.

use serde_json::{Value, json};
use xcloud_sim::World;
use xcloud_sim::azure::RuleSeed;

use super::hand::{check, tamper};
use crate::bed::RESOURCES;
use crate::cases::must;

fn network(path: &str) -> String {
    let (group, rest) = path.split_once('/').expect("a resource group and a path");
    let subscription = "/subscriptions/11111111-2222-3333-4444-555555555555";
    format!("{subscription}/resourceGroups/{group}/providers/Microsoft.Network/{rest}")
}

fn nsg() -> String {
    network("rg-prod/networkSecurityGroups/nsg-core")
}

fn rule() -> String {
    format!("{}/securityRules/xc-payments-edge-from-aws", nsg())
}

/// Sets the property at a JSON pointer of a resource.
fn set(world: &mut World, id: &str, pointer: &str, value: Value) {
    let there = world.azure.edit(id, |properties| {
        let mut whole = Value::Object(std::mem::take(properties));
        *whole.pointer_mut(pointer).unwrap_or_else(|| panic!("there is no {pointer}")) = value;
        if let Value::Object(changed) = whole {
            *properties = changed;
        }
    });
    assert!(there, "there is no {id}");
}

fn seed(name: &str, priority: i64) -> RuleSeed {
    RuleSeed {
        name: name.to_owned(),
        priority,
        direction: "Inbound".to_owned(),
        access: "Allow".to_owned(),
        protocol: "*".to_owned(),
        source: "*".to_owned(),
        destination: "*".to_owned(),
        port: "*".to_owned(),
    }
}

#[tokio::test(start_paused = true)]
async fn security_group_rules() {
    let lines = [
        tamper("removed", |world, _| assert!(world.azure.remove(&rule())), ""),
        tamper("denied", |world, _| set(world, &rule(), "/access", json!("Deny")), ""),
        tamper("from anywhere", |world, _| set(world, &rule(), "/sourceAddressPrefixes", json!(["0.0.0.0/0"])), ""),
        tamper("another port", |world, _| set(world, &rule(), "/destinationPortRange", json!("22")), ""),
        tamper("another protocol", |world, _| set(world, &rule(), "/protocol", json!("Udp")), ""),
        tamper("another priority", |world, _| set(world, &rule(), "/priority", json!(3000)), ""),
        tamper("another description", |world, _| set(world, &rule(), "/description", json!("mine")), ""),
        tamper(
            "a stranger far from ours",
            |world, _| world.azure.add_security_rule(&nsg(), &seed("theirs", 4000)).expect("a rule"),
            "",
        ),
        tamper(
            "a stranger before ours",
            |world, _| world.azure.add_security_rule(&nsg(), &seed("theirs", 101)).expect("a rule"),
            "",
        ),
        tamper(
            "a rule with our prefix",
            |world, _| {
                world.azure.add_security_rule(&nsg(), &seed("xc-payments-edge-extra", 4000)).expect("a rule");
            },
            "",
        ),
    ];
    must(check(RESOURCES, &lines).await);
}

fn group() -> String {
    network("rg-hub/firewallPolicies/afwp-hub/ruleCollectionGroups/rcg-xcloud-payments-edge")
}

#[tokio::test(start_paused = true)]
async fn firewall() {
    let lines = [
        tamper("removed", |world, _| assert!(world.azure.remove(&group())), ""),
        tamper("a rule more", |world, _| edit_rules(world, |rules| {
            let mut extra = rules[0].clone();
            extra["name"] = json!("theirs");
            extra["sourceAddresses"] = json!(["*"]);
            rules.push(extra);
        }), ""),
        tamper("no rule", |world, _| edit_rules(world, Vec::clear), ""),
        tamper("another port", |world, _| edit_rules(world, |rules| rules[0]["destinationPorts"] = json!(["22"])), ""),
        tamper("from anywhere", |world, _| edit_rules(world, |rules| rules[0]["sourceAddresses"] = json!(["*"])), ""),
        tamper("another protocol", |world, _| edit_rules(world, |rules| rules[0]["ipProtocols"] = json!(["UDP"])), ""),
        tamper("another priority", |world, _| set(world, &group(), "/priority", json!(3000)), ""),
        tamper("denied", |world, _| set(world, &group(), "/ruleCollections/0/action/type", json!("Deny")), ""),
    ];
    must(check(RESOURCES, &lines).await);
}

fn edit_rules(world: &mut World, change: fn(&mut Vec<Value>)) {
    let there = world.azure.edit(&group(), |properties| {
        let rules = properties["ruleCollections"][0]["rules"].as_array_mut().expect("the rules");
        change(rules);
    });
    assert!(there, "the group is there");
}

fn record() -> String {
    network("rg-dns/privateDnsZones/aws.bank.example/A/payments")
}

#[tokio::test(start_paused = true)]
async fn records() {
    let lines = [
        tamper("removed", |world, _| assert!(world.azure.remove(&record())), ""),
        tamper("elsewhere", |world, _| set(world, &record(), "/aRecords", json!([{"ipv4Address": "10.9.9.9"}])), ""),
        tamper("one more", |world, _| {
            let more = json!([{"ipv4Address": "10.20.9.5"}, {"ipv4Address": "10.20.9.21"}, {"ipv4Address": "10.9.9.9"}]);
            set(world, &record(), "/aRecords", more);
        }, ""),
        tamper("for a day", |world, _| set(world, &record(), "/ttl", json!(86400)), ""),
    ];
    must(check(RESOURCES, &lines).await);
}

fn link_service() -> String {
    network("rg-prod/privateLinkServices/xc-payments-edge-events")
}

fn link_endpoint() -> String {
    network("rg-apps/privateEndpoints/xc-payments-edge-events")
}

fn connection(world: &World) -> String {
    let mut found = world.azure.children(&link_service(), "privateEndpointConnections");
    found.next().expect("a connection").id.clone()
}

#[tokio::test(start_paused = true)]
async fn links() {
    let lines = [
        tamper("seen by all", |world, _| set(world, &link_service(), "/visibility", json!({"subscriptions": ["*"]})), ""),
        tamper("approved at once", |world, _| {
            set(world, &link_service(), "/autoApproval", json!({"subscriptions": ["22222222-2222-3333-4444-555555555555"]}));
        }, ""),
        tamper("the connection rejected", |world, _| {
            let connection = connection(world);
            let state = "/privateLinkServiceConnectionState/status";
            set(world, &connection, state, json!("Rejected"));
        }, ""),
        tamper("the connection removed", |world, _| {
            let connection = connection(world);
            assert!(world.azure.remove(&connection));
        }, ""),
        tamper("the endpoint removed", |world, _| {
            let connection = connection(world);
            assert!(world.azure.remove(&connection) && world.azure.remove(&link_endpoint()));
        }, ""),
        tamper("the mark's owner", |world, _| {
            let stored = world.azure.find_mut(&link_service()).expect("the service");
            stored.tags.get_or_insert_default().insert("xcloud:owner".to_owned(), json!("me"));
        }, ""),
    ];
    must(check(RESOURCES, &lines).await);
}
