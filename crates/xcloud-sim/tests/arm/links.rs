//! Private link services, private endpoints and their connections.

use serde_json::{Value, json};

use crate::support::{Answer, Arm, OTHER_SUB, at, elsewhere, seeded};

fn service(frontend: &str) -> Value {
    json!({"location": "norwayeast", "properties": {
        "loadBalancerFrontendIpConfigurations": [{"id": at(&format!("loadBalancers/{frontend}/frontendIPConfigurations/fe"))}],
        "ipConfigurations": [{"name": "nat", "properties": {"subnet": {"id": at("virtualNetworks/spoke/subnets/services")}, "primary": true}}],
        "visibility": {"subscriptions": ["*"]},
    }})
}

fn with(mut body: Value, property: &str, value: Value) -> Value {
    body["properties"][property] = value;
    body
}

fn endpoint(subnet: &str, list: &str, target: &str) -> Value {
    json!({"location": "norwayeast", "properties": {
        "subnet": {"id": subnet},
        list: [{"name": "link", "properties": {"privateLinkServiceId": target, "requestMessage": "please"}}],
    }})
}

fn manual() -> Value {
    endpoint(
        &at("virtualNetworks/spoke/subnets/endpoints"),
        "manualPrivateLinkServiceConnections",
        &at("privateLinkServices/svc"),
    )
}

fn automatic() -> Value {
    endpoint(
        &at("virtualNetworks/spoke/subnets/endpoints"),
        "privateLinkServiceConnections",
        &at("privateLinkServices/svc"),
    )
}

fn status(answer: &Answer) -> Value {
    let lists = ["privateLinkServiceConnections", "manualPrivateLinkServiceConnections"];
    let part = lists.iter().map(|list| &answer.body["properties"][*list][0]).find(|part| !part.is_null());
    part.map_or(Value::Null, |part| part["properties"]["privateLinkServiceConnectionState"]["status"].clone())
}

async fn connection(arm: &Arm) -> String {
    let listed = arm.get(&at("privateLinkServices/svc/privateEndpointConnections")).await;
    listed.body["value"][0]["id"].as_str().unwrap_or_default().to_owned()
}

fn decide(status: &str) -> Value {
    json!({"properties": {"privateLinkServiceConnectionState": {"status": status, "description": "by test"}}})
}

#[tokio::test(start_paused = true)]
async fn a_service_gets_alias_and_interface() {
    let arm = Arm::new();
    let path = at("privateLinkServices/svc");
    let balancer = arm.get(&at("loadBalancers/front")).await.etag().to_owned();
    let created = arm.put(&path, service("front")).await;
    assert_eq!((created.status, created.state()), (201, "Updating"));
    assert_eq!(created.body["properties"]["alias"], Value::Null);
    assert_ne!(arm.get(&at("loadBalancers/front")).await.etag(), balancer);
    arm.finish(created).await;
    let made = arm.get(&path).await;
    let alias = made.body["properties"]["alias"].as_str().unwrap_or_default().to_owned();
    assert!(alias.starts_with("svc.") && alias.ends_with(".norwayeast.azure.privatelinkservice"), "{alias}");
    let nic = made.body["properties"]["networkInterfaces"][0]["id"].as_str().unwrap_or_default().to_owned();
    let nic = arm.get(&nic).await;
    assert_eq!(nic.body["properties"]["ipConfigurations"][0]["properties"]["privateIPAddress"], "10.1.0.5");
    arm.make(&path, with(service("front"), "enableProxyProtocol", json!(true))).await;
    assert_eq!(arm.get(&path).await.body["properties"]["alias"], alias);
}

