//! Whether a record set is as a call wrote it.

use serde_json::Value;
use xcloud_core::model::ArmName;
use xcloud_core::op::PrivateDnsRecordOp;

use super::observe::{one, record_set_of};
use super::perform::addresses;
use super::record_type::RecordType;
use crate::arm::{Arm, Found};
use crate::as_written::Written;

impl Written for PrivateDnsRecordOp {
    fn object(&self) -> ArmName {
        let (Self::Put { zone, record, .. } | Self::PutText { zone, record, .. } | Self::Delete { zone, record, .. }) =
            self;
        ArmName(format!("{zone}/{}/{record}", RecordType::of(self).name()))
    }

    async fn look(&self, arm: &Arm) -> Found {
        one(arm, &self.object(), RecordType::of(self)).await
    }

    fn is_written(&self, live: &Value) -> Result<bool, String> {
        let read = |zone: &ArmName| record_set_of(zone, RecordType::of(self), live);
        Ok(match self {
            Self::Put { zone, ttl_secs, addresses: ours, metadata, .. } => {
                let live = read(zone)?;
                *ttl_secs == live.ttl_secs
                    && addresses(ours).is_ok_and(|ours| ours == live.addresses)
                    && *metadata == live.metadata
            }
            Self::PutText { zone, ttl_secs, text, metadata, .. } => {
                let live = read(zone)?;
                *ttl_secs == live.ttl_secs && live.texts == [text.as_str()] && *metadata == live.metadata
            }
            Self::Delete { .. } => false,
        })
    }
}
