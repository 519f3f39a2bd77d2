//! Mutating calls on load balancers and listeners.

use std::collections::BTreeSet;

use aws_sdk_elasticloadbalancingv2::types::{
    Action, ActionTypeEnum, EnforceSecurityGroupInboundRulesOnPrivateLinkTrafficEnum as Enforce,
    LoadBalancerSchemeEnum, LoadBalancerTypeEnum, ProtocolEnum, SubnetMapping,
};
use xcloud_core::live::LiveLoadBalancer;
use xcloud_core::op::{AwsOp, Handle, LoadBalancerOp, SubnetPin};
use xcloud_core::provider::{ErrorKind, Performed, ProviderError};

use super::dispatch::{conflict, done, gone_is_done, made, required};
use crate::clients::Api;
use crate::observe::balancer_parts::{listeners, tags_of};
use crate::observe::load_balancers::named;
use crate::tags::{self, Tags};

fn ids(handles: &BTreeSet<Handle>) -> Vec<String> {
    handles.iter().map(|handle| handle.id().to_owned()).collect()
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

pub(super) async fn create(api: &Api, op: &AwsOp) -> Result<Performed, ProviderError> {
    let AwsOp::LoadBalancer(LoadBalancerOp::Create { name, subnets, groups, tags }) = op else {
        return Err(api.error(op.name(), ErrorKind::Invalid, "not a load balancer to create"));
    };
    let (plain, mapped) = placement(subnets);
    let request = api
        .balancing
        .create_load_balancer()
        .name(name)
        .r#type(LoadBalancerTypeEnum::Network)
        .scheme(LoadBalancerSchemeEnum::Internal)
        .set_subnets(plain)
        .set_subnet_mappings(mapped)
        .set_security_groups((!groups.is_empty()).then(|| ids(groups)))
        .set_tags(tags::to_balancing(tags));
    match api.mutate(op.name(), request.send()).await {
        Ok((output, request_ids)) => {
            let made_one = output.load_balancers.unwrap_or_default().into_iter().next();
            let (arn, dns) = made_one.map(|one| (one.load_balancer_arn, one.dns_name)).unwrap_or_default();
            Ok(made(required(api, op.name(), arn)?, [("dns-name", dns)], request_ids))
        }
        Err(error) if error.code.as_deref() == Some("DuplicateLoadBalancerName") => {
            let found = named(api, name).await?;
            match found.iter().find(|live| is_the_one(live, op)) {
                Some(live) => Ok(made(Some(live.arn.clone()), [], error.request_id.into_iter().collect())),
                None => {
                    let arn = found.first().map_or(name.as_str(), |live| live.arn.as_str());
                    Err(conflict(error, arn, "is not the one that would be made"))
                }
            }
        }
        Err(error) => Err(error),
    }
}

/// Returns true if a live load balancer is what the operation would have made.
pub(crate) fn is_the_one(live: &LiveLoadBalancer, op: &AwsOp) -> bool {
    let AwsOp::LoadBalancer(LoadBalancerOp::Create { name, subnets, groups, tags }) = op else { return false };
    let wanted: BTreeSet<&String> = subnets.iter().map(|pin| &pin.subnet).collect();
    live.name == *name
        && live.lb_type.eq_ignore_ascii_case("network")
        && tags::marked(&live.tags, tags)
        && live.subnets.keys().collect::<BTreeSet<_>>() == wanted
        && live.groups == ids(groups).into_iter().collect()
}

pub(super) async fn set_groups(
    api: &Api,
    balancer: &str,
    groups: &BTreeSet<Handle>,
    enforce: Option<bool>,
) -> Result<Performed, ProviderError> {
    let enforce = enforce.map(|on| if on { Enforce::On } else { Enforce::Off });
    let request = api
        .balancing
        .set_security_groups()
        .load_balancer_arn(balancer)
        .set_security_groups(Some(ids(groups)))
        .set_enforce_security_group_inbound_rules_on_private_link_traffic(enforce);
    let (_, request_ids) = api.mutate("SetSecurityGroups", request.send()).await?;
    Ok(done(request_ids))
}

pub(super) async fn set_subnets(api: &Api, balancer: &str, subnets: &[SubnetPin]) -> Result<Performed, ProviderError> {
    let (plain, mapped) = placement(subnets);
    let request =
        api.balancing.set_subnets().load_balancer_arn(balancer).set_subnets(plain).set_subnet_mappings(mapped);
    let (_, request_ids) = api.mutate("SetSubnets", request.send()).await?;
    Ok(done(request_ids))
}

pub(super) async fn delete(api: &Api, balancer: &str) -> Result<Performed, ProviderError> {
    let request = api.balancing.delete_load_balancer().load_balancer_arn(balancer);
    let answer = api.mutate("DeleteLoadBalancer", request.send()).await;
    gone_is_done(answer.map(|(_, request_ids)| done(request_ids)))
}

fn forward(target_group: &str) -> Action {
    Action::builder().r#type(ActionTypeEnum::Forward).target_group_arn(target_group).build()
}

pub(super) async fn create_listener(
    api: &Api,
    balancer: &str,
    port: u16,
    target_group: &str,
    tags: &Tags,
) -> Result<Performed, ProviderError> {
    const OPERATION: &str = "CreateListener";
    let request = api
        .balancing
        .create_listener()
        .load_balancer_arn(balancer)
        .protocol(ProtocolEnum::Tcp)
        .port(i32::from(port))
        .default_actions(forward(target_group))
        .set_tags(tags::to_balancing(tags));
    match api.mutate(OPERATION, request.send()).await {
        Ok((output, request_ids)) => {
            let arn = output.listeners.unwrap_or_default().into_iter().find_map(|listener| listener.listener_arn);
            Ok(made(required(api, OPERATION, arn)?, [], request_ids))
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

pub(super) async fn modify_listener(api: &Api, listener: &str, target_group: &str) -> Result<Performed, ProviderError> {
    let request = api.balancing.modify_listener().listener_arn(listener).protocol(ProtocolEnum::Tcp);
    let request = request.default_actions(forward(target_group));
    let (_, request_ids) = api.mutate("ModifyListener", request.send()).await?;
    Ok(done(request_ids))
}

pub(super) async fn delete_listener(api: &Api, listener: &str) -> Result<Performed, ProviderError> {
    let request = api.balancing.delete_listener().listener_arn(listener);
    let answer = api.mutate("DeleteListener", request.send()).await;
    gone_is_done(answer.map(|(_, request_ids)| done(request_ids)))
}

pub(super) async fn tag(api: &Api, resources: &BTreeSet<String>, tags: &Tags) -> Result<Performed, ProviderError> {
    let request = api
        .balancing
        .add_tags()
        .set_resource_arns(Some(resources.iter().cloned().collect()))
        .set_tags(tags::to_balancing(tags));
    let (_, request_ids) = api.mutate("AddTags", request.send()).await?;
    Ok(done(request_ids))
}
