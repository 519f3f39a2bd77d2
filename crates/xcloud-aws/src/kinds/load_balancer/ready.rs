//! Whether a load balancer and its targets are where a condition waits for them.

use std::collections::BTreeSet;

use xcloud_core::live::{BalancerState, TargetHealth};
use xcloud_core::provider::{Progress, ProviderError};

use super::observe::one;
use super::parts::every_target;
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

/// Looks at the targets of a group: `enough` tells of so many unhealthy ones of so many whether that will do.
pub(crate) async fn targets(
    api: &Api,
    group: &str,
    enough: fn(usize, usize) -> bool,
) -> Result<Progress, ProviderError> {
    let (by_address, by_id) = every_target(api, group).await?;
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
