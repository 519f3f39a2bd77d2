//! Both ways through both clouds, open: each test closes one hop.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use bytes::Bytes;
use serde_json::{Value, json};
use xcloud_sim::aws::{AwsWorld, ListenerSeed, LoadBalancerSeed, SubnetSeed, VpcSeed};
use xcloud_sim::azure::RuleSeed;
use xcloud_sim::traffic::{AzurePath, FromAws, FromAzure, Judgement, from_aws, from_azure};
use xcloud_sim::{Cloud, Millis, World};

use crate::rules::{ours, rule_group};

pub(crate) const HUB: &str = "100000000001";
pub(crate) const PRODUCT: &str = "200000000002";
const SUB: &str = "11111111-1111-1111-1111-111111111111";
const NAME: &str = "core.azure.bank.example";

pub(crate) type Outcome = Result<(), Box<dyn std::error::Error>>;

/// Way 1 and way 2 through one region, with what the tests change.
pub(crate) struct Estate {
    pub(crate) cloud: Cloud,
    pub(crate) region: &'static str,
    pub(crate) path: AzurePath,
    /// The VPC of the product, and its zone.
    pub(crate) vpc: String,
    pub(crate) subnets: Vec<String>,
    pub(crate) zone: String,
    pub(crate) one: Way,
    pub(crate) two: Way,
}

/// What PrivateLink consists of.
pub(crate) struct Way {
    pub(crate) provider: &'static str,
    pub(crate) consumer: &'static str,
    pub(crate) balancer: String,
    pub(crate) balancer_group: String,
    pub(crate) service: String,
    pub(crate) endpoint: String,
    pub(crate) endpoint_group: String,
}

struct Network {
    vpc: String,
    subnets: Vec<String>,
}

/// Returns the path of a resource in Azure.
pub(crate) fn at(rest: &str) -> String {
    format!("/subscriptions/{SUB}/resourceGroups/rg/providers/Microsoft.Network/{rest}")
}

pub(crate) fn ip(text: &str) -> Ipv4Addr {
    text.parse().expect("an address")
}

/// Builds an estate in a region, on AWS's and Azure's seeds, through requests where there is no seed.
pub(crate) async fn estate(region: &'static str) -> Estate {
    let mut world = World { now: Millis(1_795_348_800_000), ..World::default() };
    world.aws.lag = false;
    world.aws.add_access_key("PRODUCT", PRODUCT).expect("a key");
    let zones = xcloud_sim::aws::zone_ids(region);
    let hub = network(&mut world.aws, (HUB, region), "10.60.0.0/16", "10.60.2", &zones);
    let product = network(&mut world.aws, (PRODUCT, region), "10.12.0.0/16", "10.12.9", &zones);
    let pins = ["10.60.2.4", "10.60.2.20", "10.60.2.36"].map(|pin| Some(ip(pin)));
    let one = provide(&mut world, (HUB, PRODUCT, region), &hub, "one", (443, "10.12.0.0/20"), &pins, &["10.122.8.10"]);
    let inside = ["10.12.9.24", "10.12.9.40"];
    let two =
        provide(&mut world, (PRODUCT, HUB, region), &product, "two", (9443, "10.122.16.0/26"), &[None; 3], &inside);
    let zone = world.aws.add_private_zone(PRODUCT, "azure.bank.example", &[(region.to_owned(), product.vpc.clone())]);
    seed_azure(&mut world);
    let cloud = Cloud::start(world, 1.0);
    cloud.clock().sleep(30.0).await;
    let pins = ["10.60.2.5", "10.60.2.21", "10.60.2.37"].map(|pin| Some(ip(pin)));
    let one = consume(&cloud, region, &product, one, "one", (443, "10.12.0.0/20"), &[None; 3]);
    let two = consume(&cloud, region, &hub, two, "two", (9443, "10.122.16.0/26"), &pins);
    let path = AzurePath {
        subscription: SUB.to_owned(),
        firewall_policy: Some(at("firewallPolicies/hub")),
        network_security_group: Some(at("networkSecurityGroups/app")),
    };
    let estate = Estate { cloud, region, path, vpc: product.vpc, subnets: product.subnets, zone, one, two };
    estate.alias(NAME, &estate.one.endpoint).await;
    let addresses = ["10.60.2.5", "10.60.2.21", "10.60.2.37"].map(|address| json!({"ipv4Address": address}));
    let record = json!({"properties": {"ttl": 30, "aRecords": addresses}});
    estate.put(&at("privateDnsZones/aws.bank.example/A/events"), record).await;
    estate.put(&estate.group("ours"), rule_group(2100, &[ours()])).await;
    estate.cloud.clock().sleep(300.0).await;
    estate
}

