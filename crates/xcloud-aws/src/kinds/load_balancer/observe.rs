//! Network Load Balancers and target groups.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_elasticloadbalancingv2::types::LoadBalancer;
use futures_util::try_join;
use xcloud_core::limits::Quota;
use xcloud_core::live::{AwsQuery, Beyond, Extra, LiveLoadBalancer, LiveTargetGroup};
use xcloud_core::model::Selector;
use xcloud_core::provider::ProviderError;

use super::parts::{every_target, listeners, live_target_group, tags_of, target_groups, targets};
use crate::call::{BALANCER_PAGE, absent_is_none, side_by_side};
use crate::clients::Api;
use crate::network::matches;
use crate::tags::{self, Tags};

/// Every name of ours starts so; load balancer names are too short for more.
const PREFIX: &str = "xc-";

/// The load balancers and target groups that a query names.
#[derive(Debug, Default)]
pub(crate) struct Balancers {
    pub(crate) load_balancers: Vec<LiveLoadBalancer>,
    pub(crate) target_groups: Vec<LiveTargetGroup>,
    /// Groups of the found load balancers: their rules decide who may enter.
    pub(crate) groups_of_found: BTreeSet<String>,
    /// Ours and the found ones: of these everything is read.
    pub(crate) detailed: BTreeSet<String>,
}

/// Reads them: everything in bulk, then tags twenty at a time, then what has no bulk call for ours and the found ones.
pub(crate) async fn observe(api: &Api, query: &AwsQuery) -> Result<Balancers, ProviderError> {
    let selectors = &query.found_load_balancers;
    if !query.load_balancers && selectors.is_empty() {
        return Ok(Balancers::default());
    }
    let foreign_targets = query.found_targets && !selectors.is_empty();
    let target_groups = async {
        if !query.load_balancers && !foreign_targets {
            return Ok(Vec::new());
        }
        api.listed(|lists| &lists.target_groups, (), || target_groups(api)).await
    };
    let all = api.listed(|lists| &lists.balancers, (), || list(api));
    let (all, target_groups) = try_join!(all, target_groups)?;
    let is_ours = |group: &LiveTargetGroup| query.load_balancers && group.name.starts_with(PREFIX);
    let (target_groups, foreign): (Vec<_>, Vec<_>) = target_groups.into_iter().partition(is_ours);
    let by_tag = selectors.iter().any(|selector| matches!(selector, Selector::Tag(_)));
    let mut balancers: Vec<LiveLoadBalancer> = all
        .into_iter()
        .filter(|balancer| {
            let ours = query.load_balancers && balancer.name.starts_with(PREFIX);
            let found = selectors.contains(&Selector::Id(balancer.arn.clone()));
            ours || found || (by_tag && balancer.lb_type.eq_ignore_ascii_case("network"))
        })
        .collect();
    let arns = balancers.iter().map(|balancer| balancer.arn.clone());
    let arns: Vec<String> = arns.chain(target_groups.iter().map(|group| group.arn.clone())).collect();
    let read_tags = || async { Ok(tags_of(api, &arns).await?.into_iter().collect()) };
    let tags = api.listed(|lists| &lists.tags, arns.clone(), read_tags).await?;
    let mut tags: BTreeMap<String, Tags> = tags.into_iter().collect();
    let is_found =
        |balancer: &LiveLoadBalancer| selectors.iter().any(|wanted| matches(wanted, &balancer.arn, &balancer.tags));
    for balancer in &mut balancers {
        balancer.tags = tags.remove(&balancer.arn).unwrap_or_default();
    }
    balancers.retain(|balancer| is_found(balancer) || (query.load_balancers && balancer.name.starts_with(PREFIX)));
    let groups_of_found =
        balancers.iter().filter(|balancer| is_found(balancer)).flat_map(|b| b.groups.iter().cloned()).collect();
    let detailed: BTreeSet<String> = balancers
        .iter()
        .filter(|balancer| is_found(balancer) || tags::belongs(&balancer.tags, &query.product))
        .map(|balancer| balancer.arn.clone())
        .collect();
    let (load_balancers, mut target_groups) = try_join!(
        with_listeners(api, balancers, &detailed, query),
        with_targets(api, target_groups, tags, &query.product),
    )?;
    if foreign_targets {
        target_groups.extend(foreign);
        let found = load_balancers.iter().filter(|balancer| is_found(balancer));
        let led_to: BTreeSet<&str> = found
            .flat_map(|one| one.listeners.iter().flatten())
            .filter_map(|one| one.target_group.as_deref())
            .collect();
        read_targets_of_others(api, &mut target_groups, &led_to, &query.product).await?;
        target_groups.retain(|group| is_ours(group) || led_to.contains(group.arn.as_str()));
    }
    Ok(Balancers { load_balancers, target_groups, groups_of_found, detailed })
}

