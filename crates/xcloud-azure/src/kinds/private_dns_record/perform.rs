//! Record sets of private DNS zones: the one kind whose conditional writes Azure documents.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use azure_mgmt_privatedns::models::{ARecord, RecordSet, RecordSetProperties, TxtRecord};
use ipnet::IpNet;
use serde_json::json;
use xcloud_core::model::Addresses;
use xcloud_core::op::{PrivateDnsRecordOp, WriteGuard};
use xcloud_core::provider::{Performed, ProviderError};

use super::record_type::RecordType;
use crate::arm::Arm;
use crate::as_written::Written as _;
use crate::change::Change;
use crate::guard;
use crate::wire::Extra;

/// The most characters of one string of a TXT record (RFC 1035: a length of one byte).
const STRING_LIMIT: usize = 255;

/// Makes the one call. There is no look before, except at what must be absent: Azure compares the `ETag` itself.
pub(crate) async fn perform(arm: &Arm, op: &PrivateDnsRecordOp) -> Result<Performed, ProviderError> {
    use PrivateDnsRecordOp::{Delete, Put, PutText};
    let of = RecordType::of(op);
    let change = Change::of(arm, op, op.object(), &of.types())?;
    let body = match op {
        Put { ttl_secs, addresses, metadata, .. } => {
            let addresses = self::addresses(addresses).map_err(|why| change.invalid(&why))?.into_iter();
            let a_records = addresses.map(|ip| ARecord { ipv4_address: Some(ip.to_string()) }).collect();
            Some(RecordSetProperties { a_records, ..properties(*ttl_secs, metadata) })
        }
        PutText { ttl_secs, text, metadata, .. } => {
            let letters: Vec<char> = text.chars().collect();
            let value = letters.chunks(STRING_LIMIT).map(|part| part.iter().collect()).collect();
            Some(RecordSetProperties { txt_records: vec![TxtRecord { value }], ..properties(*ttl_secs, metadata) })
        }
        Delete { .. } => None,
    };
    let (Put { guard, .. } | PutText { guard, .. } | Delete { guard, .. }) = op;
    let if_match = guard::expected_etag(guard).map_err(|why| change.invalid(&why))?.map(str::to_owned);
    let must_be_new = *guard == WriteGuard::Absent;
    if let (Put { .. }, true) = (op, must_be_new) {
        guard::look(&change, op, &WriteGuard::Absent, op.look(arm).await?.as_ref())?;
    }
    let extra = Extra { if_match, must_be_new, ..Extra::default() };
    let (p, client) = (&change.path, arm.dns.record_sets_client());
    match body {
        Some(properties) => {
            let body = RecordSet { properties: Some(properties), ..RecordSet::default() };
            let send = client.create_or_update(&p.group, p.name(0), of.name(), p.name(1), body, &p.subscription);
            change.send(op, extra, send.send()).await
        }
        None => {
            let send = client.delete(&p.group, p.name(0), of.name(), p.name(1), &p.subscription);
            change.send(op, extra, send.send()).await
        }
    }
}

fn properties(ttl_secs: u32, metadata: &BTreeMap<String, String>) -> RecordSetProperties {
    let (ttl, metadata) = (Some(i64::from(ttl_secs)), Some(json!(metadata)));
    RecordSetProperties { ttl, metadata, ..RecordSetProperties::default() }
}

/// Returns the addresses of an A record set: single IPv4 addresses, at least one.
pub(super) fn addresses(addresses: &Addresses) -> Result<BTreeSet<Ipv4Addr>, String> {
    let known = match addresses {
        Addresses::Known(known) if !known.is_empty() => known,
        Addresses::Known(_) => return Err("the record has no address".to_owned()),
        Addresses::Late(late) => return Err(format!("the addresses of {} are not bound", late.of)),
    };
    let single = |net: &IpNet| match net {
        IpNet::V4(net) if net.prefix_len() == 32 => Ok(net.addr()),
        other => Err(format!("{other} is not a single IPv4 address")),
    };
    known.iter().map(single).collect()
}
