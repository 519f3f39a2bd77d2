//! What every call passes: authentication, versions, scopes, limits, paging, operations, the stored state.

use std::sync::Arc;

use serde_json::{Value, json};
use xcloud_sim::azure::{AzureWorld, PlannedFailure, RuleSeed, error_response, operation_of};
use xcloud_sim::{Caller, Request};

use crate::support::{Arm, OTHER_SUB, SUB, at, seeded};

fn names(body: &Value) -> Vec<String> {
    let values = body["value"].as_array().cloned().unwrap_or_default();
    values.iter().map(|value| value["name"].as_str().unwrap_or_default().to_owned()).collect()
}

fn group() -> Value {
    json!({"location": "norwayeast"})
}

#[tokio::test(start_paused = true)]
async fn calls_are_checked_before_they_reach_a_resource() {
    let arm = Arm::new();
    let path = at("networkSecurityGroups/app");
    let anonymous = arm.call("GET", &path, None, &[("authorization", "Basic x")]).await;
    anonymous.refused(401, "AuthenticationFailed");
    assert!(anonymous.header("www-authenticate").starts_with("Bearer"));
    arm.get(&format!("{path}?api-version=2019-01-01")).await.refused(400, "InvalidApiVersionParameter");
    let zone = at("privateDnsZones/corp.example?api-version=2024-03-01");
    arm.get(&zone).await.refused(400, "InvalidApiVersionParameter");
    arm.get(&format!("{path}?api-version=")).await.refused(400, "InvalidApiVersionParameter");
    arm.get("/subscriptions/none/providers/Microsoft.Network/loadBalancers").await.refused(404, "SubscriptionNotFound");
    let lost = path.replace("Net-RG", "lost");
    arm.get(&lost).await.refused(404, "ResourceGroupNotFound");
    arm.delete(&lost).await.refused(404, "ResourceGroupNotFound");
    arm.get(&at("networkSecurityGroups/none")).await.refused(404, "ResourceNotFound");
    arm.get(&at("dragons/x")).await.refused(404, "InvalidResourceType");
    arm.call("PATCH", &path, Some(json!({})), &[]).await.refused(405, "MethodNotAllowed");
    let malformed = arm.call("PUT", &path, Some(json!([1])), &[]).await;
    malformed.refused(400, "InvalidRequestContent");
}

#[tokio::test(start_paused = true)]
async fn ids_keep_their_casing_and_are_found_in_any() {
    let arm = Arm::new();
    arm.make(&at("networkSecurityGroups/MixedCase"), group()).await;
    let shouted = at("networkSecurityGroups/mixedcase").to_uppercase().replace("MICROSOFT", "microsoft");
    let found = arm.get(&shouted).await;
    assert_eq!(found.body["id"], at("networkSecurityGroups/MixedCase"));
    assert_eq!(arm.put(&shouted, group()).await.status, 200);
    let everywhere = format!("/subscriptions/{SUB}/providers/Microsoft.Network/networkSecurityGroups");
    let listed = arm.get(&everywhere).await;
    let id = listed.body["value"][1]["id"].as_str().unwrap_or_default().to_owned();
    assert!(id.contains("/resourceGroups/NET-RG/"), "{id}");
    assert!(
        arm.get(&at("networkSecurityGroups")).await.body["value"][1]["id"]
            .as_str()
            .is_some_and(|id| id.contains("Net-RG"))
    );
}

#[tokio::test(start_paused = true)]
async fn lists_come_in_pages() {
    let mut world = seeded();
    world.page_size = 2;
    let arm = Arm::with(world);
    for name in ["b", "c", "d", "e"] {
        arm.make(&at(&format!("networkSecurityGroups/{name}")), group()).await;
    }
    let mut url = at("networkSecurityGroups");
    let mut seen = Vec::new();
    for _ in 0..10 {
        let page = arm.get(&url).await;
        assert!(names(&page.body).len() <= 2);
        seen.extend(names(&page.body));
        match page.body["nextLink"].as_str() {
            Some(next) => {
                assert!(next.starts_with("http://127.0.0.1:4001/"));
                url = next.to_owned();
            }
            None => break,
        }
    }
    assert_eq!(seen, ["app", "b", "c", "d", "e"]);
}

