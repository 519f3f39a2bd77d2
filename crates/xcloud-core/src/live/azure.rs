//! What is asked of one Azure subscription, and what it holds.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

use super::state::{ConnectionStatus, ProvisioningState, Spelled};
use crate::model::{Access, ArmName, Direction};

/// What an observation asks of an Azure subscription. An empty set asks nothing and makes no call.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AzureQuery {
    /// The product: its name prefix is `xc-<product>-`.
    pub product: String,
    /// Look for what is ours in every resource group and firewall policy of the subscription, as far as the caller may
    /// list them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub everywhere: bool,
    /// Read the resource locks: of the subscription, or of the resource groups that the query names where the caller may read no
    /// others.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub locks: bool,
    /// Network security groups.
    pub nsgs: BTreeSet<ArmName>,
    /// Read every network security group of the subscription, and also keep those with a rule of the product.
    pub all_nsgs: bool,
    /// Rule collection groups: policy and group name. All groups of these policies and of their parents are read: rules
    /// of others decide too.
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

/// What one Azure subscription holds, as far as the query asked.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AzureLive {
    /// True if every resource group, network security group and firewall policy was looked into, as the query asked: the
    /// subscription's lists were answered, and the caller may read all that is in them.
    #[serde(default)]
    pub everywhere: bool,
    /// The network security groups that were asked for and exist, and those that hold a rule of the product.
    pub nsgs: Vec<LiveNsg>,
    /// Every rule collection group of the policies that were asked for and of their parents, and in other policies those
    /// with a rule of the product.
    pub rule_groups: Vec<LiveRuleGroup>,
    /// The firewall policies that were asked for and exist, and their parents.
    pub policies: Vec<LivePolicy>,
    /// The addresses of the IP groups that rules of these policies name, as far as they may be read.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub ip_groups: BTreeMap<ArmName, BTreeSet<String>>,
    /// Private link services: ours by name prefix in the resource groups asked for, and the found ones.
    pub link_services: Vec<LiveLinkService>,
    /// Private endpoints: ours by name prefix in the resource groups asked for.
    pub private_endpoints: Vec<LivePrivateEndpoint>,
    /// The private DNS zones that were asked for and exist.
    pub zones: BTreeSet<ArmName>,
    /// Record sets (A and TXT) of those zones: the asked names, and all that carry the product's metadata.
    pub record_sets: Vec<LiveRecordSet>,
    /// The subnets that were asked for and exist.
    pub subnets: Vec<LiveSubnetAz>,
    /// The load balancer frontends that were asked for and exist.
    pub frontends: BTreeSet<ArmName>,
    /// The load balancers of these frontends, as far as they may be read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub load_balancers: Vec<LiveLoadBalancerAz>,
    /// What of ours, or of what was asked for, is being deleted: neither there nor gone, and in no other table.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub deleting: BTreeSet<ArmName>,
    /// The resource groups that were asked for and do not exist.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub missing_groups: BTreeSet<String>,
    /// The resource locks, if they were asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub locks: Vec<LiveLock>,
    /// Why not all locks are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locks_unread: Option<String>,
}

impl AzureQuery {
    /// Returns the resource groups, in lower case, of all that the query names.
    #[must_use]
    pub fn resource_groups(&self) -> BTreeSet<String> {
        let policies = self.rule_groups.iter().map(|(policy, _)| policy);
        let ids = self.nsgs.iter().chain(policies).chain(&self.link_services).chain(&self.zones);
        let of_ids = ids.filter_map(|id| id.segment("resourceGroups"));
        let named = self.link_service_groups.iter().chain(&self.private_endpoint_groups).map(String::as_str);
        of_ids.chain(named).map(str::to_ascii_lowercase).collect()
    }
}

/// A resource lock: what refuses writes of whatever is in its scope, whoever asks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LiveLock {
    /// Its id.
    pub id: ArmName,
    /// What it is on: a subscription, a resource group or a resource, with all that is below.
    pub scope: ArmName,
    /// Whether it refuses changes, and not deletions only.
    pub read_only: bool,
}