fn network(world: &mut AwsWorld, owner: (&str, &str), range: &str, start: &str, zones: &[String]) -> Network {
    let cidr = range.parse().expect("a CIDR");
    let seed = VpcSeed { id: None, cidr, dns_hostnames: true, tags: BTreeMap::new() };
    let vpc = world.add_vpc(owner.0, owner.1, seed).expect("a VPC");
    let subnets = zones.iter().take(3).zip([0, 16, 32]).map(|(zone_id, last)| {
        let cidr = format!("{start}.{last}/28").parse().expect("a CIDR");
        let seed = SubnetSeed { id: None, vpc: vpc.clone(), cidr, zone_id: zone_id.clone(), tags: BTreeMap::new() };
        world.add_subnet(owner.0, owner.1, seed).expect("a subnet")
    });
    Network { subnets: subnets.collect(), vpc }
}

/// A load balancer behind a service that the consumer may connect to.
fn provide(
    world: &mut World,
    (provider, consumer, region): (&'static str, &'static str, &str),
    network: &Network,
    name: &str,
    (port, clients): (u16, &str),
    pins: &[Option<Ipv4Addr>],
    targets: &[&str],
) -> Way {
    let clients = clients.parse().expect("a CIDR");
    let group =
        world.aws.add_security_group(provider, region, &network.vpc, name, &[(port, clients)]).expect("a group");
    let seed = LoadBalancerSeed {
        name: name.to_owned(),
        subnets: network.subnets.iter().cloned().zip(pins.iter().copied()).collect(),
        security_groups: vec![group.clone()],
        tags: BTreeMap::new(),
        listeners: vec![ListenerSeed { port, targets: targets.iter().map(|target| ip(target)).collect() }],
    };
    let balancer = world.aws.add_load_balancer(provider, region, &seed).expect("a load balancer");
    let create = [("NetworkLoadBalancerArn.1", balancer.as_str()), ("AcceptanceRequired", "true")];
    let (owner, now) = ((provider, region), world.now);
    let made = world.aws.perform(now, owner, "ec2", "CreateVpcEndpointServiceConfiguration", &create);
    let service = text(&made.expect("a service"), "serviceId");
    let principal = format!("arn:aws:iam::{consumer}:root");
    let allow = [("ServiceId", service.as_str()), ("AddAllowedPrincipals.1", &principal)];
    world.aws.perform(now, owner, "ec2", "ModifyVpcEndpointServicePermissions", &allow).expect("a permission");
    let (endpoint, endpoint_group) = (String::new(), String::new());
    Way { provider, consumer, balancer, balancer_group: group, service, endpoint, endpoint_group }
}

/// An accepted endpoint of a service.
fn consume(
    cloud: &Cloud,
    region: &str,
    network: &Network,
    way: Way,
    name: &str,
    (port, clients): (u16, &str),
    pins: &[Option<Ipv4Addr>],
) -> Way {
    let clients = clients.parse().expect("a CIDR");
    let name = format!("{name}-endpoint");
    let group = cloud.change(|world, _| {
        world.aws.add_security_group(way.consumer, region, &network.vpc, &name, &[(port, clients)]).expect("a group")
    });
    let service_name = format!("com.amazonaws.vpce.{region}.{}", way.service);
    let mut wanted = vec![
        ("VpcEndpointType".to_owned(), "Interface".to_owned()),
        ("VpcId".to_owned(), network.vpc.clone()),
        ("ServiceName".to_owned(), service_name),
        ("SecurityGroupId.1".to_owned(), group.clone()),
    ];
    for (index, (subnet, pin)) in (1..).zip(network.subnets.iter().zip(pins)) {
        wanted.push((format!("SubnetId.{index}"), subnet.clone()));
        if let Some(pin) = pin {
            wanted.push((format!("SubnetConfiguration.{index}.SubnetId"), subnet.clone()));
            wanted.push((format!("SubnetConfiguration.{index}.Ipv4"), pin.to_string()));
        }
    }
    let wanted: Vec<(&str, &str)> = wanted.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let made = perform(cloud, (way.consumer, region), "ec2", "CreateVpcEndpoint", &wanted);
    let endpoint = text(&made, "vpcEndpointId");
    let accept = [("ServiceId", way.service.as_str()), ("VpcEndpointId.1", &endpoint)];
    perform(cloud, (way.provider, region), "ec2", "AcceptVpcEndpointConnections", &accept);
    Way { endpoint, endpoint_group: group, ..way }
}

fn seed_azure(world: &mut World) {
    world.azure.add_resource_group(SUB, "rg", "norwayeast");
    world.azure.add_security_group(&at("networkSecurityGroups/app"), "norwayeast", &[]).expect("a group");
    world.azure.add_firewall_policy(&at("firewallPolicies/hub"), "norwayeast", true).expect("a policy");
    world.azure.add_zone(&at("privateDnsZones/aws.bank.example")).expect("a zone");
}

fn perform(cloud: &Cloud, owner: (&str, &str), service: &str, action: &str, parameters: &[(&str, &str)]) -> String {
    let made = cloud.change(|world, now| world.aws.perform(now, owner, service, action, parameters));
    made.unwrap_or_else(|error| panic!("{action}: {error}"))
}

/// The text of the first element of a name.
pub(crate) fn text(body: &str, name: &str) -> String {
    let rest = body.split(&format!("<{name}>")).nth(1).unwrap_or_default();
    rest.split(&format!("</{name}>")).next().unwrap_or_default().to_owned()
}