#[tokio::test(start_paused = true)]
async fn requests_are_limited_and_the_limit_refills() {
    let arm = Arm::new();
    let path = at("networkSecurityGroups/app");
    let first = arm.get(&path).await;
    assert_eq!(first.header("x-ms-ratelimit-remaining-subscription-reads"), "249");
    assert!(!first.header("x-ms-request-id").is_empty() && !first.header("x-ms-correlation-request-id").is_empty());
    let written = arm.delete(&at("networkSecurityGroups/none")).await;
    assert_eq!(written.header("x-ms-ratelimit-remaining-subscription-deletes"), "199");
    let burst = async {
        let calls = (0..300).map(|_| arm.get(&path));
        let mut refused = 0;
        for call in calls.collect::<Vec<_>>() {
            refused += usize::from(call.await.status == 429);
        }
        refused
    };
    // One call after the other takes 40 ms each, in which one token comes back: none is refused.
    assert_eq!(burst.await, 0);
    arm.cloud.change(|world, _| {
        if let Some(subscription) = world.azure.subscriptions.get_mut(SUB) {
            subscription.throttle = xcloud_sim::azure::Throttle::default();
        }
    });
    let arm = Arc::new(arm);
    let mut tasks = Vec::new();
    for _ in 0..300 {
        let (arm, path) = (arm.clone(), path.clone());
        tasks.push(tokio::spawn(async move {
            let answer = arm.get(&path).await;
            (answer.status, answer.code().to_owned(), answer.header("retry-after").to_owned())
        }));
    }
    let mut refused = Vec::new();
    for task in tasks {
        let (status, code, wait) = task.await.expect("the task ends");
        if status == 429 {
            refused.push((code, wait));
        }
    }
    assert_eq!(refused.len(), 50);
    assert!(refused.iter().all(|(code, wait)| code == "TooManyRequests" && wait == "1"), "{refused:?}");
    arm.sleep(1.0).await;
    assert_eq!(arm.get(&path).await.status, 200);
    arm.cloud.change(|world, _| world.azure.throttling = false);
    assert_eq!(arm.get(&path).await.header("x-ms-ratelimit-remaining-subscription-reads"), "");
}

#[tokio::test(start_paused = true)]
async fn the_network_provider_limits_writes_over_five_minutes() {
    let arm = Arm::new();
    let path = at("networkSecurityGroups/none");
    let mut refused = None;
    for count in 0..1_100 {
        let answer = arm.delete(&path).await;
        if answer.status == 429 {
            refused = Some((count, answer.header("retry-after").parse::<i64>().unwrap_or_default()));
            break;
        }
        arm.sleep(0.1).await;
    }
    let (count, wait) = refused.expect("the window is smaller");
    assert_eq!(count, 1_000);
    assert!((100..300).contains(&wait), "{wait}");
    arm.sleep(300.0).await;
    assert_eq!(arm.delete(&path).await.status, 204);
}

#[tokio::test(start_paused = true)]
async fn an_operation_is_first_unknown_then_runs_then_ends() {
    let arm = Arm::new();
    let created = arm.put(&at("networkSecurityGroups/new"), group()).await;
    let url = created.header("azure-asyncoperation").to_owned();
    assert!(url.contains("/locations/norwayeast/operations/"));
    arm.get(&url).await.refused(404, "NotFound");
    arm.sleep(0.4).await;
    let running = arm.get(&url).await;
    assert_eq!(running.body, json!({"status": "InProgress"}));
    assert!(!running.header("retry-after").is_empty());
    arm.get(&url.replace(SUB, OTHER_SUB)).await.refused(404, "NotFound");
    arm.sleep(4.0).await;
    assert_eq!(arm.get(&url).await.body, json!({"status": "Succeeded"}));
    arm.sleep(100_000.0).await;
    arm.get(&url).await.refused(404, "NotFound");
}

#[tokio::test(start_paused = true)]
async fn a_planned_failure_ends_an_accepted_operation() {
    let mut world = seeded();
    world.planned_failures.push(PlannedFailure {
        operation: "PUT networkSecurityGroups".to_owned(),
        code: "RetryableError".to_owned(),
        message: "A retryable error occurred.".to_owned(),
        times: 1,
    });
    let arm = Arm::with(world);
    let created = arm.put(&at("networkSecurityGroups/new"), group()).await;
    let failed = arm.finish(created).await;
    assert_eq!(failed["status"], "Failed");
    assert_eq!(failed["error"]["code"], "RetryableError");
    assert_eq!(arm.get(&at("networkSecurityGroups/new")).await.state(), "Failed");
    arm.make(&at("networkSecurityGroups/new"), group()).await;
    assert_eq!(arm.get(&at("networkSecurityGroups/new")).await.state(), "Succeeded");
}

#[tokio::test(start_paused = true)]
async fn the_state_survives_being_stored_in_the_middle_of_an_operation() {
    let arm = Arm::new();
    let created = arm.put(&at("networkSecurityGroups/new"), group()).await;
    let url = created.header("azure-asyncoperation").to_owned();
    let stored = serde_json::to_string(&arm.cloud.world()).expect("the world is serialisable");
    let loaded: xcloud_sim::World = serde_json::from_str(&stored).expect("the world is what was stored");
    assert_eq!(serde_json::to_string(&loaded).ok().as_deref(), Some(stored.as_str()));
    let arm = Arm { cloud: xcloud_sim::Cloud::start(loaded, 1.0) };
    arm.sleep(0.5).await;
    assert_eq!(arm.get(&url).await.body["status"], "InProgress");
    arm.sleep(5.0).await;
    assert_eq!(arm.get(&url).await.body["status"], "Succeeded");
    assert!(serde_json::from_str::<AzureWorld>("{}").is_ok_and(|world| world.throttling && world.page_size == 50));
}

