//! Security groups and their rules.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types::{Filter, SecurityGroup};
use xcloud_core::limits::Quota;
use xcloud_core::live::{AwsQuery, LiveGroup, LiveRule};
use xcloud_core::provider::ProviderError;

use super::rules;
use crate::call::{FILTER_VALUES, PAGE, side_by_side};
use crate::clients::Api;
use crate::interfaces::filter;
use crate::tags;

/// Reads the groups with our name prefix and those of found load balancers, with their rules.
pub(crate) async fn observe(
    api: &Api,
    query: &AwsQuery,
    others: &BTreeSet<String>,
) -> Result<Vec<LiveGroup>, ProviderError> {
    let mut groups = Vec::new();
    if query.groups {
        groups = describe(api, vec![filter("group-name", [format!("xc-{}-*", query.product)])]).await?;
    }
    let missing: Vec<String> =
        others.iter().filter(|id| !groups.iter().any(|group| group.id == **id)).cloned().collect();
    for chunk in missing.chunks(FILTER_VALUES) {
        groups.extend(describe(api, vec![filter("group-id", chunk.iter().cloned())]).await?);
    }
    let ids = groups.iter().map(|group| group.id.clone()).collect();
    let mut rules = rules_of(api, &ids).await?;
    for group in &mut groups {
        group.rules = rules.remove(&group.id).unwrap_or_default();
    }
    Ok(groups)
}

/// Reads groups by filters, without their rules.
pub(super) async fn describe(api: &Api, filters: Vec<Filter>) -> Result<Vec<LiveGroup>, ProviderError> {
    let request = api.ec2.describe_security_groups().set_filters(Some(filters)).max_results(PAGE);
    let found = api
        .pages(
            Quota::Ec2Reads,
            "DescribeSecurityGroups",
            |token| request.clone().set_next_token(token).send(),
            |page| (page.security_groups, page.next_token),
        )
        .await?;
    Ok(found.into_iter().map(live).collect())
}

/// Returns true if a group is visible, and by its own account without outbound rules.
pub(super) async fn admits_nothing_outbound(api: &Api, group: &str) -> Result<bool, ProviderError> {
    let by_id = filter("group-id", [group.to_owned()]);
    let answer = api
        .read(Quota::Ec2Reads, "DescribeSecurityGroups", || {
            api.ec2.describe_security_groups().filters(by_id.clone()).send()
        })
        .await?;
    let found = answer.security_groups.unwrap_or_default().into_iter().find(|live| live.group_id() == Some(group));
    Ok(found.is_some_and(|live| live.ip_permissions_egress().is_empty()))
}

/// Reads the rules of groups, by group.
pub(super) async fn rules_of(
    api: &Api,
    groups: &BTreeSet<String>,
) -> Result<BTreeMap<String, Vec<LiveRule>>, ProviderError> {
    let ids: Vec<String> = groups.iter().cloned().collect();
    let calls = ids
        .chunks(FILTER_VALUES)
        .map(|chunk| {
            let of_groups = filter("group-id", chunk.iter().cloned());
            let request = api.ec2.describe_security_group_rules().filters(of_groups).max_results(PAGE);
            api.pages(
                Quota::Ec2Reads,
                "DescribeSecurityGroupRules",
                move |token| request.clone().set_next_token(token).send(),
                |page| (page.security_group_rules, page.next_token),
            )
        })
        .collect();
    let mut found: BTreeMap<String, Vec<LiveRule>> = BTreeMap::new();
    for rule in side_by_side(calls).await?.into_iter().flatten() {
        let group = rule.group_id.clone().unwrap_or_default();
        found.entry(group).or_default().push(rules::live(rule));
    }
    for rules in found.values_mut() {
        rules.sort_by(|a, b| a.id.cmp(&b.id));
    }
    Ok(found)
}

/// Reads the rules of one group.
pub(super) async fn rules_of_one(api: &Api, group: &str) -> Result<Vec<LiveRule>, ProviderError> {
    let mut found = rules_of(api, &BTreeSet::from([group.to_owned()])).await?;
    Ok(found.remove(group).unwrap_or_default())
}

fn live(group: SecurityGroup) -> LiveGroup {
    LiveGroup {
        id: group.group_id.unwrap_or_default(),
        name: group.group_name.unwrap_or_default(),
        vpc: group.vpc_id.unwrap_or_default(),
        description: group.description.unwrap_or_default(),
        tags: tags::from_ec2(group.tags),
        rules: Vec::new(),
    }
}
