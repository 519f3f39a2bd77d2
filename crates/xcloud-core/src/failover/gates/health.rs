//! The health of a region's targets, as far as the live data tells it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Question, marked};
use crate::kinds::Role;
use crate::live::{AwsLive, BalancerState, LiveLoadBalancer, LiveTargetGroup, TargetHealth};
use crate::model::{Addr, EndpointService, LoadBalancerRef, Resource};

/// The health of a region's targets.
#[derive(Debug, Default)]
pub(super) struct Health {
    /// One for each target group of a load balancer.
    pub(super) groups: Vec<GroupHealth>,
    /// Declared load balancers of ours.
    pub(super) balancers: usize,
    /// Those of them that are not there.
    pub(super) missing: BTreeSet<Addr>,
    /// Those that are there and not active: address, ARN, state.
    pub(super) waiting: Vec<(Addr, String, String)>,
    /// The zones in which the load balancers of the groups stand.
    pub(super) zones: BTreeSet<String>,
    /// What is not known, and why.
    pub(super) silent: BTreeSet<String>,
    /// Found load balancers that forward nothing on the declared port to a target group that is known.
    pub(super) blind: Vec<String>,
}

/// The health of a target group's targets.
#[derive(Debug)]
pub(super) struct GroupHealth {
    /// The resource that it serves, with the port of the listener.
    pub(super) of: String,
    /// True for a load balancer of ours, whose targets are in Azure.
    pub(super) ours: bool,
    /// The target group's ARN.
    pub(super) id: String,
    /// How many targets are healthy.
    pub(super) healthy: usize,
    /// The others: address and port or id, state.
    pub(super) others: Vec<String>,
}

impl GroupHealth {
    /// Returns how many targets there are.
    pub(super) fn total(&self) -> usize {
        self.healthy + self.others.len()
    }
}

impl Health {
    /// Reads the health of the environment's targets in a region.
    pub(super) fn of(question: &Question<'_>, region: &str) -> Self {
        let mut health = Self::default();
        for resource in question.in_region(region) {
            match resource.spec.declared().role() {
                Role::Balancer(spec) => health.add_ours(question, resource, &spec.name),
                Role::Service(spec) => health.add_found(question, resource, spec),
                Role::Group(_)
                | Role::Endpoint(_)
                | Role::Filter(_)
                | Role::Wall(_)
                | Role::Switched(..)
                | Role::Beside => {}
            }
        }
        health
    }

    /// Returns how many targets are healthy, and how many there are.
    pub(super) fn count(&self) -> (usize, usize) {
        let healthy = self.groups.iter().map(|group| group.healthy).sum();
        (healthy, self.groups.iter().map(GroupHealth::total).sum())
    }

    /// Returns true if every target is known, there is one, and none is healthy: of those that stand in Azure, or of
    /// all where none stands there.
    pub(super) fn is_dead(&self) -> bool {
        let (ours, others): (Vec<_>, Vec<_>) = self.groups.iter().partition(|group| group.ours);
        let judged = if ours.is_empty() { others } else { ours };
        let there = judged.iter().any(|group| group.total() > 0);
        self.silent.is_empty() && there && judged.iter().all(|group| group.healthy == 0)
    }

    fn add_ours(&mut self, question: &Question<'_>, resource: &Resource, name: &str) {
        self.balancers += 1;
        let live = match question.aws(resource) {
            Ok(live) => live,
            Err(silence) => {
                self.silent.insert(silence);
                return;
            }
        };
        let Some(balancer) = marked::balancer(question, live, &resource.addr, name) else {
            self.missing.insert(resource.addr.clone());
            return;
        };
        if balancer.state != BalancerState::Active {
            self.waiting.push((resource.addr.clone(), balancer.arn.clone(), balancer.state.to_string()));
        }
        for (port, group) in groups(live, balancer) {
            self.add_group(live, balancer, (format!("{} port {port}", resource.addr), true), group);
        }
    }

    /// The groups behind a found load balancer belong to others; only what serves the declared port matters.
    fn add_found(&mut self, question: &Question<'_>, resource: &Resource, spec: &EndpointService) {
        let selectors = spec.load_balancers.iter().filter_map(|one| match one {
            LoadBalancerRef::Found(selector) => Some(selector),
            LoadBalancerRef::Declared(_) => None,
        });
        let port = spec.found.as_ref().map(|found| found.port);
        for selector in selectors {
            let live = match question.aws(resource) {
                Ok(live) => live,
                Err(silence) => {
                    self.silent.insert(silence);
                    return;
                }
            };
            for balancer in marked::found(live, selector) {
                let read: Vec<_> =
                    groups(live, balancer).into_iter().filter(|(at, _)| port.is_none_or(|port| port == *at)).collect();
                if read.is_empty() {
                    self.blind.push(format!("{}: the targets behind {} are not known", resource.addr, balancer.arn));
                }
                for (port, group) in read {
                    self.add_group(live, balancer, (format!("{} port {port}", resource.addr), false), group);
                }
            }
        }
    }

    fn add_group(
        &mut self,
        live: &AwsLive,
        balancer: &LiveLoadBalancer,
        (of, ours): (String, bool),
        group: &LiveTargetGroup,
    ) {
        let zones = balancer.subnets.keys().filter_map(|subnet| marked::zone(live, subnet));
        self.zones.extend(zones.map(str::to_owned));
        let by_address = group.targets.iter().map(|(ip, port, state)| (format!("{ip}:{port}"), state));
        let all = by_address.chain(group.by_id.iter().map(|(id, state)| (id.clone(), state)));
        let (healthy, others): (Vec<_>, Vec<_>) = all.partition(|(_, state)| **state == TargetHealth::Healthy);
        let others = others.into_iter().map(|(target, state)| format!("{target} {state}")).collect();
        self.groups.push(GroupHealth { of, ours, id: group.arn.clone(), healthy: healthy.len(), others });
    }
}

/// The target groups to which the listeners of a load balancer forward, by the listener's port.
fn groups<'a>(live: &'a AwsLive, balancer: &LiveLoadBalancer) -> BTreeMap<u16, &'a LiveTargetGroup> {
    let of = |arn: &String| live.target_groups.iter().find(|group| group.arn == *arn);
    let listeners = balancer.listeners.iter().flatten();
    listeners.filter_map(|one| Some((one.port, of(one.target_group.as_ref()?)?))).collect()
}
