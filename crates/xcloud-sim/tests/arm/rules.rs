//! Security groups and rules.

use serde_json::{Value, json};

use crate::support::{Arm, at};

fn rule(priority: i64, direction: &str) -> Value {
    json!({"properties": {
        "protocol": "Tcp", "access": "Allow", "direction": direction, "priority": priority,
        "sourceAddressPrefixes": ["10.9.0.0/24", "10.8.0.0/24"], "sourcePortRange": "*",
        "destinationAddressPrefix": "10.1.0.0/24", "destinationPortRange": "443",
    }})
}

fn with(mut rule: Value, property: &str, value: Value) -> Value {
    rule["properties"][property] = value;
    rule
}

fn path(name: &str) -> String {
    at(&format!("networkSecurityGroups/app/securityRules/{name}"))
}

#[tokio::test(start_paused = true)]
async fn a_rule_is_created_updated_and_deleted() {
    let arm = Arm::new();
    let group = arm.get(&at("networkSecurityGroups/app")).await;
    assert_eq!((group.status, group.state()), (200, "Succeeded"));
    let created = arm.put(&path("in"), rule(200, "Inbound")).await;
    assert_eq!((created.status, created.state()), (201, "Updating"));
    assert!(!created.header("retry-after").is_empty());
    assert_eq!(created.body["properties"]["sourceAddressPrefixes"], json!(["10.9.0.0/24", "10.8.0.0/24"]));
    assert_eq!(created.body["properties"]["sourceAddressPrefix"], Value::Null);
    assert_eq!(created.body["properties"]["destinationPortRanges"], json!([]));
    let updating = arm.get(&at("networkSecurityGroups/app")).await;
    assert_eq!(updating.state(), "Updating");
    assert_ne!(updating.etag(), group.etag());
    let first = created.etag().to_owned();
    assert_eq!(arm.finish(created).await, json!({"status": "Succeeded"}));
    let ready = arm.get(&path("in")).await;
    assert_eq!(ready.state(), "Succeeded");
    assert_ne!(ready.etag(), first);
    assert_eq!(ready.header("etag"), ready.etag());
    let updated = arm.put(&path("in"), rule(210, "Inbound")).await;
    assert_eq!(updated.status, 200);
    arm.finish(updated).await;
    let deleted = arm.delete(&path("in")).await;
    assert_eq!(deleted.status, 202);
    let location = deleted.header("location").to_owned();
    arm.sleep(0.5).await;
    let waiting = arm.get(&location).await;
    assert_eq!(waiting.status, 202);
    assert_eq!(waiting.header("location"), location);
    assert_eq!(arm.get(&path("in")).await.state(), "Deleting");
    arm.sleep(2.0).await;
    assert_eq!(arm.get(&location).await.status, 204);
    arm.get(&path("in")).await.refused(404, "NotFound");
    assert_eq!(arm.delete(&path("in")).await.status, 204);
}

#[tokio::test(start_paused = true)]
async fn priorities_clash_in_one_direction_only() {
    let arm = Arm::new();
    arm.make(&path("in"), rule(200, "Inbound")).await;
    arm.make(&path("out"), rule(200, "Outbound")).await;
    arm.put(&path("in2"), rule(200, "inbound")).await.refused(400, "SecurityRuleConflict");
    arm.put(&path("in2"), rule(4000, "Inbound")).await.refused(400, "SecurityRuleConflict");
    arm.make(&path("in"), rule(200, "Inbound")).await;
}

