//! Way 2: from Azure to AWS.

use std::net::Ipv4Addr;

use super::filters::certainly;
use super::names::azure_addresses;
use super::private_link::enter;
use super::question::{Direction, FromAzure, Packet};
use super::verdict::{Hop, Judgement, Verdict, refusal, require};
use crate::aws::{AwsWorld, EndpointView, Holding};
use crate::{Millis, World};

/// Judges a connection from Azure to AWS: each way is an address of the name.
#[must_use]
pub fn from_azure(world: &World, now: Millis, ask: &FromAzure<'_>) -> Judgement {
    let refused = |refusal| vec![(format!("{}:{}", ask.record, ask.port), Verdict::from(refusal))];
    let ways = azure_addresses(world, now, ask.zone, ask.record).map_or_else(refused, |addresses| {
        let way = |address| (format!("{address}:{}", ask.port), call(world, now, ask, address).into());
        addresses.into_iter().map(way).collect()
    });
    Judgement::of(ways)
}

fn call(world: &World, now: Millis, ask: &FromAzure<'_>, address: Ipv4Addr) -> Hop<()> {
    let packet = Packet { from: ask.client, to: address, port: ask.port };
    certainly(world, now, ask.path, packet, Direction::Outbound)?;
    let aws = &world.aws;
    let endpoint = endpoint(aws, now, address)?;
    let lost = aws.stands_in_lost_zone(endpoint.region, address);
    require(!lost, "zone", || format!("the zone of {address} ({}) is gone", endpoint.id))?;
    for taken in enter(aws, now, &endpoint, ask.client, ask.port)? {
        for target in taken.used()? {
            taken.leave(aws, target)?;
        }
    }
    Ok(())
}

/// The endpoint with this address, in whichever region and account.
fn endpoint(aws: &AwsWorld, now: Millis, address: Ipv4Addr) -> Hop<EndpointView<'_>> {
    let mut endpoints = Vec::new();
    let mut others = Vec::new();
    for holding in aws.holders(address, now) {
        match holding {
            Holding::Endpoint(endpoint) => endpoints.push(endpoint),
            Holding::LoadBalancer(arn) => others.push(arn.to_owned()),
        }
    }
    let several = endpoints.iter().map(|endpoint| endpoint.id).collect::<Vec<_>>().join(" and ");
    match (endpoints.pop(), endpoints.is_empty()) {
        (Some(endpoint), true) => Ok(endpoint),
        (Some(_), false) => {
            Err(refusal("address", format!("{several} have {address}, and nobody knows which is meant")))
        }
        (None, _) if others.is_empty() => Err(refusal("address", format!("nothing in AWS has {address}"))),
        (None, _) => Err(refusal("address", format!("no endpoint has {address}, but {}", others.join(", ")))),
    }
}