impl LiveLoadBalancerAz {
    /// Returns true if a frontend is one of this load balancer.
    #[must_use]
    pub fn has(&self, frontend: &ArmName) -> bool {
        let rest = frontend.folded();
        rest.strip_prefix(&self.id.folded()).is_some_and(|rest| rest.starts_with('/'))
    }
}

impl LiveLock {
    /// Returns true if it refuses to delete an object, or to write it.
    #[must_use]
    pub fn refuses(&self, object: &str, deletes: bool) -> bool {
        let rest = object.to_ascii_lowercase();
        let is_below =
            rest.strip_prefix(&self.scope.folded()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        is_below && (deletes || self.read_only)
    }

    /// Returns the word of the API for what it refuses.
    #[must_use]
    pub fn level(&self) -> &'static str {
        if self.read_only { "ReadOnly" } else { "CanNotDelete" }
    }
}

/// A network security group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LiveNsg {
    /// Its id, as Azure answers it.
    pub id: ArmName,
    /// Its rules (not the default ones).
    pub rules: Vec<LiveNsgRule>,
}

/// A rule of a network security group. Texts as Azure answers them; sets unite singular and plural fields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LiveNsgRule {
    /// Its name.
    pub name: String,
    /// 100-4096.
    pub priority: u16,
    /// Inbound or outbound.
    pub direction: Direction,
    /// Allow or deny.
    pub access: Access,
    /// `*`, `Tcp`, ... as answered.
    pub protocol: String,
    /// Source prefixes, tags or `*`, canonical where they are CIDRs (a bare address is written `/32`).
    pub from: BTreeSet<String>,
    /// Destination prefixes likewise.
    pub to: BTreeSet<String>,
    /// Destination ports: `443`, `8000-8100`, `*`.
    pub ports: BTreeSet<String>,
    /// Source ports, normally `*`.
    pub source_ports: BTreeSet<String>,
    /// Ids of application security groups named as source or destination; a rule with any never equals ours.
    pub security_groups: BTreeSet<String>,
    /// Free text.
    pub description: String,
    /// Its `provisioningState`.
    pub state: Spelled<ProvisioningState>,
}

/// A firewall policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LivePolicy {
    /// Its id.
    pub id: ArmName,
    /// Its `provisioningState`.
    pub state: Spelled<ProvisioningState>,
    /// Its parent, whose rules decide before its own.
    pub base: Option<ArmName>,
    /// The firewalls that it rules.
    pub firewalls: BTreeSet<ArmName>,
    /// Where its firewalls keep the source of traffic to: ranges, or `IANAPrivateRanges`. `None` if it says nothing, or lets them
    /// learn it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snat_private_ranges: Option<BTreeSet<String>>,
    /// What of it or of its groups could not be read, and why: what is there may decide about rules of ours.
    pub unread: Option<String>,
}

/// A firewall policy's rule collection group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LiveRuleGroup {
    /// The policy's id.
    pub policy: ArmName,
    /// Its name.
    pub name: String,
    /// Its priority.
    pub priority: u16,
    /// Its `ETag`.
    pub etag: String,
    /// Its `provisioningState`.
    pub state: Spelled<ProvisioningState>,
    /// Its rules, flattened, in order.
    pub rules: Vec<LiveFirewallRule>,
    /// The whole `properties.ruleCollections`, as answered: the base of a write that keeps unknown parts.
    pub raw: serde_json::Value,
}