#[tokio::test(start_paused = true)]
async fn a_second_nat_address_is_added_in_place() {
    let arm = Arm::new();
    let path = at("privateLinkServices/svc");
    arm.make(&path, service("front")).await;
    let mut body = service("front");
    let subnet = json!({"id": at("virtualNetworks/spoke/subnets/services")});
    let more = json!({"name": "nat2", "properties": {"subnet": subnet, "privateIPAddress": "10.1.0.50"}});
    if let Some(parts) = body["properties"]["ipConfigurations"].as_array_mut() {
        parts.push(more);
    }
    arm.make(&path, body).await;
    let made = arm.get(&path).await;
    let nic = arm.get(made.body["properties"]["networkInterfaces"][0]["id"].as_str().unwrap_or_default()).await;
    let addresses = nic.body["properties"]["ipConfigurations"].as_array().cloned().unwrap_or_default();
    let addresses: Vec<_> = addresses.iter().map(|part| part["properties"]["privateIPAddress"].clone()).collect();
    assert_eq!(addresses, [json!("10.1.0.5"), json!("10.1.0.50")]);
}

#[tokio::test(start_paused = true)]
async fn bad_services_are_refused() {
    let arm = Arm::new();
    let path = at("privateLinkServices/svc");
    let nat = |subnet: &str| json!([{"name": "nat", "properties": {"subnet": {"id": at(subnet)}, "primary": true}}]);
    let cases = [
        (
            with(service("front"), "ipConfigurations", nat("virtualNetworks/spoke/subnets/endpoints")),
            "PrivateLinkServiceCannotBeCreatedInSubnetThatHasNetworkPoliciesEnabled",
        ),
        (
            with(service("front"), "ipConfigurations", nat("virtualNetworks/spoke/subnets/no")),
            "InvalidResourceReference",
        ),
        (with(service("front"), "ipConfigurations", json!([])), "PrivateLinkServiceInvalidIpConfigurationCount"),
        (service("none"), "InvalidResourceReference"),
        (with(service("front"), "destinationIPAddress", json!("10.1.0.77")), "PrivateLinkServiceInvalidTarget"),
        (with(service("front"), "alias", json!("mine")), "InvalidRequestFormat"),
        (
            with(
                with(service("front"), "visibility", json!({"subscriptions": []})),
                "autoApproval",
                json!({"subscriptions": [OTHER_SUB]}),
            ),
            "PrivateLinkServiceAutoApprovalNotSubsetOfVisibility",
        ),
    ];
    for (body, code) in cases {
        arm.put(&path, body).await.refused(400, code);
    }
    let basic = json!({"location": "norwayeast", "properties": {"frontendIPConfigurations": [
        {"name": "fe", "properties": {"subnet": {"id": at("virtualNetworks/spoke/subnets/services")}}}]}});
    arm.make(&at("loadBalancers/basic"), basic).await;
    arm.put(&path, service("basic")).await.refused(400, "PrivateLinkServiceIsNotSupportedWithBasicLoadBalancer");
    arm.make(&path, service("front")).await;
    arm.put(&path, service("second")).await.refused(400, "PrivateLinkServiceLoadBalancerFrontendCannotBeChanged");
    arm.put(&at("privateLinkServices/other"), service("front"))
        .await
        .refused(400, "LoadBalancerFrontendIpConfigurationInUse");
    let bare = json!({"location": "norwayeast", "sku": {"name": "Standard"}});
    arm.put(&at("loadBalancers/front"), bare).await.refused(400, "InUseFrontendIpConfigurationCannotBeDeleted");
}

