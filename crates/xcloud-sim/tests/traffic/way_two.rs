//! From Azure to AWS.

use serde_json::json;
use xcloud_sim::aws::{SubnetSeed, VpcSeed};

use crate::estate::{HUB, Outcome, PRODUCT, at, estate, ip, refused};
use crate::rules::rule;

#[tokio::test(start_paused = true)]
async fn a_connection_passes_to_every_address_in_whichever_region() {
    for region in ["eu-north-1", "eu-west-1"] {
        let estate = estate(region).await;
        let text = "10.60.2.5:9443: passes\n10.60.2.21:9443: passes\n10.60.2.37:9443: passes";
        assert_eq!(estate.two().to_string(), text);
        assert_eq!(estate.two_by("events.aws.bank.example").to_string(), text);
    }
}

#[tokio::test(start_paused = true)]
async fn the_name_must_have_addresses_that_an_endpoint_has() {
    let mut estate = estate("eu-north-1").await;
    refused(&estate.two_by("loans"), "name", "loans has no address in the zone aws.bank.example");
    let record = at("privateDnsZones/aws.bank.example/A/events");
    estate.path.firewall_policy = None;
    let point = |address: &str| {
        let both = json!([{"ipv4Address": "10.60.2.5"}, {"ipv4Address": address}]);
        let edited = estate.cloud.change(|world, _| {
            world.azure.edit(&record, |properties| {
                properties.insert("aRecords".to_owned(), both);
            })
        });
        assert!(edited);
    };
    point("10.60.2.6");
    let judgement = estate.two();
    refused(&judgement, "address", "nothing in AWS has 10.60.2.6");
    assert!(judgement.ways[0].1.passes(), "{judgement}");
    point("10.60.2.4");
    refused(&estate.two(), "address", "no endpoint has 10.60.2.4");
    assert!(estate.cloud.change(|world, _| world.azure.remove(&record)));
    refused(&estate.two(), "name", "events has no address");
}

#[tokio::test(start_paused = true)]
async fn an_address_that_two_endpoints_have_is_nobodys() -> Outcome {
    let estate = estate("eu-north-1").await;
    estate.cloud.change(|world, now| {
        let cidr = "10.60.0.0/16".parse().expect("a CIDR");
        let seed = VpcSeed { id: None, cidr, dns_hostnames: true, tags: Default::default() };
        let vpc = world.aws.add_vpc(PRODUCT, "eu-west-1", seed)?;
        let (cidr, zone_id) = ("10.60.2.0/28".parse().expect("a CIDR"), "euw1-az1".to_owned());
        let seed = SubnetSeed { id: None, vpc: vpc.clone(), cidr, zone_id, tags: Default::default() };
        let subnet = world.aws.add_subnet(PRODUCT, "eu-west-1", seed)?;
        let create = [
            ("VpcEndpointType", "Interface"),
            ("VpcId", vpc.as_str()),
            ("ServiceName", "com.amazonaws.eu-west-1.sts"),
            ("SubnetConfiguration.1.SubnetId", &subnet),
            ("SubnetConfiguration.1.Ipv4", "10.60.2.5"),
            ("PrivateDnsEnabled", "false"),
        ];
        world.aws.perform(now, (PRODUCT, "eu-west-1"), "ec2", "CreateVpcEndpoint", &create)
    })?;
    refused(&estate.two(), "address", "have 10.60.2.5, and nobody knows which is meant");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_zone_that_is_gone_takes_its_address_and_its_targets_with_it() {
    let estate = estate("eu-north-1").await;
    estate.cloud.change(|world, _| world.aws.lose_zone("eu-north-1", "eun1-az2"));
    let judgement = estate.two();
    refused(&judgement, "zone", "the zone of 10.60.2.21");
    let passing = judgement.ways.iter().filter(|(_, verdict)| verdict.passes()).count();
    assert_eq!(passing, 2, "the other addresses lead to the other target: {judgement}");
    estate.cloud.change(|world, _| world.aws.lose_zone("eu-north-1", "eun1-az3"));
    let judgement = estate.two();
    assert_eq!(
        judgement.ways.iter().find(|way| way.0.starts_with("10.60.2.5:")).and_then(|way| way.1.hop()),
        Some("target")
    );
    let one = estate.one();
    assert!(one.passes(), "the load balancer answers at its node in the zone that is left: {one}");
}

#[tokio::test(start_paused = true)]
async fn azure_must_let_the_client_out() {
    let estate = estate("eu-north-1").await;
    estate.filter(&rule(300, "Inbound", "Deny", "*", "*"));
    assert!(estate.two().passes(), "an inbound rule says nothing about connections from the client");
    estate.filter(&rule(200, "Outbound", "Deny", "10.122.16.0/26", "9000-9999"));
    refused(&estate.two(), "network security group", "deny-200 of app denies 10.122.16.7 -> 10.60.2.5:9443");
}

#[tokio::test(start_paused = true)]
async fn the_hubs_endpoint_must_be_open() {
    let estate = estate("eu-north-1").await;
    let rule = ("tcp", "9443", "10.122.16.0/26");
    estate.revoke(HUB, &estate.two.endpoint_group, "RevokeSecurityGroupIngress", rule);
    refused(&estate.two(), "endpoint security group", "admit no 10.122.16.7 on port 9443");
    let decide = [("ServiceId", estate.two.service.as_str()), ("VpcEndpointId.1", &estate.two.endpoint)];
    estate.perform(PRODUCT, "ec2", "RejectVpcEndpointConnections", &decide);
    refused(&estate.two(), "endpoint", "is rejected");
}

#[tokio::test(start_paused = true)]
async fn the_products_load_balancer_must_be_open_and_have_a_healthy_target() {
    let estate = estate("eu-north-1").await;
    let health = |address: &str, healthy| {
        estate.cloud.change(|world, _| world.aws.set_target_health("eu-north-1", ip(address), healthy));
    };
    health("10.12.9.24", false);
    assert!(estate.two().passes(), "the other target answers");
    health("10.12.9.40", false);
    refused(&estate.two(), "target", "two has no healthy one: 10.12.9.24 is unhealthy, 10.12.9.40 is unhealthy");
    health("10.12.9.40", true);
    estate.revoke(PRODUCT, &estate.two.balancer_group, "RevokeSecurityGroupEgress", ("-1", "", "0.0.0.0/0"));
    refused(&estate.two(), "load balancer security group", "let nothing out to 10.12.9.40:9443");
    let rule = ("tcp", "9443", "10.122.16.0/26");
    estate.revoke(PRODUCT, &estate.two.balancer_group, "RevokeSecurityGroupIngress", rule);
    refused(&estate.two(), "load balancer security group", "of two admit no 10.122.16.7 on port 9443");
}
