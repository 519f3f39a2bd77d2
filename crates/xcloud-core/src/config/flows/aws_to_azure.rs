//! Way 1, AWS to Azure: all flows of an environment and region share one load balancer, one service and one endpoint.
//!
//! ```text
//! client ──► endpoint (product account) ═PrivateLink═► endpoint service ─ load balancer (hub) ──► Azure
//! ```

use std::collections::BTreeSet;

use ipnet::{IpNet, Ipv4Net};

use crate::config::names::{self, TO_AZURE};
use crate::config::parsed_resource::Draft;
use crate::config::values::{net_set, pin_list, selector, subnets};
use crate::model::{
    Acceptance, Addr, Drains, Endpoint, EndpointService, GroupRef, Health, Kind, Listener, LoadBalancer,
    LoadBalancerRef, Ownership, Peer, PortRange, PrivateLinkIngress, PrivateZoneRecord, Protocol, Rule, SecurityGroup,
    Selector, ServiceRef, Spec, SubnetSelector, Target,
};

use super::flow_layer::{Flow, Way};
use super::stack::{Stack, to_azure};

/// Quicker than AWS's own default (30 s, 5 times): target health is the proof of the path that a failover waits for.
const DEFAULT_HEALTH: Health = Health { interval_secs: 10, threshold: 3 };

/// What the objects of both sides are made of.
struct Shared<'a> {
    flows: Vec<&'a Flow<'a>>,
    name: String,
    vpc: Selector,
    subnets: SubnetSelector,
}

/// Expands what the flows of this direction need in one environment and region.
pub(super) fn expand(stack: &Stack<'_>, flows: &[Flow<'_>]) -> Vec<Draft> {
    let flows: Vec<&Flow<'_>> = to_azure(flows).collect();
    let (false, Some(member)) = (flows.is_empty(), stack.member) else { return Vec::new() };
    let env = stack.env.name.as_str();
    let name = names::of_flow(stack.product, env, TO_AZURE);
    let (Some(vpc), Some(found)) = (selector(stack.hub.vpc, env), subnets(stack.hub.subnets, env)) else {
        return Vec::new();
    };
    let hub = Shared { flows: flows.clone(), name: name.clone(), vpc, subnets: found };
    let (Some(vpc), Some(found)) = (selector(member.vpc, env), subnets(member.subnets, env)) else {
        return Vec::new();
    };
    let member = Shared { flows, name, vpc, subnets: found };
    let mut drafts = in_hub(stack, hub);
    drafts.extend(records(stack, &member));
    drafts.extend(in_product_account(stack, member));
    drafts
}

fn addr(stack: &Stack<'_>, kind: Kind, name: &str) -> Addr {
    Addr::new(&stack.env.name, &stack.region.name, kind, name)
}

/// The load balancer with its group, and the service in front of it.
fn in_hub(stack: &Stack<'_>, hub: Shared<'_>) -> Vec<Draft> {
    let group_name = format!("{TO_AZURE}-lb");
    let group = SecurityGroup {
        name: format!("{}-lb", hub.name),
        vpc: hub.vpc.clone(),
        description: format!("load balancer of {} {} towards Azure", stack.product, stack.env.name),
        ingress: admit_clients(stack, &hub.flows),
        egress: reach_azure(stack, &hub.flows),
        ownership: Ownership::Exclusive,
    };
    let balancer = LoadBalancer {
        name: hub.name.clone(),
        vpc: Some(hub.vpc),
        subnets: hub.subnets,
        service_ips: pin_list(&stack.region.service_ips),
        security_groups: vec![GroupRef::Declared(addr(stack, Kind::SecurityGroup, &group_name))],
        private_link_ingress_rules: Some(PrivateLinkIngress::Enforced),
        listeners: listeners(stack, &hub.flows),
    };
    let acceptance = hub.flows.iter().find_map(|flow| flow.acceptance.as_ref());
    let service = EndpointService {
        name: hub.name,
        load_balancers: vec![LoadBalancerRef::Declared(addr(stack, Kind::LoadBalancer, TO_AZURE))],
        acceptance: acceptance.map_or(Acceptance::Managed, |word| word.value),
        principals: BTreeSet::from([names::root(stack.account, &stack.region.name)]),
        found: None,
    };
    let draft = |name: &str, spec| stack.draft(stack.region.at, stack.in_hub(), None, name, spec);
    let drain_secs = shared_drain(stack, &hub.flows);
    vec![
        draft(&group_name, Spec::SecurityGroup(group)),
        Draft { drain_secs, ..draft(TO_AZURE, Spec::LoadBalancer(balancer)) },
        Draft { drain_secs, ..draft(TO_AZURE, Spec::EndpointService(service)) },
    ]
}

