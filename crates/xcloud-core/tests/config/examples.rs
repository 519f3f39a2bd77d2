//! Both examples are contracts: they load, and expand to what design and facts say.

use std::collections::BTreeSet;

use xcloud_core::config::load;
use xcloud_core::diag::Diagnostics;
use xcloud_core::model::{
    Access, AddressKind, AddressSource, Desired, Direction, DnsAddresses, FailoverRules, GroupRef, LoadBalancerRef,
    Place, Priority, Selector, Spec,
};

use crate::read;

fn example(name: &str) -> Desired {
    let path = format!("config/{name}");
    let (desired, diagnostics) = load(&path, &read(&path));
    assert_eq!(diagnostics, Diagnostics::default(), "{path} has nothing to complain about");
    desired.expect("an example loads")
}

fn spec<'a>(desired: &'a Desired, addr: &str) -> &'a Spec {
    let resource = desired.resources.iter().find(|(known, _)| known.as_str() == addr);
    &resource.unwrap_or_else(|| panic!("{addr} does not exist: {:#?}", desired.resources.keys())).1.spec
}

fn text<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("a value is JSON")
}

#[test]
fn the_story_has_five_stacks() {
    let desired = example("open-api.yaml");
    let stacks: BTreeSet<(&str, &str)> = desired
        .resources
        .keys()
        .map(|addr| (addr.env(), addr.region()))
        .filter(|(_, region)| *region != "azure")
        .collect();
    let expected = [
        ("dev", "eu-north-1"),
        ("int", "eu-north-1"),
        ("int", "eu-west-1"),
        ("prod", "eu-north-1"),
        ("prod", "eu-west-1"),
    ];
    assert_eq!(stacks, BTreeSet::from(expected));
    for (env, region) in expected {
        let names: BTreeSet<String> = desired
            .resources
            .keys()
            .filter(|addr| addr.env() == env && addr.region() == region)
            .map(|addr| format!("{}/{}", addr.kind(), addr.name()))
            .collect();
        let expected = [
            "endpoint-service/payment-events",
            "endpoint-service/to-azure",
            "endpoint/payment-events",
            "endpoint/to-azure",
            "load-balancer/to-azure",
            "private-zone-record/core-banking",
            "security-group/payment-events-endpoint",
            "security-group/to-azure-endpoint",
            "security-group/to-azure-lb",
        ];
        assert_eq!(names, expected.map(str::to_owned).into_iter().collect());
    }
    // Nine objects in each stack, a network security group and a record for each environment, one firewall group.
    assert_eq!(desired.resources.len(), 5 * 9 + 3 * 2 + 1);
}

