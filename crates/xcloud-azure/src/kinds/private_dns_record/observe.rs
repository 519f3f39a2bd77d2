//! Record sets (A and TXT) of private DNS zones.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use serde_json::Value;
use xcloud_core::live::LiveRecordSet;
use xcloud_core::model::ArmName;
use xcloud_core::provider::ProviderError;

use super::record_type::RecordType;
use crate::arm::{Arm, Found, Listed};
use crate::ids;
use crate::json::{etag, list, need, number, text, text_map};
use crate::list::{each, parsed};

/// Reads a record set.
pub(crate) async fn one(arm: &Arm, id: &ArmName, of: RecordType) -> Found {
    let client = arm.dns.record_sets_client();
    arm.get(of.reading(), id, &of.types(), |p| {
        client.get(&p.group, p.name(0), of.name(), p.name(1), &p.subscription).send()
    })
    .await
}

/// Reads what the id names if it is a record set.
pub(crate) async fn by_id(arm: &Arm, id: &ArmName) -> Option<Found> {
    let of = RecordType::ALL.into_iter().find(|of| ids::is_of(id, &of.types()))?;
    Some(one(arm, id, of).await)
}

/// Lists the record sets of one type; `None` if the zone does not exist.
pub(super) async fn sets_in(arm: &Arm, zone: &ArmName, of: RecordType) -> Listed {
    let p = arm.path(of.reading(), zone, &["privateDnsZones"])?;
    let client = arm.dns.record_sets_client();
    let pages = || client.list_by_type(&p.group, p.name(0), of.name(), &p.subscription).into_stream();
    arm.list(of.reading(), &zone.0, pages).await
}

/// Reads the record sets of the zones: two lists for each zone, which also tell whether the zone exists.
pub(crate) async fn observe(
    arm: &Arm,
    zones: &BTreeSet<ArmName>,
) -> Result<(BTreeSet<ArmName>, Vec<LiveRecordSet>), ProviderError> {
    let found = each(zones, async |zone: &ArmName| {
        let addresses = sets_in(arm, zone, RecordType::A);
        let texts = sets_in(arm, zone, RecordType::Txt);
        let (Some(addresses), Some(texts)) = futures_util::try_join!(addresses, texts)? else { return Ok(None) };
        let addresses = addresses.iter().map(|set| record_set_of(zone, RecordType::A, set));
        let texts = texts.iter().map(|set| record_set_of(zone, RecordType::Txt, set));
        let sets: Result<Vec<LiveRecordSet>, String> = addresses.chain(texts).collect();
        Ok(Some((zone.clone(), parsed(arm, RecordType::A.reading(), sets)?)))
    })
    .await?;
    let (zones, sets): (BTreeSet<ArmName>, Vec<Vec<LiveRecordSet>>) = found.into_iter().unzip();
    Ok((zones, sets.into_iter().flatten().collect()))
}

/// Reads a record set of the given type.
pub(crate) fn record_set_of(zone: &ArmName, of: RecordType, set: &Value) -> Result<LiveRecordSet, String> {
    let name = need(set, "/name")?;
    let addresses: Result<BTreeSet<Ipv4Addr>, String> = list(set, "/properties/aRecords")
        .iter()
        .map(|record| text(record, "/ipv4Address"))
        .map(|ip| ip.parse().map_err(|_| format!("record {name}: `{ip}` is not an address")))
        .collect();
    let texts = list(set, "/properties/txtRecords");
    let texts = texts.iter().map(|record| list(record, "/value").iter().filter_map(Value::as_str).collect());
    Ok(LiveRecordSet {
        zone: zone.clone(),
        name: name.to_owned(),
        record_type: of.name().to_owned(),
        ttl_secs: number(set, "/properties/ttl").map_err(|why| format!("record {name}: {why}"))?,
        etag: etag(set).to_owned(),
        metadata: text_map(set, "/properties/metadata"),
        addresses: addresses?,
        texts: texts.collect(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn both_types_are_read() {
        let zone = ArmName("/zone".to_owned());
        let set = json!({"name": "a", "etag": "e", "properties": {"ttl": 60, "metadata": {"k": "v"},
            "aRecords": [{"ipv4Address": "10.0.0.2"}, {"ipv4Address": "10.0.0.1"}]}});
        let read = record_set_of(&zone, RecordType::A, &set).expect("the record set is well formed");
        assert_eq!(read.addresses.len(), 2);
        assert_eq!((read.ttl_secs, read.metadata["k"].as_str()), (60, "v"));
        let set = json!({"name": "t", "properties": {"ttl": 60, "txtRecords": [{"value": ["v=1;", "epoch=2"]}]}});
        let read = record_set_of(&zone, RecordType::Txt, &set).expect("the record set is well formed");
        assert_eq!(read.texts, ["v=1;epoch=2"], "the parts of one value belong together");
    }
}