#[tokio::test(start_paused = true)]
async fn bad_rules_are_refused() {
    let arm = Arm::new();
    let cases = [
        (rule(99, "Inbound"), "SecurityRuleInvalidPriority"),
        (rule(4097, "Inbound"), "SecurityRuleInvalidPriority"),
        (rule(200, "Sideways"), "InvalidRequestFormat"),
        (with(rule(200, "Inbound"), "colour", json!("red")), "InvalidRequestFormat"),
        (with(rule(200, "Inbound"), "provisioningState", json!("Succeeded")), "InvalidRequestFormat"),
        (with(rule(200, "Inbound"), "priority", json!("200")), "InvalidRequestFormat"),
        (with(rule(200, "Inbound"), "destinationPortRange", json!("70000")), "SecurityRuleInvalidPortRange"),
        (with(rule(200, "Inbound"), "destinationPortRange", json!("90-80")), "SecurityRuleInvalidPortRange"),
        (
            with(rule(200, "Inbound"), "destinationAddressPrefix", json!("10.1.0.0/33")),
            "SecurityRuleInvalidAddressPrefix",
        ),
        (with(rule(200, "Inbound"), "description", json!("x".repeat(141))), "SecurityRuleDescriptionTooLong"),
        (with(rule(200, "Inbound"), "destinationPortRanges", json!(["1"])), "SecurityRuleParameterConflict"),
        (with(rule(200, "Inbound"), "destinationPortRange", Value::Null), "MissingRequiredSecurityRuleParameter"),
    ];
    for (body, code) in cases {
        arm.put(&path("bad"), body).await.refused(400, code);
    }
    for overlapping in [json!(["10.0.0.0/24", "10.1.0.0/16", "10.0.0.64/26"]), json!(["10.0.0.5", "10.0.0.5/32"])] {
        let body =
            with(with(rule(200, "Inbound"), "sourceAddressPrefix", Value::Null), "sourceAddressPrefixes", overlapping);
        arm.put(&path("bad"), body).await.refused(400, "OverlappingSubnetsNotPermittedInSecurityRule");
    }
    arm.put(&path("ends-badly-"), rule(200, "Inbound")).await.refused(400, "InvalidResourceName");
    arm.get(&path("bad")).await.refused(404, "NotFound");
    let refused = arm.put(&path("bad"), json!({"properties": {"protocol": "Tcp"}})).await;
    assert_eq!(refused.body["error"]["details"].as_array().map(Vec::len), Some(3));
}

#[tokio::test(start_paused = true)]
async fn rules_are_written_side_by_side_but_one_rule_by_one() {
    let arm = Arm::new();
    let first = arm.put(&path("a"), rule(200, "Inbound")).await;
    let second = arm.put(&path("b"), rule(201, "Inbound")).await;
    assert_eq!((first.status, second.status), (201, 201));
    let again = arm.put(&path("a"), rule(202, "Inbound")).await;
    again.refused(429, "RetryableErrorDueToAnotherOperation");
    assert_eq!(again.header("retry-after"), "2");
    let group = json!({"location": "norwayeast"});
    arm.put(&at("networkSecurityGroups/app"), group).await.refused(409, "AnotherOperationInProgress");
    arm.delete(&at("networkSecurityGroups/app")).await.refused(409, "AnotherOperationInProgress");
    arm.finish(first).await;
    assert_eq!(arm.delete(&path("a")).await.status, 202);
    arm.put(&path("a"), rule(202, "Inbound")).await.refused(409, "AnotherOperationInProgress");
    assert_eq!(arm.delete(&path("a")).await.status, 202);
}

#[tokio::test(start_paused = true)]
async fn a_stale_etag_is_refused() {
    let arm = Arm::new();
    arm.make(&path("a"), rule(200, "Inbound")).await;
    let etag = arm.get(&path("a")).await.etag().to_owned();
    let fresh = arm.call("PUT", &path("a"), Some(rule(201, "Inbound")), &[("if-match", &etag)]).await;
    assert_eq!(fresh.status, 200);
    arm.finish(fresh).await;
    let stale = arm.call("PUT", &path("a"), Some(rule(202, "Inbound")), &[("if-match", &etag)]).await;
    stale.refused(412, "PreconditionFailed");
    assert_eq!(stale.body["error"]["details"][0]["code"], "PreconditionFailedEtagMismatch");
    let none = arm.call("PUT", &path("new"), Some(rule(203, "Inbound")), &[("if-match", "*")]).await;
    none.refused(412, "PreconditionFailed");
}

