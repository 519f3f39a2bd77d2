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

#[expect(clippy::too_many_lines, reason = "one table")]
#[tokio::test(start_paused = true)]
async fn security_group_rules() {
    let lines = [
        tamper(
            "removed",
            |world, _| assert!(world.azure.remove(&rule())),
            r#"
             create spoke/azure/network-security-group/core
               rules[xc-payments-edge-from-aws] null -> "allow inbound tcp 443 from 10.60.8.4, 10.60.8.20 to 10.122.8.10 priority 2201""#,
        ),
        tamper(
            "denied",
            |world, _| set(world, &rule(), "/access", json!("Deny")),
            r#"
             update spoke/azure/network-security-group/core
               rules[xc-payments-edge-from-aws].access "deny" -> "allow""#,
        ),
        tamper(
            "from anywhere",
            |world, _| set(world, &rule(), "/sourceAddressPrefixes", json!(["0.0.0.0/0"])),
            r#"
             update spoke/azure/network-security-group/core
               rules[xc-payments-edge-from-aws].from ["0.0.0.0/0"] -> ["10.60.8.4","10.60.8.20"]
             note open-connections spoke/azure/network-security-group/core"#,
        ),
        tamper(
            "another port",
            |world, _| set(world, &rule(), "/destinationPortRange", json!("22")),
            r#"
             update spoke/azure/network-security-group/core
               rules[xc-payments-edge-from-aws].ports ["22"] -> ["443"]
             note open-connections spoke/azure/network-security-group/core"#,
        ),
        tamper(
            "another protocol",
            |world, _| set(world, &rule(), "/protocol", json!("Udp")),
            r#"
             update spoke/azure/network-security-group/core
               rules[xc-payments-edge-from-aws].protocol "udp" -> "tcp"
             note open-connections spoke/azure/network-security-group/core"#,
        ),
        tamper(
            "another priority",
            |world, _| set(world, &rule(), "/priority", json!(3000)),
            r#"
             update spoke/azure/network-security-group/core
               rules[xc-payments-edge-from-aws].priority 3000 -> 2201"#,
        ),
        tamper(
            "another owner",
            |world, _| {
                let mark = "xcloud:payments-edge spoke/azure/network-security-group/core me";
                set(world, &rule(), "/description", json!(mark));
            },
            r#"
             update spoke/azure/network-security-group/core
               rules[xc-payments-edge-from-aws].description "xcloud:payments-edge spoke/azure/network-security-group/core me" -> "xcloud:payments-edge spoke/azure/network-security-group/core banking-platform@bank.example""#,
        ),
        tamper(
            "a stranger that denies, before ours",
            |world, _| {
                let deny = RuleSeed { access: "Deny".to_owned(), ..seed("theirs", 101) };
                world.azure.add_security_rule(&nsg(), &deny).expect("a rule");
            },
            r#"
             note shadowed spoke/azure/network-security-group/core"#,
        ),
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
    must(check("security_group_rules", RESOURCES, &lines).await);
}

fn group() -> String {
    network("rg-hub/firewallPolicies/afwp-hub/ruleCollectionGroups/rcg-xcloud-payments-edge")
}

#[tokio::test(start_paused = true)]
async fn firewall() {
    let lines = [
        tamper(
            "removed",
            |world, _| assert!(world.azure.remove(&group())),
            r#"
             create shared/azure/firewall-rules/rcg-xcloud-payments-edge
               priority null -> 2110
               rules[xc-payments-edge-from-aws] null -> "allow tcp 443 from 10.60.8.4, 10.60.8.20 to 10.122.8.10""#,
        ),
        tamper(
            "a rule more",
            |world, _| {
                edit_rules(world, |rules| {
                    let mut extra = rules[0].clone();
                    extra["name"] = json!("theirs");
                    extra["sourceAddresses"] = json!(["*"]);
                    rules.push(extra);
                })
            },
            r#"
             update shared/azure/firewall-rules/rcg-xcloud-payments-edge
               rules[theirs] "allow tcp 443 from * to 10.122.8.10" -> null"#,
        ),
        tamper(
            "no rule",
            |world, _| edit_rules(world, Vec::clear),
            r#"
             update shared/azure/firewall-rules/rcg-xcloud-payments-edge
               rules[xc-payments-edge-from-aws] null -> "allow tcp 443 from 10.60.8.4, 10.60.8.20 to 10.122.8.10""#,
        ),
        tamper(
            "another port",
            |world, _| edit_rules(world, |rules| rules[0]["destinationPorts"] = json!(["22"])),
            r#"
             update shared/azure/firewall-rules/rcg-xcloud-payments-edge
               rules[xc-payments-edge-from-aws].ports ["22"] -> ["443"]"#,
        ),
        tamper(
            "from anywhere",
            |world, _| edit_rules(world, |rules| rules[0]["sourceAddresses"] = json!(["*"])),
            r#"
             update shared/azure/firewall-rules/rcg-xcloud-payments-edge
               rules[xc-payments-edge-from-aws].from ["*"] -> ["10.60.8.4","10.60.8.20"]"#,
        ),
        tamper(
            "another protocol",
            |world, _| edit_rules(world, |rules| rules[0]["ipProtocols"] = json!(["UDP"])),
            r#"
             update shared/azure/firewall-rules/rcg-xcloud-payments-edge
               rules[xc-payments-edge-from-aws].protocol "udp" -> "tcp""#,
        ),
        tamper(
            "another priority",
            |world, _| set(world, &group(), "/priority", json!(3000)),
            r#"
             update shared/azure/firewall-rules/rcg-xcloud-payments-edge
               priority 3000 -> 2110"#,
        ),
        tamper(
            "denied",
            |world, _| set(world, &group(), "/ruleCollections/0/action/type", json!("Deny")),
            r#"
             update shared/azure/firewall-rules/rcg-xcloud-payments-edge
               rules[xc-payments-edge-from-aws] null -> "allow tcp 443 from 10.60.8.4, 10.60.8.20 to 10.122.8.10"
               rules[xc-payments-edge-from-aws] "deny tcp 443 from 10.60.8.4, 10.60.8.20 to 10.122.8.10, NetworkRule in the collection xcloud" -> null"#,
        ),
    ];
    must(check("firewall", RESOURCES, &lines).await);
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
        tamper(
            "removed",
            |world, _| assert!(world.azure.remove(&record())),
            r#"
             create spoke/azure/private-dns-record/events
               zone null -> "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg-dns/providers/Microsoft.Network/privateDnsZones/aws.bank.example"
               record null -> "payments"
               ttl null -> 30
               addresses null -> ["10.20.9.5","10.20.9.21"]"#,
        ),
        tamper(
            "elsewhere",
            |world, _| set(world, &record(), "/aRecords", json!([{"ipv4Address": "10.9.9.9"}])),
            r#"
             update spoke/azure/private-dns-record/events
               addresses ["10.9.9.9"] -> ["10.20.9.5","10.20.9.21"]"#,
        ),
        tamper(
            "one more",
            |world, _| {
                let more =
                    json!([{"ipv4Address": "10.20.9.5"}, {"ipv4Address": "10.20.9.21"}, {"ipv4Address": "10.9.9.9"}]);
                set(world, &record(), "/aRecords", more);
            },
            r#"
             update spoke/azure/private-dns-record/events
               addresses ["10.9.9.9","10.20.9.5","10.20.9.21"] -> ["10.20.9.5","10.20.9.21"]"#,
        ),
        tamper(
            "for a day",
            |world, _| set(world, &record(), "/ttl", json!(86400)),
            r#"
             update spoke/azure/private-dns-record/events
               ttl 86400 -> 30"#,
        ),
    ];
    must(check("records", RESOURCES, &lines).await);
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
        tamper(
            "seen by all",
            |world, _| set(world, &link_service(), "/visibility", json!({"subscriptions": ["*"]})),
            r#"
             update spoke/azure/private-link-service/events
               visibility ["*"] -> ["11111111-2222-3333-4444-555555555555"]"#,
        ),
        tamper(
            "approved at once",
            |world, _| {
                set(
                    world,
                    &link_service(),
                    "/autoApproval",
                    json!({"subscriptions": ["22222222-2222-3333-4444-555555555555"]}),
                );
            },
            r#"
             update spoke/azure/private-link-service/events
               auto_approval ["22222222-2222-3333-4444-555555555555"] -> []"#,
        ),
        tamper(
            "the connection rejected",
            |world, _| {
                let connection = connection(world);
                let state = "/privateLinkServiceConnectionState/status";
                set(world, &connection, state, json!("Rejected"));
            },
            r#"
             replace spoke/azure/private-endpoint/events
               connection "Rejected" -> "Approved""#,
        ),
        tamper(
            "the connection removed",
            |world, _| {
                let connection = connection(world);
                assert!(world.azure.remove(&connection));
            },
            r#"
             replace spoke/azure/private-endpoint/events
               connection "Disconnected" -> "Approved""#,
        ),
        tamper(
            "the endpoint removed",
            |world, _| {
                let connection = connection(world);
                assert!(world.azure.remove(&connection) && world.azure.remove(&link_endpoint()));
            },
            r#"
             create spoke/azure/private-endpoint/events
               name null -> "xc-payments-edge-events"
               resource_group null -> "rg-apps"
               subnet null -> "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg-apps/providers/Microsoft.Network/virtualNetworks/vnet-apps/subnets/snet-pe"
               service null -> "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg-prod/providers/Microsoft.Network/privateLinkServices/xc-payments-edge-events"
               approval null -> "managed""#,
        ),
        tamper(
            "the mark's owner",
            |world, _| {
                let stored = world.azure.find_mut(&link_service()).expect("the service");
                stored.tags.get_or_insert_default().insert("xcloud:owner".to_owned(), json!("me"));
            },
            r#"
             update spoke/azure/private-link-service/events
               tags[xcloud:owner] "me" -> "banking-platform@bank.example""#,
        ),
    ];
    must(check("links", RESOURCES, &lines).await);
}