impl Estate {
    /// The id of a rule collection group.
    pub(crate) fn group(&self, name: &str) -> String {
        at(&format!("firewallPolicies/hub/ruleCollectionGroups/{name}"))
    }

    /// Does what a request of an account would do.
    pub(crate) fn perform(&self, account: &str, service: &str, action: &str, parameters: &[(&str, &str)]) -> String {
        perform(&self.cloud, (account, self.region), service, action, parameters)
    }

    /// Takes a rule for all traffic or for TCP from or to a range out of a group.
    pub(crate) fn revoke(&self, account: &str, group: &str, action: &str, (protocol, port, cidr): (&str, &str, &str)) {
        let rule = [
            ("GroupId", group),
            ("IpPermissions.1.IpProtocol", protocol),
            ("IpPermissions.1.FromPort", port),
            ("IpPermissions.1.ToPort", port),
            ("IpPermissions.1.IpRanges.1.CidrIp", cidr),
        ];
        let rule = rule.into_iter().filter(|(_, value)| !value.is_empty()).collect::<Vec<_>>();
        self.perform(account, "ec2", action, &rule);
    }

    /// Sends a PUT to Azure.
    pub(crate) async fn put(&self, path: &str, body: Value) {
        let version = if path.contains("privateDnsZones") { "2024-06-01" } else { "2024-03-01" };
        let request =
            http::Request::put(format!("{path}?api-version={version}")).header("authorization", "Bearer test");
        let request = request.body(Bytes::from(body.to_string())).expect("a request");
        let response = self.cloud.handle(request, "http://sim").await.expect("no fault is set");
        assert!(response.status().is_success(), "{path}: {}", String::from_utf8_lossy(response.body()));
    }

    /// Makes a name an alias of an endpoint's regional DNS name.
    pub(crate) async fn alias(&self, name: &str, endpoint: &str) {
        let account = if endpoint == self.one.endpoint { PRODUCT } else { HUB };
        let seen = self.perform(account, "ec2", "DescribeVpcEndpoints", &[("VpcEndpointId.1", endpoint)]);
        let (target, zone) = (text(&seen, "dnsName"), text(&seen, "hostedZoneId"));
        let body = format!(
            "<ChangeResourceRecordSetsRequest><ChangeBatch><Changes><Change><Action>UPSERT</Action><ResourceRecordSet>\
             <Name>{name}</Name><Type>A</Type><AliasTarget><HostedZoneId>{zone}</HostedZoneId><DNSName>{target}</DNSName>\
             <EvaluateTargetHealth>false</EvaluateTargetHealth></AliasTarget></ResourceRecordSet></Change></Changes>\
             </ChangeBatch></ChangeResourceRecordSetsRequest>"
        );
        let scope = "AWS4-HMAC-SHA256 Credential=PRODUCT/20261122/us-east-1/route53/aws4_request, Signature=0";
        let request = http::Request::post(format!("/2013-04-01/hostedzone/{}/rrset/", self.zone));
        let request = request.header("authorization", scope).body(Bytes::from(body)).expect("a request");
        let response = self.cloud.handle(request, "http://sim").await.expect("no fault is set");
        assert!(response.status().is_success(), "{}", String::from_utf8_lossy(response.body()));
    }

    /// Adds a rule to the network security group.
    pub(crate) fn filter(&self, rule: &RuleSeed) {
        let group = at("networkSecurityGroups/app");
        self.cloud.change(|world, _| world.azure.add_security_rule(&group, rule)).expect("a rule");
    }

    pub(crate) fn ask_one(&self) -> FromAws<'_> {
        let (account, region, path, client) = (PRODUCT, self.region, &self.path, ip("10.12.1.7"));
        FromAws { account, region, vpc: Some(&self.vpc), client, name: NAME, port: 443, path }
    }

    pub(crate) fn judge_one(&self, ask: &FromAws<'_>) -> Judgement {
        from_aws(&self.cloud.world(), self.cloud.clock().now(), ask)
    }

    /// Judges the connection of way 1.
    pub(crate) fn one(&self) -> Judgement {
        self.judge_one(&self.ask_one())
    }

    /// Judges the connection of way 2.
    pub(crate) fn two(&self) -> Judgement {
        self.two_by("events")
    }

    /// Judges the connection of way 2 to a name.
    pub(crate) fn two_by(&self, record: &str) -> Judgement {
        let zone = at("privateDnsZones/aws.bank.example");
        let ask = FromAzure { client: ip("10.122.16.7"), zone: &zone, record, port: 9443, path: &self.path };
        from_azure(&self.cloud.world(), self.cloud.clock().now(), &ask)
    }
}

/// Checks which hop refuses, and a part of the reason.
#[track_caller]
pub(crate) fn refused(judgement: &Judgement, hop: &str, why: &str) {
    let text = judgement.verdict.to_string();
    assert_eq!(judgement.verdict.hop(), Some(hop), "{judgement}");
    assert!(text.contains(why), "{text} does not say {why}");
}
