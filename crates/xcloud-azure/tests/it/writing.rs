//! What each operation sends, and what it answers.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;
use serde_json::json;
use xcloud_core::model::{Access, Addresses, Direction, PortRange, Protocol};
use xcloud_core::op::{
    AzureOp, FirewallRuleBody, FirewallRulesOp, Handle, NetworkSecurityGroupOp, NsgRuleBody, PrivateDnsRecordOp,
    PrivateEndpointOp, PrivateLinkServiceOp, WriteGuard,
};
use xcloud_core::provider::ErrorKind;

use crate::fake::{Canned, Fake, TOKEN, id, refused, status_url};

pub(crate) fn known(texts: &[&str]) -> Addresses {
    Addresses::Known(texts.iter().map(|text| text.parse::<IpNet>().expect("the test's address is valid")).collect())
}

pub(crate) fn tags() -> BTreeMap<String, String> {
    BTreeMap::from([("xcloud:product".to_owned(), "p".to_owned())])
}

pub(crate) fn put_rule() -> AzureOp {
    NetworkSecurityGroupOp::PutRule {
        group: id("networkSecurityGroups/n"),
        name: "xc-p-prod-a".to_owned(),
        rule: NsgRuleBody {
            priority: 2000,
            direction: Direction::Inbound,
            access: Access::Allow,
            protocol: Protocol::Tcp,
            from: known(&["10.0.0.1/32"]),
            to: known(&["10.1.0.0/16", "10.2.0.0/16"]),
            ports: vec![PortRange::single(443)],
            description: "xcloud:p prod/azure/x/a me".to_owned(),
        },
    }
    .into()
}

pub(crate) fn put_group(guard: WriteGuard<FirewallRulesOp>) -> AzureOp {
    FirewallRulesOp::Put {
        policy: id("firewallPolicies/pol"),
        group: "g".to_owned(),
        priority: 300,
        rules: vec![FirewallRuleBody {
            name: "xc-p-prod-a".to_owned(),
            access: Access::Allow,
            protocols: BTreeSet::from(["TCP".to_owned()]),
            from: known(&["10.0.0.1/32"]),
            to: known(&["10.1.0.0/16"]),
            ports: vec![PortRange { from: 8000, to: 8100 }],
            description: "xcloud:p x/y me".to_owned(),
        }],
        kept: Vec::new(),
        guard,
    }
    .into()
}

pub(crate) fn put_service(guard: WriteGuard<PrivateLinkServiceOp>) -> AzureOp {
    PrivateLinkServiceOp::Put {
        id: id("privateLinkServices/xc-p-s"),
        location: "norwayeast".to_owned(),
        frontend: id("loadBalancers/lb/frontendIPConfigurations/fe"),
        nat_subnet: id("virtualNetworks/v/subnets/nat"),
        visibility: BTreeSet::new(),
        auto_approval: BTreeSet::new(),
        tags: tags(),
        guard,
    }
    .into()
}

pub(crate) fn put_endpoint(manual: bool, guard: WriteGuard<PrivateEndpointOp>) -> AzureOp {
    PrivateEndpointOp::Put {
        id: id("privateEndpoints/xc-p-e"),
        location: "norwayeast".to_owned(),
        subnet: id("virtualNetworks/v/subnets/pe"),
        service: Handle::Known(id("privateLinkServices/xc-p-s").0),
        manual,
        tags: tags(),
        guard,
    }
    .into()
}

pub(crate) fn put_record(guard: WriteGuard) -> AzureOp {
    PrivateDnsRecordOp::Put {
        zone: id("privateDnsZones/aws.bank.example"),
        record: "pay.prod".to_owned(),
        ttl_secs: 60,
        addresses: known(&["10.0.0.1/32", "10.0.0.2/32"]),
        metadata: tags(),
        guard,
    }
    .into()
}

pub(crate) const RULE: &str = "networkSecurityGroups/n/securityRules/xc-p-prod-a";
pub(crate) const GROUP: &str = "firewallPolicies/pol/ruleCollectionGroups/g";

