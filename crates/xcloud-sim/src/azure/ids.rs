//! Resource ids: parsed without regard to case, kept as created.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// A type of resource that the simulated Resource Manager knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Kind {
    /// `networkSecurityGroups`.
    SecurityGroup,
    /// `networkSecurityGroups/securityRules`.
    SecurityRule,
    /// `networkSecurityGroups/defaultSecurityRules`, read-only.
    DefaultRule,
    /// `firewallPolicies`.
    FirewallPolicy,
    /// `firewallPolicies/ruleCollectionGroups`.
    RuleGroup,
    /// `ipGroups`.
    IpGroup,
    /// `virtualNetworks`.
    Network,
    /// `virtualNetworks/subnets`.
    Subnet,
    /// `networkInterfaces`.
    Interface,
    /// `loadBalancers`.
    LoadBalancer,
    /// `loadBalancers/frontendIPConfigurations`, written through the load balancer.
    Frontend,
    /// `privateLinkServices`.
    LinkService,
    /// `privateLinkServices/privateEndpointConnections`.
    Connection,
    /// `privateEndpoints`.
    Endpoint,
    /// `privateDnsZones`.
    Zone,
    /// `privateDnsZones/{A,TXT,...}`; listed through `ALL` too.
    RecordSet,
}

/// Every type with its path of type names, parents first.
const TYPES: &[(&str, Kind)] = &[
    ("networkSecurityGroups", Kind::SecurityGroup),
    ("networkSecurityGroups/securityRules", Kind::SecurityRule),
    ("networkSecurityGroups/defaultSecurityRules", Kind::DefaultRule),
    ("firewallPolicies", Kind::FirewallPolicy),
    ("firewallPolicies/ruleCollectionGroups", Kind::RuleGroup),
    ("ipGroups", Kind::IpGroup),
    ("virtualNetworks", Kind::Network),
    ("virtualNetworks/subnets", Kind::Subnet),
    ("networkInterfaces", Kind::Interface),
    ("loadBalancers", Kind::LoadBalancer),
    ("loadBalancers/frontendIPConfigurations", Kind::Frontend),
    ("privateLinkServices", Kind::LinkService),
    ("privateLinkServices/privateEndpointConnections", Kind::Connection),
    ("privateEndpoints", Kind::Endpoint),
    ("privateDnsZones", Kind::Zone),
    ("privateDnsZones/A", Kind::RecordSet),
    ("privateDnsZones/AAAA", Kind::RecordSet),
    ("privateDnsZones/CNAME", Kind::RecordSet),
    ("privateDnsZones/MX", Kind::RecordSet),
    ("privateDnsZones/PTR", Kind::RecordSet),
    ("privateDnsZones/SOA", Kind::RecordSet),
    ("privateDnsZones/SRV", Kind::RecordSet),
    ("privateDnsZones/TXT", Kind::RecordSet),
    ("privateDnsZones/ALL", Kind::RecordSet),
];

impl Kind {
    /// Returns true for the types of the private DNS API, which has its own API version.
    #[must_use]
    pub fn is_dns(self) -> bool {
        matches!(self, Self::Zone | Self::RecordSet)
    }

    /// Returns true for the types of the firewall provider, which has entity tags and operations of its own.
    #[must_use]
    pub fn is_firewall(self) -> bool {
        matches!(self, Self::FirewallPolicy | Self::RuleGroup | Self::IpGroup)
    }
}

/// A parsed resource id; equality ignores case through [`ResourceId::key`].
#[derive(Debug, Clone)]
pub struct ResourceId {
    /// The subscription.
    pub subscription: String,
    /// The resource group, as written.
    pub group: String,
    /// The type.
    pub kind: Kind,
    /// The path of type names in Azure's own spelling: `networkSecurityGroups/securityRules`.
    pub type_path: &'static str,
    /// One name for each type name, as written.
    pub names: Vec<String>,
}