async fn with_listeners(
    api: &Api,
    mut balancers: Vec<LiveLoadBalancer>,
    detailed: &BTreeSet<String>,
    query: &AwsQuery,
) -> Result<Vec<LiveLoadBalancer>, ProviderError> {
    let listeners = side_by_side(detailed.iter().map(|arn| listeners(api, arn)).collect()).await?;
    let mut listeners: BTreeMap<&String, _> = detailed.iter().zip(listeners).collect();
    for balancer in &mut balancers {
        balancer.listeners = listeners.remove(&balancer.arn);
    }
    if query.listener_tags {
        let ours = balancers.iter_mut().filter(|one| tags::belongs(&one.tags, &query.product));
        let mut listeners: Vec<_> = ours.flat_map(|one| one.listeners.iter_mut().flatten()).collect();
        let arns: Vec<String> = listeners.iter().map(|one| one.arn.clone()).collect();
        let mut tags = tags_of(api, &arns).await?;
        for listener in &mut listeners {
            listener.tags = tags.remove(&listener.arn).unwrap_or_default();
        }
    }
    Ok(balancers)
}

async fn with_targets(
    api: &Api,
    mut groups: Vec<LiveTargetGroup>,
    mut tags: BTreeMap<String, Tags>,
    product: &str,
) -> Result<Vec<LiveTargetGroup>, ProviderError> {
    for group in &mut groups {
        group.tags = tags.remove(&group.arn).unwrap_or_default();
    }
    let calls = groups.iter().map(|group| {
        let ours = tags::belongs(&group.tags, product);
        async move { if ours { targets(api, &group.arn).await } else { Ok(Vec::new()) } }
    });
    let found = side_by_side(calls.collect()).await?;
    for (group, targets) in groups.iter_mut().zip(found) {
        group.targets = targets;
    }
    Ok(groups)
}

/// Reads the targets of the groups to which listeners of found load balancers lead, unless they are ours.
async fn read_targets_of_others(
    api: &Api,
    groups: &mut [LiveTargetGroup],
    led_to: &BTreeSet<&str>,
    product: &str,
) -> Result<(), ProviderError> {
    let others = groups.iter_mut().filter(|group| led_to.contains(group.arn.as_str()));
    let others: Vec<_> = others.filter(|group| !tags::belongs(&group.tags, product)).collect();
    let read = side_by_side(others.iter().map(|group| every_target(api, &group.arn)).collect()).await?;
    for (group, (targets, by_id)) in others.into_iter().zip(read) {
        (group.targets, group.by_id) = (targets, by_id);
    }
    Ok(())
}

/// Lists the load balancers of the region, without tags, listeners and interfaces.
async fn list(api: &Api) -> Result<Vec<LiveLoadBalancer>, ProviderError> {
    let found = api
        .pages(
            Quota::LoadBalancing,
            "DescribeLoadBalancers",
            |marker| api.balancing.describe_load_balancers().page_size(BALANCER_PAGE).set_marker(marker).send(),
            |page| (page.load_balancers, page.next_marker),
        )
        .await?;
    Ok(found.into_iter().map(live).collect())
}

/// Reads one load balancer, without tags, listeners and interfaces; `None` if it does not exist.
pub(super) async fn one(api: &Api, arn: &str) -> Result<Option<LiveLoadBalancer>, ProviderError> {
    let answer = api
        .read(Quota::LoadBalancing, "DescribeLoadBalancers", || {
            api.balancing.describe_load_balancers().load_balancer_arns(arn).send()
        })
        .await;
    let found = absent_is_none(answer)?.and_then(|page| page.load_balancers).unwrap_or_default();
    Ok(found.into_iter().map(live).find(|balancer| balancer.arn == arn))
}

