//! Serves a small AWS world on a free loopback port, which it prints: `serve [SPEED]`.
//!
//! `tests/judge/aws_boto3.py` drives it.

#![expect(clippy::print_stdout, reason = "an example prints its port")]

use std::collections::BTreeMap;
use std::error::Error;

use xcloud_sim::aws::{ListenerSeed, LoadBalancerSeed, SubnetSeed, VpcSeed};
use xcloud_sim::{Cloud, Millis, World, serve};

const HUB: &str = "100000000001";
const PRODUCT: &str = "200000000002";
const REGION: &str = "eu-north-1";

fn named(name: &str) -> BTreeMap<String, String> {
    BTreeMap::from([("Name".to_owned(), name.to_owned())])
}

fn world() -> Result<World, Box<dyn Error>> {
    // 2026-11-22T12:00:00Z
    let mut world = World { now: Millis(1_795_348_800_000), ..World::default() };
    let aws = &mut world.aws;
    aws.add_access_key("HUBKEY", HUB)?;
    aws.add_access_key("PRODUCTKEY", PRODUCT)?;
    for (account, name, second) in [(HUB, "hub", 60), (PRODUCT, "product", 61)] {
        let cidr = format!("10.{second}.0.0/16").parse()?;
        let vpc = VpcSeed { id: None, cidr, dns_hostnames: true, tags: named(name) };
        let vpc = aws.add_vpc(account, REGION, vpc)?;
        let mut subnets = Vec::new();
        for zone in 1..=3 {
            let cidr = format!("10.{second}.{zone}.0/26").parse()?;
            let (zone_id, tags) = (format!("eun1-az{zone}"), named(&format!("{name}-{zone}")));
            let subnet = SubnetSeed { id: None, vpc: vpc.clone(), cidr, zone_id, tags };
            subnets.push((aws.add_subnet(account, REGION, subnet)?, None));
        }
        aws.add_private_zone(account, "aws.bank.example", &[(REGION.to_owned(), vpc.clone())]);
        if account == PRODUCT {
            let group = aws.add_security_group(account, REGION, &vpc, "found", &[(443, "10.0.0.0/8".parse()?)])?;
            let listeners = vec![ListenerSeed { port: 443, targets: vec!["10.61.1.20".parse()?] }];
            let (name, tags) = ("found".to_owned(), named("found"));
            let seed = LoadBalancerSeed { name, subnets, security_groups: vec![group], tags, listeners };
            aws.add_load_balancer(account, REGION, &seed)?;
        }
    }
    Ok(world)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let speed = std::env::args().nth(1).map_or(Ok(1.0), |speed| speed.parse())?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let base_url = format!("http://{}", listener.local_addr()?);
    println!("{base_url}");
    serve(Cloud::start(world()?, speed), listener, base_url).await?;
    Ok(())
}
