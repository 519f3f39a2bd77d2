//! Looks whether a call whose answer was lost had its effect: by name and mark, or by comparing.

use std::collections::{BTreeMap, BTreeSet};

use xcloud_core::live::{EndpointState, LiveEndpoint};
use xcloud_core::model::Target;
use xcloud_core::op::{
    AwsOp, EndpointOp, EndpointServiceOp, GroupRule, Handle, LoadBalancerOp, Op, PrivateZoneRecordOp, SecurityGroupOp,
    SubnetPin, TagOp,
};
use xcloud_core::provider::{Effect, ErrorKind, Performed, ProviderError};

use crate::call::PAGE;
use crate::clients::Api;
use crate::interfaces::filter;
use crate::observe::{balancer_parts, endpoints, groups, load_balancers, services};
use crate::perform::groups::is_default;
use crate::perform::services::{are_accepted, are_rejected};
use crate::perform::target_groups::has_health;
use crate::perform::zones;
use crate::tags::{self, Tags};
use crate::{find_created, rules};

/// Looks whether an operation had its effect. What cannot be seen now may still come into sight.
pub(crate) async fn find(api: &Api, op: &AwsOp) -> Result<Effect, ProviderError> {
    if !Op::Aws(op.clone()).needed_objects().is_empty() {
        return Err(api.error(op.name(), ErrorKind::Invalid, "the operation names objects that are not known yet"));
    }
    let found = match op {
        AwsOp::SecurityGroup(SecurityGroupOp::Create { .. })
        | AwsOp::LoadBalancer(LoadBalancerOp::Create { .. })
        | AwsOp::LoadBalancer(LoadBalancerOp::CreateTargetGroup { .. })
        | AwsOp::LoadBalancer(LoadBalancerOp::CreateListener { .. })
        | AwsOp::EndpointService(EndpointServiceOp::Create { .. })
        | AwsOp::Endpoint(EndpointOp::Create { .. }) => find_created::created(api, op).await?,
        _ => holds(api, op).await?.then(Performed::default),
    };
    Ok(found.map_or(Effect::NotSeen, Effect::Happened))
}