#[tokio::test(start_paused = true)]
async fn a_group_is_replaced_with_all_its_rules() {
    let arm = Arm::new();
    let group = at("networkSecurityGroups/new");
    arm.put(&group, json!({"properties": {}})).await.refused(400, "LocationRequired");
    let mut inline = rule(300, "Inbound");
    inline["name"] = json!("one");
    arm.make(&group, json!({"location": "Norway East", "properties": {"securityRules": [inline]}, "tags": {"a": "b"}}))
        .await;
    let made = arm.get(&group).await;
    assert_eq!(made.body["location"], "norwayeast");
    assert_eq!(made.body["tags"], json!({"a": "b"}));
    assert_eq!(made.body["properties"]["securityRules"][0]["name"], "one");
    assert_eq!(made.body["properties"]["defaultSecurityRules"].as_array().map(Vec::len), Some(6));
    arm.put(&group, json!({"location": "westeurope"})).await.refused(409, "InvalidResourceLocation");
    arm.make(&group, json!({"location": "norwayeast"})).await;
    assert_eq!(arm.get(&group).await.body["properties"]["securityRules"], json!([]));
    arm.put(&group, json!({"location": "norwayeast", "etag": "x"})).await.refused(400, "InvalidRequestFormat");
    let rules = arm.get(&at("networkSecurityGroups/new/defaultSecurityRules")).await;
    assert_eq!(rules.body["value"][0]["name"], "AllowVnetInBound");
    let one = arm.get(&at("networkSecurityGroups/new/defaultSecurityRules/denyallinbound")).await;
    assert_eq!(one.body["properties"]["priority"], 65500);
    let busy = arm.put(&group, json!({"location": "norwayeast"})).await;
    let blocked = arm.put(&at("networkSecurityGroups/new/securityRules/a"), rule(200, "Inbound")).await;
    blocked.refused(409, "AnotherOperationInProgress");
    arm.finish(busy).await;
    let deleted = arm.delete(&group).await;
    assert_eq!(deleted.status, 202);
    arm.finish(deleted).await;
    arm.get(&group).await.refused(404, "ResourceNotFound");
    arm.get(&at("networkSecurityGroups/new/securityRules/one")).await.refused(404, "ParentResourceNotFound");
}

#[tokio::test(start_paused = true)]
async fn a_group_in_use_stays() {
    let arm = Arm::new();
    let group = at("networkSecurityGroups/app");
    let subnet = json!({"properties": {"addressPrefix": "10.1.2.0/24", "networkSecurityGroup": {"id": group}}});
    arm.make(&at("virtualNetworks/spoke/subnets/guarded"), subnet).await;
    arm.delete(&group).await.refused(400, "InUseNetworkSecurityGroupCannotBeDeleted");
    let subnets = &arm.get(&group).await.body["properties"]["subnets"];
    assert_eq!(subnets[0]["id"], at("virtualNetworks/spoke/subnets/guarded"));
}

#[tokio::test(start_paused = true)]
async fn a_rule_collection_group_has_at_most_two_megabytes() {
    let arm = Arm::new();
    let group = |addresses: usize| {
        let sources: Vec<String> = (0..addresses).map(|at| format!("10.{}.{}.0/24", at / 256, at % 256)).collect();
        let rules: Vec<Value> = (0..10)
            .map(|at| {
                json!({"ruleType": "NetworkRule", "name": format!("r{at}"), "ipProtocols": ["TCP"],
                "sourceAddresses": sources, "destinationAddresses": ["10.1.0.4"], "destinationPorts": ["443"]})
            })
            .collect();
        json!({"properties": {"priority": 300, "ruleCollections": [{"name": "c", "priority": 100,
            "ruleCollectionType": "FirewallPolicyFilterRuleCollection", "action": {"type": "Allow"}, "rules": rules}]}})
    };
    let path = at("firewallPolicies/lab/ruleCollectionGroups/large");
    assert_eq!(arm.put(&path, group(10_000)).await.status, 201, "1.6 MB");
    arm.sleep(60.0).await;
    let refused = arm.put(&path, group(14_000)).await;
    assert_eq!(refused.status, 400, "2.3 MB");
}
