//! One query, everything that it asks, and nothing that it does not.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use serde_json::json;
use xcloud_core::live::{Answer, AzureLive, AzureQuery, Query};
use xcloud_core::provider::ErrorKind;

use crate::fake::{Canned, Fake, HOST, SUB, id, refused};

async fn observe(fake: &std::sync::Arc<Fake>, query: AzureQuery) -> AzureLive {
    match fake.provider().observe(&Query::Azure(query)).await {
        Ok(Answer::Azure(live)) => *live,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn an_empty_query_makes_no_call() {
    let fake = Fake::new([]);
    assert_eq!(observe(&fake, AzureQuery::default()).await, AzureLive::default());
    assert_eq!(fake.names(), Vec::<String>::new());
}

const THEIRS: &str = "theirs/frontendIPConfigurations/fe";

#[tokio::test(start_paused = true)]
async fn groups_subnets_and_load_balancers_are_one_call_each() {
    let rule = json!({"name": "r", "properties": {"priority": 100, "direction": "Inbound", "access": "Allow",
        "protocol": "Tcp", "sourceAddressPrefix": "*", "destinationAddressPrefix": "10.0.0.1",
        "destinationPortRange": "443", "sourcePortRange": "*"}});
    let balancer = json!({"location": "norwayeast", "sku": {"name": "Standard"},
        "properties": {"frontendIPConfigurations": [{"name": "FE"}]}});
    let fake = Fake::new([
        (
            "GET networkSecurityGroups/n",
            Canned::json(
                200,
                &json!({"id": id("networkSecurityGroups/n").0, "properties": {"securityRules": [rule],
                "defaultSecurityRules": [{"name": "AllowVnetInBound"}]}}),
            ),
        ),
        ("GET networkSecurityGroups/gone", Canned::absent()),
        (
            "GET virtualNetworks/v/subnets/s",
            Canned::json(200, &json!({"properties": {"addressPrefix": "10.0.0.0/26"}})),
        ),
        ("GET loadBalancers/lb", Canned::json(200, &balancer)),
        ("GET loadBalancers/theirs", Canned::json(403, &json!({"error": {"code": "AuthorizationFailed"}}))),
        ("GET loadBalancers/theirs/frontendIPConfigurations/fe", Canned::json(200, &json!({"id": "/fe"}))),
    ]);
    let live = observe(
        &fake,
        AzureQuery {
            product: "p".to_owned(),
            nsgs: [id("networkSecurityGroups/n"), id("networkSecurityGroups/gone")].into(),
            subnets: [id("virtualNetworks/v/subnets/s")].into(),
            frontends: ["lb/frontendIPConfigurations/fe", "lb/frontendIPConfigurations/no", THEIRS]
                .map(|one| id(&format!("loadBalancers/{one}")))
                .into(),
            ..AzureQuery::default()
        },
    )
    .await;
    assert_eq!(live.nsgs.len(), 1);
    assert_eq!(live.nsgs[0].rules.len(), 1, "default rules are not ours to see");
    assert_eq!(live.nsgs[0].rules[0].to, BTreeSet::from(["10.0.0.1/32".to_owned()]));
    assert_eq!(live.subnets.len(), 1);
    let there = ["lb/frontendIPConfigurations/fe", THEIRS].map(|one| id(&format!("loadBalancers/{one}")));
    assert_eq!(live.frontends, there.into());
    let known: Vec<_> = live.load_balancers.iter().map(|one| (one.id.name(), one.sku.as_str())).collect();
    assert_eq!(known, [("lb", "Standard")], "a role that reads frontends only says nothing of their load balancer");
    assert_eq!(fake.names().len(), 6, "{:?}", fake.names());
}

#[tokio::test(start_paused = true)]
async fn a_policy_is_two_calls_and_so_is_its_parent() {
    let denied = Canned::json(403, &json!({"error": {"code": "AuthorizationFailed", "message": "no"}}));
    let fake = Fake::new([
        (
            "GET firewallPolicies/pol/ruleCollectionGroups",
            Canned::json(
                200,
                &json!({"value": [
                {"name": "G", "etag": "e", "properties": {"priority": 300, "ruleCollections": []}}]}),
            ),
        ),
        ("GET firewallPolicies/pol2/ruleCollectionGroups", Canned::json(200, &json!({"value": []}))),
        ("GET firewallPolicies/pol3/ruleCollectionGroups", Canned::absent()),
        (
            "GET firewallPolicies/pol",
            Canned::json(
                200,
                &json!({"properties": {"provisioningState": "Succeeded", "firewalls": [{"id": "/fw"}],
                    "basePolicy": {"id": id("firewallPolicies/base").0}}}),
            ),
        ),
        ("GET firewallPolicies/pol2", denied),
        ("GET firewallPolicies/pol3", Canned::absent()),
        ("GET firewallPolicies/base", Canned::json(200, &json!({"properties": {"provisioningState": "Failed"}}))),
        (
            "GET firewallPolicies/base/ruleCollectionGroups",
            Canned::json(
                200,
                &json!({"value": [
                {"name": "central", "properties": {"priority": 100, "ruleCollections": []}},
                {"name": "odd", "properties": {"ruleCollections": []}}]}),
            ),
        ),
    ]);
    let rule_groups = ["pol", "pol2", "pol3"].map(|p| (id(&format!("firewallPolicies/{p}")), "g".to_owned())).into();
    let query = AzureQuery { product: "p".to_owned(), rule_groups, ..AzureQuery::default() };
    let live = observe(&fake, query).await;
    let groups: Vec<&str> = live.rule_groups.iter().map(|group| group.name.as_str()).collect();
    assert_eq!(groups, ["G", "central"], "ours, and what its parent has");
    let names: Vec<&str> = live.policies.iter().map(|policy| policy.id.name()).collect();
    assert_eq!(names, ["pol", "pol2", "base"]);
    let [pol, pol2, base] = live.policies.as_slice() else { panic!("three policies") };
    assert_eq!((pol.firewalls.len(), &pol.base, &pol.unread), (1, &Some(id("firewallPolicies/base")), &None));
    assert!(pol2.unread.as_ref().is_some_and(|why| why.contains("AuthorizationFailed")), "{pol2:?}");
    let why = base.unread.as_ref().expect("a group without priority");
    assert!(base.state.has_failed() && why.starts_with("the rule collection group odd: "), "{base:?}");
    assert_eq!(fake.names().len(), 8, "{:?}", fake.names());
}

#[tokio::test(start_paused = true)]
async fn one_list_shows_every_security_group_and_ours_are_kept() {
    let rule = |name: &str, description: &str| {
        json!({"name": name, "properties": {"priority": 100, "direction": "Inbound", "access": "Allow",
            "protocol": "Tcp", "sourceAddressPrefix": "*", "destinationAddressPrefix": "10.0.0.1",
            "destinationPortRange": "443", "sourcePortRange": "*", "description": description}})
    };
    let group = |name: &str, rules: &[serde_json::Value]| {
        json!({"id": id(&format!("networkSecurityGroups/{name}")).0.replace("/rg/", "/RG/"), "name": name,
            "properties": {"securityRules": rules}})
    };
    let page2 = format!("{HOST}/subscriptions/{SUB}/providers/Microsoft.Network/page2?api-version=x");
    let unreadable = json!({"name": "theirs", "properties": {"direction": "Sideways"}});
    let first = json!({"nextLink": page2, "value": [group("Asked", &[]), group("stranger", &[unreadable])]});
    let second = json!({"value": [group("left-behind", &[rule("lab", "theirs"), rule("xc-p-a", "xcloud:p x/y me")]),
        group("other", &[rule("xc-q-a", "xcloud:q x/y me")]), group("unmarked", &[rule("xc-p-a", "by hand")])]});
    let fake = Fake::new([
        ("GET networkSecurityGroups", Canned::json(200, &first)),
        ("GET page2", Canned::json(200, &second)),
        ("GET networkSecurityGroups/hidden", Canned::json(200, &group("hidden", &[]))),
        ("GET networkSecurityGroups/gone", Canned::absent()),
    ]);
    let asked = ["asked", "hidden", "gone"].map(|name| id(&format!("networkSecurityGroups/{name}"))).into();
    let query = AzureQuery { product: "p".to_owned(), nsgs: asked, all_nsgs: true, ..AzureQuery::default() };
    let live = observe(&fake, query).await;
    let names: BTreeSet<&str> = live.nsgs.iter().map(|nsg| nsg.id.name()).collect();
    assert_eq!(names, BTreeSet::from(["asked", "hidden", "left-behind"]), "declared spelling, and what is ours");
    assert_eq!(fake.names().len(), 4, "{:?}", fake.names());
}

#[tokio::test(start_paused = true)]
async fn every_rule_collection_group_of_the_policy_is_kept() {
    let group = |name: &str, description: &str| {
        json!({"name": name, "properties": {"priority": 300, "ruleCollections": [{"name": "xcloud", "priority": 1000,
            "action": {"type": "Allow"}, "rules": [{"ruleType": "NetworkRule", "name": "xc-p-a",
                "description": description}]}]}})
    };
    let listed = json!({"value": [group("asked", ""), group("earlier", "xcloud:p x/y me"), group("theirs", "")]});
    let fake = Fake::new([
        ("GET firewallPolicies/pol/ruleCollectionGroups", Canned::json(200, &listed)),
        ("GET firewallPolicies/pol", Canned::json(200, &json!({}))),
    ]);
    let rule_groups = ["asked", "absent"].map(|name| (id("firewallPolicies/pol"), name.to_owned())).into();
    let live = observe(&fake, AzureQuery { product: "p".to_owned(), rule_groups, ..AzureQuery::default() }).await;
    let names: Vec<&str> = live.rule_groups.iter().map(|group| group.name.as_str()).collect();
    assert_eq!(names, ["asked", "earlier", "theirs"], "rules of others decide too");
    assert_eq!(fake.names().len(), 2, "one list for each policy: {:?}", fake.names());
}

#[tokio::test(start_paused = true)]
async fn reads_run_at_the_same_time() {
    let fake = Fake::new([]);
    let names: Vec<String> = (0..50).map(|n| format!("networkSecurityGroups/n{n}")).collect();
    let before = tokio::time::Instant::now();
    let query = AzureQuery { nsgs: names.iter().map(|name| id(name)).collect(), ..AzureQuery::default() };
    assert_eq!(refused(fake.provider().observe(&Query::Azure(query)).await).kind, ErrorKind::Invalid);
    assert_eq!(before.elapsed().as_millis(), 20, "one round trip for all");
}

#[tokio::test(start_paused = true)]
async fn services_and_endpoints_are_listed_and_only_ours_kept() {
    let service = |name: &str, tags: serde_json::Value| json!({"id": id(&format!("privateLinkServices/{name}")).0, "name": name, "tags": tags, "properties": {}});
    let endpoint = |name: &str, nic: &str| {
        json!({"id": id(&format!("privateEndpoints/{name}")).0, "name": name, "properties": {
            "networkInterfaces": [{"id": id(&format!("networkInterfaces/{nic}")).0}]}})
    };
    let page2 = format!("{HOST}/subscriptions/{SUB}/resourceGroups/rg/providers/Microsoft.Network/page2?api-version=x");
    let fake = Fake::new([
        (
            "GET privateLinkServices",
            Canned::json(
                200,
                &json!({"nextLink": page2, "value": [
                service("XC-p-one", json!({})), service("stranger", json!({}))]}),
            ),
        ),
        (
            "GET page2",
            Canned::json(
                200,
                &json!({"value": [service("renamed", json!({"xcloud:product": "p"})),
                service("other", json!({"xcloud:product": "q"}))]}),
            ),
        ),
        ("GET privateLinkServices/stranger", Canned::json(200, &service("stranger", json!({})))),
        (
            "GET privateEndpoints",
            Canned::json(200, &json!({"value": [endpoint("xc-p-e", "nic1"), endpoint("stranger", "nic2")]})),
        ),
        (
            "GET networkInterfaces/nic1",
            Canned::json(
                200,
                &json!({"properties": {"ipConfigurations": [
                {"properties": {"privateIPAddress": "10.0.0.7"}}]}}),
            ),
        ),
    ]);
    let live = observe(
        &fake,
        AzureQuery {
            product: "p".to_owned(),
            link_service_groups: ["rg".to_owned()].into(),
            link_services: [id("privateLinkServices/stranger")].into(),
            private_endpoint_groups: ["rg".to_owned()].into(),
            ..AzureQuery::default()
        },
    )
    .await;
    let names: Vec<&str> = live.link_services.iter().map(|service| service.id.name()).collect();
    assert_eq!(names, ["renamed", "stranger", "XC-p-one"], "ours by name or mark, and the found one");
    assert_eq!(live.private_endpoints.len(), 1);
    assert_eq!(live.private_endpoints[0].ips, [Ipv4Addr::new(10, 0, 0, 7)].into());
}

#[tokio::test(start_paused = true)]
async fn a_resource_group_that_does_not_exist_holds_nothing_and_is_named() {
    let fake = Fake::new([("GET privateLinkServices", Canned::error(404, "ResourceGroupNotFound"))]);
    let query = AzureQuery { link_service_groups: ["rg".to_owned()].into(), ..AzureQuery::default() };
    let missing_groups = ["rg".to_owned()].into();
    assert_eq!(observe(&fake, query).await, AzureLive { missing_groups, ..AzureLive::default() });
}

#[tokio::test(start_paused = true)]
async fn zones_are_listed_by_type_and_page() {
    let zone = "privateDnsZones/aws.bank.example";
    let next = format!("{HOST}{}/A?api-version=2024-06-01&$skiptoken=2", id(zone).0);
    let record = |name: &str| {
        json!({"name": name, "etag": "e", "properties": {"ttl": 60,
        "aRecords": [{"ipv4Address": "10.0.0.1"}]}})
    };
    let fake = Fake::new([
        (&format!("GET {zone}/A"), Canned::json(200, &json!({"value": [record("a")], "nextLink": next}))),
        (&format!("GET {zone}/A"), Canned::json(200, &json!({"value": [record("b")], "nextLink": null}))),
        (
            &format!("GET {zone}/TXT"),
            Canned::json(
                200,
                &json!({"value": [{"name": "t", "properties": {"ttl": 30,
                "txtRecords": [{"value": ["v=1"]}]}}]}),
            ),
        ),
        ("GET privateDnsZones/gone.example/A", Canned::absent()),
        ("GET privateDnsZones/gone.example/TXT", Canned::absent()),
    ]);
    let zones = [id(zone), id("privateDnsZones/gone.example")].into();
    let live = observe(&fake, AzureQuery { zones, ..AzureQuery::default() }).await;
    let names: Vec<&str> = live.record_sets.iter().map(|set| set.name.as_str()).collect();
    assert_eq!(names, ["a", "b", "t"]);
    assert_eq!(live.zones, [id(zone)].into());
}

#[tokio::test(start_paused = true)]
async fn an_answer_without_what_we_need_is_an_error_and_not_a_hole() {
    let group = json!({"id": "/n", "properties": {"securityRules": [{"name": "r", "properties": {"priority": 1}}]}});
    let fake = Fake::new([("GET networkSecurityGroups/n", Canned::json(200, &group))]);
    let query = AzureQuery { nsgs: [id("networkSecurityGroups/n")].into(), ..AzureQuery::default() };
    let error = refused(fake.provider().observe(&Query::Azure(query)).await);
    assert_eq!(error.kind, ErrorKind::Malformed);
    assert!(error.message.contains("rule r: `/direction` is missing"), "{error}");
}
