//! Look-up tables over what was observed, so that planning stays linear.

use std::collections::{BTreeMap, BTreeSet};

use super::select::{has_tags, named};
use crate::live::{
    AwsLive, EndpointState, LiveEndpoint, LiveGroup, LiveLoadBalancer, LiveService, LiveSubnet, LiveTargetGroup,
    LiveVpc, Observed,
};
use crate::marks;
use crate::model::{Addr, Place, PlaceKey};

/// The index of every AWS place that answered.
pub(crate) struct Indexes<'a> {
    places: BTreeMap<PlaceKey, Index<'a>>,
    /// The id of every endpoint that carries the product's mark, in all places.
    pub(crate) our_endpoint_ids: BTreeSet<&'a str>,
}

/// Objects by one of their tags.
struct ByTag<'a, T>(BTreeMap<(&'a str, &'a str), Vec<&'a T>>);

/// Look-up tables of one place. Lists are in the order of ids, whatever the order of the answer.
pub(crate) struct Index<'a> {
    pub(crate) key: PlaceKey,
    pub(crate) live: &'a AwsLive,
    pub(crate) vpcs: BTreeMap<&'a str, &'a LiveVpc>,
    pub(crate) subnets: BTreeMap<&'a str, &'a LiveSubnet>,
    pub(crate) groups: BTreeMap<&'a str, &'a LiveGroup>,
    pub(crate) group_names: BTreeMap<(&'a str, String), &'a LiveGroup>,
    pub(crate) balancers: BTreeMap<&'a str, &'a LiveLoadBalancer>,
    pub(crate) balancer_names: BTreeMap<&'a str, &'a LiveLoadBalancer>,
    pub(crate) services_of_balancer: BTreeMap<&'a str, Vec<&'a LiveService>>,
    /// By name.
    pub(crate) target_groups: BTreeMap<&'a str, &'a LiveTargetGroup>,
    /// By the address of their mark.
    pub(crate) our_groups: BTreeMap<Addr, Vec<&'a LiveGroup>>,
    pub(crate) our_balancers: BTreeMap<Addr, Vec<&'a LiveLoadBalancer>>,
    pub(crate) our_target_groups: BTreeMap<Addr, Vec<&'a LiveTargetGroup>>,
    pub(crate) our_services: BTreeMap<Addr, Vec<&'a LiveService>>,
    pub(crate) our_endpoints: BTreeMap<Addr, Vec<&'a LiveEndpoint>>,
    /// Ours that are being deleted and still hold their addresses.
    pub(crate) leaving_endpoints: BTreeMap<Addr, Vec<&'a LiveEndpoint>>,
    /// Endpoints whose connection waits for acceptance in a service of this place.
    pub(crate) pending: BTreeSet<&'a str>,
    /// Who holds an address: subnet and address to the id (or ARN).
    pub(crate) held: BTreeMap<(&'a str, std::net::Ipv4Addr), &'a str>,
    vpc_tags: ByTag<'a, LiveVpc>,
    subnet_tags: BTreeMap<&'a str, ByTag<'a, LiveSubnet>>,
    all_subnet_tags: ByTag<'a, LiveSubnet>,
    balancer_tags: ByTag<'a, LiveLoadBalancer>,
}

impl<'a> Indexes<'a> {
    pub(crate) fn of(observed: &'a Observed, product: &str) -> Self {
        let places: BTreeMap<PlaceKey, Index<'a>> = observed
            .places
            .keys()
            .filter_map(|key| Some((key.clone(), Index::of(key, observed.aws(key)?, product))))
            .collect();
        let endpoints = places.values().flat_map(|index| index.our_endpoints.values().flatten());
        let our_endpoint_ids = endpoints.map(|endpoint| endpoint.id.as_str()).collect();
        Self { places, our_endpoint_ids }
    }

    /// Returns the index of a place, or `None` if it is unknown.
    pub(crate) fn get(&self, place: &Place) -> Option<&Index<'a>> {
        self.places.get(&place.key())
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Index<'a>> + Clone {
        self.places.values()
    }
}

