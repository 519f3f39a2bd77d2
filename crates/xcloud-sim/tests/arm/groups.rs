//! Firewall policies and rule collection groups.

use serde_json::{Value, json};

use xcloud_sim::azure::IfMatch;

use crate::support::{Arm, at, seeded};

fn group(priority: i64, ports: &[&str]) -> Value {
    json!({"properties": {"priority": priority, "ruleCollections": [{
        "ruleCollectionType": "FirewallPolicyFilterRuleCollection", "name": "allow", "priority": 200,
        "action": {"type": "Allow"},
        "rules": [{
            "ruleType": "NetworkRule", "name": "https", "ipProtocols": ["TCP"],
            "sourceAddresses": ["10.9.0.0/24"], "destinationAddresses": ["10.1.0.4"], "destinationPorts": ports,
        }],
    }]}})
}

fn path(policy: &str, name: &str) -> String {
    at(&format!("firewallPolicies/{policy}/ruleCollectionGroups/{name}"))
}

#[tokio::test(start_paused = true)]
async fn a_group_of_an_attached_policy_takes_minutes_and_locks_the_policy() {
    let arm = Arm::new();
    let created = arm.put(&path("hub", "ours"), group(500, &["443"])).await;
    assert_eq!((created.status, created.state()), (201, "Updating"));
    assert_eq!(arm.get(&at("firewallPolicies/hub")).await.state(), "Updating");
    arm.put(&path("hub", "ours"), group(500, &["80"])).await.refused(409, "AnotherOperationInProgress");
    arm.put(&path("hub", "theirs"), group(501, &["80"])).await.refused(409, "AnotherOperationInProgress");
    arm.delete(&path("hub", "ours")).await.refused(409, "AnotherOperationInProgress");
    let policy = json!({"location": "norwayeast"});
    arm.put(&at("firewallPolicies/hub"), policy).await.refused(409, "AnotherOperationInProgress");
    let other_policy = arm.put(&path("lab", "ours"), group(500, &["443"])).await;
    assert_eq!(other_policy.status, 201);
    arm.sleep(200.0).await;
    assert_eq!(arm.get(&path("hub", "ours")).await.state(), "Updating");
    arm.sleep(40.0).await;
    assert_eq!(arm.get(&path("hub", "ours")).await.state(), "Succeeded");
    assert_eq!(arm.get(&at("firewallPolicies/hub")).await.state(), "Succeeded");
}

#[tokio::test(start_paused = true)]
async fn a_write_replaces_the_whole_group_and_fills_empty_lists() {
    let arm = Arm::new();
    arm.make(&path("lab", "ours"), group(500, &["443"])).await;
    let made = arm.get(&path("lab", "ours")).await;
    let rule = &made.body["properties"]["ruleCollections"][0]["rules"][0];
    assert_eq!(rule["destinationPorts"], json!(["443"]));
    assert_eq!(rule["destinationIpGroups"], json!([]));
    assert!(made.body["properties"]["size"].as_str().is_some_and(|size| size.ends_with("MB")));
    let etag = made.header("etag").to_owned();
    assert_eq!(etag, format!("\"{}\"", made.etag()), "bare in the body, quoted in the header");
    let empty = json!({"properties": {"priority": 500}});
    let fresh = arm.call("PUT", &path("lab", "ours"), Some(empty.clone()), &[("if-match", &etag)]).await;
    assert_eq!(fresh.status, 200);
    arm.finish(fresh).await;
    assert_eq!(arm.get(&path("lab", "ours")).await.body["properties"]["ruleCollections"], json!([]));
    let stale = arm.call("PUT", &path("lab", "ours"), Some(empty), &[("if-match", &etag)]).await;
    stale.refused(412, "PreconditionFailed");
    assert_eq!(stale.body["error"]["details"][0]["code"], "PreconditionFailedEtagMismatch");
    let groups = &arm.get(&at("firewallPolicies/lab")).await.body["properties"]["ruleCollectionGroups"];
    assert_eq!(*groups, json!([{"id": path("lab", "ours")}]));
    let listed = arm.get(&at("firewallPolicies/lab/ruleCollectionGroups")).await;
    assert_eq!(listed.body["value"][0]["name"], "ours");
    let deleted = arm.delete(&path("lab", "ours")).await;
    assert_eq!(deleted.status, 202);
    for (header, collection) in [("azure-asyncoperation", "/nfvOperations/"), ("location", "/nfvOperationResults/")] {
        assert!(deleted.header(header).contains(collection), "{}", deleted.header(header));
    }
    arm.finish(deleted).await;
    arm.get(&path("lab", "ours")).await.refused(404, "NotFound");
    assert_eq!(arm.delete(&path("lab", "ours")).await.status, 204);
}

