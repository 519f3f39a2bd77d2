//! Calls about records of a Route 53 zone.

use serde::{Deserialize, Serialize};

use crate::limits::Quota;
use crate::model::PlaceKey;
use crate::op::bind::Late;
use crate::op::by_hand::{Line, id};
use crate::op::call::Call;
use crate::op::{Handle, SubnetPin, Writes};

/// A call about records.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "call")]
#[expect(missing_docs, reason = "the fields are named as in the AWS API of the same call")]
pub enum PrivateZoneRecordOp {
    /// Route 53 `ChangeResourceRecordSets`: one atomic batch.
    #[serde(rename = "ChangeRecords")]
    Change { zone: String, changes: Vec<RecordChange> },
}

/// One change of a Route 53 batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordChange {
    /// What to do.
    pub action: RecordAction,
    /// Full record name without the final dot.
    pub name: String,
    /// What the record is (for `Delete`: exactly what it was).
    pub value: RecordValue,
}

/// What a Route 53 record says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordValue {
    /// An alias A record.
    Alias {
        /// The target's name.
        dns_name: Handle,
        /// The target's hosted zone.
        zone: Handle,
    },
    /// A TXT record with one string (without quotes).
    Txt {
        /// Time to live in seconds.
        ttl_secs: u32,
        /// The string.
        text: String,
    },
}

/// The action of a record change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum RecordAction {
    /// Fails if the record exists.
    Create,
    /// Creates or replaces.
    Upsert,
    /// Fails unless the record is exactly this.
    Delete,
}

impl Call for PrivateZoneRecordOp {
    fn name(&self) -> &'static str {
        let Self::Change { .. } = self;
        "ChangeResourceRecordSets"
    }

    fn late(&mut self) -> Late<'_> {
        let Self::Change { changes, .. } = self;
        changes.iter_mut().fold(Late::default(), |late, change| match &mut change.value {
            RecordValue::Alias { dns_name, zone } => late.handle(dns_name).handle(zone),
            RecordValue::Txt { .. } => late,
        })
    }

    fn takes(&self) -> &[SubnetPin] {
        &[]
    }

    /// A batch that only deletes is still a batch: what stands after it is asked of each record.
    fn writes(&self) -> Writes<'_> {
        Writes::Other
    }

    fn quota(&self) -> Quota {
        Quota::Route53
    }

    fn deletes(&self) -> bool {
        let Self::Change { .. } = self;
        false
    }

    fn by_hand(&self, _place: &PlaceKey) -> String {
        let Self::Change { zone, changes } = self;
        let batch = serde_json::json!({ "Changes": changes.iter().map(change_json).collect::<Vec<_>>() });
        Line::new("aws route53 change-resource-record-sets")
            .with("--hosted-zone-id", zone)
            .with("--change-batch", &batch.to_string())
            .text()
    }
}

fn change_json(change: &RecordChange) -> serde_json::Value {
    let set = match &change.value {
        RecordValue::Alias { dns_name, zone } => serde_json::json!({
            "Name": change.name, "Type": "A",
            "AliasTarget": {"DNSName": id(dns_name), "HostedZoneId": id(zone), "EvaluateTargetHealth": false},
        }),
        RecordValue::Txt { ttl_secs, text } => serde_json::json!({
            "Name": change.name, "Type": "TXT", "TTL": ttl_secs, "ResourceRecords": [{"Value": format!("\"{text}\"")}],
        }),
    };
    serde_json::json!({ "Action": change.action, "ResourceRecordSet": set })
}
