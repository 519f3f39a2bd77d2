//! What is asked of one AWS account and region, and what it holds.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use ipnet::{IpNet, Ipv4Net};
use serde::{Deserialize, Serialize};

use super::beyond::Beyond;
use super::state::{BalancerState, EndpointState, ServiceState, TargetHealth};
use crate::model::{PortRange, Protocol, Selector, SubnetSelector};

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
    /// Read the tags of the listeners of our load balancers: where some are declared.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub listener_tags: bool,
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

/// What one AWS account and region holds, as far as the query asked.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AwsLive {
    /// VPCs that a selector named.
    pub vpcs: Vec<LiveVpc>,
    /// Subnets that a selector named, and all of the VPCs found.
    pub subnets: Vec<LiveSubnet>,
    /// Security groups: ours by name prefix, and those of found load balancers.
    pub groups: Vec<LiveGroup>,
    /// Load balancers: ours by name prefix, and the found ones.
    pub load_balancers: Vec<LiveLoadBalancer>,
    /// Target groups: ours by name prefix, and those of found load balancers if the query asked for them.
    pub target_groups: Vec<LiveTargetGroup>,
    /// Every endpoint service of the account and region.
    pub services: Vec<LiveService>,
    /// Endpoints that carry the product's mark or connect to a service of ours.
    pub endpoints: Vec<LiveEndpoint>,
    /// Private zones of the VPCs that the query named, with the records that matter.
    pub zones: Vec<LiveZone>,
    /// Endpoints of other types that carry the product's mark or use a group of ours.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub odd_endpoints: Vec<OddEndpoint>,
}

/// A VPC.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LiveVpc {
    /// `vpc-...`.
    pub id: String,
    /// Its IPv4 ranges.
    pub cidrs: BTreeSet<Ipv4Net>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// A subnet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LiveSubnet {
    /// `subnet-...`.
    pub id: String,
    /// Its VPC.
    pub vpc: String,
    /// The zone's id, the same in every account: `eun1-az1`.
    pub az_id: String,
    /// Its IPv4 range.
    pub cidr: Ipv4Net,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// A security group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LiveGroup {
    /// `sg-...`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its VPC.
    pub vpc: String,
    /// Its description.
    pub description: String,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// Its rules.
    pub rules: Vec<LiveRule>,
}

/// A security-group rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LiveRule {
    /// `sgr-...`.
    pub id: String,
    /// True for an outbound rule.
    pub egress: bool,
    /// The protocol; a number that has no name here is kept in `raw`.
    pub protocol: Protocol,
    /// The ports; `None` where the protocol has none.
    pub ports: Option<PortRange>,
    /// A CIDR.
    pub cidr: Option<IpNet>,
    /// A prefix list's id.
    pub prefix_list: Option<String>,
    /// A referenced group's id.
    pub group: Option<String>,
    /// Free text; `None` if there is none or the API did not answer it.
    pub description: Option<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// What could not be expressed above, for display (`icmp type 3`); such a rule never equals a declared one.
    pub raw: Option<String>,
}

/// A network interface of a load balancer or endpoint.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Interface {
    /// `eni-...`.
    pub id: String,
    /// Its subnet.
    pub subnet: String,
    /// All its private addresses.
    pub ips: BTreeSet<Ipv4Addr>,
}

/// A Network Load Balancer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LiveLoadBalancer {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// Its state.
    pub state: BalancerState,
    /// `network`, `application`, ... as on the wire.
    pub lb_type: String,
    /// `internal` or `internet-facing`.
    pub scheme: String,
    /// Its VPC.
    pub vpc: String,
    /// Its subnets with the address that the API names for each (pinned ones; none where the API is silent).
    pub subnets: BTreeMap<String, Option<Ipv4Addr>>,
    /// Its groups.
    pub groups: BTreeSet<String>,
    /// `on` or `off`; `None` if the API does not say, which means AWS's default `on`.
    pub enforce_private_link: Option<bool>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// Its listeners; `None` if they were not read (a foreign load balancer that nothing names).
    pub listeners: Option<Vec<LiveListener>>,
    /// Its interfaces; empty while they are not there yet.
    pub interfaces: Vec<Interface>,
    /// What no config can say and is not as creation gives it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beyond: Vec<Beyond>,
}

