//! The connections that follow from a config, and their neighbours, which do not.

use std::net::Ipv4Addr;

use ipnet::{IpNet, Ipv4Net};
use xcloud_core::model::{
    Addr, AddressSource, Desired, DnsAddresses, Endpoint, EndpointService, FirewallRule, GroupRef, LoadBalancerRef,
    Peer, Place, PortRange, Protocol, Resource, ServiceRef, Spec,
};
use xcloud_sim::traffic::{AzurePath, Direction, Packet};
use xcloud_sim::{Cloud, World};

use super::flow::{Flow, From};
use super::stream::Stranger;

/// Every connection that the config lets through: each name, with each port behind it and each range of clients.
pub(crate) fn flows(cloud: &Cloud, desired: &Desired) -> Vec<Flow> {
    let mut flows = Vec::new();
    for resource in desired.resources.values() {
        match &resource.spec {
            Spec::PrivateZoneRecord(record) => {
                let Some(endpoint) = desired.resources.get(&record.endpoint) else { continue };
                let Place::Aws { account, region, .. } = &endpoint.place else { continue };
                for (port, client) in behind(desired, endpoint) {
                    let path = cloud.look(|world, _| to_targets(world, desired, endpoint, port));
                    let (account, region) = (account.clone(), region.clone());
                    let name = format!("{client} in {account} {region} -> {}:{port}", record.record);
                    let from = From::Aws { account, region, name: record.record.clone() };
                    flows.push(Flow { name, client, port, path, from });
                }
            }
            Spec::PrivateDnsRecord(record) => {
                for endpoint in named(desired, &record.addresses) {
                    for (port, client) in behind(desired, endpoint) {
                        let path = cloud.look(|world, _| of_client(world, desired, client, port));
                        let Some(path) = path else { continue };
                        let name = format!("{client} in Azure -> {}:{port}", record.record);
                        let from = From::Azure { zone: record.zone.0.clone(), record: record.record.clone() };
                        flows.push(Flow { name, client, port, path, from });
                    }
                }
            }
            _ => {}
        }
    }
    flows.dedup_by(|one, other| one.name == other.name);
    flows
}

fn named<'d>(desired: &'d Desired, addresses: &DnsAddresses) -> Vec<&'d Resource> {
    let addrs: Vec<&Addr> = match addresses {
        DnsAddresses::Fixed(AddressSource::Of { addr, .. }) => vec![addr],
        DnsAddresses::Fixed(AddressSource::Listed(_)) => Vec::new(),
        DnsAddresses::Active(by_region) => by_region
            .values()
            .filter_map(|source| match source {
                AddressSource::Of { addr, .. } => Some(addr),
                AddressSource::Listed(_) => None,
            })
            .collect(),
    };
    addrs.into_iter().filter_map(|addr| desired.resources.get(addr)).collect()
}

fn endpoint_of(resource: &Resource) -> Option<&Endpoint> {
    if let Spec::Endpoint(endpoint) = &resource.spec { Some(endpoint) } else { None }
}

fn service_of<'d>(desired: &'d Desired, endpoint: &Resource) -> Option<&'d EndpointService> {
    let ServiceRef::Declared(service) = &endpoint_of(endpoint)?.service else { return None };
    let resource = desired.resources.get(service)?;
    if let Spec::EndpointService(service) = &resource.spec { Some(service) } else { None }
}

/// The ports behind an endpoint, each with a client of every range that its groups admit.
fn behind(desired: &Desired, endpoint: &Resource) -> Vec<(u16, Ipv4Addr)> {
    let (Some(service), Some(spec)) = (service_of(desired, endpoint), endpoint_of(endpoint)) else {
        return Vec::new();
    };
    let mut ports: Vec<u16> = service.found.iter().map(|found| found.port).collect();
    for balancer in &service.load_balancers {
        let LoadBalancerRef::Declared(addr) = balancer else { continue };
        let Some(Spec::LoadBalancer(balancer)) = desired.resources.get(addr).map(|one| &one.spec) else { continue };
        ports.extend(balancer.listeners.iter().map(|listener| listener.port));
    }
    let mut clients = Vec::new();
    for group in &spec.security_groups {
        let GroupRef::Declared(addr) = group else { continue };
        let Some(Spec::SecurityGroup(group)) = desired.resources.get(addr).map(|one| &one.spec) else { continue };
        clients.extend(group.ingress.iter().filter_map(|rule| match &rule.peer {
            Peer::Cidr(IpNet::V4(net)) => Some(a_host(net)),
            _ => None,
        }));
    }
    clients.sort_unstable();
    clients.dedup();
    ports.into_iter().flat_map(|port| clients.iter().map(move |client| (port, *client))).collect()
}

