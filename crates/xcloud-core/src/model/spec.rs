//! The declared resources of AWS, and the envelope of every resource.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::{
    Acceptance, Addr, FirewallRules, Kind, NetworkSecurityGroup, Place, PortRange, PrivateDnsRecord, PrivateEndpoint,
    PrivateLinkService, Protocol, for_each_kind,
};

/// A declared resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Resource {
    /// Its stable name.
    pub addr: Addr,
    /// Where it lives.
    pub place: Place,
    /// The flow that it was expanded from; `None` if it was declared or is shared by flows.
    pub flow: Option<String>,
    /// What it should be.
    pub spec: Spec,
}

macro_rules! spec {
    ($($cloud:ident { $($(#[$doc:meta])+ $full:literal $name:ident $op:ident $folder:ident,)+ })+) => {
        /// What a resource should be.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "kind")]
        pub enum Spec {
            $($($(#[$doc])+ #[serde(rename = $full)] $name($name),)+)+
        }

        impl Spec {
            /// Returns the kind of the resource.
            #[must_use]
            pub fn kind(&self) -> Kind {
                match self {
                    $($(Self::$name(_) => Kind::$name,)+)+
                }
            }
        }
    };
}

for_each_kind!(spec);

macro_rules! of_clouds {
    ($($cloud:ident $specs:ident { $($full:literal $name:ident)+ })+) => {
        $(
            #[doc = concat!("A declared resource of ", stringify!($cloud), ": who deals with one cloud names its kinds alone.")]
            #[derive(Debug, Clone, Copy)]
            pub enum $specs<'a> {
                $(#[doc = concat!("`", $full, "`.")] $name(&'a $name),)+
            }
        )+

        /// A declared resource by its cloud.
        #[derive(Debug, Clone, Copy)]
        pub enum SpecOf<'a> {
            $(#[doc = concat!("One of ", stringify!($cloud), ".")] $cloud($specs<'a>),)+
        }

        impl Spec {
            /// Returns the resource as one of its cloud.
            #[must_use]
            pub fn of_cloud(&self) -> SpecOf<'_> {
                match self {
                    $($(Self::$name(spec) => SpecOf::$cloud($specs::$name(spec)),)+)+
                }
            }
        }
    };
}

macro_rules! clouds {
    (
        Aws { $($(#[$_aws:meta])+ $aws_full:literal $aws:ident $_aws_op:ident $_in_aws:ident,)+ }
        Azure { $($(#[$_azure:meta])+ $azure_full:literal $azure:ident $_azure_op:ident $_in_azure:ident,)+ }
    ) => {
        of_clouds! { Aws AwsSpec { $($aws_full $aws)+ } Azure AzureSpec { $($azure_full $azure)+ } }
    };
}

for_each_kind!(clouds);

/// How one found object is chosen: exactly one must match.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Selector {
    /// By its id (or ARN).
    Id(String),
    /// By tags, all of which must be there.
    Tag(BTreeMap<String, String>),
}

/// How subnets are chosen: one for each availability-zone id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubnetSelector {
    /// By their ids.
    Ids(BTreeSet<String>),
    /// By tags, all of which must be there, in the VPC.
    Tag(BTreeMap<String, String>),
}

/// Whether strangers among the rules of an object are removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ownership {
    /// Everything that is not declared is removed.
    #[default]
    Exclusive,
    /// Only rules with our mark are touched.
    Additive,
}

/// An EC2 security group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecurityGroup {
    /// The group's name in AWS, without replacement suffix.
    pub name: String,
    /// The VPC.
    pub vpc: Selector,
    /// Group description; cannot change in place.
    pub description: String,
    /// Inbound rules, canonical: one peer each, sorted, no duplicates.
    pub ingress: Vec<Rule>,
    /// Outbound rules, likewise.
    pub egress: Vec<Rule>,
    /// Whether undeclared rules are removed.
    pub ownership: Ownership,
}

/// One security-group rule with one peer. Its identity is everything but the description.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Rule {
    /// The protocol.
    pub protocol: Protocol,
    /// The ports; `None` for protocols without ports, and for all.
    pub ports: Option<PortRange>,
    /// The other side.
    pub peer: Peer,
    /// Free text (AWS: at most 255 characters); `None` if nothing is declared, which is no difference to any text.
    pub description: Option<String>,
}

/// The other side of a security-group rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Peer {
    /// An address range, canonical.
    Cidr(IpNet),
    /// A managed prefix list by its id.
    PrefixList(String),
    /// Another security group.
    Group(GroupRef),
}

/// A security group that another resource names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupRef {
    /// A declared one.
    Declared(Addr),
    /// A found one by its id.
    Id(String),
}

/// An internal Network Load Balancer with its target groups, listeners and targets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadBalancer {
    /// Label in names and tags: `xc-<product>-...`; the AWS name (32 characters) is derived from it.
    pub name: String,
    /// The VPC, where subnets are chosen by tag; else it follows from the subnets.
    pub vpc: Option<Selector>,
    /// One subnet for each availability zone.
    pub subnets: SubnetSelector,
    /// Pinned addresses, one for each subnet, matched by the subnet's CIDR; empty: AWS chooses.
    pub service_ips: Vec<Ipv4Addr>,
    /// The load balancer's groups.
    pub security_groups: Vec<GroupRef>,
    /// Whether the groups' inbound rules apply to `PrivateLink` traffic; `None`: not declared, AWS's default `enforced`.
    pub private_link_ingress_rules: Option<PrivateLinkIngress>,
    /// The listeners, by port.
    pub listeners: Vec<Listener>,
}

/// Whether a load balancer's inbound rules are enforced on `PrivateLink` traffic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PrivateLinkIngress {
    /// Inbound rules are matched against the clients' own addresses.
    Enforced,
    /// Only the endpoint's group filters.
    Off,
}

/// A TCP listener with its own target group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listener {
    /// The listener's port.
    pub port: u16,
    /// Where connections go; sorted.
    pub targets: Vec<Target>,
    /// The port of the target group: that of its first target.
    pub target_port: u16,
    /// Health check; `None`: not declared, AWS's defaults, never a difference.
    pub health: Option<Health>,
}

/// A registered target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Target {
    /// The address; outside the VPC it is registered with `AvailabilityZone=all`.
    pub ip: Ipv4Addr,
    /// The port.
    pub port: u16,
}

/// A target group's TCP health check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// Seconds between checks (ELBv2: 5-300).
    pub interval_secs: u32,
    /// Consecutive results that change the state, used for healthy and unhealthy (ELBv2: 2-10).
    pub threshold: u32,
}