/// Returns true if the world is as the operation leaves it.
pub(crate) async fn holds(api: &Api, op: &AwsOp) -> Result<bool, ProviderError> {
    match op {
        AwsOp::SecurityGroup(SecurityGroupOp::Authorize { .. })
        | AwsOp::SecurityGroup(SecurityGroupOp::Revoke { .. })
        | AwsOp::SecurityGroup(SecurityGroupOp::RevokeByContent { .. })
        | AwsOp::SecurityGroup(SecurityGroupOp::RevokeDefaultEgress { .. })
        | AwsOp::SecurityGroup(SecurityGroupOp::ModifyRules { .. }) => rules_hold(api, op).await,
        AwsOp::SecurityGroup(SecurityGroupOp::Delete { group }) => {
            let by_id = filter("group-id", [group.id().to_owned()]);
            Ok(groups::describe(api, vec![by_id]).await?.is_empty())
        }
        AwsOp::Tag(TagOp::CreateTags { resources, tags }) => {
            let live = ec2_tags(api, resources).await?;
            Ok(resources.iter().all(|id| live.get(id).is_some_and(|live| tags::contain(live, tags))))
        }
        AwsOp::Tag(TagOp::AddTags { resources, tags }) => {
            let arns: Vec<String> = resources.iter().cloned().collect();
            let live = balancer_parts::tags_of(api, &arns).await?;
            Ok(arns.iter().all(|arn| live.get(arn).is_some_and(|live| tags::contain(live, tags))))
        }
        AwsOp::EndpointService(EndpointServiceOp::Modify { .. })
        | AwsOp::EndpointService(EndpointServiceOp::ModifyPermissions { .. })
        | AwsOp::EndpointService(EndpointServiceOp::Delete { .. }) => service_holds(api, op).await,
        AwsOp::EndpointService(EndpointServiceOp::AcceptConnections { service, endpoints }) => {
            are_accepted(api, service.id(), &ids(endpoints)).await
        }
        AwsOp::EndpointService(EndpointServiceOp::RejectConnections { service, endpoints }) => {
            are_rejected(api, service.id(), &ids(endpoints)).await
        }
        AwsOp::Endpoint(EndpointOp::Modify { endpoint, .. }) => {
            let listed = endpoints::one(api, endpoint.id()).await?;
            Ok(listed.is_some_and(|listed| is_modified(&listed.endpoint, op)))
        }
        AwsOp::Endpoint(EndpointOp::Delete { endpoints }) => {
            for id in ids(endpoints) {
                let listed = endpoints::one(api, &id).await?;
                if listed.is_some_and(|listed| listed.endpoint.state != EndpointState::Deleting) {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        AwsOp::PrivateZoneRecord(PrivateZoneRecordOp::Change { zone, changes }) => {
            zones::hold(api, zone, changes).await
        }
        _ => balancer_holds(api, op).await,
    }
}

fn ids(handles: &BTreeSet<Handle>) -> BTreeSet<String> {
    handles.iter().map(|handle| handle.id().to_owned()).collect()
}

async fn rules_hold(api: &Api, op: &AwsOp) -> Result<bool, ProviderError> {
    match op {
        AwsOp::SecurityGroup(SecurityGroupOp::Authorize { group, egress, rules, .. }) => {
            let live = groups::rules_of_one(api, group.id()).await?;
            Ok(rules.iter().all(|rule| live.iter().any(|live| rules::same(rule, *egress, live))))
        }
        AwsOp::SecurityGroup(SecurityGroupOp::Revoke { group, rule_ids, .. }) => {
            let live = groups::rules_of_one(api, group.id()).await?;
            Ok(!live.iter().any(|live| rule_ids.contains(&live.id)))
        }
        AwsOp::SecurityGroup(SecurityGroupOp::RevokeByContent { group, egress, rules }) => {
            let live = groups::rules_of_one(api, group.id()).await?;
            Ok(!rules.iter().any(|rule| live.iter().any(|live| rules::same(rule, *egress, live))))
        }
        AwsOp::SecurityGroup(SecurityGroupOp::RevokeDefaultEgress { group }) => {
            let live = groups::rules_of_one(api, group.id()).await?;
            if !live.iter().any(|rule| rule.egress) {
                // No outbound rule may mean that those of a new group are not visible yet: the group knows.
                return groups::admits_nothing_outbound(api, group.id()).await;
            }
            Ok(!live.iter().any(is_default))
        }
        AwsOp::SecurityGroup(SecurityGroupOp::ModifyRules { group, rules }) => {
            modified_rules_hold(api, group.id(), rules).await
        }
        _ => Ok(false),
    }
}

async fn modified_rules_hold(
    api: &Api,
    group: &str,
    wanted: &BTreeMap<String, GroupRule>,
) -> Result<bool, ProviderError> {
    let live = groups::rules_of_one(api, group).await?;
    Ok(wanted.iter().all(|(id, rule)| {
        live.iter().any(|live| {
            live.id == *id
                && rules::same(rule, live.egress, live)
                && (rule.description.is_none() || rule.description == live.description)
        })
    }))
}

/// Reads the tags of EC2 objects, by id.
pub(crate) async fn ec2_tags(api: &Api, resources: &BTreeSet<String>) -> Result<BTreeMap<String, Tags>, ProviderError> {
    let of_resources = filter("resource-id", resources.iter().cloned());
    let request = api.ec2.describe_tags().filters(of_resources).max_results(PAGE);
    let found = api
        .pages(
            "DescribeTags",
            |token| request.clone().set_next_token(token).send(),
            |page| (page.tags, page.next_token),
        )
        .await?;
    let mut live: BTreeMap<String, Tags> = BTreeMap::new();
    for tag in found {
        let (Some(resource), Some(key)) = (tag.resource_id, tag.key) else { continue };
        live.entry(resource).or_default().insert(key, tag.value.unwrap_or_default());
    }
    Ok(live)
}

async fn service_holds(api: &Api, op: &AwsOp) -> Result<bool, ProviderError> {
    match op {
        AwsOp::EndpointService(EndpointServiceOp::Modify { service, acceptance_required, add, remove }) => {
            let Some(live) = services::one(api, service.id()).await? else { return Ok(false) };
            Ok(acceptance_required.is_none_or(|wanted| wanted == live.acceptance_required)
                && ids(add).is_subset(&live.load_balancers)
                && ids(remove).is_disjoint(&live.load_balancers))
        }
        AwsOp::EndpointService(EndpointServiceOp::ModifyPermissions { service, add, remove }) => {
            let live = services::principals(api, service.id()).await?;
            Ok(add.is_subset(&live) && remove.is_disjoint(&live))
        }
        AwsOp::EndpointService(EndpointServiceOp::Delete { service }) => {
            let live = services::one(api, service.id()).await?;
            Ok(live.is_none_or(|live| live.state.is_going()))
        }
        _ => Ok(false),
    }
}

fn is_modified(live: &LiveEndpoint, op: &AwsOp) -> bool {
    let AwsOp::Endpoint(EndpointOp::Modify {
        add_subnets, remove_subnets, add_groups, remove_groups, private_dns, ..
    }) = op
    else {
        return false;
    };
    add_subnets.iter().all(|pin| live.subnets.contains(&pin.subnet))
        && remove_subnets.is_disjoint(&live.subnets)
        && ids(add_groups).is_subset(&live.groups)
        && ids(remove_groups).is_disjoint(&live.groups)
        && private_dns.is_none_or(|wanted| wanted == live.private_dns)
}

async fn balancer_holds(api: &Api, op: &AwsOp) -> Result<bool, ProviderError> {
    match op {
        AwsOp::LoadBalancer(LoadBalancerOp::SetGroups { load_balancer, groups, enforce_private_link }) => {
            let Some(live) = load_balancers::one(api, load_balancer.id()).await? else { return Ok(false) };
            let enforced = live.enforce_private_link.unwrap_or(true);
            Ok(live.groups == ids(groups) && enforce_private_link.is_none_or(|wanted| wanted == enforced))
        }
        AwsOp::LoadBalancer(LoadBalancerOp::SetSubnets { load_balancer, subnets }) => {
            let live = load_balancers::one(api, load_balancer.id()).await?;
            Ok(live.is_some_and(|live| is_placed(&live.subnets, subnets)))
        }
        AwsOp::LoadBalancer(LoadBalancerOp::Delete { load_balancer }) => {
            Ok(load_balancers::one(api, load_balancer.id()).await?.is_none())
        }
        AwsOp::LoadBalancer(LoadBalancerOp::ModifyTargetGroup { target_group, health }) => {
            let live = load_balancers::target_group(api, target_group.id()).await?;
            Ok(live.is_some_and(|live| has_health(&live.health, *health)))
        }
        AwsOp::LoadBalancer(LoadBalancerOp::DeleteTargetGroup { target_group }) => {
            Ok(load_balancers::target_group(api, target_group.id()).await?.is_none())
        }
        AwsOp::LoadBalancer(LoadBalancerOp::RegisterTargets { target_group, targets, .. }) => {
            Ok(targets.is_subset(&registered(api, target_group.id()).await?))
        }
        AwsOp::LoadBalancer(LoadBalancerOp::DeregisterTargets { target_group, targets }) => {
            Ok(targets.is_disjoint(&registered(api, target_group.id()).await?))
        }
        AwsOp::LoadBalancer(LoadBalancerOp::ModifyListener { listener, target_group }) => {
            let live = balancer_parts::listener(api, listener.id()).await?;
            Ok(live.is_some_and(|live| live.target_group.as_deref() == Some(target_group.id())))
        }
        AwsOp::LoadBalancer(LoadBalancerOp::DeleteListener { listener }) => {
            Ok(balancer_parts::listener(api, listener.id()).await?.is_none())
        }
        _ => Ok(false),
    }
}

async fn registered(api: &Api, group: &str) -> Result<BTreeSet<Target>, ProviderError> {
    let live = balancer_parts::targets(api, group).await?;
    Ok(live.into_iter().map(|(ip, port, _)| Target { ip, port }).collect())
}

fn is_placed(live: &BTreeMap<String, Option<std::net::Ipv4Addr>>, wanted: &[SubnetPin]) -> bool {
    live.len() == wanted.len()
        && wanted.iter().all(|pin| live.get(&pin.subnet).is_some_and(|ip| pin.ip.is_none() || *ip == pin.ip))
}
