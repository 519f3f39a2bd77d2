//! Calls about private endpoints and the approval of their connections.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::limits::Quota;
use crate::model::{ArmName, PlaceKey};
use crate::op::bind::Late;
use crate::op::by_hand::{Line, id as id_of, rest_put};
use crate::op::call::Call;
use crate::op::{Handle, SubnetPin, WriteGuard, Writes};

/// A call about a private endpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "call")]
#[expect(missing_docs, reason = "the fields are named as in the Azure API of the same call")]
pub enum PrivateEndpointOp {
    /// PUT `privateEndpoints`. Makes the endpoint.
    #[serde(rename = "PutPrivateEndpoint")]
    Put {
        id: ArmName,
        location: String,
        subnet: ArmName,
        /// The service's id or alias.
        service: Handle,
        /// True: the connection waits for approval.
        manual: bool,
        tags: BTreeMap<String, String>,
        guard: WriteGuard<Self>,
    },
    /// DELETE `privateEndpoints`.
    #[serde(rename = "DeletePrivateEndpoint")]
    Delete { id: ArmName, guard: WriteGuard<Self> },
    /// PUT `privateLinkServices/privateEndpointConnections`: approves (or rejects) the connection of one endpoint.
    #[serde(rename = "SetLinkConnection")]
    SetConnection {
        /// The private link service's id.
        service: Handle,
        /// The private endpoint's id; the adapter finds the connection's name.
        endpoint: ArmName,
        approve: bool,
    },
}

impl Call for PrivateEndpointOp {
    fn name(&self) -> &'static str {
        match self {
            Self::Put { .. } => "PUT privateEndpoints",
            Self::Delete { .. } => "DELETE privateEndpoints",
            Self::SetConnection { .. } => "PUT privateEndpointConnections",
        }
    }

    fn late(&mut self) -> Late<'_> {
        match self {
            Self::Put { service, guard, .. } => Late::of(service).and(guard.late()),
            Self::Delete { guard, .. } => guard.late(),
            Self::SetConnection { service, .. } => Late::of(service),
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
            Self::Put { .. } | Self::SetConnection { .. } => false,
            Self::Delete { .. } => true,
        }
    }

    fn lockable(&self) -> Option<String> {
        match self {
            Self::Put { id, .. } | Self::Delete { id, .. } => Some(id.to_string()),
            Self::SetConnection { service, .. } => Some(format!("{}/privateEndpointConnections", service.id())),
        }
    }

    fn by_hand(&self, place: &PlaceKey) -> String {
        match self {
            Self::Put { id, .. } => rest_put(&id.0, "private endpoint"),
            Self::Delete { id, .. } => {
                Line::az("network private-endpoint delete", place, id).with("--name", id.name()).text()
            }
            Self::SetConnection { service, endpoint, approve } => {
                let connection = format!("<connection of {}>", endpoint.name());
                let verb = if *approve { "approve" } else { "reject" };
                Line::new(&format!("az network private-endpoint-connection {verb}"))
                    .with("--id", &format!("{}/privateEndpointConnections/{connection}", id_of(service)))
                    .text()
            }
        }
    }
}
