//! Every operation under arbitrary parameters: an answer always comes, and what is refused has changed nothing.

use std::collections::BTreeMap;
use std::error::Error;

use bytes::Bytes;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};

use super::dispatch::{Service, handle, operations};
use super::operation::Operation;
use super::seed::{ListenerSeed, LoadBalancerSeed, SubnetSeed, VpcSeed};
use super::world::AwsWorld;
use crate::{Caller, Millis, Request};

const ACCOUNT: &str = "100000000001";
const REGION: &str = "eu-north-1";
const NOW: Millis = Millis(1_795_348_800_000);

fn world() -> Result<AwsWorld, Box<dyn Error>> {
    let mut world = AwsWorld::default();
    (world.throttling, world.lag) = (false, false);
    world.add_access_key("KEY", ACCOUNT)?;
    let tags = BTreeMap::from([("Name".to_owned(), "x".to_owned())]);
    let seed = VpcSeed { id: None, cidr: "10.60.0.0/16".parse()?, dns_hostnames: true, tags: tags.clone() };
    let vpc = world.add_vpc(ACCOUNT, REGION, seed)?;
    let mut subnets = Vec::new();
    for zone in 1..=2 {
        let (cidr, zone_id) = (format!("10.60.{zone}.0/26").parse()?, format!("eun1-az{zone}"));
        let seed = SubnetSeed { id: None, vpc: vpc.clone(), cidr, zone_id, tags: tags.clone() };
        subnets.push((world.add_subnet(ACCOUNT, REGION, seed)?, None));
    }
    let group = world.add_security_group(ACCOUNT, REGION, &vpc, "app", &[(443, "10.0.0.0/8".parse()?)])?;
    world.add_prefix_list(ACCOUNT, REGION, None, "list", 5, &["10.1.0.0/16".parse()?])?;
    for name in ["one", "two"] {
        let listeners = vec![ListenerSeed { port: 443, targets: vec!["10.200.0.4".parse()?] }];
        let security_groups = vec![group.clone()];
        let seed = LoadBalancerSeed {
            name: name.to_owned(),
            subnets: subnets.clone(),
            security_groups,
            tags: tags.clone(),
            listeners,
        };
        let arn = world.add_load_balancer(ACCOUNT, REGION, &seed)?;
        let service = [("NetworkLoadBalancerArn.1", arn.as_str())];
        world.perform(Millis(0), (ACCOUNT, REGION), "ec2", "CreateVpcEndpointServiceConfiguration", &service)?;
    }
    // AWS's own services would make every comparison long.
    world.region(REGION).services.retain(|_, service| service.owner == ACCOUNT);
    let services = world.region(REGION).services.values();
    let names: Vec<String> = services.map(|service| service.name.clone()).collect();
    for name in &names {
        let endpoint =
            [("VpcEndpointType", "Interface"), ("VpcId", &vpc), ("ServiceName", name), ("SubnetId.1", &subnets[0].0)];
        world.perform(Millis(100_000), (ACCOUNT, REGION), "ec2", "CreateVpcEndpoint", &endpoint)?;
    }
    Ok(world)
}

/// Values that mean something here, and values that mean nothing anywhere.
fn values(world: &AwsWorld) -> Vec<String> {
    let mut values: Vec<String> = world.objects().into_iter().map(|object| object.id).collect();
    values.extend(world.regions[REGION].services.values().map(|service| service.name.clone()));
    let others = [
        "",
        "0",
        "1",
        "-1",
        "443",
        "65536",
        "99999999999999999999",
        "1e300",
        "NaN",
        "true",
        "false",
        "on",
        "off",
        "all",
        "tcp",
        "TCP",
        "TLS",
        "-",
        "*",
        "\u{e9}\u{1f600}",
        "10.0.0.0/8",
        "10.60.1.9",
        "10.60.1.62",
        "10.0.0.0/33",
        "fd00::/8",
        "fd00::1",
        "sg-",
        "vpce-1",
        "arn:aws:iam::100000000001:root",
        "arn:::::",
        "Interface",
        "network",
        "internal",
        "forward",
        "IPv4",
        "{}",
        "deregistration_delay.timeout_seconds",
        "deletion_protection.enabled",
        "vpc-id",
        "tag:Name",
        "security-group",
        "vpc-endpoint",
        "name",
        "enableDnsSupport",
        "7a7a",
        "zz",
        "10.70.0.0/24",
    ];
    values.extend(others.map(str::to_owned));
    values
}

const INSIDE: [&str; 30] = [
    "",
    ".1",
    ".1",
    ".2",
    ".1.Name",
    ".1.Value.1",
    ".1.Key",
    ".1.Value",
    ".1.SubnetId",
    ".1.Ipv4",
    ".1.IpProtocol",
    ".1.FromPort",
    ".1.ToPort",
    ".1.IpRanges.1.CidrIp",
    ".1.Ipv6Ranges.1.CidrIpv6",
    ".1.Groups.1.GroupId",
    ".1.PrefixListIds.1.PrefixListId",
    ".1.Description",
    ".1.SecurityGroupRuleId",
    ".1.SecurityGroupRule.IpProtocol",
    ".1.SecurityGroupRule.CidrIpv4",
    ".1.ResourceType",
    ".1.Tag.1.Key",
    ".1.Cidr",
    ".1.Id",
    ".1.Port",
    ".1.AvailabilityZone",
    ".1.PrivateIPv4Address",
    ".1.Type",
    ".1.TargetGroupArn",
];

