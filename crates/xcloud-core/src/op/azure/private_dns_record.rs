//! Calls about record sets of a private DNS zone.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::limits::Quota;
use crate::model::{Addresses, ArmName, PlaceKey};
use crate::op::bind::Late;
use crate::op::by_hand::{Line, nets};
use crate::op::call::Call;
use crate::op::{NameWrite, SubnetPin, WriteGuard, Writes};

/// A call about a record set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "call")]
#[expect(missing_docs, reason = "the fields are named as in the Azure API of the same call")]
pub enum PrivateDnsRecordOp {
    /// PUT `privateDnsZones/A`.
    #[serde(rename = "PutRecordSet")]
    Put {
        zone: ArmName,
        record: String,
        ttl_secs: u32,
        addresses: Addresses,
        metadata: BTreeMap<String, String>,
        guard: WriteGuard,
    },
    /// PUT `privateDnsZones/TXT`: the active-region record.
    #[serde(rename = "PutTextRecord")]
    PutText {
        zone: ArmName,
        record: String,
        ttl_secs: u32,
        text: String,
        metadata: BTreeMap<String, String>,
        guard: WriteGuard,
    },
    /// DELETE `privateDnsZones/A`.
    #[serde(rename = "DeleteRecordSet")]
    Delete { zone: ArmName, record: String, guard: WriteGuard },
}

impl Call for PrivateDnsRecordOp {
    fn name(&self) -> &'static str {
        match self {
            Self::Put { .. } => "PUT A",
            Self::PutText { .. } => "PUT TXT",
            Self::Delete { .. } => "DELETE A",
        }
    }

    fn late(&mut self) -> Late<'_> {
        match self {
            Self::Put { addresses, guard, .. } => guard.late().addresses(addresses),
            Self::PutText { guard, .. } | Self::Delete { guard, .. } => guard.late(),
        }
    }

    fn takes(&self) -> &[SubnetPin] {
        &[]
    }

    fn writes(&self) -> Writes<'_> {
        match self {
            Self::Put { zone, record, ttl_secs, addresses, .. } => {
                Writes::Name(NameWrite { zone, record, ttl_secs: *ttl_secs, addresses })
            }
            Self::PutText { text, .. } => Writes::ActiveRecord(text),
            Self::Delete { .. } => Writes::Other,
        }
    }

    fn quota(&self) -> Quota {
        Quota::of_arm(self.deletes())
    }

    fn deletes(&self) -> bool {
        match self {
            Self::Put { .. } | Self::PutText { .. } => false,
            Self::Delete { .. } => true,
        }
    }

    fn lockable(&self) -> Option<String> {
        match self {
            Self::Put { zone, record, .. } | Self::Delete { zone, record, .. } => Some(format!("{zone}/A/{record}")),
            Self::PutText { zone, record, .. } => Some(format!("{zone}/TXT/{record}")),
        }
    }

    fn by_hand(&self, place: &PlaceKey) -> String {
        let line = |command: &str, zone: &ArmName| {
            Line::az(&format!("network private-dns record-set {command}"), place, zone).with("--zone-name", zone.name())
        };
        match self {
            Self::Put { zone, record, ttl_secs, addresses, .. } => {
                let create = line("a create", zone).with("--name", record).with("--ttl", &ttl_secs.to_string()).text();
                let add = nets(addresses).into_iter().map(|ip| {
                    line("a add-record", zone).with("--record-set-name", record).with("--ipv4-address", &ip).text()
                });
                std::iter::once(create).chain(add).collect::<Vec<_>>().join(" && ")
            }
            Self::PutText { zone, record, text, .. } => {
                line("txt add-record", zone).with("--record-set-name", record).with("--value", text).text()
            }
            Self::Delete { zone, record, .. } => {
                line("a delete", zone).with("--name", record).flag(true, "--yes").text()
            }
        }
    }
}
