//! Makes what the config expects to find in Azure.

use std::net::IpAddr;

use xcloud_core::model::{AddressSource, ArmName, AzureSpec, Desired, Direction, Place, SpecOf};
use xcloud_sim::World;
use xcloud_sim::azure::SubnetSeed;
use xcloud_sim::traffic::AzurePath;

use super::seeded::Seeded;

/// Where found objects are, if the config does not say.
const LOCATION: &str = "norwayeast";
/// The range of every seeded virtual network: they are not peered, so they may be the same.
const NETWORK: &str = "192.168.0.0/16";

/// Adds what the config expects to find and is not there yet.
pub(super) fn add(world: &mut World, seeded: &mut Seeded, desired: &Desired, gaps: &mut Vec<String>) {
    let mut seeder = Seeder { world, seeded, gaps };
    let places = desired.places.iter().chain(desired.resources.values().map(|resource| &resource.place));
    for place in places {
        if let Place::Azure { subscription, .. } = place {
            seeder.world.azure.add_subscription(subscription);
        }
    }
    for resource in desired.resources.values() {
        if let (Place::Azure { subscription, location }, SpecOf::Azure(spec)) =
            (&resource.place, resource.spec.of_cloud())
        {
            let location = location.as_deref().unwrap_or(LOCATION);
            seeder.resource(spec, subscription, location);
        }
    }
    if let Some((_, zone)) = &desired.record_zone {
        seeder.zone(zone);
    }
    add_paths(world, desired);
}

/// What stands before an address of Azure: the policy and the group whose rules name it.
fn add_paths(world: &mut World, desired: &Desired) {
    for resource in desired.resources.values() {
        let subscription = match &resource.place {
            Place::Azure { subscription, .. } => subscription,
            Place::Aws { .. } | Place::Ledger { .. } => continue,
        };
        let spec = match resource.spec.of_cloud() {
            SpecOf::Azure(spec) => spec,
            SpecOf::Aws(_) => continue,
        };
        let (policy, group, named): (_, _, Vec<_>) = match spec {
            AzureSpec::FirewallRules(rules) => {
                (Some(&rules.policy), None, rules.rules.iter().map(|rule| &rule.to).collect())
            }
            AzureSpec::NetworkSecurityGroup(rules) => {
                let inbound = rules.rules.iter().filter(|rule| rule.direction == Direction::Inbound);
                (None, Some(&rules.group), inbound.map(|rule| &rule.to).collect())
            }
            AzureSpec::PrivateLinkService(_) | AzureSpec::PrivateEndpoint(_) | AzureSpec::PrivateDnsRecord(_) => {
                continue;
            }
        };
        let listed = named.into_iter().filter_map(|source| match source {
            AddressSource::Listed(nets) => Some(nets),
            AddressSource::Of { .. } => None,
        });
        for net in listed.flatten().filter(|net| net.prefix_len() == net.max_prefix_len()) {
            let IpAddr::V4(ip) = net.addr() else { continue };
            let path = world.behind.entry(ip).or_insert_with(|| AzurePath {
                subscription: subscription.clone(),
                firewall_policy: None,
                network_security_group: None,
            });
            path.firewall_policy = path.firewall_policy.take().or(policy.map(|policy| policy.0.clone()));
            path.network_security_group = path.network_security_group.take().or(group.map(|group| group.0.clone()));
        }
    }
}

struct Seeder<'a> {
    world: &'a mut World,
    seeded: &'a mut Seeded,
    gaps: &'a mut Vec<String>,
}

impl Seeder<'_> {
    fn resource(&mut self, spec: AzureSpec<'_>, subscription: &str, location: &str) {
        match spec {
            AzureSpec::NetworkSecurityGroup(rules) => {
                let id = rules.group.clone();
                self.once(&id, |world| {
                    world.azure.add_security_group(&id.0, location, &[]).map_err(anyhow::Error::from)
                });
            }
            AzureSpec::FirewallRules(rules) => {
                let id = rules.policy.clone();
                self.once(&id, |world| {
                    world.azure.add_firewall_policy(&id.0, location, true).map_err(anyhow::Error::from)
                });
            }
            AzureSpec::PrivateLinkService(service) => {
                self.world.azure.add_resource_group(subscription, &service.resource_group, location);
                self.subnet(&service.nat_subnet, location, true);
                self.frontend(&service.frontend, &service.nat_subnet, location);
            }
            AzureSpec::PrivateEndpoint(endpoint) => {
                self.world.azure.add_resource_group(subscription, &endpoint.resource_group, location);
                self.subnet(&endpoint.subnet, location, false);
            }
            AzureSpec::PrivateDnsRecord(record) => self.zone(&record.zone),
        }
    }

    fn zone(&mut self, zone: &ArmName) {
        let id = zone.clone();
        self.once(zone, |world| world.azure.add_zone(&id.0).map_err(anyhow::Error::from));
    }

    fn subnet(&mut self, subnet: &ArmName, location: &str, link_services: bool) {
        let Some((network, name)) = subnet.0.split_once("/subnets/") else {
            self.gaps.push(format!("{subnet} is not the id of a subnet"));
            return;
        };
        let (network, name) = (network.to_owned(), name.to_owned());
        self.once(subnet, |world| {
            let before = world.azure.children(&network, "subnets").count();
            let seed = SubnetSeed::new(&name, &format!("192.168.{before}.0/24"));
            let seed = if link_services { seed.for_link_services() } else { seed };
            world.azure.add_network(&network, location, &[NETWORK], &[seed]).map_err(anyhow::Error::from)
        });
    }

    /// The load balancer of a frontend, in the same subnet as the NAT addresses of the private link service.
    fn frontend(&mut self, frontend: &ArmName, subnet: &ArmName, location: &str) {
        let (Some(balancer), Some(name)) = (balancer_of(frontend), frontend.segment("frontendIPConfigurations")) else {
            self.gaps.push(format!("{frontend} is not the id of a load balancer frontend"));
            return;
        };
        let (name, subnet) = (name.to_owned(), subnet.clone());
        self.once(frontend, |world| {
            world.azure.add_load_balancer(&balancer, location, &name, &subnet.0, None).map_err(anyhow::Error::from)
        });
    }

    fn once(&mut self, id: &ArmName, make: impl FnOnce(&mut World) -> anyhow::Result<()>) {
        let key = format!("azure {}", id.folded());
        if self.seeded.objects.contains_key(&key) {
            return;
        }
        match make(self.world) {
            Ok(()) => {
                self.seeded.objects.insert(key, id.0.clone());
            }
            Err(error) => self.gaps.push(format!("{id}: {error}")),
        }
    }
}

fn balancer_of(frontend: &ArmName) -> Option<String> {
    let at = frontend.folded().find("/frontendipconfigurations/")?;
    frontend.0.get(..at).map(str::to_owned)
}
