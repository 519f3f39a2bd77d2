//! What a connection meets on the AWS side, as plain values: the window through which `traffic` sees the state.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use super::endpoints::{Endpoint, dns_entries};
use super::interfaces::{Holder, held_by};
use super::record_sets::{Content, full_name, key};
use super::rules::{RuleKey, Source};
use super::target_groups::load_balancer_of;
use super::targets;
use super::world::{AwsWorld, Region};
use crate::Millis;

/// A VPC.
#[derive(Debug, Clone, Copy)]
pub(crate) struct VpcView<'a> {
    pub(crate) id: &'a str,
    pub(crate) cidr: Ipv4Net,
    /// Whether private zones work in it.
    pub(crate) resolves: bool,
}

/// What a record set of Route 53 answers.
#[derive(Debug, Clone, Copy)]
pub(crate) enum RecordView<'a> {
    Values(&'a [String]),
    /// Another name, with the dot at the end.
    Alias(&'a str),
}

/// An interface endpoint.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EndpointView<'a> {
    pub(crate) region: &'a str,
    pub(crate) id: &'a str,
    pub(crate) vpc: &'a str,
    pub(crate) state: &'static str,
    /// Whether connections go through it: also while it gets or loses subnets.
    pub(crate) carries: bool,
    pub(crate) groups: &'a [String],
    /// The service's id.
    pub(crate) service: &'a str,
    /// The one address by which it is entered; `None`: any, by its own name.
    pub(crate) at: Option<Ipv4Addr>,
}

/// An address of a load balancer or of an endpoint, in a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Node<'a> {
    pub(crate) address: Ipv4Addr,
    /// The zone's id.
    pub(crate) zone: &'a str,
}

/// Who has an address.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Holding<'a> {
    Endpoint(EndpointView<'a>),
    /// By its ARN.
    LoadBalancer(&'a str),
}

/// An endpoint service.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ServiceView<'a> {
    pub(crate) available: bool,
    /// The ARNs of its load balancers.
    pub(crate) balancers: &'a [String],
}

/// A network load balancer.
#[derive(Debug, Clone)]
pub(crate) struct BalancerView<'a> {
    pub(crate) region: &'a str,
    pub(crate) arn: &'a str,
    pub(crate) name: &'a str,
    pub(crate) state: &'static str,
    pub(crate) groups: &'a [String],
    /// Whether traffic through PrivateLink meets the groups' inbound rules.
    pub(crate) enforces: bool,
    pub(crate) nodes: Vec<Node<'a>>,
}

/// A listener.
#[derive(Debug, Clone)]
pub(crate) struct ListenerView<'a> {
    pub(crate) protocol: &'a str,
    /// Every target group that gets traffic.
    pub(crate) target_groups: Vec<&'a str>,
    /// The target group to which new connections still go, although the listener has left it.
    pub(crate) left: Option<&'a str>,
}

/// A registered target.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TargetView {
    pub(crate) address: Ipv4Addr,
    pub(crate) port: u16,
    pub(crate) state: &'static str,
    /// Whether new connections arrive there.
    pub(crate) taken: bool,
}

/// The way of a load balancer's health checks to a target.
#[derive(Debug, Clone)]
pub(crate) struct CheckView {
    pub(crate) region: String,
    pub(crate) target_group: String,
    /// The target, in its group.
    pub(crate) key: String,
    pub(crate) target: (Ipv4Addr, u16),
    pub(crate) nodes: Vec<Ipv4Addr>,
    /// Whether the load balancer's groups let the checks out ("Health checks are subject to outbound rules, but not
    /// inbound rules",
    /// <https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-security-groups.html>).
    pub(crate) let_out: bool,
}

