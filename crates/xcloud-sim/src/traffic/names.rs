//! What a name leads to.

use std::net::Ipv4Addr;

use super::in_force::{alternatives, exists};
use super::verdict::{Hop, refusal, require};
use crate::aws::{AwsWorld, EndpointView, Holding, RecordView};
use crate::{Millis, World};

/// What refuses.
const HOP: &str = "name";

/// The end of the names that AWS gives to endpoints.
const ENDPOINTS: &str = ".vpce.amazonaws.com.";

/// How many CNAME records are followed.
const MOST_ALIASES: usize = 8;

/// Returns the endpoints that a name leads to in a VPC: by the private zone of the VPC with the longest name that is an
/// end of it, by an endpoint's private name, or by AWS's own name of an endpoint.
pub(super) fn endpoints<'a>(
    aws: &'a AwsWorld,
    now: Millis,
    (region, vpc): (&str, &str),
    name: &str,
) -> Hop<Vec<EndpointView<'a>>> {
    let mut name = absolute(name);
    for _ in 0..MOST_ALIASES {
        if let Some(endpoint) = aws.endpoint_with_private_name(region, vpc, name.trim_end_matches('.'), now) {
            return Ok(vec![endpoint]);
        }
        let zones = aws.zones_of_vpc(region, vpc).into_iter().filter(|(_, zone)| within(&name, zone));
        let Some((zone_id, zone)) = zones.max_by_key(|(_, zone)| zone.len()) else {
            return by_own_name(aws, now, &name);
        };
        let record = aws.record(zone_id, &name, "A").or_else(|| aws.record(zone_id, &name, "CNAME"));
        let missing = || refusal(HOP, format!("{name} has no A record in the zone {zone} of {vpc}"));
        match record.ok_or_else(missing)? {
            RecordView::Alias(target) if target.ends_with(ENDPOINTS) => return by_own_name(aws, now, target),
            RecordView::Alias(target) => name = absolute(target),
            RecordView::Values(values) => match addresses(values) {
                Some(addresses) => return by_address(aws, now, (region, vpc), &addresses),
                None => name = values.first().map(|target| absolute(target)).ok_or_else(missing)?,
            },
        }
    }
    Err(refusal(HOP, format!("{name} is an alias of an alias, and so on")))
}

/// Returns the addresses of a private DNS zone's A record set.
pub(super) fn azure_addresses(world: &World, now: Millis, zone: &str, record: &str) -> Hop<Vec<Ipv4Addr>> {
    let azure = &world.azure;
    require(exists(azure, zone, now), HOP, || format!("there is no zone {zone}"))?;
    let zone_name = zone.rsplit('/').next().unwrap_or(zone).to_lowercase();
    let full = record.trim_end_matches('.').to_lowercase();
    let relative = match full.strip_suffix(&zone_name) {
        Some("") => "@",
        Some(relative) => relative.strip_suffix('.').unwrap_or(&full),
        None => &full,
    };
    let found = azure.find(&format!("{zone}/A/{relative}"));
    let properties = found.and_then(|found| alternatives(azure, found, now).pop().flatten());
    let records = properties.and_then(|properties| properties.get("aRecords")).and_then(|records| records.as_array());
    let addresses = records.into_iter().flatten().filter_map(|record| record["ipv4Address"].as_str()?.parse().ok());
    let addresses: Vec<Ipv4Addr> = addresses.collect();
    require(!addresses.is_empty(), HOP, || format!("{relative} has no address in the zone {zone_name}"))?;
    Ok(addresses)
}

fn absolute(name: &str) -> String {
    format!("{}.", name.trim().trim_end_matches('.').to_ascii_lowercase())
}

fn within(name: &str, zone: &str) -> bool {
    name == zone || name.strip_suffix(zone).is_some_and(|rest| rest.ends_with('.'))
}

fn addresses(values: &[String]) -> Option<Vec<Ipv4Addr>> {
    values.iter().map(|value| value.parse().ok()).collect()
}

fn by_own_name<'a>(aws: &'a AwsWorld, now: Millis, name: &str) -> Hop<Vec<EndpointView<'a>>> {
    let found = aws.endpoint_with_own_name(name, now);
    found.map(|endpoint| vec![endpoint]).ok_or_else(|| refusal(HOP, format!("{name} is unknown")))
}

fn by_address<'a>(
    aws: &'a AwsWorld,
    now: Millis,
    (region, vpc): (&str, &str),
    addresses: &[Ipv4Addr],
) -> Hop<Vec<EndpointView<'a>>> {
    let endpoint = |address: &Ipv4Addr| {
        let held = aws.holders(*address, now).into_iter().find_map(|holding| match holding {
            Holding::Endpoint(endpoint) if endpoint.region == region && endpoint.vpc == vpc => Some(endpoint),
            Holding::Endpoint(_) | Holding::LoadBalancer(_) => None,
        });
        held.ok_or_else(|| refusal("endpoint", format!("no endpoint in {vpc} has the address {address}")))
    };
    addresses.iter().map(endpoint).collect()
}
