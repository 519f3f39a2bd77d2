//! Mutating calls on load balancers and listeners.

use std::collections::BTreeSet;

use aws_sdk_elasticloadbalancingv2::types::{
    Action, ActionTypeEnum, EnforceSecurityGroupInboundRulesOnPrivateLinkTrafficEnum as Enforce,
    LoadBalancerSchemeEnum, LoadBalancerTypeEnum, ProtocolEnum, SubnetMapping,
};
use xcloud_core::op::{Call as _, Handle, LoadBalancerOp, SubnetPin};
use xcloud_core::provider::{Performed, ProviderError};

use super::parts::{listeners, tags_of};
use super::taken::taken;
use super::target_groups;
use crate::answer::{conflict, done, gone_is_done, made, required};
use crate::as_written::settled;
use crate::clients::Api;
use crate::handles::{ids, some};
use crate::tags::{self, Tags};

/// Makes the one call.
pub(crate) async fn perform(api: &Api, op: &LoadBalancerOp) -> Result<Performed, ProviderError> {
    match op {
        LoadBalancerOp::Create { name, subnets, groups, tags } => create(api, op, name, subnets, groups, tags).await,
        LoadBalancerOp::SetGroups { load_balancer, groups, enforce_private_link } => {
            set_groups(api, op, load_balancer.id(), groups, *enforce_private_link).await
        }
        LoadBalancerOp::SetSubnets { load_balancer, subnets } => {
            set_subnets(api, op, load_balancer.id(), subnets).await
        }
        LoadBalancerOp::Delete { load_balancer } => delete(api, op, load_balancer.id()).await,
        LoadBalancerOp::CreateTargetGroup { .. } => target_groups::create(api, op).await,
        LoadBalancerOp::ModifyTargetGroup { target_group, health } => {
            target_groups::modify(api, op, target_group.id(), *health).await
        }
        LoadBalancerOp::RegisterTargets { target_group, targets, vpc_cidrs } => {
            target_groups::register(api, op, target_group.id(), targets, vpc_cidrs).await
        }
        LoadBalancerOp::DeregisterTargets { target_group, targets } => {
            settled(api, op, target_groups::deregister(api, op, target_group.id(), targets).await).await
        }
        LoadBalancerOp::DeleteTargetGroup { target_group } => target_groups::delete(api, op, target_group.id()).await,
        LoadBalancerOp::CreateListener { load_balancer, port, target_group, tags } => {
            create_listener(api, op, load_balancer.id(), *port, target_group.id(), tags).await
        }
        LoadBalancerOp::ModifyListener { listener, target_group } => {
            modify_listener(api, op, listener.id(), target_group.id()).await
        }
        LoadBalancerOp::DeleteListener { listener } => delete_listener(api, op, listener.id()).await,
    }
}

/// Subnets are given plainly, or all as mappings if one has a pinned address: the API takes one of the two.
fn placement(subnets: &[SubnetPin]) -> (Option<Vec<String>>, Option<Vec<SubnetMapping>>) {
    if subnets.iter().all(|pin| pin.ip.is_none()) {
        return (Some(subnets.iter().map(|pin| pin.subnet.clone()).collect()), None);
    }
    let mapping = |pin: &SubnetPin| {
        SubnetMapping::builder()
            .subnet_id(&pin.subnet)
            .set_private_ipv4_address(pin.ip.map(|ip| ip.to_string()))
            .build()
    };
    (None, Some(subnets.iter().map(mapping).collect()))
}

async fn create(
    api: &Api,
    op: &LoadBalancerOp,
    name: &str,
    subnets: &[SubnetPin],
    groups: &BTreeSet<Handle>,
    tags: &Tags,
) -> Result<Performed, ProviderError> {
    let (plain, mapped) = placement(subnets);
    let request = api
        .balancing
        .create_load_balancer()
        .name(name)
        .r#type(LoadBalancerTypeEnum::Network)
        .scheme(LoadBalancerSchemeEnum::Internal)
        .set_subnets(plain)
        .set_subnet_mappings(mapped)
        .set_security_groups(some(groups))
        .set_tags(tags::to_balancing(tags));
    match api.mutate(op, request.send()).await {
        Ok((output, request_ids)) => {
            let made_one = output.load_balancers.unwrap_or_default().into_iter().next();
            let (arn, dns) = made_one.map(|one| (one.load_balancer_arn, one.dns_name)).unwrap_or_default();
            Ok(made(required(api, op.name(), arn)?, [("dns-name", dns)], request_ids))
        }
        Err(error) if error.code.as_deref() == Some("DuplicateLoadBalancerName") => taken(api, op, name, error).await,
        Err(error) => Err(error),
    }
}