impl ResourceId {
    /// Parses `/subscriptions/{s}/resourceGroups/{g}/providers/Microsoft.Network/{type}/{name}...`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match Target::parse(text)? {
            Target::Resource(id) => Some(id),
            Target::List { .. } | Target::Permissions { .. } | Target::Locks { .. } | Target::Operation { .. } => None,
        }
    }

    /// Returns the lower-case form, the same for all spellings of one id.
    #[must_use]
    pub fn key(&self) -> String {
        self.to_string().to_lowercase()
    }

    /// Returns the last name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.names.last().map_or("", String::as_str)
    }

    /// Returns the last type name: `securityRules`.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        last_segment(self.type_path)
    }

    /// Returns the id of the parent resource, if this is a child.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        let (parent_path, _) = self.type_path.rsplit_once('/')?;
        let (type_path, kind) = canonical(parent_path)?;
        let names = self.names[..self.names.len() - 1].to_vec();
        Some(Self { names, type_path, kind, ..self.clone() })
    }

    /// Returns the id of a child of a type below this one's.
    #[must_use]
    pub fn child(&self, type_name: &str, name: &str) -> Option<Self> {
        let (type_path, kind) = canonical(&format!("{}/{type_name}", self.type_path))?;
        let mut names = self.names.clone();
        names.push(name.to_owned());
        Some(Self { names, type_path, kind, ..self.clone() })
    }

    /// Returns the id of a resource in the same resource group.
    #[must_use]
    pub fn sibling(&self, type_name: &str, name: &str) -> Option<Self> {
        let (type_path, kind) = canonical(type_name)?;
        Some(Self { names: vec![name.to_owned()], type_path, kind, ..self.clone() })
    }
}

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.Network", self.subscription, self.group)?;
        for (type_name, name) in self.type_path.split('/').zip(&self.names) {
            write!(f, "/{type_name}/{name}")?;
        }
        Ok(())
    }
}

/// What the path of a request addresses.
#[derive(Debug, Clone)]
pub(super) enum Target {
    /// One resource.
    Resource(ResourceId),
    /// All resources of a type: in the subscription, in a resource group, or below a parent.
    List {
        subscription: String,
        group: Option<String>,
        parent: Option<ResourceId>,
        kind: Kind,
        type_path: &'static str,
    },
    /// `Microsoft.Authorization/permissions`: what the caller may do in the subscription.
    Permissions { subscription: String },
    /// `Microsoft.Authorization/locks`: the locks on a subscription or a resource group, and on what is in it.
    Locks { subscription: String, group: Option<String> },
    /// The status (`operations`) or the result (`operationResults`) of a long-running operation.
    Operation { subscription: String, id: String, result: bool },
}

impl Target {
    /// Parses the path of a request, without its query.
    pub(super) fn parse(path: &str) -> Option<Self> {
        let segments: Vec<String> = path.strip_prefix('/')?.split('/').map(percent_decode).collect();
        let mut rest = segments.as_slice();
        let subscription = take_pair(&mut rest, "subscriptions")?;
        let group = take_pair(&mut rest, "resourceGroups");
        let provider = take_pair(&mut rest, "providers")?;
        if let [what] = rest
            && group.is_none()
            && provider.eq_ignore_ascii_case("Microsoft.Authorization")
            && what.eq_ignore_ascii_case("permissions")
        {
            return Some(Self::Permissions { subscription });
        }
        if let [what] = rest
            && provider.eq_ignore_ascii_case("Microsoft.Authorization")
            && what.eq_ignore_ascii_case("locks")
        {
            return Some(Self::Locks { subscription, group });
        }
        if !provider.eq_ignore_ascii_case("Microsoft.Network") {
            return None;
        }
        if rest.iter().any(String::is_empty) {
            return None;
        }
        if let [locations, _region, collection, id] = rest
            && locations.eq_ignore_ascii_case("locations")
            && group.is_none()
        {
            let is_one_of = |names: [&str; 2]| names.iter().any(|name| collection.eq_ignore_ascii_case(name));
            let result = is_one_of(["operationResults", "nfvOperationResults"]);
            let known = result || is_one_of(["operations", "nfvOperations"]);
            return known.then(|| Self::Operation { subscription, id: id.clone(), result });
        }
        let type_names: Vec<&str> = rest.iter().step_by(2).map(String::as_str).collect();
        let names: Vec<String> = rest.iter().skip(1).step_by(2).cloned().collect();
        let (type_path, kind) = canonical(&type_names.join("/"))?;
        if rest.len().is_multiple_of(2) {
            let id = ResourceId { subscription, group: group?, kind, type_path, names };
            return Some(Self::Resource(id));
        }
        let parent = match type_path.rsplit_once('/') {
            None => None,
            Some((parent_path, _)) => {
                let (type_path, kind) = canonical(parent_path)?;
                let (subscription, group) = (subscription.clone(), group.clone()?);
                Some(ResourceId { subscription, group, kind, type_path, names })
            }
        };
        Some(Self::List { subscription, group, parent, kind, type_path })
    }