#[tokio::test(start_paused = true)]
async fn a_manual_connection_waits_for_approval_on_both_sides() {
    let arm = Arm::new();
    arm.make(&at("privateLinkServices/svc"), service("front")).await;
    let path = at("privateEndpoints/pe");
    let created = arm.put(&path, manual()).await;
    assert_eq!((created.status, created.state()), (201, "Updating"));
    let nic = created.body["properties"]["networkInterfaces"][0]["id"].as_str().unwrap_or_default().to_owned();
    let pending = arm.get(&nic).await;
    assert_eq!(pending.body["properties"]["ipConfigurations"][0]["properties"]["privateIPAddress"], Value::Null);
    assert_eq!(connection(&arm).await, "");
    arm.finish(created).await;
    assert_eq!(status(&arm.get(&path).await), "Pending");
    let nic = arm.get(&nic).await;
    assert_eq!(nic.body["properties"]["ipConfigurations"][0]["properties"]["privateIPAddress"], "10.1.1.4");
    assert_eq!(nic.body["properties"]["privateEndpoint"]["id"], path);
    let connection = connection(&arm).await;
    let seen = arm.get(&connection).await;
    assert_eq!(seen.body["properties"]["privateLinkServiceConnectionState"]["description"], "please");
    assert_eq!(seen.body["properties"]["privateEndpoint"]["id"], path);
    let etag = arm.get(&path).await.etag().to_owned();
    arm.put(&connection, decide("Maybe")).await.refused(400, "InvalidPrivateLinkServiceConnectionStatus");
    let approved = arm.put(&connection, decide("Approved")).await;
    assert_eq!((approved.status, approved.state()), (200, "Updating"));
    assert_eq!(approved.body["properties"]["privateLinkServiceConnectionState"]["status"], "Approved");
    arm.put(&connection, decide("Rejected")).await.refused(409, "AnotherOperationInProgress");
    assert_eq!(arm.finish(approved).await["status"], "Succeeded");
    let after = arm.get(&path).await;
    assert_eq!(status(&after), "Approved");
    assert_ne!(after.etag(), etag);
    arm.make(&connection, decide("Rejected")).await;
    assert_eq!(status(&arm.get(&path).await), "Rejected");
    arm.put(&at("privateLinkServices/svc/privateEndpointConnections/no"), decide("Approved"))
        .await
        .refused(404, "NotFound");
}

#[tokio::test(start_paused = true)]
async fn a_decision_may_show_later_than_its_operation_ends() {
    let mut world = seeded();
    world.durations.connection_lag = 20.0;
    let arm = Arm::with(world);
    arm.make(&at("privateLinkServices/svc"), service("front")).await;
    arm.make(&at("privateEndpoints/pe"), manual()).await;
    let connection = connection(&arm).await;
    arm.make(&connection, decide("Approved")).await;
    assert_eq!(status(&arm.get(&at("privateEndpoints/pe")).await), "Pending");
    arm.sleep(20.0).await;
    assert_eq!(status(&arm.get(&at("privateEndpoints/pe")).await), "Approved");
}

#[tokio::test(start_paused = true)]
async fn a_service_with_connections_stays_and_a_removed_connection_disconnects() {
    let arm = Arm::new();
    let service_path = at("privateLinkServices/svc");
    arm.make(&service_path, service("front")).await;
    arm.make(&at("privateEndpoints/pe"), automatic()).await;
    assert_eq!(status(&arm.get(&at("privateEndpoints/pe")).await), "Approved");
    arm.delete(&service_path).await.refused(400, "PrivateLinkServiceCannotBeDeletedWithPrivateEndpointConnections");
    let removed = arm.delete(&connection(&arm).await).await;
    assert_eq!(removed.status, 202);
    arm.finish(removed).await;
    assert_eq!(status(&arm.get(&at("privateEndpoints/pe")).await), "Disconnected");
    let balancer = arm.get(&at("loadBalancers/front")).await.etag().to_owned();
    let deleted = arm.delete(&service_path).await;
    arm.finish(deleted).await;
    arm.get(&service_path).await.refused(404, "ResourceNotFound");
    assert_ne!(arm.get(&at("loadBalancers/front")).await.etag(), balancer);
    let interfaces = arm.get(&at("networkInterfaces")).await;
    assert_eq!(interfaces.body["value"].as_array().map(Vec::len), Some(1));
}

#[tokio::test(start_paused = true)]
async fn deleting_an_endpoint_frees_its_address_and_its_connection() {
    let arm = Arm::new();
    arm.make(&at("privateLinkServices/svc"), service("front")).await;
    arm.make(&at("privateEndpoints/pe"), automatic()).await;
    let deleted = arm.delete(&at("privateEndpoints/pe")).await;
    assert_eq!(deleted.status, 202);
    assert_eq!(arm.get(&at("privateEndpoints/pe")).await.state(), "Deleting");
    arm.put(&at("privateEndpoints/pe"), automatic()).await.refused(409, "AnotherOperationInProgress");
    arm.finish(deleted).await;
    arm.get(&at("privateEndpoints/pe")).await.refused(404, "ResourceNotFound");
    assert_eq!(connection(&arm).await, "");
    let pin = json!([{"name": "pin", "properties": {"privateIPAddress": "10.1.1.4"}}]);
    arm.make(&at("privateEndpoints/pe"), with(automatic(), "ipConfigurations", pin)).await;
}

