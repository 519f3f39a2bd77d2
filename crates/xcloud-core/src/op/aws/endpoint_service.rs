//! Calls about endpoint services, who may connect to them, and their connections.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::limits::Quota;
use crate::model::PlaceKey;
use crate::op::bind::Late;
use crate::op::by_hand::{Line, strs};
use crate::op::call::Call;
use crate::op::{Handle, SubnetPin, Writes};

/// A call about an endpoint service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "call")]
#[expect(missing_docs, reason = "the fields are named as in the AWS API of the same call")]
pub enum EndpointServiceOp {
    /// EC2 `CreateVpcEndpointServiceConfiguration` with a client token. Makes the service and its fact `service-name`.
    #[serde(rename = "CreateEndpointService")]
    Create { load_balancers: BTreeSet<Handle>, acceptance_required: bool, tags: BTreeMap<String, String> },
    /// EC2 `ModifyVpcEndpointServiceConfiguration`: all changes merged.
    #[serde(rename = "ModifyEndpointService")]
    Modify { service: Handle, acceptance_required: Option<bool>, add: BTreeSet<Handle>, remove: BTreeSet<Handle> },
    /// EC2 `ModifyVpcEndpointServicePermissions`.
    #[serde(rename = "ModifyServicePermissions")]
    ModifyPermissions { service: Handle, add: BTreeSet<String>, remove: BTreeSet<String> },
    /// EC2 `DeleteVpcEndpointServiceConfigurations`.
    #[serde(rename = "DeleteEndpointService")]
    Delete { service: Handle },
    /// EC2 `AcceptVpcEndpointConnections`.
    AcceptConnections { service: Handle, endpoints: BTreeSet<Handle> },
    /// EC2 `RejectVpcEndpointConnections`.
    RejectConnections { service: Handle, endpoints: BTreeSet<Handle> },
}

impl Call for EndpointServiceOp {
    fn name(&self) -> &'static str {
        match self {
            Self::Create { .. } => "CreateVpcEndpointServiceConfiguration",
            Self::Modify { .. } => "ModifyVpcEndpointServiceConfiguration",
            Self::ModifyPermissions { .. } => "ModifyVpcEndpointServicePermissions",
            Self::Delete { .. } => "DeleteVpcEndpointServiceConfigurations",
            Self::AcceptConnections { .. } => "AcceptVpcEndpointConnections",
            Self::RejectConnections { .. } => "RejectVpcEndpointConnections",
        }
    }

    fn late(&mut self) -> Late<'_> {
        match self {
            Self::Create { load_balancers, .. } => Late::default().set(load_balancers),
            Self::Modify { service, add, remove, .. } => Late::of(service).set(add).set(remove),
            Self::ModifyPermissions { service, .. } | Self::Delete { service } => Late::of(service),
            Self::AcceptConnections { service, endpoints } | Self::RejectConnections { service, endpoints } => {
                Late::of(service).set(endpoints)
            }
        }
    }

    fn takes(&self) -> &[SubnetPin] {
        &[]
    }

    fn writes(&self) -> Writes<'_> {
        Writes::Other
    }

    fn quota(&self) -> Quota {
        match self {
            Self::ModifyPermissions { .. } => Quota::Ec2Changes,
            Self::Create { .. }
            | Self::Modify { .. }
            | Self::Delete { .. }
            | Self::AcceptConnections { .. }
            | Self::RejectConnections { .. } => Quota::EndpointServices,
        }
    }

    fn deletes(&self) -> bool {
        match self {
            Self::Delete { .. } => true,
            Self::Create { .. }
            | Self::Modify { .. }
            | Self::ModifyPermissions { .. }
            | Self::AcceptConnections { .. }
            | Self::RejectConnections { .. } => false,
        }
    }

    fn by_hand(&self, place: &PlaceKey) -> String {
        let line = Line::aws("ec2", self.name(), place);
        let line = match self {
            Self::Create { load_balancers, acceptance_required, .. } => line
                .ids("--network-load-balancer-arns", load_balancers)
                .flag(true, if *acceptance_required { "--acceptance-required" } else { "--no-acceptance-required" }),
            Self::Modify { service, acceptance_required, add, remove } => line
                .id("--service-id", service)
                .ids("--add-network-load-balancer-arns", add)
                .ids("--remove-network-load-balancer-arns", remove)
                .flag(*acceptance_required == Some(true), "--acceptance-required")
                .flag(*acceptance_required == Some(false), "--no-acceptance-required"),
            Self::ModifyPermissions { service, add, remove } => line
                .id("--service-id", service)
                .all("--add-allowed-principals", strs(add))
                .all("--remove-allowed-principals", strs(remove)),
            Self::Delete { service } => line.id("--service-ids", service),
            Self::AcceptConnections { service, endpoints } | Self::RejectConnections { service, endpoints } => {
                line.id("--service-id", service).ids("--vpc-endpoint-ids", endpoints)
            }
        };
        line.text()
    }
}