    /// Returns the last type name, in Azure's own spelling.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Self::Resource(id) => id.type_name(),
            Self::List { type_path, .. } => last_segment(type_path),
            Self::Permissions { .. } => "permissions",
            Self::Locks { .. } => "locks",
            Self::Operation { result: true, .. } => "operationResults",
            Self::Operation { result: false, .. } => "operations",
        }
    }

    /// Returns the subscription.
    pub(super) fn subscription(&self) -> &str {
        match self {
            Self::Resource(id) => &id.subscription,
            Self::List { subscription, .. }
            | Self::Permissions { subscription }
            | Self::Locks { subscription, .. }
            | Self::Operation { subscription, .. } => subscription,
        }
    }

    /// Returns the resource group, if the path has one.
    pub(super) fn group(&self) -> Option<&str> {
        match self {
            Self::Resource(id) => Some(&id.group),
            Self::List { group, .. } | Self::Locks { group, .. } => group.as_deref(),
            Self::Permissions { .. } | Self::Operation { .. } => None,
        }
    }

    /// Returns true for the private DNS API.
    pub(super) fn is_dns(&self) -> bool {
        match self {
            Self::Resource(id) => id.kind.is_dns(),
            Self::List { kind, .. } => kind.is_dns(),
            Self::Permissions { .. } | Self::Locks { .. } | Self::Operation { .. } => false,
        }
    }
}

/// Returns true if both name one region: Azure writes `Norway East` and `norwayeast`.
#[must_use]
pub fn same_region(left: &str, right: &str) -> bool {
    region_name(left) == region_name(right)
}

/// Returns the region in its short form: `norwayeast`.
pub(super) fn region_name(region: &str) -> String {
    region.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_lowercase()
}

/// Returns true if both texts are the same id in any spelling.
pub(super) fn same_id(left: &str, right: &str) -> bool {
    left.eq_ignore_ascii_case(right)
}

/// Returns a GUID made from `seed`, the same for the same seed.
pub(super) fn guid(seed: &str) -> String {
    let digest = Sha256::digest(seed.as_bytes());
    let mut bytes = [0u8; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}

/// Returns the path segment with `%41` turned back into `A`.
fn percent_decode(segment: &str) -> String {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let [first, tail @ ..] = rest {
        let decoded = match (first, tail) {
            (b'%', [high, low, ..]) => hex_digit(*high).zip(hex_digit(*low)).map(|(high, low)| high * 16 + low),
            _ => None,
        };
        bytes.push(decoded.unwrap_or(*first));
        rest = if decoded.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

fn take_pair(rest: &mut &[String], label: &str) -> Option<String> {
    let [first, second, tail @ ..] = *rest else { return None };
    if !first.eq_ignore_ascii_case(label) || second.is_empty() {
        return None;
    }
    *rest = tail;
    Some(second.clone())
}

fn canonical(type_path: &str) -> Option<(&'static str, Kind)> {
    TYPES.iter().find(|(known, _)| known.eq_ignore_ascii_case(type_path)).copied()
}

fn last_segment(type_path: &'static str) -> &'static str {
    type_path.rsplit('/').next().unwrap_or(type_path)
}
