//! The firewall and the security group: priorities, first matches, and rules that are being written.

use serde_json::json;
use xcloud_sim::azure::PlannedFailure;
use xcloud_sim::traffic::{AzurePath, Direction, Packet, Verdict, admitted, surely_admitted};

use crate::estate::{Estate, at, estate, ip, refused};
use crate::rules::{collection, ours, rule, rule_group};

const IN: Packet =
    Packet { from: std::net::Ipv4Addr::new(10, 60, 2, 4), to: std::net::Ipv4Addr::new(10, 122, 8, 10), port: 443 };

fn could(estate: &Estate, packet: Packet) -> Verdict {
    admitted(&estate.cloud.world(), estate.cloud.clock().now(), &estate.path, packet, Direction::Inbound)
}

fn surely(estate: &Estate, packet: Packet) -> Verdict {
    surely_admitted(&estate.cloud.world(), estate.cloud.clock().now(), &estate.path, packet, Direction::Inbound)
}

async fn write(estate: &Estate, name: &str, priority: i64, collections: &[serde_json::Value]) {
    estate.put(&estate.group(name), rule_group(priority, collections)).await;
    estate.cloud.clock().sleep(300.0).await;
}

#[tokio::test(start_paused = true)]
async fn the_firewall_denies_what_no_rule_matches() {
    let estate = estate("eu-north-1").await;
    assert_eq!(could(&estate, IN), Verdict::Passes);
    for packet in
        [Packet { port: 444, ..IN }, Packet { from: ip("10.60.2.6"), ..IN }, Packet { to: ip("10.1.1.1"), ..IN }]
    {
        assert_eq!(could(&estate, packet).to_string(), format!("refused by firewall: no rule of hub admits {packet}"));
    }
    write(&estate, "ours", 2100, &[]).await;
    refused(&estate.one(), "firewall", "no rule of hub admits");
    let open = AzurePath { firewall_policy: None, ..estate.path.clone() };
    assert!(Estate { path: open, ..estate }.one().passes(), "without a firewall");
}

#[tokio::test(start_paused = true)]
async fn groups_and_collections_are_met_by_priority_and_rules_from_the_top() {
    let estate = estate("eu-north-1").await;
    let all: &[&str] = &["10.0.0.0/8"];
    let deny = |priority| collection("closed", priority, "Deny", &[(all, all, "1-1024")]);
    write(&estate, "later", 2200, &[deny(100)]).await;
    assert!(estate.one().passes(), "a group behind ours");
    write(&estate, "ours", 2100, &[ours(), deny(300)]).await;
    assert!(estate.one().passes(), "a collection behind ours");
    write(&estate, "ours", 2100, &[ours(), deny(100)]).await;
    refused(&estate.one(), "firewall", "ours/closed/r0 of hub denies 10.60.2.");
    assert!(estate.two().passes(), "the other way has another port");
    write(&estate, "ours", 2100, &[ours()]).await;
    write(&estate, "earlier", 200, &[deny(100)]).await;
    refused(&estate.one(), "firewall", "earlier/closed/r0 of hub denies");
}

#[tokio::test(start_paused = true)]
async fn the_groups_of_a_parent_policy_are_met_first() {
    let estate = estate("eu-north-1").await;
    let parent = at("firewallPolicies/parent");
    estate.cloud.change(|world, _| {
        world.azure.add_firewall_policy(&parent, "norwayeast", false).expect("a policy");
        world.azure.edit(&at("firewallPolicies/hub"), |policy| {
            policy.insert("basePolicy".to_owned(), json!({"id": parent}));
        })
    });
    let closed = collection("closed", 100, "Deny", &[(&["10.60.0.0/16"], &["*"], "*")]);
    estate.put(&format!("{parent}/ruleCollectionGroups/all"), rule_group(60000, &[closed])).await;
    estate.cloud.clock().sleep(300.0).await;
    refused(&estate.one(), "firewall", "all/closed/r0 of hub denies");
    assert!(estate.two().passes());
}

#[tokio::test(start_paused = true)]
async fn other_protocols_and_other_kinds_of_rules_match_nothing() {
    let estate = estate("eu-north-1").await;
    let mut udp = collection("udp", 100, "Deny", &[(&["*"], &["*"], "*")]);
    udp["rules"][0]["ipProtocols"] = json!(["UDP", "ICMP"]);
    let application = json!({
        "name": "web", "priority": 110, "ruleCollectionType": "FirewallPolicyFilterRuleCollection",
        "action": {"type": "Deny"},
        "rules": [{
            "name": "all", "ruleType": "ApplicationRule", "sourceAddresses": ["*"], "targetFqdns": ["*"],
            "protocols": [{"protocolType": "Https", "port": 443}],
        }],
    });
    write(&estate, "ours", 2100, &[udp, application, ours()]).await;
    assert!(estate.one().passes());
}

#[tokio::test(start_paused = true)]
async fn the_rule_with_the_lowest_number_decides_in_a_security_group() {
    let estate = estate("eu-north-1").await;
    assert!(estate.one().passes(), "AllowVnetInBound");
    estate.filter(&rule(400, "Inbound", "Deny", "VirtualNetwork", "*"));
    refused(&estate.one(), "network security group", "deny-400 of app denies");
    estate.filter(&rule(300, "Inbound", "Allow", "10.60.2.0/26", "443"));
    assert!(estate.one().passes(), "allowed before it is denied");
    estate.filter(&rule(200, "Inbound", "Deny", "Internet", "*"));
    assert!(estate.one().passes(), "another service tag");
    estate.filter(&rule(100, "Inbound", "Deny", "10.60.2.36", "1-1000"));
    let judgement = estate.one();
    refused(&judgement, "network security group", "deny-100 of app denies 10.60.2.36 -> 10.122.8.10:443");
    assert_eq!(judgement.ways.iter().filter(|(_, verdict)| verdict.passes()).count(), 2);
}