#[test]
fn way_one_is_shared_and_enforced() {
    let desired = example("open-api.yaml");
    let Spec::LoadBalancer(balancer) = spec(&desired, "prod/eu-west-1/load-balancer/to-azure") else { panic!("kind") };
    assert_eq!(balancer.name, "xc-open-api-prod-to-azure");
    assert_eq!(text(&balancer.service_ips), r#"["10.61.2.4","10.61.2.20","10.61.2.36"]"#);
    assert_eq!(text(&balancer.private_link_ingress_rules), r#""enforced""#);
    assert_eq!(text(&balancer.subnets), r#"{"tag":{"net:env":"prod","net:tier":"edge"}}"#);
    assert_eq!(text(&balancer.listeners[0].targets), r#"[{"ip":"10.122.8.10","port":443}]"#);
    let [GroupRef::Declared(group)] = balancer.security_groups.as_slice() else { panic!("one group") };
    let Spec::SecurityGroup(group) = spec(&desired, group.as_str()) else { panic!("kind") };
    assert_eq!(group.name, "xc-open-api-prod-to-azure-lb");
    assert_eq!(text(&group.ingress[0].peer), r#"{"cidr":"10.13.0.0/20"}"#);
    assert_eq!(text(&group.egress[0].peer), r#"{"cidr":"10.122.8.10/32"}"#);
    let Spec::EndpointService(service) = spec(&desired, "prod/eu-west-1/endpoint-service/to-azure") else {
        panic!("kind")
    };
    assert_eq!(text(&service.principals), r#"["arn:aws:iam::200000000003:root"]"#);
    assert_eq!(service.found, None);
    let Spec::PrivateZoneRecord(record) = spec(&desired, "prod/eu-west-1/private-zone-record/core-banking") else {
        panic!("kind")
    };
    assert_eq!(record.record, "core.azure.bank.example");
    assert_eq!(record.endpoint.as_str(), "prod/eu-west-1/endpoint/to-azure");
}

#[test]
fn way_two_stands_before_the_found_load_balancer() {
    let desired = example("open-api.yaml");
    let addr = "prod/eu-north-1/endpoint-service/payment-events";
    let Spec::EndpointService(service) = spec(&desired, addr) else { panic!("kind") };
    assert_eq!(text(&service.principals), r#"["arn:aws:iam::100000000001:root"]"#);
    assert!(
        matches!(service.load_balancers.as_slice(), [LoadBalancerRef::Found(Selector::Tag(tags))] if tags["app"] == "payment-events")
    );
    let found = service.found.as_ref().expect("what the load balancer must have");
    assert_eq!((found.port, text(&found.clients)), (9443, r#"["10.122.16.0/26"]"#.to_owned()));
    let Spec::Endpoint(endpoint) = spec(&desired, "prod/eu-north-1/endpoint/payment-events") else { panic!("kind") };
    assert_eq!(text(&endpoint.endpoint_ips), r#"["10.60.2.5","10.60.2.21","10.60.2.37"]"#);
    let place = |addr: &str| {
        desired
            .resources
            .values()
            .find(|resource| resource.addr.as_str() == addr)
            .map(|resource| resource.place.key().account)
    };
    assert_eq!(place(addr).as_deref(), Some("200000000003"));
    assert_eq!(place("prod/eu-north-1/endpoint/payment-events").as_deref(), Some("100000000001"));
}

#[test]
fn azure_rules_serve_every_environment_and_region() {
    let desired = example("open-api.yaml");
    let Spec::FirewallRules(firewall) = spec(&desired, "shared/azure/firewall-rules/rcg-xcloud-open-api") else {
        panic!("kind")
    };
    assert_eq!(firewall.priority, 2100);
    let names: Vec<&str> = firewall.rules.iter().map(|rule| rule.name.as_str()).collect();
    assert_eq!(names.len(), 10);
    assert!(names.contains(&"xc-open-api-prod-core-banking-eu-west-1"));
    assert!(names.contains(&"xc-open-api-dev-payment-events-eu-north-1"));
    let Spec::NetworkSecurityGroup(group) = spec(&desired, "prod/azure/network-security-group/nsg-core") else {
        panic!("kind")
    };
    assert_eq!(group.rules.len(), 4);
    for rule in &group.rules {
        assert_eq!(
            (rule.env.as_str(), rule.access, rule.priority),
            ("prod", Access::Allow, Priority::Within(2000, 2099))
        );
        let region = rule.region.as_deref().expect("a flow's rule serves a region");
        let way_one = rule.name == format!("xc-open-api-prod-core-banking-{region}");
        assert_eq!(rule.direction, if way_one { Direction::Inbound } else { Direction::Outbound });
        let (source, kind) =
            if way_one { (&rule.from, AddressKind::ServiceIps) } else { (&rule.to, AddressKind::EndpointIps) };
        assert!(matches!(source, AddressSource::Of { addr, kind: found } if *found == kind && addr.region() == region));
    }
}

#[test]
fn a_failover_switches_the_record_of_environments_with_a_dr_region() {
    let desired = example("open-api.yaml");
    let Spec::PrivateDnsRecord(prod) = spec(&desired, "prod/azure/private-dns-record/payment-events") else {
        panic!("kind")
    };
    assert_eq!((prod.record.as_str(), prod.ttl_secs, prod.zone.name()), ("events", 30, "aws.bank.example"));
    let DnsAddresses::Active(regions) = &prod.addresses else { panic!("prod has a DR region") };
    assert_eq!(regions.keys().collect::<Vec<_>>(), ["eu-north-1", "eu-west-1"]);
    let Spec::PrivateDnsRecord(dev) = spec(&desired, "dev/azure/private-dns-record/payment-events") else {
        panic!("kind")
    };
    assert_eq!(dev.record, "events.dev");
    assert!(matches!(&dev.addresses, DnsAddresses::Fixed(AddressSource::Of { .. })));
}

#[test]
fn settings_places_and_policy() {
    let desired = example("open-api.yaml");
    let failover = desired.failover.as_ref().expect("there is a DR region");
    assert_eq!((failover.rules, failover.ttl_secs, failover.rto_secs), (FailoverRules::AlwaysOpen, 30, 900));
    assert_eq!(desired.environments["dev"].regions.len(), 1);
    // Four accounts in two regions, and the subscription.
    assert_eq!(desired.places.len(), 9);
    assert!(desired.places.iter().all(|place| matches!(place, Place::Azure { .. } | Place::Aws { role: Some(_), .. })));
    assert_eq!(desired.record_zone.as_ref().map(|(_, zone)| zone.name()), Some("aws.bank.example"));
    let empty = desired.without_resources();
    assert!(empty.resources.is_empty());
    assert_eq!((empty.places, empty.product), (desired.places, desired.product));
}

#[test]
fn declared_resources_load_with_every_field() {
    let desired = example("resources.yaml");
    assert_eq!(desired.resources.len(), 11);
    let Spec::PrivateLinkService(service) = spec(&desired, "spoke/azure/private-link-service/events") else {
        panic!("kind")
    };
    assert_eq!(
        service.frontend.0,
        "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg-prod/providers/Microsoft.Network/\
         loadBalancers/lb-events/frontendIPConfigurations/frontend"
    );
    let Spec::SecurityGroup(group) = spec(&desired, "hub/eu-north-1/security-group/edge") else { panic!("kind") };
    assert_eq!(group.ingress.len(), 2);
    let Spec::FirewallRules(firewall) = spec(&desired, "shared/azure/firewall-rules/rcg-xcloud-payments-edge") else {
        panic!("kind")
    };
    assert_eq!(firewall.rules[0].name, "xc-payments-edge-from-aws");
    assert_eq!((firewall.rules[0].env.as_str(), firewall.rules[0].region.as_deref()), ("spoke", Some("eu-north-1")));
}
