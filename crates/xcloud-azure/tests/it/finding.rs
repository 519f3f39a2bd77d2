//! Operations whose outcome is unknown: read back and compare.

use serde_json::{Value, json};
use xcloud_core::op::{
    AzureOp, FirewallRulesOp, Handle, NetworkSecurityGroupOp, Op, PrivateDnsRecordOp, PrivateEndpointOp,
    PrivateLinkServiceOp, WriteGuard,
};
use xcloud_core::provider::{Effect, ErrorKind, ProviderError};

use crate::fake::{Canned, Fake, id, refused};
use crate::writing::{GROUP, RULE, put_endpoint, put_group, put_record, put_rule, put_service};

async fn find(op: impl Into<Op>, path: &str, canned: Canned) -> Result<Effect, ProviderError> {
    let fake = Fake::new([(&format!("GET {path}"), canned)]);
    fake.provider().find(&op.into(), "token").await
}

/// Every kind of write with the path of its object and the live object that it makes.
fn written() -> Vec<(AzureOp, &'static str, Value)> {
    let pls = id("privateLinkServices/xc-p-s").0;
    vec![
        (
            put_rule(),
            RULE,
            json!({"name": "xc-p-prod-a", "properties": {"description": "xcloud:p prod/azure/x/a me", "protocol": "TCP",
                "sourcePortRange": "*", "destinationPortRange": "443", "sourceAddressPrefix": "10.0.0.1",
                "destinationAddressPrefixes": ["10.2.0.0/16", "10.1.0.0/16"], "access": "Allow", "priority": 2000,
                "direction": "Inbound"}}),
        ),
        (
            put_group(WriteGuard::None),
            GROUP,
            json!({"properties": {"priority": 300, "ruleCollections": [{
                "ruleCollectionType": "FirewallPolicyFilterRuleCollection", "name": "xcloud", "priority": 1000,
                "action": {"type": "Allow"}, "rules": [{"ruleType": "NetworkRule", "name": "xc-p-prod-a",
                    "description": "xcloud:p x/y me", "ipProtocols": ["TCP"], "sourceAddresses": ["10.0.0.1"],
                    "destinationAddresses": ["10.1.0.0/16"], "destinationPorts": ["8000-8100"]}]}]}}),
        ),
        (
            put_service(WriteGuard::None),
            "privateLinkServices/xc-p-s",
            json!({"id": pls, "location": "Norway East", "tags": {"xcloud:product": "p", "more": "x"}, "properties": {
                "loadBalancerFrontendIpConfigurations":
                    [{"id": id("loadBalancers/lb/frontendIPConfigurations/fe").0.to_uppercase()}],
                "ipConfigurations": [{"properties": {"subnet": {"id": id("virtualNetworks/v/subnets/nat").0}}}]}}),
        ),
        (
            put_endpoint(false, WriteGuard::None),
            "privateEndpoints/xc-p-e",
            json!({"id": "/e", "location": "norwayeast", "tags": {"xcloud:product": "p"}, "properties": {
                "subnet": {"id": id("virtualNetworks/v/subnets/pe").0},
                "privateLinkServiceConnections": [{"properties": {"privateLinkServiceId": pls.to_uppercase()}}]}}),
        ),
        (
            put_record(WriteGuard::None),
            "privateDnsZones/aws.bank.example/A/pay.prod",
            json!({"name": "pay.prod", "properties": {"ttl": 60, "metadata": {"xcloud:product": "p"},
                "aRecords": [{"ipv4Address": "10.0.0.2"}, {"ipv4Address": "10.0.0.1"}]}}),
        ),
    ]
}

fn with(live: &Value, state: &str, pointer: Option<&str>) -> Canned {
    let mut live = live.clone();
    live["etag"] = json!("e9");
    live["properties"]["provisioningState"] = json!(state);
    if let Some(field) = pointer.and_then(|pointer| live.pointer_mut(pointer)) {
        *field = json!(4000);
    }
    Canned::json(200, &live)
}

/// The field of each kind whose value differs in a stranger's write.
fn differing(op: &AzureOp) -> &'static str {
    match op {
        AzureOp::NetworkSecurityGroup(NetworkSecurityGroupOp::PutRule { .. })
        | AzureOp::FirewallRules(FirewallRulesOp::Put { .. }) => "/properties/priority",
        AzureOp::PrivateDnsRecord(PrivateDnsRecordOp::Put { .. }) => "/properties/ttl",
        _ => "/location",
    }
}

#[tokio::test(start_paused = true)]
async fn each_write_is_recognised_by_its_content() {
    for (op, path, live) in written() {
        let found = find(op.clone(), path, with(&live, "Succeeded", None)).await;
        let Ok(Effect::Happened(performed)) = found else { panic!("{path}: {found:?}") };
        let by_content = matches!(op, AzureOp::FirewallRules(_)) && performed.made["etag"].starts_with("sha256:");
        assert!(by_content || performed.made["etag"] == "e9", "{path}: {:?}", performed.made);
        assert_eq!(performed.pending, None, "{path}");

        let found = find(op.clone(), path, with(&live, "Succeeded", Some(differing(&op)))).await;
        assert_eq!(found, Ok(Effect::NotSeen), "{path}");
        assert_eq!(find(op.clone(), path, Canned::absent()).await, Ok(Effect::NotSeen), "{path}");
        assert_eq!(find(op, path, with(&live, "Failed", None)).await, Ok(Effect::NotSeen), "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_object_that_is_still_changing_is_waited_for() {
    for (op, path, live) in written() {
        let found = find(op.clone(), path, with(&live, "Updating", None)).await;
        let Ok(Effect::Happened(performed)) = found else { panic!("{path}: {found:?}") };
        let pending = performed.pending.expect("it is still going on");
        assert_eq!(pending.status_url, None, "the object itself is watched");
        let differs = differing(&op);
        let error = refused(find(op, path, with(&live, "Updating", Some(differs))).await);
        assert_eq!(error.kind, ErrorKind::Busy, "{path}: it cannot be told yet");
    }
}

#[tokio::test(start_paused = true)]
async fn a_deletion_is_told_by_absence() {
    let op = || PrivateLinkServiceOp::Delete { id: id("privateLinkServices/s"), guard: WriteGuard::None };
    let path = "privateLinkServices/s";
    let in_state = |state: &str| Canned::json(200, &json!({"id": "/s", "properties": {"provisioningState": state}}));
    assert!(matches!(find(op(), path, Canned::absent()).await, Ok(Effect::Happened(_))));
    assert_eq!(find(op(), path, in_state("Succeeded")).await, Ok(Effect::NotSeen));
    let Ok(Effect::Happened(performed)) = find(op(), path, in_state("Deleting")).await else { panic!("it goes") };
    assert!(performed.pending.is_some());
}

#[tokio::test(start_paused = true)]
async fn an_approval_is_told_by_the_connections_status() {
    let op = PrivateEndpointOp::SetConnection {
        service: Handle::Known(id("privateLinkServices/s").0),
        endpoint: id("privateEndpoints/e"),
        approve: true,
    };
    for (status, happened) in [("Approved", true), ("Pending", false), ("Rejected", false)] {
        let service = json!({"id": "/s", "properties": {"privateEndpointConnections": [{"name": "c", "properties": {
            "privateEndpoint": {"id": id("privateEndpoints/e").0},
            "privateLinkServiceConnectionState": {"status": status}}}]}});
        let found = find(op.clone(), "privateLinkServices/s", Canned::json(200, &service)).await;
        assert_eq!(matches!(found, Ok(Effect::Happened(_))), happened, "{status}");
    }
}