impl AwsWorld {
    /// Returns the VPCs of an account in a region.
    pub(crate) fn vpcs_of(&self, account: &str, region: &str) -> Vec<VpcView<'_>> {
        let vpcs = self.regions.get(region).into_iter().flat_map(|region| &region.vpcs);
        let own = vpcs.filter(|(_, vpc)| vpc.owner == account);
        own.map(|(id, vpc)| VpcView { id, cidr: vpc.cidr, resolves: vpc.dns_support && vpc.dns_hostnames }).collect()
    }

    /// Returns id and name of the private zones that a VPC asks; names have the dot at the end.
    pub(crate) fn zones_of_vpc(&self, region: &str, vpc: &str) -> Vec<(&str, &str)> {
        let zones = self.zones.iter().filter(|(_, zone)| zone.private);
        let asked = zones.filter(|(_, zone)| zone.vpcs.iter().any(|(held, id)| held == region && id == vpc));
        asked.map(|(id, zone)| (id.as_str(), zone.name.as_str())).collect()
    }

    /// Returns what a record set of a zone answers.
    pub(crate) fn record(&self, zone: &str, name: &str, kind: &str) -> Option<RecordView<'_>> {
        let record = self.zones.get(zone)?.records.get(&key(&full_name(name), kind))?;
        Some(match &record.content {
            Content::Values { values, .. } => RecordView::Values(values),
            Content::Alias { name, .. } => RecordView::Alias(name),
        })
    }

    /// Returns the endpoint with this DNS name of AWS's own, in whichever region.
    pub(crate) fn endpoint_with_own_name(&self, name: &str, now: Millis) -> Option<EndpointView<'_>> {
        let wanted = full_name(name);
        self.regions.iter().find_map(|(region_name, region)| {
            let mut likely = region.endpoints.iter().filter(|(id, _)| wanted.starts_with(id.as_str()));
            let named = |(id, endpoint): &(&String, &Endpoint)| {
                dns_entries(region_name, region, id, endpoint).iter().any(|(entry, _)| full_name(entry) == wanted)
            };
            likely.find(named).map(|(id, endpoint)| endpoint_view(region_name, id, endpoint, now))
        })
    }

    /// Returns the endpoint of a VPC whose private name this is.
    pub(crate) fn endpoint_with_private_name(
        &self,
        region: &str,
        vpc: &str,
        name: &str,
        now: Millis,
    ) -> Option<EndpointView<'_>> {
        let (region_name, region) = self.regions.get_key_value(region)?;
        let named = |endpoint: &Endpoint| {
            endpoint.vpc == vpc
                && endpoint.private_dns
                && endpoint.connected(now)
                && endpoint.private_name.as_ref().is_some_and(|own| own.eq_ignore_ascii_case(name))
        };
        let found = region.endpoints.iter().find(|(_, endpoint)| named(endpoint));
        found.map(|(id, endpoint)| endpoint_view(region_name, id, endpoint, now))
    }

    /// Returns who has an address, in whichever region and account.
    pub(crate) fn holders(&self, address: Ipv4Addr, now: Millis) -> Vec<Holding<'_>> {
        let mut found = Vec::new();
        for (region_name, region) in &self.regions {
            for (_, interface) in held_by(region, |_| true).filter(|(_, interface)| interface.address == address) {
                match &interface.holder {
                    Holder::LoadBalancer { arn, .. } => found.push(Holding::LoadBalancer(arn)),
                    Holder::Endpoint(id) => {
                        let endpoint = region.endpoints.get(id);
                        let view = endpoint.map(|endpoint| endpoint_view(region_name, id, endpoint, now));
                        let view = view.map(|view| EndpointView { at: Some(address), ..view });
                        found.extend(view.map(Holding::Endpoint));
                    }
                }
            }
        }
        found
    }

    /// Tells whether the interface with an address stands in a zone that is gone.
    pub(crate) fn stands_in_lost_zone(&self, region: &str, address: Ipv4Addr) -> bool {
        let Some(region) = self.regions.get(region) else { return false };
        held_by(region, |_| true)
            .any(|(_, interface)| interface.address == address && region.is_lost(&interface.vpc, address))
    }

    /// Returns an endpoint service.
    pub(crate) fn service(&self, region: &str, id: &str, now: Millis) -> Option<ServiceView<'_>> {
        let service = self.regions.get(region)?.services.get(id)?;
        let there = service.gone.is_none_or(|gone| now < gone);
        there.then_some(ServiceView { available: service.gone.is_none(), balancers: &service.load_balancers })
    }

    /// Returns the addresses at which an endpoint takes connections: none in a zone that is gone.
    pub(crate) fn doors<'a>(&'a self, endpoint: &EndpointView<'a>, now: Millis) -> Vec<Node<'a>> {
        let Some(region) = self.regions.get(endpoint.region) else { return Vec::new() };
        let (id, at) = (endpoint.id, endpoint.at);
        let mut doors = nodes(region, move |holder| matches!(holder, Holder::Endpoint(held) if held == id), now);
        doors.retain(|door| at.is_none_or(|at| at == door.address));
        doors
    }

    /// Returns a load balancer.
    pub(crate) fn balancer(&self, region: &str, arn: &str, now: Millis) -> Option<BalancerView<'_>> {
        let (region_name, region) = self.regions.get_key_value(region)?;
        let (arn, balancer) = region.load_balancers.get_key_value(arn)?;
        let nodes = nodes(region, move |one| matches!(one, Holder::LoadBalancer { arn: held, .. } if held == arn), now);
        Some(BalancerView {
            region: region_name,
            arn,
            name: &balancer.name,
            state: balancer.state(now),
            groups: &balancer.groups,
            enforces: balancer.enforces_on_private_link,
            nodes,
        })
    }

    /// Returns the listener of a load balancer on a port.
    pub(crate) fn listener(&self, region: &str, balancer: &str, port: u16, now: Millis) -> Option<ListenerView<'_>> {
        let mut listeners = self.regions.get(region)?.listeners.values();
        let found = listeners.find(|listener| listener.load_balancer == balancer && listener.port == port)?;
        let left = found.left.as_ref().filter(|(_, until)| now < *until).map(|(group, _)| group.as_str());
        let target_groups = found.groups().map(String::as_str).collect();
        Some(ListenerView { protocol: &found.protocol, target_groups, left })
    }

    /// Returns the targets of a target group, as a node of the load balancer sees them.
    pub(crate) fn targets(&self, region: &str, group: &str, node: Ipv4Addr, now: Millis) -> Vec<TargetView> {
        let Some(region) = self.regions.get(region) else { return Vec::new() };
        let targets = region.target_groups.get(group).into_iter().flat_map(|group| group.targets.values());
        let view = |target: &targets::Target| {
            let (state, _) = targets::state_at(region, group, target, Some(node), now);
            let taken = targets::is_taken(state, target, now);
            TargetView { address: target.address, port: target.port, state, taken }
        };
        targets.map(view).collect()
    }

    /// Tells whether there is a target group.
    pub(crate) fn has_target_group(&self, region: &str, group: &str) -> bool {
        self.regions.get(region).is_some_and(|region| region.target_groups.contains_key(group))
    }

    /// Returns the ways of all health checks.
    pub(crate) fn checks(&self, now: Millis) -> Vec<CheckView> {
        let mut checks = Vec::new();
        for (name, region) in &self.regions {
            for (arn, group) in &region.target_groups {
                let Some(balancer) = load_balancer_of(region, arn).and_then(|arn| self.balancer(name, arn, now)) else {
                    continue;
                };
                for (key, target) in &group.targets {
                    let (ip, port) = (target.address, target.port);
                    let let_out =
                        balancer.groups.is_empty() || self.group_admits(name, balancer.groups, true, ip, port);
                    checks.push(CheckView {
                        region: name.clone(),
                        target_group: arn.clone(),
                        key: key.clone(),
                        target: (ip, port),
                        nodes: balancer.nodes.iter().map(|node| node.address).collect(),
                        let_out,
                    });
                }
            }
        }
        checks
    }

    /// Notes from which nodes health checks come through.
    pub(crate) fn see_check(&mut self, check: &CheckView, open: &BTreeMap<Ipv4Addr, bool>, now: Millis) {
        if let Some(region) = self.regions.get_mut(&check.region) {
            targets::see_ways(region, &check.target_group, &check.key, open, now);
        }
    }

    /// Tells whether one of the security groups lets TCP in from (or, `egress`, out to) an address on a port.
    pub(crate) fn group_admits(
        &self,
        region: &str,
        groups: &[String],
        egress: bool,
        peer: Ipv4Addr,
        port: u16,
    ) -> bool {
        let Some(region) = self.regions.get(region) else { return false };
        let rules = groups.iter().filter_map(|id| region.groups.get(id)).flat_map(|group| &group.rules);
        rules.into_iter().any(|rule| rule.key.egress == egress && admits(region, &rule.key, peer, port))
    }
}

