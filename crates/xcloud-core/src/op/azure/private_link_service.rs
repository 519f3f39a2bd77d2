//! Calls about private link services.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::limits::Quota;
use crate::model::{ArmName, PlaceKey};
use crate::op::bind::Late;
use crate::op::by_hand::{Line, rest_put};
use crate::op::call::Call;
use crate::op::{SubnetPin, WriteGuard, Writes};

/// A call about a private link service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "call")]
#[expect(missing_docs, reason = "the fields are named as in the Azure API of the same call")]
pub enum PrivateLinkServiceOp {
    /// PUT `privateLinkServices`. Makes the service.
    #[serde(rename = "PutLinkService")]
    Put {
        id: ArmName,
        location: String,
        frontend: ArmName,
        nat_subnet: ArmName,
        visibility: BTreeSet<String>,
        auto_approval: BTreeSet<String>,
        tags: BTreeMap<String, String>,
        guard: WriteGuard<Self>,
    },
    /// DELETE `privateLinkServices`.
    #[serde(rename = "DeleteLinkService")]
    Delete { id: ArmName, guard: WriteGuard<Self> },
}

impl Call for PrivateLinkServiceOp {
    fn name(&self) -> &'static str {
        match self {
            Self::Put { .. } => "PUT privateLinkServices",
            Self::Delete { .. } => "DELETE privateLinkServices",
        }
    }

    fn late(&mut self) -> Late<'_> {
        match self {
            Self::Put { guard, .. } | Self::Delete { guard, .. } => guard.late(),
        }
    }

    fn takes(&self) -> &[SubnetPin] {
        &[]
    }

    fn writes(&self) -> Writes<'_> {
        Writes::Other
    }

    fn quota(&self) -> Quota {
        Quota::of_arm(self.deletes())
    }

    fn deletes(&self) -> bool {
        match self {
            Self::Put { .. } => false,
            Self::Delete { .. } => true,
        }
    }

    fn lockable(&self) -> Option<String> {
        match self {
            Self::Put { id, .. } | Self::Delete { id, .. } => Some(id.to_string()),
        }
    }

    fn by_hand(&self, place: &PlaceKey) -> String {
        match self {
            Self::Put { id, .. } => rest_put(&id.0, "private link service"),
            Self::Delete { id, .. } => {
                Line::az("network private-link-service delete", place, id).with("--name", id.name()).text()
            }
        }
    }
}