async fn set_groups(
    api: &Api,
    op: &LoadBalancerOp,
    balancer: &str,
    groups: &BTreeSet<Handle>,
    enforce: Option<bool>,
) -> Result<Performed, ProviderError> {
    let enforce = enforce.map(|on| if on { Enforce::On } else { Enforce::Off });
    let request = api
        .balancing
        .set_security_groups()
        .load_balancer_arn(balancer)
        .set_security_groups(Some(ids(groups).into_iter().collect()))
        .set_enforce_security_group_inbound_rules_on_private_link_traffic(enforce);
    let (_, request_ids) = api.mutate(op, request.send()).await?;
    Ok(done(request_ids))
}

async fn set_subnets(
    api: &Api,
    op: &LoadBalancerOp,
    balancer: &str,
    subnets: &[SubnetPin],
) -> Result<Performed, ProviderError> {
    let (plain, mapped) = placement(subnets);
    let request =
        api.balancing.set_subnets().load_balancer_arn(balancer).set_subnets(plain).set_subnet_mappings(mapped);
    let (_, request_ids) = api.mutate(op, request.send()).await?;
    Ok(done(request_ids))
}

async fn delete(api: &Api, op: &LoadBalancerOp, balancer: &str) -> Result<Performed, ProviderError> {
    let request = api.balancing.delete_load_balancer().load_balancer_arn(balancer);
    let answer = api.mutate(op, request.send()).await;
    gone_is_done(answer.map(|(_, request_ids)| done(request_ids)))
}

fn forward(target_group: &str) -> Action {
    Action::builder().r#type(ActionTypeEnum::Forward).target_group_arn(target_group).build()
}

async fn create_listener(
    api: &Api,
    op: &LoadBalancerOp,
    balancer: &str,
    port: u16,
    target_group: &str,
    tags: &Tags,
) -> Result<Performed, ProviderError> {
    let request = api
        .balancing
        .create_listener()
        .load_balancer_arn(balancer)
        .protocol(ProtocolEnum::Tcp)
        .port(i32::from(port))
        .default_actions(forward(target_group))
        .set_tags(tags::to_balancing(tags));
    match api.mutate(op, request.send()).await {
        Ok((output, request_ids)) => {
            let arn = output.listeners.unwrap_or_default().into_iter().find_map(|listener| listener.listener_arn);
            Ok(made(required(api, op.name(), arn)?, [], request_ids))
        }
        Err(error) if error.code.as_deref() == Some("DuplicateListener") => {
            let found = listeners(api, balancer).await?.into_iter().find(|listener| listener.port == port);
            let Some(live) = found else { return Err(error) };
            let live_tags = tags_of(api, std::slice::from_ref(&live.arn)).await?.remove(&live.arn);
            let ours = live_tags.is_some_and(|live| tags::marked(&live, tags));
            if ours && live.target_group.as_deref() == Some(target_group) {
                Ok(made(Some(live.arn), [], error.request_id.into_iter().collect()))
            } else {
                Err(conflict(error, &live.arn, "is not the one that would be made"))
            }
        }
        Err(error) => Err(error),
    }
}

async fn modify_listener(
    api: &Api,
    op: &LoadBalancerOp,
    listener: &str,
    target_group: &str,
) -> Result<Performed, ProviderError> {
    let request = api.balancing.modify_listener().listener_arn(listener).protocol(ProtocolEnum::Tcp);
    let request = request.default_actions(forward(target_group));
    let (_, request_ids) = api.mutate(op, request.send()).await?;
    Ok(done(request_ids))
}

async fn delete_listener(api: &Api, op: &LoadBalancerOp, listener: &str) -> Result<Performed, ProviderError> {
    let request = api.balancing.delete_listener().listener_arn(listener);
    let answer = api.mutate(op, request.send()).await;
    gone_is_done(answer.map(|(_, request_ids)| done(request_ids)))
}
