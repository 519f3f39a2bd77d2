//! The parts of load balancers: target groups, listeners, targets and tags.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use aws_sdk_elasticloadbalancingv2::types::{Listener, TargetGroup, TargetHealthDescription};
use xcloud_core::limits::Quota;
use xcloud_core::live::{Beyond, Extra, LiveHealth, LiveListener, LiveTargetGroup, TargetHealth};
use xcloud_core::provider::{ErrorKind, ProviderError};

use crate::call::{BALANCER_PAGE, absent_is_none, side_by_side};
use crate::clients::Api;
use crate::tags::{self, Tags};

/// One `DescribeTags` call takes twenty resources (Elastic Load Balancing API, `DescribeTags`).
const TAGGED_AT_ONCE: usize = 20;

/// Reads tags, by ARN. What is gone has none.
pub(crate) async fn tags_of(api: &Api, arns: &[String]) -> Result<BTreeMap<String, Tags>, ProviderError> {
    let calls = arns.chunks(TAGGED_AT_ONCE).map(|chunk| tags_of_chunk(api, chunk)).collect();
    Ok(side_by_side(calls).await?.into_iter().flatten().collect())
}

/// One resource that was deleted since it was listed fails the whole call: then each is asked for alone.
async fn tags_of_chunk(api: &Api, arns: &[String]) -> Result<Vec<(String, Tags)>, ProviderError> {
    match tags_call(api, arns).await {
        Err(error) if error.kind == ErrorKind::NotFound && arns.len() > 1 => {
            let mut found = Vec::new();
            for arn in arns {
                found.extend(absent_is_none(tags_call(api, std::slice::from_ref(arn)).await)?.unwrap_or_default());
            }
            Ok(found)
        }
        answer => Ok(absent_is_none(answer)?.unwrap_or_default()),
    }
}

async fn tags_call(api: &Api, arns: &[String]) -> Result<Vec<(String, Tags)>, ProviderError> {
    let page = api
        .read(Quota::LoadBalancing, "DescribeTags", || {
            api.balancing.describe_tags().set_resource_arns(Some(arns.to_vec())).send()
        })
        .await?;
    let found = page.tag_descriptions.unwrap_or_default().into_iter();
    Ok(found.filter_map(|tagged| Some((tagged.resource_arn?, tags::from_balancing(tagged.tags)))).collect())
}

/// Lists the target groups of the region, without tags and targets.
pub(super) async fn target_groups(api: &Api) -> Result<Vec<LiveTargetGroup>, ProviderError> {
    let found = api
        .pages(
            Quota::LoadBalancing,
            "DescribeTargetGroups",
            |marker| api.balancing.describe_target_groups().page_size(BALANCER_PAGE).set_marker(marker).send(),
            |page| (page.target_groups, page.next_marker),
        )
        .await?;
    Ok(found.into_iter().map(live_target_group).collect())
}

/// Returns a target group without tags and targets.
pub(super) fn live_target_group(group: TargetGroup) -> LiveTargetGroup {
    let types = group.ip_address_type.as_ref().map(|types| types.as_str());
    let enabled = group.health_check_enabled.map(|enabled| enabled.to_string());
    let beyond = [
        Beyond::unless(Extra::AddressTypes, types, |types| types == "ipv4"),
        Beyond::unless(Extra::HealthPort, group.health_check_port.as_deref(), |port| port == "traffic-port"),
        Beyond::unless(Extra::HealthEnabled, enabled.as_deref(), |enabled| enabled == "true"),
    ];
    let number = |number: Option<i32>| number.and_then(|number| u32::try_from(number).ok()).unwrap_or_default();
    LiveTargetGroup {
        beyond: beyond.into_iter().flatten().collect(),
        arn: group.target_group_arn.unwrap_or_default(),
        name: group.target_group_name.unwrap_or_default(),
        port: group.port.and_then(|port| u16::try_from(port).ok()).unwrap_or_default(),
        protocol: group.protocol.map(|protocol| protocol.as_str().to_owned()).unwrap_or_default(),
        vpc: group.vpc_id.unwrap_or_default(),
        health: LiveHealth {
            protocol: group.health_check_protocol.map(|protocol| protocol.as_str().to_owned()).unwrap_or_default(),
            interval_secs: number(group.health_check_interval_seconds),
            timeout_secs: number(group.health_check_timeout_seconds),
            healthy: number(group.healthy_threshold_count),
            unhealthy: number(group.unhealthy_threshold_count),
        },
        load_balancers: group.load_balancer_arns.unwrap_or_default().into_iter().collect(),
        tags: Tags::new(),
        targets: Vec::new(),
        by_id: Vec::new(),
    }
}