impl<'a> Index<'a> {
    fn of(key: &PlaceKey, live: &'a AwsLive, product: &str) -> Self {
        let balancers = || sorted(&live.load_balancers, |one| &one.arn).into_iter();
        let subnets = sorted(&live.subnets, |one| &one.id);
        let services = || sorted(&live.services, |one| &one.id).into_iter().filter(|one| !one.state.is_going());
        let endpoints = || sorted(&live.endpoints, |one| &one.id).into_iter();
        let mut services_of_balancer: BTreeMap<&str, Vec<&LiveService>> = BTreeMap::new();
        for service in services() {
            for arn in &service.load_balancers {
                services_of_balancer.entry(arn).or_default().push(service);
            }
        }
        let mut in_vpc: BTreeMap<&str, Vec<&LiveSubnet>> = BTreeMap::new();
        for subnet in &subnets {
            in_vpc.entry(&subnet.vpc).or_default().push(subnet);
        }
        let groups = sorted(&live.groups, |one| &one.id);
        let target_groups = sorted(&live.target_groups, |one| &one.arn);
        Self {
            key: key.clone(),
            live,
            vpcs: live.vpcs.iter().map(|vpc| (vpc.id.as_str(), vpc)).collect(),
            subnets: subnets.iter().map(|subnet| (subnet.id.as_str(), *subnet)).collect(),
            group_names: groups.iter().map(|one| ((one.vpc.as_str(), one.name.to_lowercase()), *one)).collect(),
            balancers: balancers().map(|balancer| (balancer.arn.as_str(), balancer)).collect(),
            balancer_names: balancers().map(|balancer| (balancer.name.as_str(), balancer)).collect(),
            services_of_balancer,
            target_groups: target_groups.iter().map(|group| (group.name.as_str(), *group)).collect(),
            our_groups: by_mark(groups.iter().copied(), |group| &group.tags, product),
            groups: groups.into_iter().map(|group| (group.id.as_str(), group)).collect(),
            our_balancers: by_mark(balancers(), |balancer| &balancer.tags, product),
            our_target_groups: by_mark(target_groups.into_iter(), |group| &group.tags, product),
            our_services: by_mark(services(), |service| &service.tags, product),
            our_endpoints: by_mark(endpoints().filter(|one| !one.state.is_going()), |one| &one.tags, product),
            leaving_endpoints: by_mark(
                endpoints().filter(|one| one.state == EndpointState::Deleting),
                |one| &one.tags,
                product,
            ),
            pending: pending(live),
            held: held(live),
            vpc_tags: ByTag::of(&sorted(&live.vpcs, |one| &one.id), |one| &one.tags),
            subnet_tags: in_vpc.iter().map(|(vpc, list)| (*vpc, ByTag::of(list, |one| &one.tags))).collect(),
            all_subnet_tags: ByTag::of(&subnets, |one| &one.tags),
            balancer_tags: ByTag::of(&sorted(&live.load_balancers, |one| &one.arn), |one| &one.tags),
        }
    }

    /// Returns the VPCs with these tags.
    pub(crate) fn vpcs_tagged(&self, tags: &BTreeMap<String, String>) -> Vec<&'a LiveVpc> {
        self.vpc_tags.with(tags, |one| &one.tags)
    }

    /// Returns the subnets with these tags, in a VPC or in all.
    pub(crate) fn subnets_tagged(&self, vpc: Option<&str>, tags: &BTreeMap<String, String>) -> Vec<&'a LiveSubnet> {
        match vpc {
            None => self.all_subnet_tags.with(tags, |one| &one.tags),
            Some(vpc) => self.subnet_tags.get(vpc).map(|list| list.with(tags, |one| &one.tags)).unwrap_or_default(),
        }
    }

    /// Returns the load balancers with these tags.
    pub(crate) fn balancers_tagged(&self, tags: &BTreeMap<String, String>) -> Vec<&'a LiveLoadBalancer> {
        self.balancer_tags.with(tags, |one| &one.tags)
    }
}

impl<'a, T> ByTag<'a, T> {
    fn of(objects: &[&'a T], tags: impl Fn(&'a T) -> &'a BTreeMap<String, String>) -> Self {
        let mut found: BTreeMap<(&str, &str), Vec<&T>> = BTreeMap::new();
        for object in objects.iter().copied() {
            for (key, value) in tags(object) {
                found.entry((key, value)).or_default().push(object);
            }
        }
        Self(found)
    }

    /// Returns the objects that have every wanted tag, found through the rarest of them.
    fn with(
        &self,
        wanted: &BTreeMap<String, String>,
        tags: impl Fn(&'a T) -> &'a BTreeMap<String, String>,
    ) -> Vec<&'a T> {
        let lists = wanted.iter().map(|(key, value)| self.0.get(&(key.as_str(), value.as_str())));
        let rarest = lists.min_by_key(|list| list.map_or(0, Vec::len)).flatten();
        rarest.into_iter().flatten().copied().filter(|object| has_tags(tags(object), wanted)).collect()
    }
}

fn sorted<'a, T>(objects: &'a [T], id: impl Fn(&'a T) -> &'a String) -> Vec<&'a T> {
    let mut list: Vec<&T> = objects.iter().collect();
    list.sort_by_key(|object| id(object));
    list
}

fn pending(live: &AwsLive) -> BTreeSet<&str> {
    let connections = live.services.iter().flat_map(|service| service.connections.iter().flatten());
    let waiting = connections.filter(|one| one.state == EndpointState::PendingAcceptance);
    waiting.map(|one| one.endpoint.as_str()).collect()
}

fn held(live: &AwsLive) -> BTreeMap<(&str, std::net::Ipv4Addr), &str> {
    let mut held = BTreeMap::new();
    let endpoints = live.endpoints.iter().map(|one| (one.id.as_str(), &one.interfaces));
    let balancers = live.load_balancers.iter().map(|one| (one.arn.as_str(), &one.interfaces));
    for (id, interfaces) in endpoints.chain(balancers) {
        for interface in interfaces {
            held.extend(interface.ips.iter().map(|ip| ((interface.subnet.as_str(), *ip), id)));
        }
    }
    for balancer in &live.load_balancers {
        let named = named(&balancer.subnets);
        held.extend(named.map(|(subnet, ip)| ((subnet, ip), balancer.arn.as_str())));
    }
    held
}

fn by_mark<'a, T>(
    objects: impl Iterator<Item = &'a T>,
    tags: impl Fn(&'a T) -> &'a BTreeMap<String, String>,
    product: &str,
) -> BTreeMap<Addr, Vec<&'a T>> {
    let mut found: BTreeMap<Addr, Vec<&'a T>> = BTreeMap::new();
    for object in objects {
        if let Some(addr) = marks::marked_address(tags(object), product) {
            found.entry(addr).or_default().push(object);
        }
    }
    found
}