#[tokio::test(start_paused = true)]
async fn a_security_rule_is_written_alone_and_minimal() {
    let fake = Fake::new([
        (&format!("GET {RULE}"), Canned::absent()),
        (
            &format!("PUT {RULE}"),
            Canned::json(
                201,
                &json!({"name": "r", "etag": "W/\"1\"", "properties": {"provisioningState": "Updating"}}),
            )
            .with("azure-asyncoperation", &status_url("locations/norwayeast/operations/op1?api-version=2024-03-01"))
            .with("retry-after", "3"),
        ),
    ]);
    let performed = fake.perform(put_rule()).await.expect("the rule is written");
    let put = fake.request(&format!("PUT {RULE}"));
    assert_eq!(put.query, "api-version=2024-03-01");
    assert_eq!(
        put.body,
        json!({"properties": {"description": "xcloud:p prod/azure/x/a me", "protocol": "Tcp", "sourcePortRange": "*",
            "destinationPortRange": "443", "sourceAddressPrefix": "10.0.0.1/32",
            "destinationAddressPrefixes": ["10.1.0.0/16", "10.2.0.0/16"],
            "access": "Allow", "priority": 2000, "direction": "Inbound"}})
    );
    assert_eq!(put.header("authorization"), Some(format!("Bearer {TOKEN}").as_str()));
    assert!(put.header("x-ms-client-request-id").is_some_and(|id| id.len() == 36));
    assert_eq!((put.header("if-match"), put.header("if-none-match")), (None, None));
    let pending = performed.pending.expect("the write is a long-running operation");
    assert_eq!(pending.status_url, Some(status_url("locations/norwayeast/operations/op1?api-version=2024-03-01")));
    assert_eq!((pending.location_style, pending.retry_after_secs), (false, 3));
    assert_eq!(performed.made[""], id(RULE).0);
    assert!(!performed.made.contains_key("etag"), "the ETag changes until the operation is over");
    assert_eq!(performed.request_ids, ["req-1"]);
}

#[tokio::test(start_paused = true)]
async fn a_rule_group_is_one_allow_collection() {
    let written = json!({"properties": {"priority": 300, "ruleCollections": [{
        "ruleCollectionType": "FirewallPolicyFilterRuleCollection", "name": "xcloud", "priority": 1000,
        "action": {"type": "Allow"}, "rules": [{
            "ruleType": "NetworkRule", "name": "xc-p-prod-a", "description": "xcloud:p x/y me", "ipProtocols": ["TCP"],
            "sourceAddresses": ["10.0.0.1/32"], "destinationAddresses": ["10.1.0.0/16"],
            "destinationPorts": ["8000-8100"]}]}]}});
    let fake = Fake::new([
        (&format!("GET {GROUP}"), Canned::absent()),
        (&format!("PUT {GROUP}"), Canned::json(200, &json!({"etag": "e2", "properties": written["properties"]}))),
    ]);
    let performed = fake.perform(put_group(WriteGuard::Absent)).await.expect("the group is written");
    assert_eq!(fake.request(&format!("PUT {GROUP}")).body, written);
    assert_eq!(performed.pending, None);
    assert!(performed.made["etag"].starts_with("sha256:"), "{:?}", performed.made);
}

#[tokio::test(start_paused = true)]
async fn a_group_without_rules_sends_an_explicit_empty_list() {
    let fake = Fake::new([
        (&format!("GET {GROUP}"), Canned::absent()),
        (&format!("PUT {GROUP}"), Canned::json(200, &json!({"properties": {}}))),
    ]);
    let AzureOp::FirewallRules(FirewallRulesOp::Put { policy, group, priority, guard, .. }) =
        put_group(WriteGuard::None)
    else {
        return;
    };
    let op = FirewallRulesOp::Put { policy, group, priority, guard, rules: Vec::new(), kept: Vec::new() };
    assert!(fake.perform(op).await.is_ok());
    let body = fake.request(&format!("PUT {GROUP}")).body;
    assert_eq!(body, json!({"properties": {"priority": 300, "ruleCollections": []}}));
}

#[tokio::test(start_paused = true)]
async fn what_is_kept_of_a_group_is_sent_as_it_was_answered() {
    let fake = Fake::new([
        (&format!("GET {GROUP}"), Canned::absent()),
        (&format!("PUT {GROUP}"), Canned::json(200, &json!({"properties": {}}))),
    ]);
    let AzureOp::FirewallRules(FirewallRulesOp::Put { policy, group, priority, rules, guard, .. }) =
        put_group(WriteGuard::None)
    else {
        return;
    };
    let odd = json!({"name": "INC1", "ruleType": "NetworkRule", "sourceIpGroups": ["/ipg"], "newField": 1});
    let ours = json!({"name": "xcloud", "priority": 1000, "action": {"type": "Allow"}, "rules": [odd]});
    let theirs = json!({"name": "fqdn", "priority": 2000, "rules": [{"name": "web", "ruleType": "ApplicationRule"}]});
    let op = FirewallRulesOp::Put { policy, group, priority, rules, kept: vec![ours, theirs.clone()], guard };
    assert!(fake.perform(op).await.is_ok());
    let body = fake.request(&format!("PUT {GROUP}")).body;
    let collections = &body["properties"]["ruleCollections"];
    assert_eq!((&collections[0]["rules"][0]["name"], &collections[0]["rules"][1]), (&json!("xc-p-prod-a"), &odd));
    assert_eq!(collections[1], theirs);
}