/// What several flows share drains for as long as the longest of them asks. One that says nothing, in an environment that
/// says nothing either, waits until the connections have ended, which takes [`Drains::MOST_SECS`] at most.
fn shared_drain(stack: &Stack<'_>, flows: &[&Flow<'_>]) -> Option<u64> {
    let of = |flow: &&Flow<'_>| flow.drain_secs.or(stack.env.drain_secs);
    let longest = flows.iter().filter_map(of).max()?;
    let said = flows.iter().any(|flow| flow.drain_secs.is_some());
    let silent = flows.iter().any(|flow| of(flow).is_none());
    Some(longest).filter(|longest| said && (!silent || *longest > Drains::MOST_SECS))
}

/// The endpoint that the product's workloads call, with its group.
fn in_product_account(stack: &Stack<'_>, member: Shared<'_>) -> Vec<Draft> {
    let group_name = format!("{TO_AZURE}-endpoint");
    let group = SecurityGroup {
        name: format!("{}-endpoint", member.name),
        vpc: member.vpc.clone(),
        description: format!("endpoint of {} {} towards Azure", stack.product, stack.env.name),
        ingress: admit_clients(stack, &member.flows),
        egress: Vec::new(),
        ownership: Ownership::Exclusive,
    };
    let endpoint = Endpoint {
        name: member.name,
        vpc: member.vpc,
        subnets: member.subnets,
        endpoint_ips: Vec::new(),
        service: ServiceRef::Declared(addr(stack, Kind::EndpointService, TO_AZURE)),
        security_groups: vec![GroupRef::Declared(addr(stack, Kind::SecurityGroup, &group_name))],
        private_dns: false,
    };
    let draft = |name: &str, spec| stack.draft(stack.region.at, stack.in_product(), None, name, spec);
    vec![draft(&group_name, Spec::SecurityGroup(group)), draft(TO_AZURE, Spec::Endpoint(endpoint))]
}

/// The name of each flow in the product's private zone: an alias to the shared endpoint.
fn records(stack: &Stack<'_>, member: &Shared<'_>) -> Vec<Draft> {
    let named = member.flows.iter().filter_map(|flow| Some((flow, flow.names.get(&stack.env.name)?)));
    named
        .map(|(flow, name)| {
            let spec = Spec::PrivateZoneRecord(PrivateZoneRecord {
                vpc: member.vpc.clone(),
                record: name.value.to_ascii_lowercase(),
                endpoint: addr(stack, Kind::Endpoint, TO_AZURE),
            });
            let draft = stack.draft(name.at, stack.in_product(), Some(&flow.name), &flow.name, spec);
            Draft { drain_secs: flow.drain_secs, ..draft }
        })
        .collect()
}

/// The clients on the port of each flow. With enforcement the load balancer sees the clients' own addresses.
fn admit_clients(stack: &Stack<'_>, flows: &[&Flow<'_>]) -> Vec<Rule> {
    rules(flows, |_| net_set(&stack.region.clients), |flow| format!("{flow}: clients"))
}

/// The Azure application of each flow; health checks take the same way.
fn reach_azure(stack: &Stack<'_>, flows: &[&Flow<'_>]) -> Vec<Rule> {
    let target =
        |flow: &Flow<'_>| azure_ip(flow, &stack.env.name).map(|ip| IpNet::V4(Ipv4Net::from(ip))).into_iter().collect();
    rules(flows, target, |flow| format!("{flow}: the Azure application"))
}

fn rules(
    flows: &[&Flow<'_>],
    peers: impl Fn(&Flow<'_>) -> BTreeSet<IpNet>,
    description: impl Fn(&str) -> String,
) -> Vec<Rule> {
    let mut rules = Vec::new();
    for flow in flows {
        let Some(port) = &flow.port else { continue };
        rules.extend(peers(flow).into_iter().map(|net| Rule {
            protocol: Protocol::Tcp,
            ports: Some(PortRange::single(port.value)),
            peer: Peer::Cidr(net),
            description: Some(description(&flow.name)),
        }));
    }
    rules.sort();
    rules
}

fn listeners(stack: &Stack<'_>, flows: &[&Flow<'_>]) -> Vec<Listener> {
    let mut listeners: Vec<Listener> = flows
        .iter()
        .filter_map(|flow| {
            let port = flow.port.as_ref()?.value;
            let target = Target { ip: azure_ip(flow, &stack.env.name)?, port };
            let health = match &flow.way {
                Way::ToAzure { health, .. } => health.or(Some(DEFAULT_HEALTH)),
                Way::ToAws { .. } => None,
            };
            Some(Listener { port, targets: vec![target], target_port: port, health })
        })
        .collect();
    listeners.sort_by_key(|listener| listener.port);
    listeners
}

/// The Azure application's address in an environment.
pub(super) fn azure_ip(flow: &Flow<'_>, env: &str) -> Option<std::net::Ipv4Addr> {
    match &flow.way {
        Way::ToAzure { azure_ip, .. } => azure_ip.get(env).map(|ip| ip.value),
        Way::ToAws { .. } => None,
    }
}