/// What a parameter of that name usually takes.
fn fitting(name: &str) -> &'static [&'static str] {
    const KINDS: &[(&str, &[&str])] = &[
        ("VpcEndpointId", &["vpce-0"]),
        ("VpcEndpointType", &["Interface"]),
        ("VpcId", &["vpc-0"]),
        ("ServiceId", &["vpce-svc-0"]),
        ("ServiceName", &["com.amazonaws"]),
        ("Subnet", &["subnet-0"]),
        ("SecurityGroupRule", &["sgr-0"]),
        ("GroupId", &["sg-0"]),
        ("SecurityGroup", &["sg-0"]),
        ("PrefixListId", &["pl-0"]),
        ("LoadBalancerArn", &["loadbalancer/"]),
        ("TargetGroupArn", &["targetgroup/"]),
        ("ListenerArn", &["listener/"]),
        ("Principals", &["arn:aws:iam"]),
        ("CidrIp", &["10.0.0.0/8", "10.1.0.0/16"]),
        ("CidrBlock", &["10.70.0.0/24"]),
        ("Attribute", &["enableDnsSupport"]),
        ("Port", &["443", "8443"]),
        ("IpProtocol", &["tcp"]),
        ("Protocol", &["TCP"]),
        ("Type", &["forward", "network", "ip"]),
        ("Scheme", &["internal"]),
        ("AddressFamily", &["IPv4"]),
        ("MaxEntries", &["5"]),
        ("Targets", &["10.60.1.9"]),
        ("Name", &["name", "vpc-id"]),
    ];
    KINDS.iter().find(|(part, _)| name.contains(part)).map_or(&[], |(_, fitting)| *fitting)
}

/// Mostly what fits by the parameter's last words, sometimes anything.
fn value<'a>(name: &str, values: &'a [String], random: &mut StdRng) -> Option<&'a String> {
    let words: Vec<&str> = name.split('.').filter(|word| word.parse::<u8>().is_err() && *word != "member").collect();
    let kinds = words.iter().rev().map(|word| fitting(word)).find(|kinds| !kinds.is_empty()).unwrap_or_default();
    let fits: Vec<&String> = values.iter().filter(|value| kinds.iter().any(|kind| value.contains(kind))).collect();
    if fits.is_empty() || random.random_bool(0.15) { values.choose(random) } else { fits.choose(random).copied() }
}

/// Parameters that are always there, so that a call gets past its first check.
fn essential(name: &str) -> Vec<String> {
    let inner = |parts: &[&str]| parts.iter().map(|part| format!("{name}.1.{part}")).collect();
    match name {
        "IpPermissions" => inner(&["IpProtocol", "FromPort", "ToPort", "IpRanges.1.CidrIp"]),
        "SubnetMappings" => inner(&["SubnetId"]),
        "Targets" => inner(&["Id"]),
        "Attributes" => inner(&["Key", "Value"]),
        "DefaultActions" => inner(&["Type", "TargetGroupArn"]),
        "Tag" | "Tags" => inner(&["Key", "Value"]),
        "SecurityGroupRule" => inner(&[
            "SecurityGroupRuleId",
            "SecurityGroupRule.IpProtocol",
            "SecurityGroupRule.FromPort",
            "SecurityGroupRule.ToPort",
            "SecurityGroupRule.CidrIpv4",
        ]),
        "ResourceId" | "ResourceArns" | "TagKeys" => vec![format!("{name}.1")],
        single => vec![single.to_owned(), format!("{single}.1")],
    }
}

fn request(service: Service, operation: &Operation, values: &[String], random: &mut StdRng) -> Option<Request> {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair("Action", operation.name);
    let share = *[0.3, 0.6, 0.98].choose(random)?;
    for parameter in operation.parameters {
        let mut names = if random.random_bool(share) { essential(parameter) } else { Vec::new() };
        if random.random_bool(0.1) {
            names.push(format!("{parameter}{}", INSIDE.choose(random)?));
        }
        for name in names {
            let spelled = if service == Service::Ec2 { name.clone() } else { name.replacen(".1", ".member.1", 1) };
            form.append_pair(&spelled, value(&name, values, random)?);
        }
    }
    let scope = if service == Service::Ec2 { "ec2" } else { "elasticloadbalancing" };
    let (access_key, region) = ("KEY".to_owned(), REGION.to_owned());
    Some(Request {
        method: http::Method::POST,
        uri: http::Uri::from_static("/"),
        headers: http::HeaderMap::new(),
        body: Bytes::from(form.finish()),
        caller: Caller::Aws { access_key, region, service: scope.to_owned() },
        base_url: String::new(),
    })
}

#[test]
fn every_operation_answers_and_a_refusal_changes_nothing() -> Result<(), Box<dyn Error>> {
    let mut random = StdRng::seed_from_u64(7);
    let start = world()?;
    let values = values(&start);
    let mut accepted = std::collections::BTreeSet::new();
    for service in [Service::Ec2, Service::Elb] {
        for operation in operations(service) {
            let mut world = start.clone();
            let mut before = serde_json::to_string(&world.regions)?;
            for _ in 0..80 {
                let request = request(service, operation, &values, &mut random).ok_or("no values")?;
                let response = handle(&mut world, NOW, &request);
                assert!(response.headers.iter().any(|(name, _)| name == "x-amzn-requestid"));
                let after = serde_json::to_string(&world.regions)?;
                if response.status == 200 {
                    accepted.insert(operation.name);
                }
                if response.status == 200 && operation.writes {
                    before = after;
                } else {
                    assert_eq!(before, after, "{} {:?} changed the world", operation.name, request.body);
                }
            }
        }
    }
    assert!(accepted.len() >= 50, "the parameters reach too little: {accepted:?}");
    Ok(())
}