#[tokio::test(start_paused = true)]
async fn endpoints_take_pins_and_refuse_bad_ones() {
    let arm = Arm::new();
    arm.make(&at("privateLinkServices/svc"), service("front")).await;
    let pin = |address: &str| {
        with(automatic(), "ipConfigurations", json!([{"name": "pin", "properties": {"privateIPAddress": address}}]))
    };
    let path = at("privateEndpoints/pe");
    arm.put(&path, pin("10.1.0.99")).await.refused(400, "PrivateIPAddressNotInSubnet");
    arm.put(&path, pin("10.1.1.2")).await.refused(400, "PrivateIPAddressInReservedRange");
    arm.put(&path, pin("10.1.1.15")).await.refused(400, "PrivateIPAddressInReservedRange");
    arm.make(&path, with(pin("10.1.1.10"), "customNetworkInterfaceName", json!("pe-nic"))).await;
    let nic = arm.get(&at("networkInterfaces/pe-nic")).await;
    assert_eq!(nic.body["properties"]["ipConfigurations"][0]["properties"]["privateIPAddress"], "10.1.1.10");
    arm.put(&at("privateEndpoints/pe2"), pin("10.1.1.10")).await.refused(400, "PrivateIPAddressIsAllocated");
    for (property, value) in [
        ("customNetworkInterfaceName", json!("other")),
        ("ipConfigurations", json!([{"name": "pin", "properties": {"privateIPAddress": "10.1.1.11"}}])),
        ("subnet", json!({"id": at("virtualNetworks/spoke/subnets/services")})),
    ] {
        let body = with(with(pin("10.1.1.10"), "customNetworkInterfaceName", json!("pe-nic")), property, value);
        arm.put(&path, body).await.refused(400, "PrivateEndpointPropertyCannotBeChanged");
    }
    let none = json!({"location": "norwayeast", "properties": {"subnet": {"id": at("virtualNetworks/spoke/subnets/endpoints")}}});
    arm.put(&at("privateEndpoints/pe3"), none).await.refused(400, "PrivateEndpointMustHaveOneConnection");
}

#[tokio::test(start_paused = true)]
async fn a_full_subnet_gives_no_more_addresses() {
    let arm = Arm::new();
    arm.make(&at("privateLinkServices/svc"), service("front")).await;
    for number in 0..11 {
        assert_eq!(arm.put(&at(&format!("privateEndpoints/pe{number}")), automatic()).await.status, 201);
    }
    arm.put(&at("privateEndpoints/last"), automatic()).await.refused(400, "SubnetIsFull");
}

#[tokio::test(start_paused = true)]
async fn another_subscription_connects_by_alias_and_needs_approval() {
    let arm = Arm::new();
    let path = at("privateLinkServices/svc");
    arm.make(&path, service("front")).await;
    let alias = arm.get(&path).await.body["properties"]["alias"].as_str().unwrap_or_default().to_owned();
    let far = elsewhere("virtualNetworks/far/subnets/endpoints");
    let refused =
        arm.put(&elsewhere("privateEndpoints/pe"), endpoint(&far, "privateLinkServiceConnections", &alias)).await;
    refused.refused(400, "PrivateEndpointAliasNeedsManualConnection");
    arm.make(&elsewhere("privateEndpoints/pe"), endpoint(&far, "manualPrivateLinkServiceConnections", &alias)).await;
    assert_eq!(status(&arm.get(&elsewhere("privateEndpoints/pe")).await), "Pending");
    let approving = with(service("front"), "autoApproval", json!({"subscriptions": [OTHER_SUB]}));
    arm.make(&path, approving).await;
    arm.make(&elsewhere("privateEndpoints/pe2"), endpoint(&far, "manualPrivateLinkServiceConnections", &alias)).await;
    assert_eq!(status(&arm.get(&elsewhere("privateEndpoints/pe2")).await), "Approved");
    arm.make(&path, with(service("front"), "visibility", json!({"subscriptions": []}))).await;
    let hidden = arm
        .put(&elsewhere("privateEndpoints/pe3"), endpoint(&far, "manualPrivateLinkServiceConnections", &alias))
        .await;
    hidden.refused(400, "InvalidResourceReference");
}

