//! The Azure side of flows: rules of network security groups and of the firewall, and the records that Azure resolves.

use std::collections::BTreeSet;

use ipnet::{IpNet, Ipv4Net};

use crate::code::ProblemCode;
use crate::config::grammar::seconds;
use crate::config::names::{self, AZURE, SHARED};
use crate::config::parsed_resource::Draft;
use crate::config::raw::{Fault, Problems};
use crate::config::settings::{DEFAULT_TTL, Settings};
use crate::config::tags::Said;
use crate::config::values::net_set;
use crate::model::{
    Access, Addr, AddressKind, AddressSource, Direction, DnsAddresses, FirewallRule, FirewallRules, Kind,
    NetworkSecurityGroup, NsgRule, PortRange, Priority, PrivateDnsRecord, Protocol, Resource, Spec,
};

use super::aws_to_azure::azure_ip;
use super::environment::Env;
use super::flow_layer::{Azure, Flow, Story};

/// One permitted way between the clouds.
struct Passage {
    name: String,
    region: String,
    inbound: bool,
    from: AddressSource,
    to: AddressSource,
    port: u16,
}

/// The passages of an environment, by region and flow: into Azure from the load balancers' addresses, and out of Azure
/// to the endpoints' addresses.
fn passages(env: &Env, story: &Story<'_>, product: &str) -> Vec<Passage> {
    let mut found = Vec::new();
    for flow in &story.flows {
        let Some(port) = flow.port.as_ref().map(|port| port.value) else { continue };
        for region in &env.regions {
            let (from, to) = if flow.is_to_azure() {
                let Some(ip) = azure_ip(flow, &env.name) else { continue };
                let addr = Addr::new(&env.name, &region.name, Kind::EndpointService, names::TO_AZURE);
                let from = AddressSource::Of { addr, kind: AddressKind::ServiceIps };
                (from, AddressSource::Listed(BTreeSet::from([IpNet::V4(Ipv4Net::from(ip))])))
            } else {
                (AddressSource::Listed(net_set(&env.azure_clients)), endpoint_ips(env, &region.name, flow))
            };
            found.push(Passage {
                name: names::of_rule(product, &env.name, &flow.name, &region.name),
                region: region.name.clone(),
                inbound: flow.is_to_azure(),
                from,
                to,
                port,
            });
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

fn endpoint_ips(env: &Env, region: &str, flow: &Flow<'_>) -> AddressSource {
    let addr = Addr::new(&env.name, region, Kind::Endpoint, &flow.name);
    AddressSource::Of { addr, kind: AddressKind::EndpointIps }
}

/// The environment's rules in its network security group.
pub(super) fn network_security_group(env: &Env, story: &Story<'_>, azure: &Azure, product: &str) -> Option<Draft> {
    let group = env.nsg.clone()?;
    let (from, to) = azure.nsg_priorities?;
    let rules = passages(env, story, product)
        .into_iter()
        .map(|passage| NsgRule {
            name: passage.name,
            env: env.name.clone(),
            region: Some(passage.region),
            priority: Priority::Within(from, to),
            direction: if passage.inbound { Direction::Inbound } else { Direction::Outbound },
            access: Access::Allow,
            protocol: Protocol::Tcp,
            from: passage.from,
            to: passage.to,
            ports: vec![PortRange::single(passage.port)],
        })
        .collect();
    let addr = Addr::new(&env.name, AZURE, Kind::NetworkSecurityGroup, group.name());
    let spec = Spec::NetworkSecurityGroup(NetworkSecurityGroup { group, rules });
    let resource = Resource { addr, place: azure.place(), flow: None, spec };
    Some(Draft { at: env.azure_at, resource, drain_secs: None, tags: Said::default() })
}

/// The rules of all environments in the one rule collection group.
pub(super) fn firewall(story: &Story<'_>, azure: &Azure, settings: &Settings) -> Option<Draft> {
    let policy = azure.policy.clone()?;
    let (group, priority) = azure.group.clone()?;
    let mut rules: Vec<FirewallRule> = Vec::new();
    for env in &story.environments {
        rules.extend(passages(env, story, &settings.product).into_iter().map(|passage| FirewallRule {
            name: passage.name,
            env: env.name.clone(),
            region: Some(passage.region),
            access: Access::Allow,
            protocol: Protocol::Tcp,
            from: passage.from,
            to: passage.to,
            ports: vec![PortRange::single(passage.port)],
        }));
    }
    rules.sort_by(|a, b| a.name.cmp(&b.name));
    let at = story.flows.first()?.at;
    let addr = Addr::new(SHARED, AZURE, Kind::FirewallRules, &group);
    let spec = Spec::FirewallRules(FirewallRules { policy, group, priority, rules });
    let resource = Resource { addr, place: azure.place(), flow: None, spec };
    Some(Draft { at, resource, drain_secs: None, tags: Said::default() })
}

/// The A record of an azure-to-aws flow in an environment: the one that a failover switches, where there is a DR region.
pub(super) fn record(
    env: &Env,
    flow: &Flow<'_>,
    azure: &Azure,
    settings: &Settings,
    problems: &mut Problems<'_>,
) -> Option<Draft> {
    let name = flow.names.get(&env.name)?;
    let zone = azure.zone.clone()?;
    let Some(record) = inside_zone(&name.value, zone.name()) else {
        let fault = Fault::new(
            ProblemCode::RecordOutsideZone,
            format!("{} is not inside the zone {}", name.value, zone.name()),
        )
        .hint(format!("a name that ends with .{}", zone.name()));
        problems.error(name.at, fault);
        return None;
    };
    let addresses = match env.regions.as_slice() {
        [only] => DnsAddresses::Fixed(endpoint_ips(env, &only.name, flow)),
        regions => DnsAddresses::Active(
            regions.iter().map(|region| (region.name.clone(), endpoint_ips(env, &region.name, flow))).collect(),
        ),
    };
    let default = seconds(DEFAULT_TTL).and_then(|ttl| u32::try_from(ttl).ok()).unwrap_or_default();
    let ttl_secs = settings.failover.as_ref().map_or(default, |failover| failover.ttl_secs);
    let addr = Addr::new(&env.name, AZURE, Kind::PrivateDnsRecord, &flow.name);
    let spec = Spec::PrivateDnsRecord(PrivateDnsRecord { zone, record, ttl_secs, addresses });
    let resource = Resource { addr, place: azure.place(), flow: Some(flow.name.clone()), spec };
    Some(Draft { at: name.at, resource, drain_secs: flow.drain_secs, tags: Said::default() })
}

/// The part of a full name in front of its zone, `@` for the zone itself.
pub(crate) fn inside_zone(name: &str, zone: &str) -> Option<String> {
    let (name, zone) = (name.to_ascii_lowercase(), zone.to_ascii_lowercase());
    if name == zone {
        return Some("@".to_owned());
    }
    name.strip_suffix(&zone)?.strip_suffix('.').filter(|record| !record.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::inside_zone;

    #[test]
    fn a_record_is_the_part_before_its_zone() {
        assert_eq!(inside_zone("events.aws.bank.example", "aws.bank.example").as_deref(), Some("events"));
        assert_eq!(inside_zone("Events.Dev.aws.bank.example", "aws.bank.example").as_deref(), Some("events.dev"));
        assert_eq!(inside_zone("aws.bank.example", "aws.bank.example").as_deref(), Some("@"));
        assert_eq!(inside_zone("eventsaws.bank.example", "aws.bank.example"), None);
        assert_eq!(inside_zone("events.bank.example", "aws.bank.example"), None);
    }
}
