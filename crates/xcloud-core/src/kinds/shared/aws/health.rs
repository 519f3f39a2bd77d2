//! Health: a way that carries traffic is only left for one that does.

use std::collections::BTreeSet;

use super::index::Index;
use crate::live::{LiveLoadBalancer, LiveService, LiveTargetGroup, TargetHealth};
use crate::model::{Health, PlaceKey, Target};
use crate::op::Handle;
use crate::plan::{Await, Condition, Patience};

/// How long new targets are given to become healthy: AWS takes three to five minutes before it checks one (facts/aws 2.2).
pub(crate) const HEALTHY_SECS: u64 = 900;

/// What of it is left for the checks, at least.
const CHECKED_SECS: u64 = 300;

/// Returns how long targets with this health check are given.
pub(crate) fn healthy_secs(interval_secs: u32, threshold: u32) -> u64 {
    let checks = u64::from(interval_secs) * u64::from(threshold);
    HEALTHY_SECS + checks.saturating_sub(CHECKED_SECS)
}

/// A target group that serves a listener, and how long its targets are given to become healthy.
#[derive(Debug, Clone)]
pub(crate) struct CheckedGroup {
    pub(crate) target_group: Handle,
    pub(crate) healthy_secs: u64,
}

impl CheckedGroup {
    /// Returns a live group with the health check that is declared, or else the one that it has.
    pub(crate) fn live(live: &LiveTargetGroup, declared: Option<Health>) -> Self {
        let own = Health { interval_secs: live.health.interval_secs, threshold: live.health.healthy };
        let Health { interval_secs, threshold } = declared.unwrap_or(own);
        let target_group = Handle::Known(live.arn.clone());
        Self { target_group, healthy_secs: healthy_secs(interval_secs, threshold) }
    }
}

/// Returns the target groups behind the listeners of a live load balancer, or behind the one of a port.
pub(crate) fn groups_behind(index: &Index<'_>, live: &LiveLoadBalancer, port: Option<u16>) -> Vec<CheckedGroup> {
    let listeners = live.listeners.iter().flatten().filter(|one| port.is_none_or(|port| one.port == port));
    let arns: BTreeSet<&str> = listeners.filter_map(|one| one.target_group.as_deref()).collect();
    let groups = index.target_groups.values().filter(|group| arns.contains(group.arn.as_str()));
    groups.map(|group| CheckedGroup::live(group, None)).collect()
}

/// All of these targets are healthy in time, or the run fails; all that are registered, where none is named.
pub(crate) fn all_healthy(place: &PlaceKey, group: &CheckedGroup, targets: BTreeSet<Target>) -> Await {
    let condition = Condition::TargetsHealthy { target_group: group.target_group.clone(), targets };
    Await { place: place.clone(), condition, binds: None, patience: Patience::Fail(group.healthy_secs) }
}

/// One of these targets is healthy in time, or the run fails; one of those that are registered, where none is named.
pub(crate) fn one_healthy(place: &PlaceKey, group: &CheckedGroup, targets: BTreeSet<Target>) -> Await {
    let condition = Condition::TargetsServe { target_group: group.target_group.clone(), targets };
    Await { place: place.clone(), condition, binds: None, patience: Patience::Fail(group.healthy_secs) }
}

/// Returns true if a target may carry connections: it is not known to be ill. One that was registered a moment ago may be
/// healthy by the time it is left.
pub(crate) fn may_carry(state: &TargetHealth) -> bool {
    match state {
        TargetHealth::Healthy => true,
        TargetHealth::Unhealthy | TargetHealth::Draining | TargetHealth::UnhealthyDraining => false,
        TargetHealth::Other(state) => !state.eq_ignore_ascii_case("unused"),
    }
}

/// Returns true if a target of a group may carry connections.
pub(crate) fn group_carries(group: &LiveTargetGroup) -> bool {
    let states = group.targets.iter().map(|(_, _, state)| state).chain(group.by_id.iter().map(|(_, state)| state));
    !group.load_balancers.is_empty() && states.into_iter().any(may_carry)
}

/// Returns true if a load balancer may carry connections through PrivateLink: a target behind a listener of it does, and
/// the services that have it are not known to be without connections.
pub(crate) fn balancer_carries(index: &Index<'_>, live: &LiveLoadBalancer) -> bool {
    let listeners = live.listeners.iter().flatten().filter_map(|listener| listener.target_group.as_deref());
    let groups: BTreeSet<&str> = listeners.collect();
    let unread = live.listeners.is_none();
    let carries = |group: &&&LiveTargetGroup| groups.contains(group.arn.as_str()) && group_carries(group);
    is_connected(index, live) && (unread || index.target_groups.values().any(|group| carries(&group)))
}

/// Returns false if nobody is connected through any service that has the load balancer. One that no service has may have
/// clients of its own.
pub(crate) fn is_connected(index: &Index<'_>, live: &LiveLoadBalancer) -> bool {
    services_of(index, live).is_empty() || has_endpoints(index, live)
}

/// Returns true if an endpoint is connected through a service that has the load balancer, or may be.
pub(crate) fn has_endpoints(index: &Index<'_>, live: &LiveLoadBalancer) -> bool {
    let connected = |service: &&LiveService| {
        service.connections.as_ref().is_none_or(|all| all.iter().any(|one| one.state.is_live()))
    };
    services_of(index, live).iter().any(connected)
}

fn services_of<'i, 'd>(index: &'i Index<'d>, live: &LiveLoadBalancer) -> &'i [&'d LiveService] {
    index.services_of_balancer.get(live.arn.as_str()).map(Vec::as_slice).unwrap_or_default()
}