/// Returns true if a load balancer is protected against deletion.
pub(super) async fn is_protected(api: &Api, arn: &str) -> Result<bool, ProviderError> {
    const OPERATION: &str = "DescribeLoadBalancerAttributes";
    let request = || api.balancing.describe_load_balancer_attributes().load_balancer_arn(arn).send();
    let answer = absent_is_none(api.read(Quota::LoadBalancing, OPERATION, request).await)?;
    let attributes = answer.and_then(|answer| answer.attributes).unwrap_or_default();
    Ok(attributes.iter().any(|one| one.key() == Some("deletion_protection.enabled") && one.value() == Some("true")))
}

/// Reads the load balancers of one name with their tags (an emulator may have several).
pub(super) async fn named(api: &Api, name: &str) -> Result<Vec<LiveLoadBalancer>, ProviderError> {
    let answer = api
        .read(Quota::LoadBalancing, "DescribeLoadBalancers", || {
            api.balancing.describe_load_balancers().names(name).send()
        })
        .await;
    let found = absent_is_none(answer)?.and_then(|page| page.load_balancers).unwrap_or_default();
    let mut balancers: Vec<LiveLoadBalancer> = found.into_iter().map(live).collect();
    let arns: Vec<String> = balancers.iter().map(|balancer| balancer.arn.clone()).collect();
    let mut tags = tags_of(api, &arns).await?;
    for balancer in &mut balancers {
        balancer.tags = tags.remove(&balancer.arn).unwrap_or_default();
    }
    Ok(balancers)
}

fn live(balancer: LoadBalancer) -> LiveLoadBalancer {
    let zones = balancer.availability_zones.unwrap_or_default().into_iter();
    let subnets = zones.filter_map(|zone| {
        let pinned = zone.load_balancer_addresses.iter().flatten().find_map(|at| at.private_ipv4_address.as_deref());
        Some((zone.subnet_id?, pinned.and_then(|text| text.parse().ok())))
    });
    let types = balancer.ip_address_type.as_ref().map(|types| types.as_str());
    LiveLoadBalancer {
        beyond: Beyond::unless(Extra::AddressTypes, types, |types| types == "ipv4").into_iter().collect(),
        arn: balancer.load_balancer_arn.unwrap_or_default(),
        name: balancer.load_balancer_name.unwrap_or_default(),
        state: balancer.state.and_then(|state| state.code).map(|code| code.as_str().into()).unwrap_or_default(),
        lb_type: balancer.r#type.map(|kind| kind.as_str().to_owned()).unwrap_or_default(),
        scheme: balancer.scheme.map(|scheme| scheme.as_str().to_owned()).unwrap_or_default(),
        vpc: balancer.vpc_id.unwrap_or_default(),
        subnets: subnets.collect(),
        groups: balancer.security_groups.unwrap_or_default().into_iter().collect(),
        enforce_private_link: balancer
            .enforce_security_group_inbound_rules_on_private_link_traffic
            .map(|text| text.eq_ignore_ascii_case("on")),
        tags: Tags::new(),
        listeners: None,
        interfaces: Vec::new(),
    }
}

/// Reads the target groups of one name with their tags.
pub(super) async fn target_groups_named(api: &Api, name: &str) -> Result<Vec<LiveTargetGroup>, ProviderError> {
    let answer = api
        .read(Quota::LoadBalancing, "DescribeTargetGroups", || {
            api.balancing.describe_target_groups().names(name).send()
        })
        .await;
    let found = absent_is_none(answer)?.and_then(|page| page.target_groups).unwrap_or_default();
    let mut groups: Vec<LiveTargetGroup> = found.into_iter().map(live_target_group).collect();
    let arns: Vec<String> = groups.iter().map(|group| group.arn.clone()).collect();
    let mut tags = tags_of(api, &arns).await?;
    for group in &mut groups {
        group.tags = tags.remove(&group.arn).unwrap_or_default();
    }
    Ok(groups)
}

/// Reads one target group, without tags and targets; `None` if it does not exist.
pub(super) async fn target_group(api: &Api, arn: &str) -> Result<Option<LiveTargetGroup>, ProviderError> {
    let answer = api
        .read(Quota::LoadBalancing, "DescribeTargetGroups", || {
            api.balancing.describe_target_groups().target_group_arns(arn).send()
        })
        .await;
    let found = absent_is_none(answer)?.and_then(|page| page.target_groups).unwrap_or_default();
    Ok(found.into_iter().map(live_target_group).find(|group| group.arn == arn))
}