#[tokio::test(start_paused = true)]
async fn a_later_write_cancels_the_earlier_one() {
    let arm = Arm::new();
    arm.make(&at("privateLinkServices/svc"), service("front")).await;
    let first = arm.put(&at("privateEndpoints/pe"), automatic()).await;
    arm.sleep(30.0).await;
    let mut tagged = automatic();
    tagged["tags"] = json!({"owner": "me"});
    let second = arm.put(&at("privateEndpoints/pe"), tagged).await;
    assert_eq!(second.status, 200);
    let canceled = arm.finish(first).await;
    assert_eq!(canceled["status"], "Canceled");
    assert_eq!(canceled["error"]["details"][0]["code"], "CanceledAndSupersededDueToAnotherOperation");
    assert_eq!(arm.finish(second).await["status"], "Succeeded");
    assert_eq!(status(&arm.get(&at("privateEndpoints/pe")).await), "Approved");
    let listed = arm.get(&at("privateLinkServices/svc/privateEndpointConnections")).await;
    assert_eq!(listed.body["value"].as_array().map(Vec::len), Some(1));
}

#[tokio::test(start_paused = true)]
async fn stale_etags_of_services_and_endpoints_are_refused() {
    let arm = Arm::new();
    let (service_path, endpoint_path) = (at("privateLinkServices/svc"), at("privateEndpoints/pe"));
    arm.make(&service_path, service("front")).await;
    let before = arm.get(&service_path).await.etag().to_owned();
    arm.make(&endpoint_path, manual()).await;
    let stale = arm.call("PUT", &service_path, Some(service("front")), &[("if-match", &before)]).await;
    stale.refused(412, "PreconditionFailed");
    let before = arm.get(&endpoint_path).await.etag().to_owned();
    arm.make(&connection(&arm).await, decide("Approved")).await;
    arm.call("PUT", &endpoint_path, Some(manual()), &[("if-match", &before)]).await.refused(412, "PreconditionFailed");
    arm.call("DELETE", &endpoint_path, None, &[("if-match", &before)]).await.refused(412, "PreconditionFailed");
    let now = arm.get(&endpoint_path).await.etag().to_owned();
    let fresh = arm.call("PUT", &endpoint_path, Some(manual()), &[("if-match", &now)]).await;
    assert_eq!(arm.finish(fresh).await["status"], "Succeeded");
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_whose_service_goes_meanwhile_fails() {
    let arm = Arm::new();
    arm.make(&at("privateLinkServices/svc"), service("front")).await;
    let created = arm.put(&at("privateEndpoints/pe"), manual()).await;
    let deleted = arm.delete(&at("privateLinkServices/svc")).await;
    assert_eq!(deleted.status, 202);
    let failed = arm.finish(created).await;
    assert_eq!(
        (failed["status"].as_str(), failed["error"]["code"].as_str()),
        (Some("Failed"), Some("PrivateLinkServiceNotFound"))
    );
    assert_eq!(arm.get(&at("privateEndpoints/pe")).await.state(), "Failed");
    let removed = arm.delete(&at("privateEndpoints/pe")).await;
    arm.finish(removed).await;
    assert_eq!(arm.get(&at("networkInterfaces")).await.body["value"], json!([]));
}

#[tokio::test(start_paused = true)]
async fn a_reference_to_something_unready_is_a_429_that_is_no_throttle() {
    let arm = Arm::new();
    let creating = arm.put(&at("privateLinkServices/svc"), service("front")).await;
    let refused = arm.put(&at("privateEndpoints/pe"), automatic()).await;
    refused.refused(429, "RetryableError");
    assert_eq!(refused.body["error"]["details"][0]["code"], "ReferencedResourceNotProvisioned");
    arm.finish(creating).await;
    assert_eq!(arm.put(&at("privateEndpoints/pe"), automatic()).await.status, 201);
}
