//! A caller that signs nothing but names its key, region and service, and reads answers by element names.

use std::collections::BTreeMap;

use bytes::Bytes;
use xcloud_sim::aws::{AwsWorld, SeedError, SubnetSeed, VpcSeed};
use xcloud_sim::{Cloud, Lost, Millis, World};

pub(crate) const HUB: &str = "100000000001";
pub(crate) const PRODUCT: &str = "200000000002";
pub(crate) const REGION: &str = "eu-north-1";

/// A hub and a product account, each with a VPC and two subnets; keys `HUB` and `PRODUCT`.
#[derive(Debug)]
pub(crate) struct Estate {
    pub(crate) cloud: Cloud,
    pub(crate) hub: Network,
    pub(crate) product: Network,
}

#[derive(Debug, Default)]
pub(crate) struct Network {
    pub(crate) vpc: String,
    pub(crate) subnets: Vec<String>,
}

pub(crate) fn estate() -> Result<Estate, SeedError> {
    let mut world = World { now: Millis(1_795_348_800_000), ..World::default() };
    world.aws.add_access_key("HUB", HUB)?;
    world.aws.add_access_key("PRODUCT", PRODUCT)?;
    let hub = network(&mut world.aws, HUB, 60)?;
    let product = network(&mut world.aws, PRODUCT, 61)?;
    Ok(Estate { cloud: Cloud::start(world, 1.0), hub, product })
}

fn network(world: &mut AwsWorld, account: &str, second: u8) -> Result<Network, SeedError> {
    let range = |text: String| text.parse().expect("a CIDR");
    let seed =
        VpcSeed { id: None, cidr: range(format!("10.{second}.0.0/16")), dns_hostnames: true, tags: BTreeMap::new() };
    let vpc = world.add_vpc(account, REGION, seed)?;
    let mut subnets = Vec::new();
    for zone in 1..=2 {
        let cidr = range(format!("10.{second}.{zone}.0/26"));
        let zone_id = format!("eun1-az{zone}");
        let seed = SubnetSeed { id: None, vpc: vpc.clone(), cidr, zone_id, tags: BTreeMap::new() };
        subnets.push(world.add_subnet(account, REGION, seed)?);
    }
    Ok(Network { vpc, subnets })
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: String,
    pub(crate) request_id: String,
}

impl Reply {
    /// The texts of all elements of a name.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        let (open, close) = (format!("<{name}>"), format!("</{name}>"));
        let after = self.body.split(&open).skip(1);
        after.filter_map(|rest| rest.split(&close).next()).collect()
    }

    /// The text of the first element of a name, or nothing.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.all(name).first().copied().unwrap_or_default()
    }

    /// `200`, or the error code.
    pub(crate) fn code(&self) -> &str {
        if self.status < 300 { "200" } else { self.text("Code") }
    }
}

impl Estate {
    pub(crate) async fn ec2(&self, key: &str, action: &str, parameters: &[(&str, &str)]) -> Reply {
        self.call(key, "ec2", action, parameters).await.expect("no fault is set")
    }

    pub(crate) async fn elb(&self, action: &str, parameters: &[(&str, &str)]) -> Reply {
        self.call("HUB", "elasticloadbalancing", action, parameters).await.expect("no fault is set")
    }

    pub(crate) async fn call(
        &self,
        key: &str,
        service: &str,
        action: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Reply, Lost> {
        let body = form(action, parameters);
        send(&self.cloud, "POST", "/", (key, service), body).await
    }

    pub(crate) async fn wait(&self, seconds: f64) {
        self.cloud.clock().sleep(seconds).await;
    }

    /// A security group of the hub that is visible already.
    pub(crate) async fn group(&self, name: &str) -> String {
        let parameters = [("GroupName", name), ("GroupDescription", name), ("VpcId", self.hub.vpc.as_str())];
        let made = self.ec2("HUB", "CreateSecurityGroup", &parameters).await;
        self.wait(1.0).await;
        made.text("groupId").to_owned()
    }

    /// A load balancer of the hub in its first subnet, with a group.
    pub(crate) async fn load_balancer(&self, name: &str, group: &str) -> String {
        let parameters = [
            ("Name", name),
            ("Type", "network"),
            ("Scheme", "internal"),
            ("Subnets.member.1", self.hub.subnets[0].as_str()),
            ("SecurityGroups.member.1", group),
        ];
        self.elb("CreateLoadBalancer", &parameters).await.text("LoadBalancerArn").to_owned()
    }

    /// An endpoint service of the hub that admits the product and has settled: id and name.
    pub(crate) async fn service(&self, balancer: &str, acceptance: &str) -> (String, String) {
        let parameters = [("NetworkLoadBalancerArn.1", balancer), ("AcceptanceRequired", acceptance)];
        let made = self.ec2("HUB", "CreateVpcEndpointServiceConfiguration", &parameters).await;
        let (id, name) = (made.text("serviceId").to_owned(), made.text("serviceName").to_owned());
        self.wait(1.0).await;
        let principal = format!("arn:aws:iam::{PRODUCT}:root");
        let allow = [("ServiceId", id.as_str()), ("AddAllowedPrincipals.1", &principal)];
        assert_eq!(self.ec2("HUB", "ModifyVpcEndpointServicePermissions", &allow).await.code(), "200");
        self.wait(20.0).await;
        (id, name)
    }

    /// Asks for an endpoint of the product in its first subnet.
    pub(crate) async fn endpoint(&self, service_name: &str, more: &[(&str, &str)]) -> Reply {
        let mut parameters = vec![
            ("VpcEndpointType", "Interface"),
            ("VpcId", self.product.vpc.as_str()),
            ("ServiceName", service_name),
            ("SubnetId.1", self.product.subnets[0].as_str()),
            ("PrivateDnsEnabled", "false"),
        ];
        parameters.extend_from_slice(more);
        self.ec2("PRODUCT", "CreateVpcEndpoint", &parameters).await
    }

    /// The state of an endpoint, or why there is none.
    pub(crate) async fn endpoint_state(&self, id: &str) -> String {
        let seen = self.ec2("PRODUCT", "DescribeVpcEndpoints", &[("VpcEndpointId.1", id)]).await;
        if seen.status == 200 { seen.text("state").to_owned() } else { seen.code().to_owned() }
    }
}

pub(crate) fn form(action: &str, parameters: &[(&str, &str)]) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair("Action", action).extend_pairs(parameters).finish()
}

pub(crate) async fn send(
    cloud: &Cloud,
    method: &str,
    path: &str,
    (key, service): (&str, &str),
    body: String,
) -> Result<Reply, Lost> {
    let scope = format!("AWS4-HMAC-SHA256 Credential={key}/20261122/{REGION}/{service}/aws4_request, Signature=0");
    let request = http::Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", scope)
        .body(Bytes::from(body))
        .expect("a request");
    let response = cloud.handle(request, "http://sim").await?;
    let id = response.headers().get("x-amzn-requestid").and_then(|id| id.to_str().ok()).unwrap_or_default();
    Ok(Reply {
        status: response.status().as_u16(),
        request_id: id.to_owned(),
        body: String::from_utf8_lossy(response.body()).into_owned(),
    })
}
