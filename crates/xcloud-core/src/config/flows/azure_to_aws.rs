//! Way 2, Azure to AWS: each flow has a service in front of the product's own load balancer, and an endpoint in the hub.
//!
//! ```text
//! Azure ──► endpoint (hub) ═PrivateLink═► endpoint service ─ found load balancer (product account)
//! ```

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use crate::config::names;
use crate::config::parsed_resource::Draft;
use crate::config::values::{Located, net_set, pin_list, selector, subnets};
use crate::model::{
    Acceptance, Addr, Endpoint, EndpointService, FoundLoadBalancer, GroupRef, Kind, LoadBalancerRef, Ownership, Peer,
    PortRange, Protocol, Rule, SecurityGroup, ServiceRef, Spec,
};

use super::flow_layer::{Flow, Way};
use super::stack::Stack;

/// Expands what the flows of this direction need in one environment and region.
pub(super) fn expand(stack: &Stack<'_>, flows: &[Flow<'_>]) -> Vec<Draft> {
    flows.iter().filter_map(|flow| expand_flow(stack, flow)).flatten().collect()
}

fn expand_flow(stack: &Stack<'_>, flow: &Flow<'_>) -> Option<Vec<Draft>> {
    let Way::ToAws { nlb, .. } = &flow.way else { return None };
    let env = stack.env.name.as_str();
    let port = flow.port.as_ref()?.value;
    let hub_vpc = selector(stack.hub.vpc, env)?;
    let clients = net_set(&stack.env.azure_clients);
    let name = names::of_flow(stack.product, env, &flow.name);
    let group = format!("{}-endpoint", flow.name);
    let addr = |kind: Kind, name: &str| Addr::new(env, &stack.region.name, kind, name);
    let draft = |place, name: &str, spec| stack.draft(flow.at, place, Some(&flow.name), name, spec);
    let service = draft(
        stack.in_product(),
        &flow.name,
        Spec::EndpointService(EndpointService {
            name: name.clone(),
            load_balancers: vec![LoadBalancerRef::Found(selector(*nlb, env)?)],
            acceptance: flow.acceptance.as_ref().map_or(Acceptance::Managed, |word| word.value),
            principals: BTreeSet::from([names::root(stack.hub_account, &stack.region.name)]),
            found: Some(FoundLoadBalancer { port, clients: clients.clone() }),
        }),
    );
    Some(vec![
        Draft { drain_secs: flow.drain_secs, ..service },
        draft(
            stack.in_hub(),
            &group,
            Spec::SecurityGroup(SecurityGroup {
                name: format!("{name}-endpoint"),
                vpc: hub_vpc.clone(),
                description: format!("endpoint of {} {env} {} for Azure", stack.product, flow.name),
                ingress: clients
                    .into_iter()
                    .map(|net| Rule {
                        protocol: Protocol::Tcp,
                        ports: Some(PortRange::single(port)),
                        peer: Peer::Cidr(net),
                        description: Some(format!("{}: clients in Azure", flow.name)),
                    })
                    .collect(),
                egress: Vec::new(),
                ownership: Ownership::Exclusive,
            }),
        ),
        draft(
            stack.in_hub(),
            &flow.name,
            Spec::Endpoint(Endpoint {
                name,
                vpc: hub_vpc,
                subnets: subnets(stack.hub.subnets, env)?,
                endpoint_ips: pin_list(pins(stack, flow)),
                service: ServiceRef::Declared(addr(Kind::EndpointService, &flow.name)),
                security_groups: vec![GroupRef::Declared(addr(Kind::SecurityGroup, &group))],
                private_dns: false,
            }),
        ),
    ])
}

/// The flow's own pins, else those of the environment's region.
fn pins<'a>(stack: &'a Stack<'_>, flow: &'a Flow<'_>) -> &'a [Located<Ipv4Addr>] {
    let own = match &flow.way {
        Way::ToAws { endpoint_ips, .. } => endpoint_ips.get(&(stack.env.name.clone(), stack.region.name.clone())),
        Way::ToAzure { .. } => None,
    };
    own.unwrap_or(&stack.region.endpoint_ips)
}