impl Health {
    /// Returns how many seconds a check may take. ELBv2 gives TCP checks 10 s and takes no check that lasts longer than the
    /// interval, so that a short interval needs a timeout of its own (`CreateTargetGroup`, `HealthCheckTimeoutSeconds`).
    #[must_use]
    pub fn timeout_secs(self) -> u32 {
        const DEFAULT: u32 = 10;
        if self.interval_secs < DEFAULT { self.interval_secs.saturating_sub(1) } else { DEFAULT }
    }
}

/// A VPC endpoint service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointService {
    /// `Name` tag and label.
    pub name: String,
    /// The load balancers behind it.
    pub load_balancers: Vec<LoadBalancerRef>,
    /// Who accepts connections.
    pub acceptance: Acceptance,
    /// Allowed principals, canonical ARNs.
    pub principals: BTreeSet<String>,
    /// What a found load balancer must already have; checked at plan time.
    pub found: Option<FoundLoadBalancer>,
}

/// What a found load balancer must have to carry a flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundLoadBalancer {
    /// It must have a listener on this port.
    pub port: u16,
    /// Its groups (if it has any and enforces them) must admit these clients on that port.
    pub clients: BTreeSet<IpNet>,
}

/// A load balancer that an endpoint service names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoadBalancerRef {
    /// A declared one.
    Declared(Addr),
    /// A found one, by ARN (`Selector::Id`) or by tags.
    Found(Selector),
}

/// An interface VPC endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// `Name` tag and label.
    pub name: String,
    /// The VPC.
    pub vpc: Selector,
    /// One subnet for each availability zone.
    pub subnets: SubnetSelector,
    /// Pinned addresses, one for each subnet, matched by the subnet's CIDR; empty: AWS chooses.
    pub endpoint_ips: Vec<Ipv4Addr>,
    /// The service.
    pub service: ServiceRef,
    /// The endpoint's groups.
    pub security_groups: Vec<GroupRef>,
    /// Whether the service's private DNS name resolves in the VPC.
    pub private_dns: bool,
}

/// The service that an endpoint connects to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceRef {
    /// A declared endpoint service.
    Declared(Addr),
    /// A full service name, as `com.amazonaws.eu-north-1.s3`.
    Name(String),
}

/// A record in the private zone of a VPC with the longest matching suffix: an alias to an endpoint's regional name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrivateZoneRecord {
    /// The VPC whose private zones are searched.
    pub vpc: Selector,
    /// The full record name, without a final dot.
    pub record: String,
    /// The declared endpoint.
    pub endpoint: Addr,
}
