//! What the config expects to find in AWS, place by place.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use ipnet::IpNet;
use xcloud_core::model::{
    AwsSpec, Desired, FoundLoadBalancer, GroupRef, LoadBalancer, LoadBalancerRef, Peer, PlaceKey, SecurityGroup,
    Selector, SpecOf, SubnetSelector,
};

/// What one account and region must have.
#[derive(Debug, Clone)]
pub(super) struct PlaceDemand {
    /// The account and region.
    pub(super) place: PlaceKey,
    /// The VPCs, each with its subnets and zones.
    pub(super) vpcs: BTreeMap<Selector, VpcDemand>,
    /// Load balancers that exist already.
    pub(super) balancers: BTreeMap<Selector, Vec<FoundLoadBalancer>>,
    /// Prefix lists that rules name.
    pub(super) prefix_lists: BTreeMap<String, bool>,
    /// Ids that cannot be seeded.
    pub(super) gaps: BTreeSet<String>,
}

/// What one VPC must have.
#[derive(Debug, Clone, Default)]
pub(super) struct VpcDemand {
    /// Subnets, with what goes into them.
    pub(super) subnets: BTreeMap<SubnetSelector, SubnetDemand>,
    /// Names of records: the VPC has private zones for them.
    pub(super) records: BTreeSet<String>,
}

/// What goes into the subnets of one selector.
#[derive(Debug, Clone, Default)]
pub(super) struct SubnetDemand {
    /// The lists of addresses pinned in them, one address for each subnet.
    pub(super) pins: Vec<Vec<Ipv4Addr>>,
    /// How many load balancers and endpoints take an address in each of them.
    pub(super) users: u32,
}

/// Returns what every AWS place must have.
pub(super) fn aws(desired: &Desired) -> Vec<PlaceDemand> {
    let mut places: BTreeMap<PlaceKey, PlaceDemand> = BTreeMap::new();
    for resource in desired.resources.values() {
        let spec = match resource.spec.of_cloud() {
            SpecOf::Aws(spec) => spec,
            SpecOf::Azure(_) => continue,
        };
        let key = resource.place.key();
        let place = places.entry(key.clone()).or_insert_with(|| PlaceDemand {
            place: key,
            vpcs: BTreeMap::new(),
            balancers: BTreeMap::new(),
            prefix_lists: BTreeMap::new(),
            gaps: BTreeSet::new(),
        });
        ask(place, spec, desired);
    }
    places.into_values().collect()
}

fn ask(place: &mut PlaceDemand, spec: AwsSpec<'_>, desired: &Desired) {
    match spec {
        AwsSpec::SecurityGroup(group) => ask_group(place, group),
        AwsSpec::LoadBalancer(balancer) => {
            let vpc = place.vpcs.entry(vpc_of(balancer, desired)).or_default();
            pin(vpc, &balancer.subnets, &balancer.service_ips);
            ask_groups(place, &balancer.security_groups);
        }
        AwsSpec::Endpoint(endpoint) => {
            let vpc = place.vpcs.entry(endpoint.vpc.clone()).or_default();
            pin(vpc, &endpoint.subnets, &endpoint.endpoint_ips);
            ask_groups(place, &endpoint.security_groups);
        }
        AwsSpec::EndpointService(service) => {
            for balancer in &service.load_balancers {
                if let LoadBalancerRef::Found(selector) = balancer {
                    place.balancers.entry(selector.clone()).or_default().extend(service.found.clone());
                }
            }
        }
        AwsSpec::PrivateZoneRecord(record) => {
            place.vpcs.entry(record.vpc.clone()).or_default().records.insert(record.record.clone());
        }
    }
}

fn ask_group(place: &mut PlaceDemand, group: &SecurityGroup) {
    place.vpcs.entry(group.vpc.clone()).or_default();
    let rules = group.ingress.iter().chain(&group.egress);
    // A prefix list holds one family: a rule for ICMPv6 says which.
    for rule in rules {
        match &rule.peer {
            Peer::PrefixList(id) => {
                let six = rule.protocol == xcloud_core::model::Protocol::Icmpv6;
                *place.prefix_lists.entry(id.clone()).or_default() |= six;
            }
            Peer::Group(GroupRef::Id(id)) => {
                place.gaps.insert(format!("the security group {id}"));
            }
            Peer::Group(GroupRef::Declared(_)) | Peer::Cidr(_) => {}
        }
    }
}

fn ask_groups(place: &mut PlaceDemand, groups: &[GroupRef]) {
    for group in groups {
        if let GroupRef::Id(id) = group {
            place.gaps.insert(format!("the security group {id}"));
        }
    }
}

fn pin(vpc: &mut VpcDemand, subnets: &SubnetSelector, pins: &[Ipv4Addr]) {
    let demand = vpc.subnets.entry(subnets.clone()).or_default();
    demand.users += 1;
    if !pins.is_empty() {
        demand.pins.push(pins.to_vec());
    }
}

/// The VPC of a load balancer: the declared one, that of its declared groups, or one of its own.
fn vpc_of(balancer: &LoadBalancer, desired: &Desired) -> Selector {
    let of_group = |group: &GroupRef| match group {
        GroupRef::Declared(addr) => desired.group(addr).map(|group| group.vpc.clone()),
        GroupRef::Id(_) => None,
    };
    let named = balancer.vpc.clone().or_else(|| balancer.security_groups.iter().find_map(of_group));
    named.unwrap_or_else(|| Selector::Tag(BTreeMap::from([("Name".to_owned(), format!("for {}", balancer.name))])))
}

/// Returns the clients that a found load balancer must admit on a port.
pub(super) fn admitted(found: &[FoundLoadBalancer]) -> Vec<(u16, IpNet)> {
    found.iter().flat_map(|found| found.clients.iter().map(|client| (found.port, *client))).collect()
}