/// A rule of a rule collection group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LiveFirewallRule {
    /// Its collection's name.
    pub collection: String,
    /// Its collection's priority.
    pub collection_priority: u16,
    /// `Allow`, `Deny`, `DNAT` ... as answered.
    pub action: String,
    /// `NetworkRule`, `ApplicationRule`, ... as answered.
    pub rule_type: String,
    /// Its name.
    pub name: String,
    /// `TCP`, `UDP`, `Any`, ... upper case.
    pub protocols: BTreeSet<String>,
    /// Source prefixes or `*`, canonical where they are CIDRs (a bare address is written `/32`).
    pub from: BTreeSet<String>,
    /// Destination prefixes likewise.
    pub to: BTreeSet<String>,
    /// Destination ports.
    pub ports: BTreeSet<String>,
    /// Ids of IP groups that it names as destinations; a rule with any never equals ours. Saved plans know no other name
    /// of it.
    #[serde(rename = "ip_groups")]
    pub to_groups: BTreeSet<String>,
    /// Ids of IP groups that it names as sources likewise.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub from_groups: BTreeSet<String>,
    /// Destinations that are no addresses, each with its word: `FQDN app.example`, `web category News`.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub to_names: BTreeSet<String>,
    /// Free text.
    pub description: String,
}

/// A private link service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LiveLinkService {
    /// Its id.
    pub id: ArmName,
    /// Where it is.
    pub location: String,
    /// Its `ETag`.
    pub etag: String,
    /// Its `provisioningState`.
    pub state: Spelled<ProvisioningState>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// Frontend ids.
    pub frontends: BTreeSet<ArmName>,
    /// Subnet ids of its NAT addresses.
    pub nat_subnets: BTreeSet<ArmName>,
    /// Subscriptions that see it.
    pub visibility: BTreeSet<String>,
    /// Subscriptions whose connections are approved at once.
    pub auto_approval: BTreeSet<String>,
    /// Its alias.
    pub alias: Option<String>,
    /// Its connections.
    pub connections: Vec<LiveLinkConnection>,
    /// The whole `properties`, as answered: the base of a write that keeps unknown parts.
    pub raw: serde_json::Value,
}

/// A private endpoint connection of a private link service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LiveLinkConnection {
    /// Its name.
    pub name: String,
    /// The private endpoint's id.
    pub endpoint: ArmName,
    /// Its state.
    pub status: Spelled<ConnectionStatus>,
}

/// A private endpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LivePrivateEndpoint {
    /// Its id.
    pub id: ArmName,
    /// Where it is.
    pub location: String,
    /// Its `ETag`.
    pub etag: String,
    /// Its `provisioningState`.
    pub state: Spelled<ProvisioningState>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// Its subnet's id.
    pub subnet: ArmName,
    /// The service's id or alias, as answered.
    pub service: String,
    /// Whether the connection is of the manual kind.
    pub manual: bool,
    /// Its state.
    pub status: Spelled<ConnectionStatus>,
    /// Its addresses, read from its interface.
    pub ips: BTreeSet<Ipv4Addr>,
    /// The whole `properties`, as answered.
    pub raw: serde_json::Value,
}

/// A record set of a private DNS zone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LiveRecordSet {
    /// The zone's id.
    pub zone: ArmName,
    /// Its name relative to the zone.
    pub name: String,
    /// `A` or `TXT`.
    pub record_type: String,
    /// Time to live in seconds.
    pub ttl_secs: u32,
    /// Its `ETag`.
    pub etag: String,
    /// Its metadata.
    pub metadata: BTreeMap<String, String>,
    /// A addresses.
    pub addresses: BTreeSet<Ipv4Addr>,
    /// TXT values.
    pub texts: Vec<String>,
}

/// A subnet of a virtual network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LiveSubnetAz {
    /// Its id.
    pub id: ArmName,
    /// Its IPv4 ranges.
    pub cidrs: BTreeSet<Ipv4Net>,
    /// `Enabled` or `Disabled`: must be `Disabled` for a private link service.
    pub link_service_policies: String,
}

/// A load balancer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LiveLoadBalancerAz {
    /// Its id.
    pub id: ArmName,
    /// Where it is, as answered: `norwayeast`, `Norway East`.
    pub location: String,
    /// `Standard`, `Basic` ...
    pub sku: String,
    /// Its pools whose members are addresses, and not interfaces.
    pub address_pools: BTreeSet<String>,
}