/// Reads the listeners of a load balancer; none if it is gone.
pub(super) async fn listeners(api: &Api, balancer: &str) -> Result<Vec<LiveListener>, ProviderError> {
    let request = api.balancing.describe_listeners().load_balancer_arn(balancer).page_size(BALANCER_PAGE);
    let found = api
        .pages(
            Quota::LoadBalancing,
            "DescribeListeners",
            |marker| request.clone().set_marker(marker).send(),
            |page| (page.listeners, page.next_marker),
        )
        .await;
    let mut listeners: Vec<LiveListener> =
        absent_is_none(found)?.unwrap_or_default().into_iter().map(live_listener).collect();
    listeners.sort_by_key(|listener| listener.port);
    Ok(listeners)
}

/// Reads one listener; `None` if it does not exist.
pub(super) async fn listener(api: &Api, arn: &str) -> Result<Option<LiveListener>, ProviderError> {
    let answer = api
        .read(Quota::LoadBalancing, "DescribeListeners", || {
            api.balancing.describe_listeners().listener_arns(arn).send()
        })
        .await;
    let found = absent_is_none(answer)?.and_then(|page| page.listeners).unwrap_or_default();
    Ok(found.into_iter().map(live_listener).find(|listener| listener.arn == arn))
}

/// A listener can share its traffic among several target groups by weight; the first is the one that it names.
fn live_listener(listener: Listener) -> LiveListener {
    let action = listener.default_actions.unwrap_or_default().into_iter().next();
    let mut groups: Vec<String> = Vec::new();
    if let Some(action) = action {
        let forward = action.forward_config.and_then(|forward| forward.target_groups).unwrap_or_default();
        groups.extend(action.target_group_arn);
        groups.extend(forward.into_iter().filter_map(|group| group.target_group_arn));
    }
    let target_group = groups.first().cloned();
    let also = groups.into_iter().filter(|group| target_group.as_ref() != Some(group)).collect();
    LiveListener {
        arn: listener.listener_arn.unwrap_or_default(),
        port: listener.port.and_then(|port| u16::try_from(port).ok()).unwrap_or_default(),
        protocol: listener.protocol.map(|protocol| protocol.as_str().to_owned()).unwrap_or_default(),
        target_group,
        also,
        tags: Tags::new(),
    }
}

/// The targets of a target group that are addresses.
pub(super) type Targets = Vec<(Ipv4Addr, u16, TargetHealth)>;

/// Reads the targets of a target group that are addresses; none if it is gone.
pub(super) async fn targets(api: &Api, group: &str) -> Result<Targets, ProviderError> {
    Ok(every_target(api, group).await?.0)
}

/// Reads the targets of a target group: the addresses, and the others by id. A target that drains is no longer
/// registered.
pub(super) async fn every_target(
    api: &Api,
    group: &str,
) -> Result<(Targets, Vec<(String, TargetHealth)>), ProviderError> {
    let (mut by_address, mut by_id) = listed_targets(api, group).await?;
    by_address.retain(|(.., state)| !state.is_draining());
    by_id.retain(|(_, state)| !state.is_draining());
    Ok((by_address, by_id))
}

/// The same with the targets that drain.
pub(super) async fn listed_targets(
    api: &Api,
    group: &str,
) -> Result<(Targets, Vec<(String, TargetHealth)>), ProviderError> {
    let answer = api
        .read(Quota::LoadBalancing, "DescribeTargetHealth", || {
            api.balancing.describe_target_health().target_group_arn(group).send()
        })
        .await;
    let found = absent_is_none(answer)?.and_then(|page| page.target_health_descriptions).unwrap_or_default();
    let (mut by_address, mut by_id) = (Vec::new(), Vec::new());
    for (id, port, state) in found.into_iter().filter_map(live_target) {
        match (id.parse(), port) {
            (Ok(ip), Some(port)) => by_address.push((ip, port, state)),
            _ => by_id.push((id, state)),
        }
    }
    by_address.sort();
    by_id.sort();
    Ok((by_address, by_id))
}

fn live_target(described: TargetHealthDescription) -> Option<(String, Option<u16>, TargetHealth)> {
    let target = described.target?;
    let state = described.target_health.and_then(|health| health.state);
    let port = target.port.and_then(|port| u16::try_from(port).ok());
    Some((target.id?, port, state.map(|state| state.as_str().into()).unwrap_or_default()))
}
