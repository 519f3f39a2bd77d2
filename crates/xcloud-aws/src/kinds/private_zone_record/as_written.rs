//! Whether records are as a batch of changes leaves them.

use std::collections::BTreeMap;

use xcloud_core::live::LiveRecord;
use xcloud_core::op::{PrivateZoneRecordOp, RecordAction, RecordChange, RecordValue};
use xcloud_core::provider::ProviderError;

use super::observe::records_of;
use crate::as_written::{Asked, Difference, Written};
use crate::call::absent_is_none;
use crate::clients::Api;

impl Written for PrivateZoneRecordOp {
    /// The records of each name.
    type Seen = BTreeMap<String, Vec<LiveRecord>>;

    async fn look(&self, api: &Api, _: Asked) -> Result<Self::Seen, ProviderError> {
        let Self::Change { zone, changes } = self;
        let mut seen = BTreeMap::new();
        for RecordChange { name, .. } in changes {
            if !seen.contains_key(name) {
                let live = absent_is_none(records_of(api, zone, name).await)?.unwrap_or_default();
                seen.insert(name.clone(), live);
            }
        }
        Ok(seen)
    }

    /// The names of both: a call that writes a record with its mark may have to take back the record alone, where the
    /// mark was there before.
    async fn look_before(&self, undo: &Self, api: &Api) -> Result<Self::Seen, ProviderError> {
        let (Self::Change { zone, changes }, Self::Change { changes: back, .. }) = (self, undo);
        let both = Self::Change { zone: zone.clone(), changes: changes.iter().chain(back).cloned().collect() };
        both.look(api, Asked::Undo).await
    }

    /// A name that was not looked at is not as it was written.
    fn differs(&self, seen: &Self::Seen, _: Asked) -> Difference {
        let Self::Change { zone, changes } = self;
        let is_so = changes.iter().all(|change| seen.get(&change.name).is_some_and(|live| holds(live, change)));
        let names = || changes.iter().map(|change| change.name.as_str()).collect::<Vec<_>>().join(" and ");
        (!is_so).then(|| format!("{} in the zone {zone} are not as this run wrote them", names()))
    }
}

fn holds(live: &[LiveRecord], change: &RecordChange) -> bool {
    let of_type = live.iter().find(|live| live.name == change.name.to_ascii_lowercase() && is_of_type(live, change));
    match change.action {
        RecordAction::Create | RecordAction::Upsert => of_type.is_some_and(|live| says(live, &change.value)),
        RecordAction::Delete => of_type.is_none(),
    }
}

fn is_of_type(live: &LiveRecord, change: &RecordChange) -> bool {
    let wanted = match change.value {
        RecordValue::Alias { .. } => "A",
        RecordValue::Txt { .. } => "TXT",
    };
    live.record_type.eq_ignore_ascii_case(wanted)
}

fn says(live: &LiveRecord, wanted: &RecordValue) -> bool {
    match wanted {
        RecordValue::Alias { dns_name, zone } => live.alias.as_ref().is_some_and(|(name, live_zone)| {
            name.eq_ignore_ascii_case(dns_name.id().trim_end_matches('.')) && live_zone == zone.id()
        }),
        RecordValue::Txt { ttl_secs, text } => {
            live.ttl_secs == Some(*ttl_secs) && live.values == std::slice::from_ref(text)
        }
    }
}
