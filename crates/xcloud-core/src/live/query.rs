//! What an observation asks of one place: enough to plan, and nothing that costs a call for nothing.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::model::{ArmName, Selector, SubnetSelector};

/// What an observation asks of one place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Query {
    /// Of an AWS account and region.
    Aws(AwsQuery),
    /// Of an Azure subscription.
    Azure(AzureQuery),
    /// Of the ledger: the active-region records.
    Ledger,
}

/// What an observation asks of an AWS account and region. An empty set asks nothing and makes no call.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AwsQuery {
    /// The product: its name prefix is `xc-<product>-`, its mark the tag `xcloud:product`.
    pub product: String,
    /// VPCs to find.
    pub vpcs: BTreeSet<Selector>,
    /// Subnets to find.
    pub subnets: BTreeSet<SubnetSelector>,
    /// Read security groups named `xc-<product>-*` with their rules.
    pub groups: bool,
    /// Read load balancers with the prefix `xc-`, their listeners, target groups, targets and interfaces.
    pub load_balancers: bool,
    /// Found load balancers, with their listeners and groups (and those groups' rules).
    pub found_load_balancers: BTreeSet<Selector>,
    /// Read the target groups of the found load balancers, with the health of their targets.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub found_targets: bool,
    /// Read endpoint services, and the principals of those with the product's mark.
    pub services: bool,
    /// Read the connections of services with the product's mark.
    pub connections: bool,
    /// Connections that cannot be read are left unread, and the rest is answered all the same.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub connections_may_fail: bool,
    /// Read endpoints with the product's mark, and their interfaces.
    pub endpoints: bool,
    /// Record names (full, without final dot) to read in the private zones of these VPCs.
    pub records: BTreeSet<(Selector, String)>,
}

/// What an observation asks of an Azure subscription. An empty set asks nothing and makes no call.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AzureQuery {
    /// The product: its name prefix is `xc-<product>-`.
    pub product: String,
    /// Look for what is ours in every resource group and firewall policy of the subscription, as far as the caller may
    /// list them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub everywhere: bool,
    /// Network security groups.
    pub nsgs: BTreeSet<ArmName>,
    /// Read every network security group of the subscription, and also keep those with a rule of the product.
    pub all_nsgs: bool,
    /// Rule collection groups: policy and group name. All groups of these policies are read; of those that are not
    /// named here the ones with a rule of the product are kept.
    pub rule_groups: BTreeSet<(ArmName, String)>,
    /// Resource groups in which private link services of ours live.
    pub link_service_groups: BTreeSet<String>,
    /// Found private link services, by id.
    pub link_services: BTreeSet<ArmName>,
    /// Resource groups in which private endpoints of ours live.
    pub private_endpoint_groups: BTreeSet<String>,
    /// Private DNS zones whose A and TXT record sets are read.
    pub zones: BTreeSet<ArmName>,
    /// Subnets of virtual networks.
    pub subnets: BTreeSet<ArmName>,
    /// Load balancer frontends.
    pub frontends: BTreeSet<ArmName>,
}
