//! Way 1: from AWS to Azure.

use super::filters::certainly;
use super::names;
use super::private_link::enter;
use super::question::{Direction, FromAws, Packet};
use super::verdict::{Hop, Judgement, Verdict, require};
use crate::aws::{AwsWorld, EndpointView, VpcView};
use crate::{Millis, World};

/// Judges a connection from AWS to Azure: each way is a load balancer node, whose address is the source that Azure sees,
/// with a target.
#[must_use]
pub fn from_aws(world: &World, now: Millis, ask: &FromAws<'_>) -> Judgement {
    let refused = |refusal| vec![(format!("{}:{}", ask.name, ask.port), Verdict::from(refusal))];
    let ways = endpoints(&world.aws, now, ask).map_or_else(refused, |endpoints| {
        endpoints.iter().flat_map(|endpoint| ways(world, now, ask, endpoint)).collect()
    });
    Judgement::of(ways)
}

/// The endpoints that the name leads to, each in the client's VPC.
fn endpoints<'a>(aws: &'a AwsWorld, now: Millis, ask: &FromAws<'_>) -> Hop<Vec<EndpointView<'a>>> {
    let vpcs = vpcs(aws, ask)?;
    let mut found = Vec::new();
    let mut refused = None;
    for vpc in &vpcs {
        match in_vpc(aws, now, ask, vpc) {
            Ok(endpoints) => found.extend(endpoints),
            Err(refusal) => refused = refused.or(Some(refusal)),
        }
    }
    match refused {
        Some(refusal) if found.is_empty() => Err(refusal),
        _ => Ok(found),
    }
}

/// The VPC that is given, the account's VPC around the client, or all VPCs of the account.
fn vpcs<'a>(aws: &'a AwsWorld, ask: &FromAws<'_>) -> Hop<Vec<VpcView<'a>>> {
    let mut vpcs = aws.vpcs_of(ask.account, ask.region);
    let around = |vpc: &VpcView<'_>| vpc.cidr.contains(&ask.client);
    match ask.vpc {
        Some(id) => vpcs.retain(|vpc| vpc.id == id),
        None if vpcs.iter().any(around) => vpcs.retain(around),
        None => {}
    }
    require(!vpcs.is_empty(), "client", || {
        format!("{} has no VPC {} in {}", ask.account, ask.vpc.unwrap_or_default(), ask.region)
    })?;
    Ok(vpcs)
}

fn in_vpc<'a>(aws: &'a AwsWorld, now: Millis, ask: &FromAws<'_>, vpc: &VpcView<'_>) -> Hop<Vec<EndpointView<'a>>> {
    require(vpc.resolves, "name", || format!("DNS support or DNS hostnames are off in {}", vpc.id))?;
    let endpoints = names::endpoints(aws, now, (ask.region, vpc.id), ask.name)?;
    for endpoint in &endpoints {
        let inside = endpoint.region == ask.region && endpoint.vpc == vpc.id;
        require(inside, "endpoint", || {
            format!("{} is in {} ({}), the client in {}", endpoint.id, endpoint.vpc, endpoint.region, vpc.id)
        })?;
    }
    Ok(endpoints)
}

fn ways(world: &World, now: Millis, ask: &FromAws<'_>, endpoint: &EndpointView<'_>) -> Vec<(String, Verdict)> {
    let taken = match enter(&world.aws, now, endpoint, ask.client, ask.port) {
        Ok(taken) => taken,
        Err(refusal) => return vec![(endpoint.id.to_owned(), refusal.into())],
    };
    let mut ways = Vec::new();
    for taken in taken {
        match taken.used() {
            Err(refusal) => ways.push((taken.balancer.name.to_owned(), refusal.into())),
            Ok(targets) => {
                for target in targets {
                    let packet = Packet { from: taken.node, to: target.address, port: target.port };
                    let out = taken.leave(&world.aws, target);
                    let verdict = out.and_then(|()| certainly(world, now, ask.path, packet, Direction::Inbound));
                    ways.push((packet.to_string(), verdict.into()));
                }
            }
        }
    }
    ways
}