#[tokio::test(start_paused = true)]
async fn a_new_link_service_sends_empty_lists_as_lists() {
    let fake = Fake::new([
        ("GET privateLinkServices/xc-p-s", Canned::absent()),
        (
            "PUT privateLinkServices/xc-p-s",
            Canned::json(201, &json!({"properties": {"provisioningState": "Updating"}})),
        ),
    ]);
    let performed = fake.perform(put_service(WriteGuard::Absent)).await.expect("the service is written");
    assert_eq!(
        fake.request("PUT privateLinkServices/xc-p-s").body,
        json!({"location": "norwayeast", "tags": {"xcloud:product": "p"}, "properties": {
            "loadBalancerFrontendIpConfigurations": [{"id": id("loadBalancers/lb/frontendIPConfigurations/fe").0}],
            "ipConfigurations": [{"name": "nat-1", "properties": {"privateIPAllocationMethod": "Dynamic",
                "subnet": {"id": id("virtualNetworks/v/subnets/nat").0}, "primary": true,
                "privateIPAddressVersion": "IPv4"}}],
            "visibility": {"subscriptions": []}, "autoApproval": {"subscriptions": []}}})
    );
    let pending = performed.pending.expect("Updating without headers is watched on the resource");
    assert_eq!((pending.status_url, pending.retry_after_secs), (None, 10));
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_asks_by_hand_or_automatically() {
    for (manual, list) in [(true, "manualPrivateLinkServiceConnections"), (false, "privateLinkServiceConnections")] {
        let fake = Fake::new([
            ("GET privateEndpoints/xc-p-e", Canned::absent()),
            (
                "PUT privateEndpoints/xc-p-e",
                Canned::json(201, &json!({"properties": {"provisioningState": "Updating"}})),
            ),
        ]);
        assert!(fake.perform(put_endpoint(manual, WriteGuard::Absent)).await.is_ok());
        let body = fake.request("PUT privateEndpoints/xc-p-e").body;
        let connection = &body["properties"][list][0];
        assert_eq!(connection["name"], "xc-p-e");
        assert_eq!(connection["properties"]["privateLinkServiceId"], id("privateLinkServices/xc-p-s").0);
        assert_eq!(connection["properties"].get("requestMessage").is_some(), manual);
        assert_eq!(body["properties"].as_object().map(serde_json::Map::len), Some(2), "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_connection_is_found_by_the_endpoint_whatever_its_casing() {
    let name = "xc-p-e.5a1b";
    let service = json!({"id": id("privateLinkServices/xc-p-s").0, "properties": {"privateEndpointConnections": [
        {"name": "other", "properties": {"privateEndpoint": {"id": "/other"}}},
        {"name": name, "properties": {"privateEndpoint": {"id": id("privateEndpoints/xc-p-e").0.to_uppercase()},
            "privateLinkServiceConnectionState": {"status": "Pending"}}}]}});
    let put = format!("PUT privateLinkServices/xc-p-s/privateEndpointConnections/{name}");
    let fake = Fake::new([
        ("GET privateLinkServices/xc-p-s", Canned::json(200, &service)),
        (&put, Canned::json(200, &json!({"properties": {"provisioningState": "Succeeded"}}))),
    ]);
    let op = |endpoint: &str| PrivateEndpointOp::SetConnection {
        service: Handle::Known(id("privateLinkServices/xc-p-s").0),
        endpoint: id(endpoint),
        approve: true,
    };
    assert!(fake.perform(op("privateEndpoints/xc-p-e")).await.is_ok());
    assert_eq!(
        fake.request(&put).body,
        json!({"name": name, "properties": {"privateLinkServiceConnectionState": {
            "status": "Approved", "description": "approved by xcloud"}}})
    );
    assert_eq!(refused(fake.perform(op("privateEndpoints/none")).await).kind, ErrorKind::NotFound);
}

#[tokio::test(start_paused = true)]
async fn a_record_set_is_written_at_once() {
    let record = "privateDnsZones/aws.bank.example/A/pay.prod";
    let kept = json!({"ttl": 60, "metadata": {"xcloud:product": "p"},
        "aRecords": [{"ipv4Address": "10.0.0.1"}, {"ipv4Address": "10.0.0.2"}]});
    let answer = json!({"id": "/r", "name": "pay.prod", "etag": "e1", "properties": kept});
    let fake = Fake::new([
        (&format!("GET {record}"), Canned::absent()),
        (&format!("PUT {record}"), Canned::json(201, &answer)),
        (&format!("DELETE {record}"), Canned::raw(200, "")),
    ]);
    let performed = fake.perform(put_record(WriteGuard::Absent)).await.expect("the record is written");
    let put = fake.request(&format!("PUT {record}"));
    assert_eq!(put.query, "api-version=2024-06-01");
    assert_eq!(put.header("if-none-match"), Some("*"));
    assert_eq!(
        put.body,
        json!({"properties": {"metadata": {"xcloud:product": "p"}, "ttl": 60,
            "aRecords": [{"ipv4Address": "10.0.0.1"}, {"ipv4Address": "10.0.0.2"}]}})
    );
    assert_eq!((performed.made["etag"].as_str(), performed.pending), ("e1", None));

    let delete = PrivateDnsRecordOp::Delete {
        zone: id("privateDnsZones/aws.bank.example"),
        record: "pay.prod".to_owned(),
        guard: WriteGuard::Unchanged("e1".to_owned()),
    };
    assert_eq!(fake.perform(delete).await.map(|performed| performed.pending), Ok(None));
    assert_eq!(fake.request(&format!("DELETE {record}")).header("if-match"), Some("e1"));
}

pub(crate) fn delete_group(guard: WriteGuard<FirewallRulesOp>) -> AzureOp {
    FirewallRulesOp::Delete { policy: id("firewallPolicies/pol"), group: "g".to_owned(), guard }.into()
}

pub(crate) fn delete_endpoint(guard: WriteGuard<PrivateEndpointOp>) -> AzureOp {
    PrivateEndpointOp::Delete { id: id("privateEndpoints/xc-p-e"), guard }.into()
}

pub(crate) fn delete_service(guard: WriteGuard<PrivateLinkServiceOp>) -> AzureOp {
    PrivateLinkServiceOp::Delete { id: id("privateLinkServices/xc-p-s"), guard }.into()
}

/// An object with the tags and the rule that say that it is ours.
pub(crate) fn marked(etag: &str) -> Canned {
    let rule = json!({"name": "xc-p-a", "description": "xcloud:p x/y me", "ruleType": "NetworkRule"});
    let tags = json!({"xcloud:product": "p", "xcloud:address": "x/y"});
    let body = json!({"id": "/x", "etag": etag, "tags": tags, "properties": {"provisioningState": "Succeeded",
        "priority": 300, "ruleCollections": [{"name": "xcloud", "priority": 1000, "rules": [rule]}]}});
    Canned::json(200, &body)
}

#[tokio::test(start_paused = true)]
async fn what_is_absent_counts_as_deleted() {
    let fake = Fake::new([
        (&format!("GET {GROUP}"), Canned::absent()),
        (&format!("GET {RULE}"), Canned::absent()),
        ("GET privateEndpoints/xc-p-e", marked("e1")),
        (
            "DELETE privateEndpoints/xc-p-e",
            Canned::raw(202, "").with("location", &status_url("locations/norwayeast/operationResults/op2")),
        ),
    ]);
    let performed = fake.perform(delete_group(WriteGuard::Unchanged("e".to_owned()))).await;
    assert_eq!(performed.expect("absent is deleted").pending, None);
    let delete =
        NetworkSecurityGroupOp::DeleteRule { group: id("networkSecurityGroups/n"), name: "xc-p-prod-a".to_owned() };
    assert_eq!(fake.perform(delete).await.map(|performed| performed.pending), Ok(None));
    let performed = fake.perform(delete_endpoint(WriteGuard::None)).await;
    let pending = performed.expect("the deletion is accepted").pending.expect("it goes on");
    assert!(pending.location_style);
}

#[tokio::test(start_paused = true)]
async fn a_bad_name_or_an_empty_rule_reaches_no_cloud() {
    let fake = Fake::new([]);
    let AzureOp::NetworkSecurityGroup(NetworkSecurityGroupOp::PutRule { group, rule, .. }) = put_rule() else { return };
    let bad_name =
        NetworkSecurityGroupOp::PutRule { group: group.clone(), name: "../x".to_owned(), rule: rule.clone() };
    let nobody = NsgRuleBody { from: Addresses::Known(BTreeSet::new()), ..rule.clone() };
    let too_low = NsgRuleBody { priority: 99, ..rule.clone() };
    let too_long = NsgRuleBody { description: "x".repeat(141), ..rule };
    let ops: [AzureOp; 7] = [
        bad_name.into(),
        NetworkSecurityGroupOp::PutRule { group: group.clone(), name: "a".to_owned(), rule: nobody }.into(),
        NetworkSecurityGroupOp::PutRule { group: group.clone(), name: "a".to_owned(), rule: too_low }.into(),
        NetworkSecurityGroupOp::PutRule { group, name: "a".to_owned(), rule: too_long }.into(),
        PrivateLinkServiceOp::Delete { id: id("privateLinkServices/a?b"), guard: WriteGuard::None }.into(),
        PrivateLinkServiceOp::Delete { id: id("privateEndpoints/a"), guard: WriteGuard::None }.into(),
        PrivateDnsRecordOp::Delete {
            zone: id("privateDnsZones/z.e"),
            record: "a/b".to_owned(),
            guard: WriteGuard::None,
        }
        .into(),
    ];
    for op in ops {
        let shown = format!("{op:?}");
        assert_eq!(refused(fake.perform(op).await).kind, ErrorKind::Invalid, "{shown}");
    }
    assert_eq!(fake.names(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn an_active_region_record_is_one_text_and_is_written_on_a_condition() {
    let record = "privateDnsZones/aws.bank.example/TXT/_active.p-prod";
    let kept = json!({"ttl": 30, "metadata": {"xcloud:product": "p"},
        "txtRecords": [{"value": ["v=1;epoch=1;region=eu-west-1;to=;old=open;run=r"]}]});
    let answer = json!({"id": "/r", "name": "_active.p-prod", "etag": "e2", "properties": kept});
    let fake = Fake::new([(&format!("PUT {record}"), Canned::json(200, &answer))]);
    let put = |guard| PrivateDnsRecordOp::PutText {
        zone: id("privateDnsZones/aws.bank.example"),
        record: "_active.p-prod".to_owned(),
        ttl_secs: 30,
        text: "v=1;epoch=1;region=eu-west-1;to=;old=open;run=r".to_owned(),
        metadata: tags(),
        guard,
    };
    let performed = fake.perform(put(WriteGuard::Unchanged("e1".to_owned()))).await.expect("the record is written");
    let sent = fake.request(&format!("PUT {record}"));
    assert_eq!(sent.header("if-match"), Some("e1"));
    assert_eq!(
        sent.body,
        json!({"properties": {"metadata": {"xcloud:product": "p"}, "ttl": 30,
            "txtRecords": [{"value": ["v=1;epoch=1;region=eu-west-1;to=;old=open;run=r"]}]}})
    );
    assert_eq!(performed.made["etag"], "e2");
    let fake = Fake::new([(&format!("PUT {record}"), Canned::json(201, &answer))]);
    fake.perform(put(WriteGuard::Absent)).await.expect("the record is written");
    assert_eq!(fake.request(&format!("PUT {record}")).header("if-none-match"), Some("*"));
}

#[tokio::test(start_paused = true)]
async fn what_is_denied_stands_in_a_collection_that_decides_first() {
    let fake = Fake::new([
        (&format!("GET {GROUP}"), Canned::absent()),
        (&format!("PUT {GROUP}"), Canned::json(200, &json!({"name": "g", "etag": "e", "properties": {}}))),
    ]);
    let AzureOp::FirewallRules(FirewallRulesOp::Put { policy, group, priority, mut rules, kept, guard }) =
        put_group(WriteGuard::Absent)
    else {
        panic!("a group")
    };
    rules.push(FirewallRuleBody { name: "xc-p-prod-a-fence".to_owned(), access: Access::Deny, ..rules[0].clone() });
    fake.perform(FirewallRulesOp::Put { policy, group, priority, rules, kept, guard }).await.expect("it is written");
    let body = &fake.request(&format!("PUT {GROUP}")).body;
    let collections = body["properties"]["ruleCollections"].as_array().expect("collections");
    let told: Vec<_> = collections
        .iter()
        .map(|one| (one["priority"].clone(), one["action"]["type"].clone(), one["rules"][0]["name"].clone()))
        .collect();
    let wanted = [(900, "Deny", "xc-p-prod-a-fence"), (1000, "Allow", "xc-p-prod-a")];
    assert_eq!(told, wanted.map(|(priority, action, name)| (json!(priority), json!(action), json!(name))));
}
