//! Record sets (A and TXT) of private DNS zones.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use serde_json::Value;
use xcloud_core::live::LiveRecordSet;
use xcloud_core::model::ArmName;
use xcloud_core::provider::ProviderError;

use super::list::{each, parsed};
use crate::arm::Arm;
use crate::json::{etag, list, need, number, text, text_map};
use crate::read;

/// Reads the record sets of the zones: two lists for each zone, which also tell whether the zone exists.
pub(crate) async fn read(
    arm: &Arm,
    zones: &BTreeSet<ArmName>,
) -> Result<(BTreeSet<ArmName>, Vec<LiveRecordSet>), ProviderError> {
    let found = each(zones, async |zone: &ArmName| {
        let addresses = read::record_sets_in(arm, zone, "A");
        let texts = read::record_sets_in(arm, zone, "TXT");
        let (Some(addresses), Some(texts)) = futures_util::try_join!(addresses, texts)? else { return Ok(None) };
        let addresses = addresses.iter().map(|set| record_set_of(zone, "A", set));
        let texts = texts.iter().map(|set| record_set_of(zone, "TXT", set));
        let sets: Result<Vec<LiveRecordSet>, String> = addresses.chain(texts).collect();
        Ok(Some((zone.clone(), parsed(arm, "GET A", sets)?)))
    })
    .await?;
    let (zones, sets): (BTreeSet<ArmName>, Vec<Vec<LiveRecordSet>>) = found.into_iter().unzip();
    Ok((zones, sets.into_iter().flatten().collect()))
}

/// Reads a record set of the given type.
pub(crate) fn record_set_of(zone: &ArmName, record_type: &str, set: &Value) -> Result<LiveRecordSet, String> {
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
        record_type: record_type.to_owned(),
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
        let read = record_set_of(&zone, "A", &set).expect("the record set is well formed");
        assert_eq!(read.addresses.len(), 2);
        assert_eq!((read.ttl_secs, read.metadata["k"].as_str()), (60, "v"));
        let set = json!({"name": "t", "properties": {"ttl": 60, "txtRecords": [{"value": ["v=1;", "epoch=2"]}]}});
        let read = record_set_of(&zone, "TXT", &set).expect("the record set is well formed");
        assert_eq!(read.texts, ["v=1;epoch=2"], "the parts of one value belong together");
    }
}
