//! The mutating calls to AWS.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::Handle;
use crate::model::{Health, PortRange, Protocol, Target};

/// A mutating call to AWS.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "call")]
#[expect(missing_docs, reason = "the fields are named as in the AWS API of the same call")]
pub enum AwsOp {
    /// EC2 `CreateSecurityGroup`. Makes the group.
    CreateSecurityGroup { name: String, description: String, vpc: String, tags: BTreeMap<String, String> },
    /// EC2 `AuthorizeSecurityGroupIngress` or `-Egress`.
    AuthorizeSecurityGroupRules { group: Handle, egress: bool, rules: Vec<GroupRule>, tags: BTreeMap<String, String> },
    /// EC2 `RevokeSecurityGroupIngress` or `-Egress` of rules by id.
    RevokeSecurityGroupRules { group: Handle, egress: bool, rule_ids: BTreeSet<String> },
    /// EC2 `RevokeSecurityGroupIngress` or `-Egress` of rules by content: undoes an authorisation.
    RevokeSecurityGroupPermissions { group: Handle, egress: bool, rules: Vec<GroupRule> },
    /// EC2 `RevokeSecurityGroupEgress` of the allow-all rules that a new group carries.
    RevokeDefaultEgress { group: Handle },
    /// EC2 `ModifySecurityGroupRules`: rules by id become these (same kind of peer).
    ModifySecurityGroupRules { group: Handle, rules: BTreeMap<String, GroupRule> },
    /// EC2 `DeleteSecurityGroup`.
    DeleteSecurityGroup { group: Handle },
    /// EC2 `CreateTags`; overwrites the values of these keys.
    CreateTags { resources: BTreeSet<String>, tags: BTreeMap<String, String> },
    /// `ELBv2` `CreateLoadBalancer`: internal, network. Makes the load balancer.
    CreateLoadBalancer {
        name: String,
        subnets: Vec<SubnetPin>,
        groups: BTreeSet<Handle>,
        tags: BTreeMap<String, String>,
    },
    /// `ELBv2` `SetSecurityGroups`, with the enforcement of inbound rules on `PrivateLink` traffic.
    SetLoadBalancerGroups { load_balancer: Handle, groups: BTreeSet<Handle>, enforce_private_link: Option<bool> },
    /// `ELBv2` `SetSubnets`.
    SetSubnets { load_balancer: Handle, subnets: Vec<SubnetPin> },
    /// `ELBv2` `DeleteLoadBalancer`.
    DeleteLoadBalancer { load_balancer: Handle },
    /// `ELBv2` `CreateTargetGroup`: TCP, targets by IP. Makes the target group.
    CreateTargetGroup { name: String, port: u16, vpc: String, health: Option<Health>, tags: BTreeMap<String, String> },
    /// `ELBv2` `ModifyTargetGroup`.
    ModifyTargetGroup { target_group: Handle, health: Health },
    /// `ELBv2` `RegisterTargets`. Targets outside `vpc_cidrs` get `AvailabilityZone=all` (facts: required by AWS).
    RegisterTargets { target_group: Handle, targets: BTreeSet<Target>, vpc_cidrs: BTreeSet<ipnet::Ipv4Net> },
    /// `ELBv2` `DeregisterTargets`.
    DeregisterTargets { target_group: Handle, targets: BTreeSet<Target> },
    /// `ELBv2` `DeleteTargetGroup`.
    DeleteTargetGroup { target_group: Handle },
    /// `ELBv2` `CreateListener`: TCP, forward. Makes the listener.
    CreateListener { load_balancer: Handle, port: u16, target_group: Handle, tags: BTreeMap<String, String> },
    /// `ELBv2` `ModifyListener`: forward to another target group.
    ModifyListener { listener: Handle, target_group: Handle },
    /// `ELBv2` `DeleteListener`.
    DeleteListener { listener: Handle },
    /// `ELBv2` `AddTags`; overwrites the values of these keys.
    AddTags { resources: BTreeSet<String>, tags: BTreeMap<String, String> },
    /// EC2 `CreateVpcEndpointServiceConfiguration` with a client token. Makes the service and its fact `service-name`.
    CreateEndpointService {
        load_balancers: BTreeSet<Handle>,
        acceptance_required: bool,
        tags: BTreeMap<String, String>,
    },
    /// EC2 `ModifyVpcEndpointServiceConfiguration`: all changes merged.
    ModifyEndpointService {
        service: Handle,
        acceptance_required: Option<bool>,
        add: BTreeSet<Handle>,
        remove: BTreeSet<Handle>,
    },
    /// EC2 `ModifyVpcEndpointServicePermissions`.
    ModifyServicePermissions { service: Handle, add: BTreeSet<String>, remove: BTreeSet<String> },
    /// EC2 `DeleteVpcEndpointServiceConfigurations`.
    DeleteEndpointService { service: Handle },
    /// EC2 `AcceptVpcEndpointConnections`.
    AcceptConnections { service: Handle, endpoints: BTreeSet<Handle> },
    /// EC2 `RejectVpcEndpointConnections`.
    RejectConnections { service: Handle, endpoints: BTreeSet<Handle> },
    /// EC2 `CreateVpcEndpoint`: interface, private DNS off, with a client token. Makes the endpoint.
    CreateEndpoint {
        service_name: Handle,
        vpc: String,
        subnets: Vec<SubnetPin>,
        groups: BTreeSet<Handle>,
        tags: BTreeMap<String, String>,
    },
    /// EC2 `ModifyVpcEndpoint`: all changes merged.
    ModifyEndpoint {
        endpoint: Handle,
        add_subnets: Vec<SubnetPin>,
        remove_subnets: BTreeSet<String>,
        add_groups: BTreeSet<Handle>,
        remove_groups: BTreeSet<Handle>,
        private_dns: Option<bool>,
    },
    /// EC2 `DeleteVpcEndpoints`, many at once.
    DeleteEndpoints { endpoints: BTreeSet<Handle> },
    /// Route 53 `ChangeResourceRecordSets`: one atomic batch.
    ChangeRecords { zone: String, changes: Vec<RecordChange> },
}

