//! Filling a world before anybody calls: what exists already when a test or the sandbox begins.

use std::fmt;
use std::net::Ipv4Addr;

use serde_json::{Map, Value, json};

use super::ids::{Kind, ResourceId, region_name};
use super::world::{AzureWorld, ResourceGroup, Stored, Subscription};
use super::{addresses, dns, firewall_policies, load_balancers, subnets};

/// A subnet of a seeded network.
#[derive(Debug, Clone)]
pub struct SubnetSeed {
    /// The name.
    pub name: String,
    /// The address range: `10.1.0.0/24`.
    pub prefix: String,
    /// Whether network policies apply to private endpoints (Azure's default: no).
    pub private_endpoint_policies: bool,
    /// Whether network policies apply to private link services (Azure's default: yes, which forbids them).
    pub private_link_service_policies: bool,
    /// The id of the network security group, if it has one.
    pub security_group: Option<String>,
}

impl SubnetSeed {
    /// Returns a subnet with Azure's defaults.
    #[must_use]
    pub fn new(name: &str, prefix: &str) -> Self {
        Self {
            name: name.to_owned(),
            prefix: prefix.to_owned(),
            private_endpoint_policies: false,
            private_link_service_policies: true,
            security_group: None,
        }
    }

    /// Returns the same subnet, open to private link services.
    #[must_use]
    pub fn for_link_services(self) -> Self {
        Self { private_link_service_policies: false, ..self }
    }
}

/// A rule of a seeded security group.
#[derive(Debug, Clone)]
pub struct RuleSeed {
    /// The name.
    pub name: String,
    /// 100 to 4096.
    pub priority: i64,
    /// `Inbound` or `Outbound`.
    pub direction: String,
    /// `Allow` or `Deny`.
    pub access: String,
    /// `Tcp`, `*`, ... in any casing, as Azure keeps it.
    pub protocol: String,
    /// Where traffic comes from: `*`, a CIDR, a service tag.
    pub source: String,
    /// Where it goes.
    pub destination: String,
    /// The destination port: `*`, `443`, `8000-8010`.
    pub port: String,
}

/// Why something cannot be seeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeedError(String);

impl SeedError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for SeedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SeedError {}

impl AzureWorld {
    /// Adds a subscription, unless it is there.
    pub fn add_subscription(&mut self, subscription: &str) {
        let new = || Subscription { id: subscription.to_owned(), ..Subscription::default() };
        self.subscriptions.entry(subscription.to_lowercase()).or_insert_with(new);
    }

    /// Adds a resource group, with its subscription, unless it is there.
    pub fn add_resource_group(&mut self, subscription: &str, name: &str, location: &str) {
        self.add_subscription(subscription);
        let group = || ResourceGroup { name: name.to_owned(), location: region_name(location), deleting: false };
        if let Some(subscription) = self.subscriptions.get_mut(&subscription.to_lowercase()) {
            subscription.groups.entry(name.to_lowercase()).or_insert_with(group);
        }
    }

    /// Adds a network security group with rules that somebody else made.
    ///
    /// # Errors
    /// [`SeedError`] if the path or a rule is not valid.
    pub fn add_security_group(&mut self, path: &str, location: &str, rules: &[RuleSeed]) -> Result<(), SeedError> {
        let id = self.seed(path, Kind::SecurityGroup, location)?;
        let resource_guid = self.new_guid();
        self.set(&id, "resourceGuid", json!(resource_guid));
        for rule in rules {
            self.add_security_rule(path, rule)?;
        }
        Ok(())
    }

    /// Adds a firewall policy; `attached` to a firewall, writes of its rule collection groups take minutes.
    ///
    /// # Errors
    /// [`SeedError`] if the path is not valid.
    pub fn add_firewall_policy(&mut self, path: &str, location: &str, attached: bool) -> Result<(), SeedError> {
        let id = self.seed(path, Kind::FirewallPolicy, location)?;
        self.set(&id, "sku", json!({"tier": "Standard"}));
        self.set(&id, "threatIntelMode", json!("Alert"));
        self.set(&id, "childPolicies", json!([]));
        self.set(&id, "firewalls", json!([]));
        if attached {
            let firewall = format!(
                "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.Network/azureFirewalls/{}-firewall",
                id.subscription,
                id.group,
                id.name()
            );
            self.set(&id, "firewalls", json!([{"id": firewall}]));
            if let Some(stored) = self.resources.get_mut(&id.key()) {
                stored.hidden.insert(firewall_policies::FIREWALL.to_owned(), firewall);
            }
        }
        Ok(())
    }

    /// Adds an IP group, which rules of firewall policies name.
    ///
    /// # Errors
    /// [`SeedError`] if the path is not valid.
    pub fn add_ip_group(&mut self, path: &str, location: &str, addresses: &[&str]) -> Result<(), SeedError> {
        let id = self.seed(path, Kind::IpGroup, location)?;
        self.set(&id, "ipAddresses", json!(addresses));
        Ok(())
    }