/// Returns the nodes of a holder through which connections go: none in a zone that is gone, to which no name leads.
fn nodes<'a>(region: &'a Region, holds: impl Fn(&Holder) -> bool + 'a, now: Millis) -> Vec<Node<'a>> {
    let held = held_by(region, holds).map(|(_, interface)| interface);
    let there = held.filter(|one| one.serves <= now && !region.is_lost(&one.vpc, one.address));
    let zone = |subnet: &str| region.subnets.get(subnet).map(|subnet| subnet.zone_id.as_str());
    there.filter_map(|one| Some(Node { address: one.address, zone: zone(&one.subnet)? })).collect()
}

fn endpoint_view<'a>(region: &'a str, id: &'a str, endpoint: &'a Endpoint, now: Millis) -> EndpointView<'a> {
    EndpointView {
        region,
        id,
        vpc: &endpoint.vpc,
        state: endpoint.state(now),
        carries: endpoint.carries(now),
        groups: &endpoint.groups,
        service: &endpoint.service,
        at: None,
    }
}

fn admits(region: &Region, rule: &RuleKey, peer: Ipv4Addr, port: u16) -> bool {
    let traffic = match rule.protocol.as_str() {
        "-1" => true,
        "tcp" => (rule.from..=rule.to).contains(&i32::from(port)),
        _ => false,
    };
    traffic
        && match &rule.source {
            Source::V4(range) => range.contains(&peer),
            Source::V6(_) => false,
            Source::PrefixList(id) => {
                let ranges = region.prefix_lists.get(id).into_iter().flat_map(|list| list.entries.keys());
                ranges.filter_map(|range| range.parse::<Ipv4Net>().ok()).any(|range| range.contains(&peer))
            }
            Source::Group { id, .. } => held_by(region, |_| true)
                .any(|(_, interface)| interface.address == peer && interface.groups.contains(id)),
        }
}