/// A rule as it is written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct GroupRule {
    /// The protocol.
    pub protocol: Protocol,
    /// The ports; `None` for protocols without ports, and for all.
    pub ports: Option<PortRange>,
    /// The other side.
    pub peer: PeerHandle,
    /// Free text.
    pub description: Option<String>,
}

/// The other side of a rule, with group ids as handles.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PeerHandle {
    /// An address range, canonical.
    Cidr(IpNet),
    /// A managed prefix list's id.
    PrefixList(String),
    /// A security group.
    Group(Handle),
}

/// A subnet with the pinned address in it, if there is one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SubnetPin {
    /// The subnet's id.
    pub subnet: String,
    /// The pinned address.
    pub ip: Option<Ipv4Addr>,
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

impl AwsOp {
    /// Returns the name of the AWS operation that carries it out.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::CreateSecurityGroup { .. } => "CreateSecurityGroup",
            Self::AuthorizeSecurityGroupRules { egress: false, .. } => "AuthorizeSecurityGroupIngress",
            Self::AuthorizeSecurityGroupRules { egress: true, .. } => "AuthorizeSecurityGroupEgress",
            Self::RevokeSecurityGroupRules { egress: false, .. }
            | Self::RevokeSecurityGroupPermissions { egress: false, .. } => "RevokeSecurityGroupIngress",
            Self::RevokeSecurityGroupRules { egress: true, .. }
            | Self::RevokeSecurityGroupPermissions { egress: true, .. }
            | Self::RevokeDefaultEgress { .. } => "RevokeSecurityGroupEgress",
            Self::ModifySecurityGroupRules { .. } => "ModifySecurityGroupRules",
            Self::DeleteSecurityGroup { .. } => "DeleteSecurityGroup",
            Self::CreateTags { .. } => "CreateTags",
            Self::CreateLoadBalancer { .. } => "CreateLoadBalancer",
            Self::SetLoadBalancerGroups { .. } => "SetSecurityGroups",
            Self::SetSubnets { .. } => "SetSubnets",
            Self::DeleteLoadBalancer { .. } => "DeleteLoadBalancer",
            Self::CreateTargetGroup { .. } => "CreateTargetGroup",
            Self::ModifyTargetGroup { .. } => "ModifyTargetGroup",
            Self::RegisterTargets { .. } => "RegisterTargets",
            Self::DeregisterTargets { .. } => "DeregisterTargets",
            Self::DeleteTargetGroup { .. } => "DeleteTargetGroup",
            Self::CreateListener { .. } => "CreateListener",
            Self::ModifyListener { .. } => "ModifyListener",
            Self::DeleteListener { .. } => "DeleteListener",
            Self::AddTags { .. } => "AddTags",
            Self::CreateEndpointService { .. } => "CreateVpcEndpointServiceConfiguration",
            Self::ModifyEndpointService { .. } => "ModifyVpcEndpointServiceConfiguration",
            Self::ModifyServicePermissions { .. } => "ModifyVpcEndpointServicePermissions",
            Self::DeleteEndpointService { .. } => "DeleteVpcEndpointServiceConfigurations",
            Self::AcceptConnections { .. } => "AcceptVpcEndpointConnections",
            Self::RejectConnections { .. } => "RejectVpcEndpointConnections",
            Self::CreateEndpoint { .. } => "CreateVpcEndpoint",
            Self::ModifyEndpoint { .. } => "ModifyVpcEndpoint",
            Self::DeleteEndpoints { .. } => "DeleteVpcEndpoints",
            Self::ChangeRecords { .. } => "ChangeResourceRecordSets",
        }
    }

    /// Returns the subnets in which the call takes an address, with the pinned ones.
    #[must_use]
    pub fn takes(&self) -> &[SubnetPin] {
        match self {
            Self::CreateLoadBalancer { subnets, .. }
            | Self::SetSubnets { subnets, .. }
            | Self::CreateEndpoint { subnets, .. }
            | Self::ModifyEndpoint { add_subnets: subnets, .. } => subnets,
            _ => &[],
        }
    }
}
