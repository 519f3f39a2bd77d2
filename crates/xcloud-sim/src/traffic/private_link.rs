//! From an endpoint through PrivateLink to the targets of the load balancers behind it.

use std::net::Ipv4Addr;

use super::verdict::{Hop, refusal, require};
use crate::Millis;
use crate::aws::{AwsWorld, BalancerView, EndpointView, TargetView};

/// A load balancer that takes the connection, and where it sends it.
#[derive(Debug)]
pub(super) struct Taken<'a> {
    pub(super) balancer: BalancerView<'a>,
    /// The targets that are registered, also those that drain.
    pub(super) targets: Vec<TargetView>,
}

/// Returns the load balancers that take a client's connection to an endpoint; any of them may get it, so each must.
pub(super) fn enter<'a>(
    aws: &'a AwsWorld,
    now: Millis,
    endpoint: &EndpointView<'a>,
    client: Ipv4Addr,
    port: u16,
) -> Hop<Vec<Taken<'a>>> {
    let (id, region) = (endpoint.id, endpoint.region);
    require(endpoint.state == "available", "endpoint", || format!("{id} is {}", endpoint.state))?;
    let open = aws.group_admits(region, endpoint.groups, false, client, port);
    require(open, "endpoint security group", || {
        format!("{} of {id} admit no {client} on port {port}", endpoint.groups.join(", "))
    })?;
    let gone = || refusal("endpoint service", format!("{} of {id} does not exist", endpoint.service));
    let service = aws.service(region, endpoint.service, now).ok_or_else(gone)?;
    require(service.available, "endpoint service", || format!("{} is being deleted", endpoint.service))?;
    let behind = !service.balancers.is_empty();
    require(behind, "load balancer", || format!("{} has no load balancer", endpoint.service))?;
    service.balancers.iter().map(|arn| take(aws, now, region, arn, client, port)).collect()
}

fn take<'a>(aws: &'a AwsWorld, now: Millis, region: &'a str, arn: &str, client: Ipv4Addr, port: u16) -> Hop<Taken<'a>> {
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
    let listener = aws.listener(region, arn, port, now);
    let listener = listener.ok_or_else(|| refusal("listener", format!("{name} has none on port {port}")))?;
    let tcp = ["TCP", "TLS", "TCP_UDP"].contains(&listener.protocol);
    require(tcp, "listener", || format!("{name} listens on port {port} for {}", listener.protocol))?;
    let groups = listener.target_groups.iter();
    let mut targets: Vec<_> = groups.flat_map(|group| aws.targets(region, group, now)).collect();
    if let Some(left) = listener.left {
        require(aws.has_target_group(region, left), "listener", || {
            format!("{name} still sends connections to {left}, which is gone")
        })?;
        let healthy = targets.iter().any(|target| target.taken);
        require(healthy, "target", || format!("{name} has no healthy one behind port {port}"))?;
        targets.extend(aws.targets(region, left, now).into_iter().map(|target| TargetView { taken: true, ..target }));
    }
    require(!targets.is_empty(), "target", || format!("{name} has no target behind port {port}"))?;
    Ok(Taken { balancer, targets })
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
        let BalancerView { region, groups, name, .. } = self.balancer;
        let open = groups.is_empty() || aws.group_admits(region, groups, true, target.address, target.port);
        require(open, "load balancer security group", || {
            format!("{} of {name} let nothing out to {}:{}", groups.join(", "), target.address, target.port)
        })
    }
}