/// A listener.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LiveListener {
    /// Its ARN.
    pub arn: String,
    /// Its port.
    pub port: u16,
    /// `TCP`, ... as on the wire.
    pub protocol: String,
    /// The target group of its default action.
    pub target_group: Option<String>,
    /// The other target groups that its default action forwards to, by weight.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub also: BTreeSet<String>,
    /// Its tags; none if the query did not ask for them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
}

/// A target group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LiveTargetGroup {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// Its port.
    pub port: u16,
    /// `TCP`, ... as on the wire.
    pub protocol: String,
    /// Its VPC.
    pub vpc: String,
    /// Its health check.
    pub health: LiveHealth,
    /// The load balancers that use it.
    pub load_balancers: BTreeSet<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// Registered targets (draining ones left out) with their health.
    pub targets: Vec<(Ipv4Addr, u16, TargetHealth)>,
    /// The same for targets that are no IPv4 address (instances, load balancers): id, health. Ours has none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_id: Vec<(String, TargetHealth)>,
    /// What no config can say and is not as creation gives it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beyond: Vec<Beyond>,
}

/// A target group's health check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LiveHealth {
    /// `TCP`, ... as on the wire.
    pub protocol: String,
    /// Seconds between checks.
    pub interval_secs: u32,
    /// Seconds that a check may take.
    pub timeout_secs: u32,
    /// Results that make it healthy.
    pub healthy: u32,
    /// Results that make it unhealthy.
    pub unhealthy: u32,
}

/// An endpoint service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LiveService {
    /// `vpce-svc-...`.
    pub id: String,
    /// `com.amazonaws.vpce.<region>.vpce-svc-...`.
    pub service_name: String,
    /// Its state.
    pub state: ServiceState,
    /// Whether connections wait for acceptance.
    pub acceptance_required: bool,
    /// Its load balancers' ARNs.
    pub load_balancers: BTreeSet<String>,
    /// The zone ids in which it offers endpoints; empty if the API does not say.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub zones: BTreeSet<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// Its allowed principals; `None` if they were not read (a foreign service).
    pub principals: Option<BTreeSet<String>>,
    /// Its connections; `None` if they were not read (acceptance is automatic, or a foreign service).
    pub connections: Option<Vec<LiveConnection>>,
    /// What no config can say and is not as creation gives it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beyond: Vec<Beyond>,
}

/// A connection to an endpoint service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LiveConnection {
    /// The endpoint.
    pub endpoint: String,
    /// The endpoint's account.
    pub owner: String,
    /// Its state.
    pub state: EndpointState,
}

/// An interface endpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LiveEndpoint {
    /// `vpce-...`.
    pub id: String,
    /// The service's name.
    pub service_name: String,
    /// Its VPC.
    pub vpc: String,
    /// Its state.
    pub state: EndpointState,
    /// Its subnets.
    pub subnets: BTreeSet<String>,
    /// Its groups.
    pub groups: BTreeSet<String>,
    /// Whether private DNS is on.
    pub private_dns: bool,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// Its interfaces, as far as they are readable.
    pub interfaces: Vec<Interface>,
    /// The regional DNS name and the hosted zone for an alias to it.
    pub dns: Option<(String, String)>,
    /// What no config can say and is not as creation gives it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beyond: Vec<Beyond>,
}

/// An endpoint that is no interface endpoint (`Tunnel`, `Resource`, `ServiceNetwork`): it can let in more than the rules
/// of its groups say (EC2 `VpcEndpointType`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OddEndpoint {
    /// `vpce-...`.
    pub id: String,
    /// Its type, as on the wire.
    pub kind: String,
    /// Its groups.
    pub groups: BTreeSet<String>,
}

/// A Route 53 private zone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LiveZone {
    /// The zone's id without `/hostedzone/`.
    pub id: String,
    /// Its name without the final dot.
    pub name: String,
    /// The VPC for which it was listed.
    pub vpc: String,
    /// The other account, or the AWS service, that owns it: its records cannot be read here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owned_by: Option<String>,
    /// The records that the query named, and their `_xcloud.` marks.
    pub records: Vec<LiveRecord>,
}

/// A record set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LiveRecord {
    /// Its full name without the final dot.
    pub name: String,
    /// `A`, `TXT`, ... as on the wire.
    pub record_type: String,
    /// Time to live in seconds; `None` for an alias.
    pub ttl_secs: Option<u32>,
    /// The alias target: DNS name (without the final dot, as answered) and hosted zone.
    pub alias: Option<(String, String)>,
    /// The values, as on the wire (TXT without quotes).
    pub values: Vec<String>,
}
