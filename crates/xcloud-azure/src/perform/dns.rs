//! Record sets of private DNS zones: the one kind whose conditional writes Azure documents.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use azure_mgmt_privatedns::models::{ARecord, RecordSet as RecordSetModel, RecordSetProperties, TxtRecord};
use ipnet::IpNet;
use serde_json::json;
use xcloud_core::live::LiveRecordSet;
use xcloud_core::model::{Addresses, ArmName};
use xcloud_core::op::WriteGuard;
use xcloud_core::provider::{Performed, ProviderError};

use super::guard;
use crate::arm::Arm;
use crate::ids;
use crate::operation::begun;
use crate::read;
use crate::wire::Extra;

const TYPES: &[&str] = &["privateDnsZones", "A"];
const TEXT_TYPES: &[&str] = &["privateDnsZones", "TXT"];

/// The most characters of one string of a TXT record (RFC 1035: a length of one byte).
const STRING_LIMIT: usize = 255;

/// What a record set is to hold.
pub(crate) struct RecordSet<'a> {
    /// Time to live.
    pub(crate) ttl_secs: u32,
    /// The addresses.
    pub(crate) addresses: &'a Addresses,
    /// The metadata: our mark.
    pub(crate) metadata: &'a BTreeMap<String, String>,
}

/// Returns the id of an A record set.
pub(crate) fn record_id(zone: &ArmName, record: &str) -> ArmName {
    ArmName(format!("{zone}/A/{record}"))
}

/// Writes the record set.
pub(crate) async fn put(
    arm: &Arm,
    zone: &ArmName,
    record: &str,
    set: &RecordSet<'_>,
    guarded: &WriteGuard,
) -> Result<Performed, ProviderError> {
    const NAME: &str = "PUT A";
    let id = record_id(zone, record);
    let path = ids::parse(&id, TYPES).map_err(|why| arm.invalid(NAME, &why))?;
    let body = body(set).map_err(|why| arm.invalid(NAME, &why))?;
    if matches!(guarded, WriteGuard::Absent) {
        let live = read::record_set(arm, &id).await?;
        guard::look(arm, NAME, guarded, live.as_ref(), |_| false)?;
    }
    let client = arm.dns.record_sets_client();
    let mut request = client.create_or_update(&path.group, path.name(0), "A", path.name(1), body, &path.subscription);
    match guard::expected_etag(guarded).map_err(|why| arm.invalid(NAME, &why))? {
        Some(etag) => request = request.if_match(etag),
        None if matches!(guarded, WriteGuard::Absent) => request = request.if_none_match("*"),
        None => {}
    }
    let reply = arm.write(NAME, Extra::default(), request.send()).await?;
    begun(arm, NAME, &id, &reply)
}

/// What a TXT record set with one text is to hold.
pub(crate) struct TextRecord<'a> {
    /// Time to live.
    pub(crate) ttl_secs: u32,
    /// The text.
    pub(crate) text: &'a str,
    /// The metadata: our mark.
    pub(crate) metadata: &'a BTreeMap<String, String>,
}

impl TextRecord<'_> {
    /// Returns true if the live record set is what the operation writes.
    pub(crate) fn is_written(&self, live: &LiveRecordSet) -> bool {
        self.ttl_secs == live.ttl_secs && live.texts == [self.text] && *self.metadata == live.metadata
    }
}

/// Returns the id of a TXT record set.
pub(crate) fn text_id(zone: &ArmName, record: &str) -> ArmName {
    ArmName(format!("{zone}/TXT/{record}"))
}

/// Writes a TXT record set with one text.
pub(crate) async fn put_text(
    arm: &Arm,
    zone: &ArmName,
    record: &str,
    set: &TextRecord<'_>,
    guarded: &WriteGuard,
) -> Result<Performed, ProviderError> {
    const NAME: &str = "PUT TXT";
    let id = text_id(zone, record);
    let path = ids::parse(&id, TEXT_TYPES).map_err(|why| arm.invalid(NAME, &why))?;
    let letters: Vec<char> = set.text.chars().collect();
    let value = letters.chunks(STRING_LIMIT).map(|part| part.iter().collect()).collect();
    let body = RecordSetModel {
        properties: Some(RecordSetProperties {
            ttl: Some(i64::from(set.ttl_secs)),
            metadata: Some(json!(set.metadata)),
            txt_records: vec![TxtRecord { value }],
            ..RecordSetProperties::default()
        }),
        ..RecordSetModel::default()
    };
    let client = arm.dns.record_sets_client();
    let mut request = client.create_or_update(&path.group, path.name(0), "TXT", path.name(1), body, &path.subscription);
    match guard::expected_etag(guarded).map_err(|why| arm.invalid(NAME, &why))? {
        Some(etag) => request = request.if_match(etag),
        None if matches!(guarded, WriteGuard::Absent) => request = request.if_none_match("*"),
        None => {}
    }
    let reply = arm.write(NAME, Extra::default(), request.send()).await?;
    begun(arm, NAME, &id, &reply)
}

/// Deletes the record set.
pub(crate) async fn delete(
    arm: &Arm,
    zone: &ArmName,
    record: &str,
    guarded: &WriteGuard,
) -> Result<Performed, ProviderError> {
    const NAME: &str = "DELETE A";
    let id = record_id(zone, record);
    let path = ids::parse(&id, TYPES).map_err(|why| arm.invalid(NAME, &why))?;
    let client = arm.dns.record_sets_client();
    let mut request = client.delete(&path.group, path.name(0), "A", path.name(1), &path.subscription);
    if let Some(etag) = guard::expected_etag(guarded).map_err(|why| arm.invalid(NAME, &why))? {
        request = request.if_match(etag);
    }
    let reply = arm.delete(NAME, Extra::default(), request.send()).await?;
    begun(arm, NAME, &id, &reply)
}

fn body(set: &RecordSet<'_>) -> Result<RecordSetModel, String> {
    let records = addresses(set.addresses)?.into_iter();
    let records = records.map(|ip| ARecord { ipv4_address: Some(ip.to_string()) });
    Ok(RecordSetModel {
        properties: Some(RecordSetProperties {
            ttl: Some(i64::from(set.ttl_secs)),
            metadata: Some(json!(set.metadata)),
            a_records: records.collect(),
            ..RecordSetProperties::default()
        }),
        ..RecordSetModel::default()
    })
}

/// Returns the addresses of an A record set: single IPv4 addresses, at least one.
fn addresses(addresses: &Addresses) -> Result<BTreeSet<Ipv4Addr>, String> {
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

/// Returns true if the live record set is what the operation writes.
pub(crate) fn is_written(set: &RecordSet<'_>, live: &LiveRecordSet) -> bool {
    set.ttl_secs == live.ttl_secs
        && addresses(set.addresses).is_ok_and(|ours| ours == live.addresses)
        && *set.metadata == live.metadata
}