#[tokio::test(start_paused = true)]
async fn what_if_match_does_is_not_known() {
    for (knob, stale, bare) in
        [(IfMatch::Ignored, 200, 200), (IfMatch::Exact, 412, 412), (IfMatch::SyntaxChecked, 200, 400)]
    {
        let mut world = seeded();
        world.firewall_if_match = knob;
        let arm = Arm::with(world);
        arm.make(&path("lab", "ours"), group(500, &["443"])).await;
        let bare_tag = arm.get(&path("lab", "ours")).await.etag().to_owned();
        let refused =
            arm.call("PUT", &path("lab", "ours"), Some(group(500, &["80"])), &[("if-match", &bare_tag)]).await;
        assert_eq!(refused.status, bare, "{knob:?}");
        arm.sleep(60.0).await;
        let put = arm.call("PUT", &path("lab", "ours"), Some(group(500, &["81"])), &[("if-match", "\"stale\"")]).await;
        assert_eq!(put.status, stale, "{knob:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_that_changes_nothing_may_be_answered_with_null() {
    let mut world = seeded();
    world.null_for_unchanged = true;
    let arm = Arm::with(world);
    arm.make(&path("lab", "ours"), group(500, &["443"])).await;
    let again = arm.put(&path("lab", "ours"), group(500, &["443"])).await;
    assert_eq!((again.status, &again.body, again.header("azure-asyncoperation")), (200, &Value::Null, ""));
    assert_eq!(arm.put(&path("lab", "ours"), group(500, &["80"])).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn bad_groups_are_refused() {
    let arm = Arm::new();
    let put = |change: &dyn Fn(&mut Value)| {
        let mut body = group(500, &["443"]);
        change(&mut body["properties"]);
        body
    };
    let cases = [
        (put(&|group| group["priority"] = json!(99)), "FirewallPolicyRuleCollectionGroupInvalidPriorityValue"),
        (put(&|group| group["colour"] = json!("red")), "InvalidRequestFormat"),
        (put(&|group| group["ruleCollections"][0]["ruleCollectionType"] = json!("x")), "InvalidRequestFormat"),
        (
            put(&|group| group["ruleCollections"][0]["action"]["type"] = json!("DNAT")),
            "FirewallPolicyRuleCollectionInvalidAction",
        ),
        (
            put(&|group| group["ruleCollections"][0]["rules"][0]["destinationPorts"] = json!([])),
            "FirewallPolicyRuleIncomplete",
        ),
        (
            put(&|group| group["ruleCollections"][0]["rules"][0]["destinationPorts"] = json!(["x"])),
            "FirewallPolicyRuleInvalidPort",
        ),
        (
            put(&|group| group["ruleCollections"][0]["rules"][0]["sourceAddresses"] = json!(["10.0.0.0/99"])),
            "FirewallPolicyRuleInvalidIpAddress",
        ),
        (
            put(&|group| group["ruleCollections"][0]["rules"][0]["ipProtocols"] = json!(["Tcp"])),
            "FirewallPolicyRuleInvalidProtocol",
        ),
    ];
    for (body, code) in cases {
        arm.put(&path("lab", "bad"), body).await.refused(400, code);
    }
    arm.make(&path("lab", "first"), group(500, &["443"])).await;
    let clash = arm.put(&path("lab", "second"), group(500, &["443"])).await;
    clash.refused(400, "FirewallPolicyRuleCollectionGroupsPrioritiesNotUnique");
    arm.put(&path("none", "x"), group(500, &["443"])).await.refused(404, "ParentResourceNotFound");
}

#[tokio::test(start_paused = true)]
async fn a_policy_is_created_and_keeps_its_groups() {
    let arm = Arm::new();
    let policy = at("firewallPolicies/fresh");
    arm.make(&policy, json!({"location": "norwayeast", "properties": {"threatIntelMode": "Off"}})).await;
    arm.make(&path("fresh", "ours"), group(500, &["443"])).await;
    arm.make(&policy, json!({"location": "norwayeast"})).await;
    let body = arm.get(&policy).await.body;
    assert_eq!(body["properties"]["ruleCollectionGroups"][0]["id"], path("fresh", "ours"));
    assert_eq!(body["properties"]["firewalls"], json!([]));
    assert_eq!(
        arm.get(&at("firewallPolicies/hub")).await.body["properties"]["firewalls"].as_array().map(Vec::len),
        Some(1)
    );
}