/// An address in the range that is not its first one.
fn a_host(net: &Ipv4Net) -> Ipv4Addr {
    net.hosts().nth(6).unwrap_or(net.addr())
}

/// What stands before the targets of a port.
fn to_targets(world: &World, desired: &Desired, endpoint: &Resource, port: u16) -> AzurePath {
    let balancers = service_of(desired, endpoint).into_iter().flat_map(|service| &service.load_balancers);
    let listeners = balancers.filter_map(|balancer| match balancer {
        LoadBalancerRef::Declared(addr) => match &desired.resources.get(addr)?.spec {
            Spec::LoadBalancer(spec) => spec.listeners.iter().find(|listener| listener.port == port),
            _ => None,
        },
        LoadBalancerRef::Found(_) => None,
    });
    let mut targets = listeners.flat_map(|listener| &listener.targets);
    targets.find_map(|target| world.behind.get(&target.ip).cloned()).unwrap_or_else(|| open(world))
}

/// What stands before a client in Azure: the policy and the group with a rule for it; `None` if the policy has rules for
/// it and none for this port.
fn of_client(world: &World, desired: &Desired, client: Ipv4Addr, port: u16) -> Option<AzurePath> {
    let mut path = open(world);
    let names = |source: &AddressSource| matches!(source, AddressSource::Listed(nets) if nets.iter().any(|net| net.contains(&IpNet::from(std::net::IpAddr::V4(client)))));
    for resource in desired.resources.values() {
        match &resource.spec {
            Spec::FirewallRules(group) => {
                let has = |ports: &PortRange| (ports.from..=ports.to).contains(&port);
                let open = |rule: &&FirewallRule| rule.protocol == Protocol::Tcp && rule.ports.iter().any(has);
                let mut rules = group.rules.iter().filter(|rule| names(&rule.from)).peekable();
                if rules.peek().is_some() {
                    path.firewall_policy = Some(group.policy.0.clone());
                    rules.find(|rule| rule.protocol == Protocol::Tcp && open(rule))?;
                }
            }
            Spec::NetworkSecurityGroup(group) if group.rules.iter().any(|rule| names(&rule.from)) => {
                path.network_security_group = Some(group.group.0.clone());
            }
            _ => {}
        }
    }
    Some(path)
}

fn open(world: &World) -> AzurePath {
    let subscription = world.azure.subscriptions.keys().next().cloned().unwrap_or_default();
    AzurePath { subscription, firewall_policy: None, network_security_group: None }
}

/// Packets to the neighbours of what rules name, from the neighbours of what they name, and to another port.
pub(crate) fn strangers(cloud: &Cloud, desired: &Desired) -> Vec<Stranger> {
    let next = |ip: Ipv4Addr| Ipv4Addr::from(u32::from(ip).wrapping_add(1));
    let mut found = Vec::new();
    for resource in desired.resources.values() {
        let Spec::LoadBalancer(spec) = &resource.spec else { continue };
        for target in spec.listeners.iter().flat_map(|listener| &listener.targets) {
            let Some(path) = cloud.look(|world, _| world.behind.get(&target.ip).cloned()) else { continue };
            for from in &spec.service_ips {
                let packet = |from, to, port| {
                    let (path, direction) = (path.clone(), Direction::Inbound);
                    Stranger { path, packet: Packet { from, to, port }, direction }
                };
                found.push(packet(next(*from), target.ip, target.port));
                found.push(packet(*from, next(target.ip), target.port));
                found.push(packet(*from, target.ip, 22));
            }
        }
    }
    found
}