#[tokio::test(start_paused = true)]
async fn behind_the_rules_of_a_security_group_stand_the_default_ones() {
    let estate = estate("eu-north-1").await;
    let path = AzurePath { firewall_policy: None, ..estate.path.clone() };
    let world = estate.cloud.world();
    let judge = |from: &str, to: &str, direction| {
        let packet = Packet { from: ip(from), to: ip(to), port: 443 };
        admitted(&world, world.now, &path, packet, direction).to_string()
    };
    assert_eq!(judge("172.16.1.1", "10.122.8.10", Direction::Inbound), "passes");
    let denied = "refused by network security group: DenyAllInBound of app denies 192.0.2.1 -> 10.122.8.10:443";
    assert_eq!(judge("192.0.2.1", "10.122.8.10", Direction::Inbound), denied);
    assert_eq!(judge("10.122.8.10", "192.0.2.1", Direction::Outbound), "passes");
    let nowhere = AzurePath { subscription: "none".to_owned(), ..path.clone() };
    assert_eq!(admitted(&world, world.now, &nowhere, IN, Direction::Inbound).hop(), Some("subscription"));
    for path in [
        AzurePath { firewall_policy: Some(at("firewallPolicies/none")), ..path.clone() },
        AzurePath { network_security_group: Some(at("networkSecurityGroups/none")), ..path.clone() },
    ] {
        assert!(admitted(&world, world.now, &path, IN, Direction::Inbound).to_string().contains("there is no"));
    }
}

#[tokio::test(start_paused = true)]
async fn while_a_write_runs_both_what_was_and_what_shall_be_count() {
    let estate = estate("eu-north-1").await;
    estate.put(&estate.group("ours"), rule_group(2100, &[])).await;
    assert_eq!(could(&estate, IN), Verdict::Passes, "the old rule may still be in force");
    refused(&estate.one(), "firewall", "no rule of hub admits");
    estate.cloud.clock().sleep(241.0).await;
    assert_eq!(could(&estate, IN).hop(), Some("firewall"), "closed, although nobody has looked at the operation");

    estate.put(&estate.group("ours"), rule_group(2100, &[ours()])).await;
    assert_eq!((could(&estate, IN), surely(&estate, IN).hop()), (Verdict::Passes, Some("firewall")));
    estate.cloud.clock().sleep(241.0).await;
    assert_eq!(surely(&estate, IN), Verdict::Passes);

    estate.put(&estate.group("ours"), rule_group(2100, &[ours(), collection("more", 300, "Deny", &[])])).await;
    assert!(estate.one().passes(), "open before and after");
}

#[tokio::test(start_paused = true)]
async fn after_a_write_has_failed_nothing_is_certain() {
    let estate = estate("eu-north-1").await;
    let failure = PlannedFailure {
        operation: "PUT ruleCollectionGroups".to_owned(),
        code: "FirewallPolicyUpdateFailed".to_owned(),
        message: "no".to_owned(),
        times: 1,
    };
    estate.cloud.change(|world, _| world.azure.planned_failures.push(failure));
    write(&estate, "ours", 2100, &[]).await;
    for _ in 0..2 {
        assert_eq!((could(&estate, IN), surely(&estate, IN).hop()), (Verdict::Passes, Some("firewall")));
        // Any request lets the operation end.
        estate.put(&at("privateDnsZones/aws.bank.example/A/other"), json!({"properties": {"ttl": 30}})).await;
    }
    estate.put(&estate.group("ours"), rule_group(2100, &[])).await;
    assert_eq!(could(&estate, IN), Verdict::Passes, "what the failed write may have left still counts");
    estate.cloud.clock().sleep(300.0).await;
    assert_eq!(could(&estate, IN).hop(), Some("firewall"));
}

#[tokio::test(start_paused = true)]
async fn a_rule_that_goes_counts_until_it_has_gone_and_one_for_some_client_ports_counts_for_some() {
    let estate = estate("eu-north-1").await;
    estate.filter(&rule(300, "Inbound", "Deny", "*", "443"));
    let path = at("networkSecurityGroups/app/securityRules/deny-300");
    let request =
        http::Request::delete(format!("{path}?api-version=2024-03-01")).header("authorization", "Bearer test");
    let deletion = estate.cloud.handle(request.body(Default::default()).expect("a request"), "http://sim").await;
    assert_eq!(deletion.expect("no fault is set").status(), 202);
    assert_eq!((could(&estate, IN), surely(&estate, IN).passes()), (Verdict::Passes, false));
    estate.cloud.clock().sleep(3.0).await;
    assert_eq!(surely(&estate, IN), Verdict::Passes);

    estate.filter(&rule(300, "Inbound", "Deny", "*", "443"));
    estate.cloud.change(|world, _| {
        world.azure.edit(&path, |rule| {
            rule.insert("sourcePortRange".to_owned(), json!("49152-65535"));
        })
    });
    assert_eq!(could(&estate, IN), Verdict::Passes);
    let doubt = surely(&estate, IN).to_string();
    assert!(doubt.contains("deny-300 of app denies") && doubt.contains("for some client ports"), "{doubt}");
}
