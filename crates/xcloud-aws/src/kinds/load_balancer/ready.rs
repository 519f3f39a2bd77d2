//! Whether a load balancer and its targets are where a condition waits for them.

use std::collections::BTreeSet;

use xcloud_core::live::{BalancerState, TargetHealth};
use xcloud_core::model::Target;
use xcloud_core::provider::{Progress, ProviderError};

use super::observe::one;
use super::parts::{every_target, listed_targets};
use crate::clients::Api;
use crate::interfaces;
use crate::progress::{NOT_VISIBLE, done, never, not_yet};

pub(crate) async fn active(api: &Api, arn: &str) -> Result<Progress, ProviderError> {
    let Some(balancer) = one(api, arn).await? else { return not_yet(NOT_VISIBLE) };
    match balancer.state {
        BalancerState::Active | BalancerState::ActiveImpaired => Ok(done()),
        BalancerState::Failed => never(api, "DescribeLoadBalancers", &balancer.state, None),
        BalancerState::Provisioning | BalancerState::Other(_) => not_yet(format!("state {}", balancer.state)),
    }
}

/// The interfaces stay for some minutes, and hold the groups (facts/aws 2.2, on `DeleteSecurityGroup`).
pub(crate) async fn gone(api: &Api, arn: &str) -> Result<Progress, ProviderError> {
    if let Some(balancer) = one(api, arn).await? {
        return not_yet(format!("state {}", balancer.state));
    }
    let left = interfaces::of_load_balancers(api, &BTreeSet::from([arn.to_owned()])).await?;
    match left.values().map(Vec::len).sum::<usize>() {
        0 => Ok(done()),
        count => not_yet(format!("{count} network interfaces are left")),
    }
}

/// Looks at these targets of a group, or at all where none is named: `enough` tells of so many unhealthy ones of so many
/// whether that will do. One that is not listed is not healthy.
pub(crate) async fn targets(
    api: &Api,
    group: &str,
    wanted: &BTreeSet<Target>,
    enough: fn(usize, usize) -> bool,
) -> Result<Progress, ProviderError> {
    let (mut by_address, mut by_id) = every_target(api, group).await?;
    if !wanted.is_empty() {
        let listed = |target: &Target| by_address.iter().any(|(ip, port, _)| (*ip, *port) == (target.ip, target.port));
        let absent = wanted.iter().filter(|target| !listed(target));
        let absent: Vec<_> =
            absent.map(|target| (target.ip, target.port, TargetHealth::from("not registered"))).collect();
        by_address.retain(|(ip, port, _)| wanted.contains(&Target { ip: *ip, port: *port }));
        by_address.extend(absent);
        by_id.clear();
    }
    let by_address = by_address.into_iter().map(|(ip, port, state)| (format!("{ip}:{port}"), state));
    let all: Vec<(String, TargetHealth)> = by_address.chain(by_id).collect();
    let ill = all.iter().filter(|(_, state)| *state != TargetHealth::Healthy);
    let ill: Vec<String> = ill.map(|(target, state)| format!("{target} {state}")).collect();
    match (all.is_empty(), enough(ill.len(), all.len())) {
        (true, _) => not_yet("no targets"),
        (false, true) => Ok(done()),
        (false, false) => not_yet(ill.join(", ")),
    }
}

/// None of these targets is listed any more. In a group that is gone there is none.
pub(crate) async fn targets_gone(
    api: &Api,
    group: &str,
    targets: &BTreeSet<Target>,
) -> Result<Progress, ProviderError> {
    let (by_address, _) = listed_targets(api, group).await?;
    let left = by_address.into_iter().filter(|(ip, port, _)| targets.contains(&Target { ip: *ip, port: *port }));
    let left: Vec<String> = left.map(|(ip, port, state)| format!("{ip}:{port} {state}")).collect();
    if left.is_empty() { Ok(done()) } else { not_yet(left.join(", ")) }
}
