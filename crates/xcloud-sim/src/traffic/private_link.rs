//! From an endpoint through PrivateLink to the targets of the load balancers behind it.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::rc::Rc;

use super::verdict::{Hop, refusal, require};
use crate::Millis;
use crate::aws::{AwsWorld, BalancerView, EndpointView, TargetView};

/// A node of a load balancer that takes the connection, and where it sends it.
#[derive(Debug)]
pub(super) struct Taken<'a> {
    pub(super) balancer: Rc<BalancerView<'a>>,
    /// The node's address, from which the connection goes on.
    pub(super) node: Ipv4Addr,
    /// The targets that are registered, also those that drain.
    pub(super) targets: Vec<TargetView>,
}

/// Returns the nodes that take a client's connection to an endpoint; any of them may get it, so each must. A connection
/// stays in the zone in which it enters the endpoint
/// (<https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-share-your-services.html>).
pub(super) fn enter<'a>(
    aws: &'a AwsWorld,
    now: Millis,
    endpoint: &EndpointView<'a>,
    client: Ipv4Addr,
    port: u16,
) -> Hop<Vec<Taken<'a>>> {
    let (id, region) = (endpoint.id, endpoint.region);
    require(endpoint.carries, "endpoint", || format!("{id} is {}", endpoint.state))?;
    let open = aws.group_admits(region, endpoint.groups, false, client, port);
    require(open, "endpoint security group", || {
        format!("{} of {id} admit no {client} on port {port}", endpoint.groups.join(", "))
    })?;
    let gone = || refusal("endpoint service", format!("{} of {id} does not exist", endpoint.service));
    let service = aws.service(region, endpoint.service, now).ok_or_else(gone)?;
    require(service.available, "endpoint service", || format!("{} is being deleted", endpoint.service))?;
    let behind = !service.balancers.is_empty();
    require(behind, "load balancer", || format!("{} has no load balancer", endpoint.service))?;
    let balancers = service.balancers.iter().map(|arn| take(aws, now, region, arn, client, port));
    let balancers = balancers.collect::<Hop<Vec<_>>>()?;
    let doors = aws.doors(endpoint, now);
    require(!doors.is_empty(), "endpoint", || match endpoint.at {
        Some(address) => format!("{id} takes nothing at {address} yet"),
        None => format!("{id} has no address"),
    })?;
    let mut taken = Vec::new();
    for zone in doors.iter().map(|door| door.zone).collect::<BTreeSet<_>>() {
        let here = |balancer: &&Rc<BalancerView<'_>>| balancer.nodes.iter().any(|node| node.zone == zone);
        require(balancers.iter().any(|balancer| here(&balancer)), "load balancer", || {
            format!("{id} is in {zone}, and no load balancer of {} is", endpoint.service)
        })?;
        for balancer in &balancers {
            for node in balancer.nodes.iter().filter(|node| node.zone == zone) {
                let targets = targets(aws, now, balancer, node.address, port)?;
                taken.push(Taken { balancer: Rc::clone(balancer), node: node.address, targets });
            }
        }
    }
    Ok(taken)
}

fn take<'a>(
    aws: &'a AwsWorld,
    now: Millis,
    region: &'a str,
    arn: &'a str,
    client: Ipv4Addr,
    port: u16,
) -> Hop<Rc<BalancerView<'a>>> {
    let balancer = aws.balancer(region, arn, now);
    let balancer = balancer.ok_or_else(|| refusal("load balancer", format!("there is no {arn}")))?;
    let name = balancer.name;
    require(balancer.state == "active", "load balancer", || format!("{name} is {}", balancer.state))?;
    if balancer.enforces && !balancer.groups.is_empty() {
        let open = aws.group_admits(region, balancer.groups, false, client, port);
        require(open, "load balancer security group", || {
            format!("{} of {name} admit no {client} on port {port}", balancer.groups.join(", "))
        })?;
    }
    Ok(Rc::new(balancer))
}

/// Returns the targets to which a node may send a connection.
fn targets(
    aws: &AwsWorld,
    now: Millis,
    balancer: &BalancerView<'_>,
    node: Ipv4Addr,
    port: u16,
) -> Hop<Vec<TargetView>> {
    let BalancerView { region, name, arn, .. } = balancer;
    let listener = aws.listener(region, arn, port, now);
    let listener = listener.ok_or_else(|| refusal("listener", format!("{name} has none on port {port}")))?;
    let tcp = ["TCP", "TLS", "TCP_UDP"].contains(&listener.protocol);
    require(tcp, "listener", || format!("{name} listens on port {port} for {}", listener.protocol))?;
    let groups = listener.target_groups.iter();
    let mut targets: Vec<_> = groups.flat_map(|group| aws.targets(region, group, node, now)).collect();
    if let Some(left) = listener.left {
        require(aws.has_target_group(region, left), "listener", || {
            format!("{name} still sends connections to {left}, which is gone")
        })?;
        let healthy = targets.iter().any(|target| target.taken);
        require(healthy, "target", || format!("{name} has no healthy one behind port {port}"))?;
        let old = aws.targets(region, left, node, now);
        targets.extend(old.into_iter().map(|target| TargetView { taken: true, ..target }));
    }
    require(!targets.is_empty(), "target", || format!("{name} has no target behind port {port}"))?;
    Ok(targets)
}

impl Taken<'_> {
    /// Returns the targets at which new connections arrive, of which there is one at least.
    pub(super) fn used(&self) -> Hop<Vec<&TargetView>> {
        let used: Vec<&TargetView> = self.targets.iter().filter(|target| target.taken).collect();
        require(!used.is_empty(), "target", || {
            let states = self.targets.iter().map(|target| format!("{} is {}", target.address, target.state));
            format!("{} has no healthy one: {}", self.balancer.name, states.collect::<Vec<_>>().join(", "))
        })?;
        Ok(used)
    }

    /// Refuses what the load balancer's groups do not let out to a target.
    pub(super) fn leave(&self, aws: &AwsWorld, target: &TargetView) -> Hop<()> {
        let BalancerView { region, groups, name, .. } = &*self.balancer;
        let open = groups.is_empty() || aws.group_admits(region, groups, true, target.address, target.port);
        require(open, "load balancer security group", || {
            format!("{} of {name} let nothing out to {}:{}", groups.join(", "), target.address, target.port)
        })
    }
}
