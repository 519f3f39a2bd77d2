//! What of a load balancer carries tags of its own.

use crate::kinds::planning::Wanted;
use crate::kinds::shared::aws::Tagged;
use crate::live::{LiveListener, LiveLoadBalancer, LiveTargetGroup};
use crate::model::LoadBalancer;

/// Returns the load balancer, its listeners that are declared, and the target groups that these forward to.
pub(super) fn tagged<'a>(one: &Wanted<'_, 'a, LoadBalancer>, live: &'a LiveLoadBalancer) -> Vec<Tagged<'a>> {
    let &Wanted { resource, spec, index } = one;
    let declared = |listener: &&LiveListener| spec.listeners.iter().any(|one| one.port == listener.port);
    let listeners: Vec<&LiveListener> = live.listeners.iter().flatten().filter(declared).collect();
    let serves =
        |group: &&&LiveTargetGroup| listeners.iter().any(|listener| listener.target_group.as_ref() == Some(&group.arn));
    let groups = index.our_target_groups.get(&resource.addr).into_iter().flatten().filter(serves);
    let groups = groups.map(|group| Tagged::part("target group", &group.arn, &group.tags));
    let listeners = listeners.iter().map(|listener| Tagged::part("listener", &listener.arn, &listener.tags));
    std::iter::once(Tagged::whole(&live.arn, &live.tags)).chain(listeners).chain(groups).collect()
}