    /// Adds a virtual network with its subnets.
    ///
    /// # Errors
    /// [`SeedError`] if the path, a range or a subnet is not valid.
    pub fn add_network(
        &mut self,
        path: &str,
        location: &str,
        ranges: &[&str],
        subnets: &[SubnetSeed],
    ) -> Result<(), SeedError> {
        let id = self.seed(path, Kind::Network, location)?;
        let space: Result<Vec<ipnet::Ipv4Net>, _> = ranges.iter().map(|range| range.parse()).collect();
        let space = space.map_err(|error| SeedError(format!("{path}: {error}")))?;
        let resource_guid = self.new_guid();
        self.set(&id, "addressSpace", json!({"addressPrefixes": ranges}));
        self.set(&id, "resourceGuid", json!(resource_guid));
        self.set(&id, "enableDdosProtection", json!(false));
        self.set(&id, "virtualNetworkPeerings", json!([]));
        for subnet in subnets {
            let Some(subnet_id) = id.child("subnets", &subnet.name) else { continue };
            let properties = subnets::normalised(subnet_properties(subnet));
            let siblings = self.children(&id.key(), "subnets").map(|other| (other.name(), &other.properties));
            subnets::check(self, &subnet_id, &properties, &space, siblings)
                .map_err(|error| SeedError(error.message))?;
            let mut stored = Stored::new(&subnet_id, None, self.new_etag(Kind::Subnet));
            stored.properties = properties;
            self.resources.insert(subnet_id.key(), stored);
        }
        Ok(())
    }

    /// Adds a standard load balancer with one frontend in a subnet, at `address` or the lowest free one.
    ///
    /// # Errors
    /// [`SeedError`] if the path is not valid, or the subnet or its address is not there.
    pub fn add_load_balancer(
        &mut self,
        path: &str,
        location: &str,
        frontend: &str,
        subnet: &str,
        address: Option<Ipv4Addr>,
    ) -> Result<(), SeedError> {
        let id = self.seed(path, Kind::LoadBalancer, location)?;
        let subnet = self.find(subnet).ok_or_else(|| SeedError(format!("{path}: no subnet {subnet}")))?;
        let given = match address {
            Some(address) => addresses::check_static(self, subnet, &address.to_string(), &[]),
            None => addresses::lowest_free(self, subnet, &[]),
        };
        let given = given.map_err(|error| SeedError(error.message))?;
        let method = if address.is_some() { "Static" } else { "Dynamic" };
        let mut properties = object(json!({
            "frontendIPConfigurations": [{
                "name": frontend,
                "properties": {
                    "privateIPAddress": given.to_string(),
                    "privateIPAllocationMethod": method,
                    "privateIPAddressVersion": "IPv4",
                    "subnet": {"id": subnet.id},
                },
            }],
        }));
        load_balancers::finish_properties(self, &id, &mut properties);
        if let Some(stored) = self.resources.get_mut(&id.key()) {
            stored.properties = properties;
            stored.extra.insert("sku".to_owned(), json!({"name": "Standard", "tier": "Regional"}));
        }
        Ok(())
    }

    /// Adds a private DNS zone.
    ///
    /// # Errors
    /// [`SeedError`] if the path is not valid.
    pub fn add_zone(&mut self, path: &str) -> Result<(), SeedError> {
        let id = self.seed(path, Kind::Zone, "global")?;
        dns::add_soa(self, &id);
        Ok(())
    }

    /// Stores an empty resource, with its subscription and resource group.
    fn seed(&mut self, path: &str, kind: Kind, location: &str) -> Result<ResourceId, SeedError> {
        let id = ResourceId::parse(path).filter(|id| id.kind == kind);
        let id = id.ok_or_else(|| SeedError(format!("{path}: not the id of a {kind:?}")))?;
        self.add_resource_group(&id.subscription, &id.group, location);
        let etag = self.new_etag(kind);
        self.resources.insert(id.key(), Stored::new(&id, Some(region_name(location)), etag));
        Ok(id)
    }

    fn set(&mut self, id: &ResourceId, property: &str, value: Value) {
        if let Some(stored) = self.resources.get_mut(&id.key()) {
            stored.properties.insert(property.to_owned(), value);
        }
    }
}

fn subnet_properties(subnet: &SubnetSeed) -> Map<String, Value> {
    let word = |on: bool| if on { "Enabled" } else { "Disabled" };
    let mut properties = object(json!({
        "addressPrefix": subnet.prefix,
        "privateEndpointNetworkPolicies": word(subnet.private_endpoint_policies),
        "privateLinkServiceNetworkPolicies": word(subnet.private_link_service_policies),
    }));
    if let Some(group) = &subnet.security_group {
        properties.insert("networkSecurityGroup".to_owned(), json!({"id": group}));
    }
    properties
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}
