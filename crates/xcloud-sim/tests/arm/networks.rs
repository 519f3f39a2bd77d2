//! Networks, subnets and load balancers.

use serde_json::{Value, json};

use crate::support::{Arm, at};

fn subnet(prefix: &str) -> Value {
    json!({"properties": {"addressPrefix": prefix}})
}

#[tokio::test(start_paused = true)]
async fn a_subnet_must_fit_and_gets_the_defaults() {
    let arm = Arm::new();
    let path = |name: &str| at(&format!("virtualNetworks/spoke/subnets/{name}"));
    arm.put(&path("new"), subnet("10.3.0.0/24")).await.refused(400, "NetcfgSubnetRangeOutsideVnet");
    arm.put(&path("new"), subnet("10.1.0.128/25")).await.refused(400, "NetcfgSubnetRangesOverlap");
    let created = arm.put(&path("new"), subnet("10.1.5.0/24")).await;
    assert_eq!(created.status, 201);
    assert_eq!(created.body["properties"]["privateLinkServiceNetworkPolicies"], "Enabled");
    assert_eq!(created.body["properties"]["privateEndpointNetworkPolicies"], "Disabled");
    arm.put(&path("more"), subnet("10.1.6.0/24")).await.refused(409, "AnotherOperationInProgress");
    let network =
        json!({"location": "norwayeast", "properties": {"addressSpace": {"addressPrefixes": ["10.1.0.0/16"]}}});
    arm.put(&at("virtualNetworks/spoke"), network).await.refused(409, "AnotherOperationInProgress");
    arm.finish(created).await;
    let guard = json!({"properties": {"addressPrefix": "10.1.5.0/24", "networkSecurityGroup": {"id": at("networkSecurityGroups/none")}}});
    arm.put(&path("new"), guard).await.refused(400, "InvalidResourceReference");
    let group = at("networkSecurityGroups/fresh");
    let creating = arm.put(&group, json!({"location": "norwayeast"})).await;
    let guarded = json!({"properties": {"addressPrefix": "10.1.5.0/24", "networkSecurityGroup": {"id": group}}});
    arm.put(&path("new"), guarded.clone()).await.refused(429, "RetryableError");
    arm.finish(creating).await;
    arm.make(&path("new"), guarded).await;
}

#[tokio::test(start_paused = true)]
async fn a_network_keeps_its_subnets_unless_told() {
    let arm = Arm::new();
    let path = at("virtualNetworks/own");
    let network = |subnets: Option<Value>| {
        let mut body =
            json!({"location": "norwayeast", "properties": {"addressSpace": {"addressPrefixes": ["10.7.0.0/16"]}}});
        if let Some(subnets) = subnets {
            body["properties"]["subnets"] = subnets;
        }
        body
    };
    arm.make(&path, network(Some(json!([{"name": "a", "properties": {"addressPrefix": "10.7.0.0/24"}}])))).await;
    arm.make(&path, network(None)).await;
    assert_eq!(arm.get(&path).await.body["properties"]["subnets"][0]["name"], "a");
    arm.make(&path, network(Some(json!([])))).await;
    assert_eq!(arm.get(&path).await.body["properties"]["subnets"], json!([]));
    let spoke = json!({"location": "norwayeast", "properties": {
        "addressSpace": {"addressPrefixes": ["10.1.0.0/16"]}, "subnets": []}});
    arm.put(&at("virtualNetworks/spoke"), spoke).await.refused(400, "InUseSubnetCannotBeDeleted");
}

#[tokio::test(start_paused = true)]
async fn a_load_balancer_gets_addresses_for_its_frontends() {
    let arm = Arm::new();
    let services = at("virtualNetworks/spoke/subnets/services");
    let body = |address: Option<&str>| {
        let mut frontend = json!({"name": "fe", "properties": {"subnet": {"id": services}}});
        if let Some(address) = address {
            frontend["properties"]["privateIPAddress"] = json!(address);
        }
        json!({"location": "norwayeast", "sku": {"name": "Standard"}, "properties": {"frontendIPConfigurations": [frontend]}})
    };
    let path = at("loadBalancers/third");
    arm.put(&path, body(Some("10.1.0.4"))).await.refused(400, "PrivateIPAddressIsAllocated");
    arm.put(&path, body(Some("10.1.0.3"))).await.refused(400, "PrivateIPAddressInReservedRange");
    arm.put(&path, body(Some("10.1.1.9"))).await.refused(400, "PrivateIPAddressNotInSubnet");
    arm.make(&path, body(None)).await;
    let frontends = arm.get(&at("loadBalancers/third/frontendIPConfigurations")).await;
    assert_eq!(frontends.body["value"][0]["properties"]["privateIPAddress"], "10.1.0.5");
    arm.make(&path, body(None)).await;
    let frontend = arm.get(&at("loadBalancers/third/frontendIPConfigurations/FE")).await;
    assert_eq!(frontend.body["properties"]["privateIPAddress"], "10.1.0.5");
    arm.get(&at("loadBalancers/third/frontendIPConfigurations/no")).await.refused(404, "NotFound");
}
