//! What each resource asks of its place, and what drift and a failover ask beside it.

use serde_json::{Value, json};

use super::*;
use crate::model::{Acceptance, LinkServiceRef, Spec};
use crate::tests::{open_api, resources};

const SUBSCRIPTION: &str = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups";

fn asked(queries: BTreeMap<PlaceKey, (Place, Query)>) -> Vec<Value> {
    queries.into_values().map(|(_, query)| serde_json::to_value(query).expect("JSON")).collect()
}

fn arm(path: &str) -> String {
    let (group, rest) = path.split_once('/').expect("a group and a path");
    format!("{SUBSCRIPTION}/{group}/providers/Microsoft.Network/{rest}")
}

fn everything_of_resources() -> [Value; 2] {
    let aws = json!({"Aws": {
        "product": "payments-edge",
        "vpcs": [{"id": "vpc-0aa11bb22cc33dd44"}, {"id": "vpc-0ee55ff66aa77bb88"}],
        "subnets": [
            {"ids": ["subnet-0a1b2c3d4e5f60718", "subnet-0b1c2d3e4f5061728"]},
            {"ids": ["subnet-0c1d2e3f405162738", "subnet-0d1e2f30415263748"]},
        ],
        "groups": true, "load_balancers": true, "found_load_balancers": [], "services": true, "connections": true,
        "endpoints": true, "records": [[{"id": "vpc-0ee55ff66aa77bb88"}, "core.azure.bank.example"]],
    }});
    let azure = json!({"Azure": {
        "product": "payments-edge",
        "nsgs": [arm("rg-prod/networkSecurityGroups/nsg-core")],
        "all_nsgs": true,
        "rule_groups": [[arm("rg-hub/firewallPolicies/afwp-hub"), "rcg-xcloud-payments-edge"]],
        "link_service_groups": ["rg-prod"],
        "link_services": [],
        "private_endpoint_groups": ["rg-apps"],
        "zones": [arm("rg-dns/privateDnsZones/aws.bank.example")],
        "subnets": [
            arm("rg-apps/virtualNetworks/vnet-apps/subnets/snet-pe"),
            arm("rg-prod/virtualNetworks/vnet-core/subnets/snet-pls"),
        ],
        "locks": true,
        "frontends": [arm("rg-prod/loadBalancers/lb-events/frontendIPConfigurations/frontend")],
    }});
    [aws, azure]
}

#[test]
fn each_resource_asks_for_what_it_is_compared_with() {
    assert_eq!(asked(queries(&resources())), everything_of_resources());
}

#[test]
fn prune_and_drift_look_everywhere_in_azure_and_drift_asks_who_is_connected() {
    let [mut aws, mut azure] = everything_of_resources();
    azure["Azure"]["everywhere"] = json!(true);
    assert_eq!(asked(queries_everywhere(&resources())), [aws.clone(), azure.clone()]);
    aws["Aws"]["connections_may_fail"] = json!(true);
    azure["Azure"].as_object_mut().expect("a query").shift_remove("locks");
    assert_eq!(asked(queries_for_drift(&resources())), [aws, azure]);
}

#[test]
fn a_failover_asks_who_is_connected_and_how_the_targets_of_others_are() {
    let [mut aws, azure] = everything_of_resources();
    (aws["Aws"]["connections_may_fail"], aws["Aws"]["found_targets"]) = (json!(true), json!(true));
    assert_eq!(asked(queries_for_failover(&resources())), [aws, azure]);
}

#[test]
fn connections_are_read_where_acceptance_is_managed_and_found_load_balancers_by_their_tags() {
    let desired = open_api();
    let found = |desired: &Desired| {
        let of = |(key, (_, query)): (PlaceKey, (Place, Query))| match query {
            Query::Aws(query) => Some((key.to_string(), query.connections, query.found_load_balancers.len())),
            _ => None,
        };
        queries(desired).into_iter().filter_map(of).filter(|(_, connections, found)| *connections || *found > 0)
    };
    let hub = |region: &str| (format!("aws/100000000001/{region}"), true, 0);
    let product = |account: &str, region: &str| (format!("aws/{account}/{region}"), true, 1);
    assert_eq!(
        found(&desired).collect::<Vec<_>>(),
        [
            hub("eu-north-1"),
            hub("eu-west-1"),
            product("200000000001", "eu-north-1"),
            product("200000000002", "eu-north-1"),
            product("200000000002", "eu-west-1"),
            product("200000000003", "eu-north-1"),
            product("200000000003", "eu-west-1"),
        ]
    );
    let mut automatic = desired;
    for resource in automatic.resources.values_mut() {
        if let Spec::EndpointService(service) = &mut resource.spec {
            service.acceptance = Acceptance::Automatic;
        }
    }
    assert!(found(&automatic).all(|(_, connections, _)| !connections));
}

#[test]
fn a_private_endpoint_asks_for_a_service_of_others_by_its_id_and_not_by_an_alias() {
    let services = |id: &str| {
        let mut desired = resources();
        for resource in desired.resources.values_mut() {
            if let Spec::PrivateEndpoint(endpoint) = &mut resource.spec {
                endpoint.service = LinkServiceRef::Id(id.to_owned());
            }
        }
        asked(queries(&desired))[1]["Azure"]["link_services"].clone()
    };
    let id = arm("rg-theirs/privateLinkServices/theirs");
    assert_eq!(services(&id), json!([id]));
    assert_eq!(services("theirs.guid.westeurope.azure.privatelinkservice"), json!([]));
}

#[test]
fn the_home_of_the_records_is_asked_whether_or_not_a_name_stands_there() {
    let mut desired = open_api();
    let (place, zone) = desired.record_zone.clone().expect("a zone");
    desired.resources.retain(|_, resource| !matches!(resource.spec, Spec::PrivateDnsRecord(_)));
    let azure = &queries(&desired)[&place.key()].1;
    assert!(matches!(azure, Query::Azure(query) if query.zones.contains(&zone)));
    desired.record_zone = None;
    let ledger = Place::Ledger { product: "open-api".to_owned() };
    assert_eq!(queries(&desired).get(&ledger.key()), Some(&(ledger.clone(), Query::Ledger)));
    assert!(matches!(&queries(&desired)[&place.key()].1, Query::Azure(query) if query.zones.is_empty()));
}

#[test]
fn a_place_without_a_resource_is_asked_for_what_is_ours() {
    let mut desired = open_api();
    desired.resources.clear();
    desired.record_zone = None;
    for (_, query) in queries(&desired).into_values() {
        match query {
            Query::Aws(query) => {
                let ours = AwsQuery {
                    product: "open-api".to_owned(),
                    groups: true,
                    load_balancers: true,
                    services: true,
                    endpoints: true,
                    ..AwsQuery::default()
                };
                assert_eq!(query, ours);
            }
            Query::Azure(query) => {
                let product = "open-api".to_owned();
                let ours = AzureQuery { product, locks: true, all_nsgs: true, ..AzureQuery::default() };
                assert_eq!(query, ours);
            }
            Query::Ledger => {}
        }
    }
}
