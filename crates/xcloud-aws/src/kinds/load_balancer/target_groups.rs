//! Mutating calls on target groups and their targets.

use std::collections::BTreeSet;

use aws_sdk_elasticloadbalancingv2::types::{ProtocolEnum, TargetDescription, TargetTypeEnum};
use ipnet::Ipv4Net;
use xcloud_core::model::{Health, Target};
use xcloud_core::op::{Call as _, LoadBalancerOp};
use xcloud_core::provider::{ErrorKind, Performed, ProviderError};

use super::taken::taken;
use crate::answer::{done, gone_is_done, made, required};
use crate::clients::Api;
use crate::tags;

fn number(value: u32) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}

pub(super) async fn create(api: &Api, op: &LoadBalancerOp) -> Result<Performed, ProviderError> {
    let LoadBalancerOp::CreateTargetGroup { name, port, vpc, health, tags } = op else {
        return Err(api.error(op.name(), ErrorKind::Invalid, "this call creates no target group"));
    };
    let threshold = health.map(|health| number(health.threshold));
    let request = api
        .balancing
        .create_target_group()
        .name(name)
        .protocol(ProtocolEnum::Tcp)
        .port(i32::from(*port))
        .vpc_id(vpc)
        .target_type(TargetTypeEnum::Ip)
        .set_health_check_protocol(health.map(|_| ProtocolEnum::Tcp))
        .set_health_check_interval_seconds(health.map(|health| number(health.interval_secs)))
        .set_health_check_timeout_seconds(health.map(|health| number(health.timeout_secs())))
        .set_healthy_threshold_count(threshold)
        .set_unhealthy_threshold_count(threshold)
        .set_tags(tags::to_balancing(tags));
    match api.mutate(op, request.send()).await {
        Ok((output, request_ids)) => {
            let arn = output.target_groups.unwrap_or_default().into_iter().find_map(|group| group.target_group_arn);
            Ok(made(required(api, op.name(), arn)?, [], request_ids))
        }
        Err(error) if error.code.as_deref() == Some("DuplicateTargetGroupName") => taken(api, op, name, error).await,
        Err(error) => Err(error),
    }
}

pub(super) async fn modify(
    api: &Api,
    op: &LoadBalancerOp,
    group: &str,
    health: Health,
) -> Result<Performed, ProviderError> {
    let request = api
        .balancing
        .modify_target_group()
        .target_group_arn(group)
        .health_check_protocol(ProtocolEnum::Tcp)
        .health_check_interval_seconds(number(health.interval_secs))
        .health_check_timeout_seconds(number(health.timeout_secs()))
        .healthy_threshold_count(number(health.threshold))
        .unhealthy_threshold_count(number(health.threshold));
    let (_, request_ids) = api.mutate(op, request.send()).await?;
    Ok(done(request_ids))
}

/// A target outside the VPC must say `all` for its zone (Elastic Load Balancing API, `TargetDescription`).
fn described(target: &Target, vpc_cidrs: Option<&BTreeSet<Ipv4Net>>) -> TargetDescription {
    let outside = vpc_cidrs.is_some_and(|cidrs| !cidrs.iter().any(|cidr| cidr.contains(&target.ip)));
    TargetDescription::builder()
        .id(target.ip.to_string())
        .port(i32::from(target.port))
        .set_availability_zone(outside.then(|| "all".to_owned()))
        .build()
}

pub(super) async fn register(
    api: &Api,
    op: &LoadBalancerOp,
    group: &str,
    targets: &BTreeSet<Target>,
    vpc_cidrs: &BTreeSet<Ipv4Net>,
) -> Result<Performed, ProviderError> {
    let targets = targets.iter().map(|target| described(target, Some(vpc_cidrs))).collect();
    let request = api.balancing.register_targets().target_group_arn(group).set_targets(Some(targets));
    let (_, request_ids) = api.mutate(op, request.send()).await?;
    Ok(done(request_ids))
}

pub(super) async fn deregister(
    api: &Api,
    op: &LoadBalancerOp,
    group: &str,
    targets: &BTreeSet<Target>,
) -> Result<Performed, ProviderError> {
    let targets = targets.iter().map(|target| described(target, None)).collect();
    let request = api.balancing.deregister_targets().target_group_arn(group).set_targets(Some(targets));
    let answer = api.mutate(op, request.send()).await;
    gone_is_done(answer.map(|(_, request_ids)| done(request_ids)))
}

pub(super) async fn delete(api: &Api, op: &LoadBalancerOp, group: &str) -> Result<Performed, ProviderError> {
    let request = api.balancing.delete_target_group().target_group_arn(group);
    let answer = api.mutate(op, request.send()).await;
    gone_is_done(answer.map(|(_, request_ids)| done(request_ids)))
}