#[tokio::test(start_paused = true)]
async fn traffic_is_recorded_without_credentials() {
    let arm = Arm::new();
    arm.cloud.record_arm();
    arm.get(&at("networkSecurityGroups/app")).await;
    let pairs = arm.cloud.arm_pairs();
    assert_eq!(pairs.len(), 1);
    let pair: Value = serde_json::from_str(&pairs[0]).expect("a line of JSON");
    assert_eq!((&pair["method"], &pair["status"]), (&json!("GET"), &json!(200)));
    assert_eq!(pair["responseBody"]["name"], "app");
    assert!(!pairs[0].contains("Bearer"));
}

#[tokio::test(start_paused = true)]
async fn a_fast_cloud_asks_its_clients_to_wait_in_their_own_time() {
    let slow = Arm::new();
    let path = at("firewallPolicies/hub/ruleCollectionGroups/x");
    let body = json!({"properties": {"priority": 500}});
    assert_eq!(slow.put(&path, body.clone()).await.header("retry-after"), "10");
    let fast = Arm { cloud: xcloud_sim::Cloud::start(slow.cloud.world(), 4.0) };
    let busy = fast.put(&at("firewallPolicies/lab/ruleCollectionGroups/x"), body).await;
    assert_eq!(busy.header("retry-after"), "1");
    let busy = fast.delete(&at("networkSecurityGroups/app")).await;
    assert_eq!(busy.header("retry-after"), "1");
    let again = fast.get(busy.header("location")).await;
    again.refused(404, "NotFound");
}

#[tokio::test(start_paused = true)]
async fn changes_behind_the_clients_back_move_the_etags() {
    let arm = Arm::new();
    let group = at("networkSecurityGroups/app");
    let before = arm.get(&group).await.etag().to_owned();
    let open = RuleSeed {
        name: "open".to_owned(),
        priority: 100,
        direction: "Inbound".to_owned(),
        access: "Allow".to_owned(),
        protocol: "*".to_owned(),
        source: "*".to_owned(),
        destination: "*".to_owned(),
        port: "*".to_owned(),
    };
    let clash = RuleSeed { priority: 4000, ..open.clone() };
    assert!(arm.cloud.change(|world, _| world.azure.add_security_rule(&group, &clash)).is_err());
    assert_eq!(arm.cloud.change(|world, _| world.azure.add_security_rule(&group, &open)), Ok(()));
    let added = arm.get(&at("networkSecurityGroups/app/securityRules/open")).await;
    assert_eq!((added.status, added.state()), (200, "Succeeded"));
    assert_ne!(arm.get(&group).await.etag(), before);
    let foreign = at("networkSecurityGroups/app/securityRules/foreign");
    let edited = arm.cloud.change(|world, _| {
        world.azure.edit(&foreign, |rule| {
            rule.insert("access".to_owned(), json!("Allow"));
        })
    });
    assert!(edited);
    assert_eq!(arm.get(&foreign).await.body["properties"]["access"], "Allow");
    assert!(arm.cloud.change(|world, _| world.azure.remove(&foreign)));
    arm.get(&foreign).await.refused(404, "NotFound");
    assert!(!arm.cloud.change(|world, _| world.azure.remove(&foreign)));
}

#[test]
fn operations_have_names() {
    let request = |method: &str, path: &str| Request {
        method: method.parse().expect("a method"),
        uri: format!("{path}?api-version=2024-03-01").parse().expect("a path"),
        headers: http::HeaderMap::new(),
        body: bytes::Bytes::new(),
        caller: Caller::Azure,
        base_url: String::new(),
    };
    let cases = [
        ("PUT", at("NETWORKSECURITYGROUPS/app/securityrules/x"), "PUT securityRules"),
        ("GET", at("networkSecurityGroups"), "GET networkSecurityGroups"),
        ("DELETE", at("privateEndpoints/pe"), "DELETE privateEndpoints"),
        ("PUT", at("privateDnsZones/z.x/TXT/_a"), "PUT TXT"),
        ("GET", at("privateDnsZones/z.x/all"), "GET ALL"),
        (
            "GET",
            format!("/subscriptions/{SUB}/providers/Microsoft.Network/locations/norwayeast/operations/1"),
            "GET operations",
        ),
        (
            "GET",
            format!("/subscriptions/{SUB}/providers/Microsoft.Network/locations/norwayeast/operationResults/1"),
            "GET operationResults",
        ),
    ];
    for (method, path, name) in cases {
        assert_eq!(operation_of(&request(method, &path)), name);
    }
    let refused = error_response(&request("GET", &at("networkInterfaces/x")), 503, "ServerTimeout", "later");
    let body: Value = serde_json::from_slice(&refused.body).expect("a JSON body");
    assert_eq!(body, json!({"error": {"code": "ServerTimeout", "message": "later", "details": []}}));
}
