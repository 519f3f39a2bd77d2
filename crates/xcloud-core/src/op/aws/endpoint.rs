//! Calls about interface endpoints.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::limits::Quota;
use crate::model::PlaceKey;
use crate::op::bind::Late;
use crate::op::by_hand::{Line, strs};
use crate::op::call::Call;
use crate::op::{Handle, SubnetPin, Writes};

/// A call about an endpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "call")]
#[expect(missing_docs, reason = "the fields are named as in the AWS API of the same call")]
pub enum EndpointOp {
    /// EC2 `CreateVpcEndpoint`: interface, private DNS off, with a client token. Makes the endpoint.
    #[serde(rename = "CreateEndpoint")]
    Create {
        service_name: Handle,
        vpc: String,
        subnets: Vec<SubnetPin>,
        groups: BTreeSet<Handle>,
        tags: BTreeMap<String, String>,
    },
    /// EC2 `ModifyVpcEndpoint`: all changes merged.
    #[serde(rename = "ModifyEndpoint")]
    Modify {
        endpoint: Handle,
        add_subnets: Vec<SubnetPin>,
        remove_subnets: BTreeSet<String>,
        add_groups: BTreeSet<Handle>,
        remove_groups: BTreeSet<Handle>,
        private_dns: Option<bool>,
    },
    /// EC2 `DeleteVpcEndpoints`, many at once.
    #[serde(rename = "DeleteEndpoints")]
    Delete { endpoints: BTreeSet<Handle> },
}

impl Call for EndpointOp {
    fn name(&self) -> &'static str {
        match self {
            Self::Create { .. } => "CreateVpcEndpoint",
            Self::Modify { .. } => "ModifyVpcEndpoint",
            Self::Delete { .. } => "DeleteVpcEndpoints",
        }
    }

    fn late(&mut self) -> Late<'_> {
        match self {
            Self::Create { service_name, groups, .. } => Late::of(service_name).set(groups),
            Self::Modify { endpoint, add_groups, remove_groups, .. } => {
                Late::of(endpoint).set(add_groups).set(remove_groups)
            }
            Self::Delete { endpoints } => Late::default().set(endpoints),
        }
    }

    fn takes(&self) -> &[SubnetPin] {
        match self {
            Self::Create { subnets, .. } | Self::Modify { add_subnets: subnets, .. } => subnets,
            Self::Delete { .. } => &[],
        }
    }

    fn writes(&self) -> Writes<'_> {
        Writes::Other
    }

    fn quota(&self) -> Quota {
        Quota::Endpoints
    }

    fn deletes(&self) -> bool {
        match self {
            Self::Delete { .. } => true,
            Self::Create { .. } | Self::Modify { .. } => false,
        }
    }

    fn by_hand(&self, place: &PlaceKey) -> String {
        let line = Line::aws("ec2", self.name(), place);
        let line = match self {
            Self::Create { service_name, vpc, subnets, groups, .. } => line
                .with("--vpc-endpoint-type", "Interface")
                .id("--service-name", service_name)
                .with("--vpc-id", vpc)
                .all("--subnet-ids", subnets.iter().map(|pin| pin.subnet.as_str()))
                .ids("--security-group-ids", groups)
                .flag(true, "--no-private-dns-enabled"),
            Self::Modify { endpoint, add_subnets, remove_subnets, add_groups, remove_groups, private_dns } => line
                .id("--vpc-endpoint-id", endpoint)
                .all("--add-subnet-ids", add_subnets.iter().map(|pin| pin.subnet.as_str()))
                .all("--remove-subnet-ids", strs(remove_subnets))
                .ids("--add-security-group-ids", add_groups)
                .ids("--remove-security-group-ids", remove_groups)
                .flag(*private_dns == Some(true), "--private-dns-enabled")
                .flag(*private_dns == Some(false), "--no-private-dns-enabled"),
            Self::Delete { endpoints } => line.ids("--vpc-endpoint-ids", endpoints),
        };
        line.text()
    }
}
