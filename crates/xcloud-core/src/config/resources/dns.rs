//! `aws/private-zone-record` and `azure/private-dns-record`.

use std::collections::BTreeMap;

use crate::code::ProblemCode;
use crate::config::flows::inside_zone;
use crate::config::lower::{ArmKind, arm_id, check_selector, selector};
use crate::config::raw::{Fault, Node};
use crate::config::shape::seconds;
use crate::model::{DnsAddresses, Kind, PrivateDnsRecord, PrivateZoneRecord};

use super::Header;
use super::address_source::record_addresses;
use super::azure_rules::subscription;
use super::reading::Reading;

pub(super) fn read_aws(header: &Header<'_>, reading: &mut Reading<'_, '_>) -> Option<PrivateZoneRecord> {
    let node = header.node;
    check_selector(node.get("vpc"), reading.problems);
    let endpoint_node = node.get("endpoint")?;
    let endpoint = reading.refs.resolve(endpoint_node, Kind::Endpoint, reading.problems)?;
    if reading.refs.place(&endpoint).is_some_and(|place| place.key().region != header.place.key().region) {
        let fault = Fault::new(ProblemCode::OtherPlace, format!("{endpoint} is in another region"));
        reading.problems.error(endpoint_node.at, fault);
    }
    Some(PrivateZoneRecord {
        vpc: selector(node.get("vpc"), &header.env)?,
        record: node.text_of("record")?.to_ascii_lowercase(),
        endpoint,
    })
}

pub(super) fn read_azure(header: &Header<'_>, reading: &mut Reading<'_, '_>) -> Option<PrivateDnsRecord> {
    let node = header.node;
    let zone = arm_id(node.get("zone"), subscription(header), ArmKind::PrivateDnsZone, reading.problems);
    let record = node.get("record")?;
    let name = record.text()?;
    if let Some(zone) = &zone
        && name != "@"
        && let Some(inside) = inside_zone(name, zone.name())
    {
        let fault = Fault::new(ProblemCode::RecordWithZone, format!("`{name}` would become {name}.{}", zone.name()))
            .hint(format!("write `{inside}`: the name inside the zone"));
        reading.problems.error(record.at, fault);
    }
    let ttl = node.get("ttl")?;
    let ttl_secs = ttl.text().and_then(seconds)?;
    // Azure private DNS: 1 to 2147483647 seconds.
    if ttl_secs == 0 || ttl_secs > 0x7fff_ffff {
        reading.problems.error(
            ttl.at,
            Fault::new(ProblemCode::OutOfRange, format!("a time to live of {ttl_secs} s")).hint("at least 1s"),
        );
    }
    let addresses = node.get("addresses").and_then(|addresses| dns_addresses(addresses, reading));
    Some(PrivateDnsRecord {
        zone: zone?,
        record: name.to_ascii_lowercase(),
        ttl_secs: u32::try_from(ttl_secs).ok()?,
        addresses: addresses?,
    })
}

fn dns_addresses(node: &Node, reading: &mut Reading<'_, '_>) -> Option<DnsAddresses> {
    let Some(active) = node.get("active") else {
        return record_addresses(node, reading).map(DnsAddresses::Fixed);
    };
    let mut regions = BTreeMap::new();
    for (region, _, value) in active.named() {
        if let Some(source) = record_addresses(value, reading) {
            regions.insert(region.to_owned(), source);
        }
    }
    if active.entries().len() < 2 {
        let fault = Fault::new(
            ProblemCode::OneRegion,
            "a record that a failover switches has addresses in at least two regions",
        )
        .hint("write the addresses without `active`");
        reading.problems.error(active.at, fault);
    }
    Some(DnsAddresses::Active(regions))
}
