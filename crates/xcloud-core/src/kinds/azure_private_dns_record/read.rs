//! From a node of the file to the kind.

use std::collections::BTreeMap;

use crate::code::ProblemCode;
use crate::config::flows::inside_zone;
use crate::config::grammar::seconds;
use crate::config::raw::{Fault, Node};
use crate::config::resources::{Header, Reading};
use crate::config::values::{ArmKind, arm_id};
use crate::kinds::shared::{record_addresses, subscription};
use crate::model::{DnsAddresses, PrivateDnsRecord};

pub(super) fn read(header: &Header<'_>, reading: &mut Reading<'_, '_>) -> Option<PrivateDnsRecord> {
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
