//! Look-up tables over what was observed, so that planning stays linear.

use std::collections::{BTreeMap, BTreeSet};

use crate::live::{
    AwsLive, LiveEndpoint, LiveGroup, LiveLoadBalancer, LiveService, LiveSubnet, LiveTargetGroup, LiveVpc, Observed,
};
use crate::marks;
use crate::model::{Addr, Place, PlaceKey};

/// The index of every AWS place that answered.
pub(crate) struct Indexes<'a>(BTreeMap<PlaceKey, Index<'a>>);

/// Look-up tables of one place.
pub(crate) struct Index<'a> {
    pub(crate) key: PlaceKey,
    pub(crate) live: &'a AwsLive,
    pub(crate) vpcs: BTreeMap<&'a str, &'a LiveVpc>,
    pub(crate) subnets: BTreeMap<&'a str, &'a LiveSubnet>,
    pub(crate) groups: BTreeMap<&'a str, &'a LiveGroup>,
    pub(crate) group_names: BTreeMap<(&'a str, String), &'a LiveGroup>,
    pub(crate) balancers: BTreeMap<&'a str, &'a LiveLoadBalancer>,
    pub(crate) services_of_balancer: BTreeMap<&'a str, Vec<&'a LiveService>>,
    pub(crate) target_groups: BTreeMap<&'a str, &'a LiveTargetGroup>,
    /// By the address of their mark.
    pub(crate) our_groups: BTreeMap<Addr, Vec<&'a LiveGroup>>,
    pub(crate) our_balancers: BTreeMap<Addr, Vec<&'a LiveLoadBalancer>>,
    pub(crate) our_target_groups: BTreeMap<Addr, Vec<&'a LiveTargetGroup>>,
    pub(crate) our_services: BTreeMap<Addr, Vec<&'a LiveService>>,
    pub(crate) our_endpoints: BTreeMap<Addr, Vec<&'a LiveEndpoint>>,
}

impl<'a> Indexes<'a> {
    pub(crate) fn of(observed: &'a Observed, product: &str) -> Self {
        let places = observed.places.keys().filter_map(|key| {
            let live = observed.aws(key)?;
            Some((key.clone(), Index::of(key, live, product)))
        });
        Self(places.collect())
    }

    /// Returns the index of a place, or `None` if it is unknown.
    pub(crate) fn get(&self, place: &Place) -> Option<&Index<'a>> {
        self.0.get(&place.key())
    }

    /// Returns the ids of every endpoint that carries the product's mark, in all places.
    pub(crate) fn our_endpoint_ids(&self) -> BTreeSet<&'a str> {
        let endpoints = self.0.values().flat_map(|index| index.our_endpoints.values().flatten());
        endpoints.map(|endpoint| endpoint.id.as_str()).collect()
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Index<'a>> {
        self.0.values()
    }
}

impl<'a> Index<'a> {
    fn of(key: &PlaceKey, live: &'a AwsLive, product: &str) -> Self {
        let mut services_of_balancer: BTreeMap<&str, Vec<&LiveService>> = BTreeMap::new();
        for service in &live.services {
            for arn in &service.load_balancers {
                services_of_balancer.entry(arn).or_default().push(service);
            }
        }
        let balancers = live.load_balancers.iter();
        Self {
            key: key.clone(),
            live,
            vpcs: live.vpcs.iter().map(|vpc| (vpc.id.as_str(), vpc)).collect(),
            subnets: live.subnets.iter().map(|subnet| (subnet.id.as_str(), subnet)).collect(),
            groups: live.groups.iter().map(|group| (group.id.as_str(), group)).collect(),
            group_names: live
                .groups
                .iter()
                .map(|group| ((group.vpc.as_str(), group.name.to_lowercase()), group))
                .collect(),
            balancers: balancers.map(|balancer| (balancer.arn.as_str(), balancer)).collect(),
            services_of_balancer,
            target_groups: live.target_groups.iter().map(|group| (group.name.as_str(), group)).collect(),
            our_groups: by_mark(&live.groups, |group| &group.tags, product),
            our_balancers: by_mark(&live.load_balancers, |balancer| &balancer.tags, product),
            our_target_groups: by_mark(&live.target_groups, |group| &group.tags, product),
            our_services: by_mark(live.services.iter().filter(|s| !is_going(&s.state)), |s| &s.tags, product),
            our_endpoints: by_mark(live.endpoints.iter().filter(|e| !is_going(&e.state)), |e| &e.tags, product),
        }
    }
}

/// Returns true for the states of an object that is being deleted or is gone.
fn is_going(state: &str) -> bool {
    state.eq_ignore_ascii_case("deleting") || state.eq_ignore_ascii_case("deleted")
}

fn by_mark<'a, T>(
    objects: impl IntoIterator<Item = &'a T>,
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
