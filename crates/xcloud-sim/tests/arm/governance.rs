//! Locks, policies, disabled subscriptions and resource groups that go.

use serde_json::{Value, json};
use xcloud_sim::azure::{Lock, RequiredTag};

use crate::support::{Arm, SUB, at, seeded};

fn rule() -> Value {
    json!({"properties": {"priority": 200, "direction": "Inbound", "access": "Allow", "protocol": "Tcp",
        "sourcePortRange": "*", "destinationPortRange": "443", "sourceAddressPrefix": "10.0.0.0/24",
        "destinationAddressPrefix": "*"}})
}

#[tokio::test(start_paused = true)]
async fn a_lock_refuses_below_its_scope() {
    let path = at("networkSecurityGroups/app/securityRules/r");
    for (scope, read_only, put, delete) in [
        (format!("/subscriptions/{SUB}/resourceGroups/net-rg"), false, 201, 409),
        (format!("/subscriptions/{SUB}/resourceGroups/net-rg"), true, 409, 409),
        (at("networkSecurityGroups/app"), false, 201, 409),
        (format!("/subscriptions/{SUB}/resourceGroups/net"), true, 201, 202),
    ] {
        let arm = Arm::new();
        arm.cloud.change(|world, _| world.azure.locks.push(Lock { scope: scope.clone(), read_only }));
        let made = arm.put(&path, rule()).await;
        assert_eq!(made.status, put, "{scope}");
        if put == 201 {
            arm.finish(made).await;
        }
        let deleted = arm.delete(&path).await;
        assert_eq!(deleted.status, delete, "{scope}");
        if delete == 409 {
            deleted.refused(409, "ScopeLocked");
        }
        assert!(arm.get(&at("networkSecurityGroups/app")).await.status == 200, "reads pass");
    }
}

#[tokio::test(start_paused = true)]
async fn a_policy_names_itself() {
    let mut world = seeded();
    world.required_tags.push(RequiredTag { tag: "CostCenter".to_owned(), assignment: "require-tag".to_owned() });
    let arm = Arm::with(world);
    let refused = arm.put(&at("networkSecurityGroups/new"), json!({"location": "norwayeast"})).await;
    refused.refused(403, "RequestDisallowedByPolicy");
    assert_eq!(refused.body["error"]["additionalInfo"][0]["info"]["policyAssignmentName"], "require-tag");
    let tagged = json!({"location": "norwayeast", "tags": {"CostCenter": "4711"}});
    assert_eq!(arm.put(&at("networkSecurityGroups/new"), tagged).await.status, 201);
    assert_eq!(arm.put(&at("networkSecurityGroups/app/securityRules/r"), rule()).await.status, 201, "it has no tags");
}

#[tokio::test(start_paused = true)]
async fn what_is_disabled_or_going_can_be_read_only() {
    let path = at("networkSecurityGroups/app/securityRules/r");
    let arm = Arm::new();
    arm.cloud.change(|world, _| {
        if let Some(group) = world.azure.subscriptions.get_mut(SUB).and_then(|of| of.groups.get_mut("net-rg")) {
            group.deleting = true;
        }
    });
    arm.put(&path, rule()).await.refused(409, "ResourceGroupBeingDeleted");
    arm.cloud.change(|world, _| {
        if let Some(subscription) = world.azure.subscriptions.get_mut(SUB) {
            subscription.disabled = true;
        }
    });
    arm.put(&path, rule()).await.refused(409, "ReadOnlyDisabledSubscription");
    arm.delete(&path).await.refused(409, "ReadOnlyDisabledSubscription");
    assert_eq!(arm.get(&at("networkSecurityGroups/app")).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn a_list_shows_what_the_caller_may_read_and_says_nothing_of_the_rest() {
    let list = format!("/subscriptions/{SUB}/providers/Microsoft.Network/firewallPolicies");
    let permissions =
        format!("/subscriptions/{SUB}/providers/Microsoft.Authorization/permissions?api-version=2022-04-01");
    let arm = Arm::new();
    let names = |body: &Value| body["value"].as_array().map_or(0, Vec::len);
    assert_eq!(names(&arm.get(&list).await.body), 2);
    assert_eq!(arm.get(&permissions).await.body["value"][0]["actions"], json!(["*"]));
    arm.cloud.change(|world, _| world.azure.readable_groups = Some(["other".to_owned()].into()));
    let shorter = arm.get(&list).await;
    assert_eq!((shorter.status, names(&shorter.body)), (200, 0));
    assert_eq!(arm.get(&permissions).await.body, json!({"value": []}));
    arm.get(&at("firewallPolicies/hub")).await.refused(403, "AuthorizationFailed");
}

#[tokio::test(start_paused = true)]
async fn locks_are_listed_to_who_may_read_them() {
    let of = |part: &str| {
        format!("/subscriptions/{SUB}{part}/providers/Microsoft.Authorization/locks?api-version=2020-05-01")
    };
    let arm = Arm::new();
    let add =
        |scope: String, read_only: bool| arm.cloud.change(|world, _| world.azure.locks.push(Lock { scope, read_only }));
    add(at("networkSecurityGroups/app"), true);
    add(format!("/subscriptions/{SUB}"), false);
    let listed = async |part: &str| {
        let body = arm.get(&of(part)).await.body;
        let locks = body["value"].as_array().cloned().unwrap_or_default();
        locks.iter().map(|lock| lock["properties"]["level"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(listed("").await, ["ReadOnly", "CanNotDelete"]);
    assert_eq!(listed("/resourceGroups/net-rg").await, ["ReadOnly"], "what is on the subscription is not in the group");
    arm.cloud.change(|world, _| world.azure.readable_groups = Some(["net-rg".to_owned()].into()));
    arm.get(&of("")).await.refused(403, "AuthorizationFailed");
    assert_eq!(listed("/resourceGroups/net-rg").await, ["ReadOnly"]);
    arm.cloud.change(|world, _| world.azure.locks_hidden = true);
    arm.get(&of("/resourceGroups/net-rg")).await.refused(403, "AuthorizationFailed");
}
