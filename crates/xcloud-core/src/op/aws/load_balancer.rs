//! Calls about Network Load Balancers, their target groups and listeners.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

use crate::limits::Quota;
use crate::model::{Health, PlaceKey, Target};
use crate::op::bind::Late;
use crate::op::by_hand::{Line, id, strs};
use crate::op::call::Call;
use crate::op::{Handle, SubnetPin, Writes};

/// A call about a load balancer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "call")]
#[expect(missing_docs, reason = "the fields are named as in the AWS API of the same call")]
pub enum LoadBalancerOp {
    /// `ELBv2` `CreateLoadBalancer`: internal, network. Makes the load balancer.
    #[serde(rename = "CreateLoadBalancer")]
    Create { name: String, subnets: Vec<SubnetPin>, groups: BTreeSet<Handle>, tags: BTreeMap<String, String> },
    /// `ELBv2` `SetSecurityGroups`, with the enforcement of inbound rules on `PrivateLink` traffic.
    #[serde(rename = "SetLoadBalancerGroups")]
    SetGroups { load_balancer: Handle, groups: BTreeSet<Handle>, enforce_private_link: Option<bool> },
    /// `ELBv2` `SetSubnets`.
    SetSubnets { load_balancer: Handle, subnets: Vec<SubnetPin> },
    /// `ELBv2` `DeleteLoadBalancer`.
    #[serde(rename = "DeleteLoadBalancer")]
    Delete { load_balancer: Handle },
    /// `ELBv2` `CreateTargetGroup`: TCP, targets by IP. Makes the target group.
    CreateTargetGroup { name: String, port: u16, vpc: String, health: Option<Health>, tags: BTreeMap<String, String> },
    /// `ELBv2` `ModifyTargetGroup`.
    ModifyTargetGroup { target_group: Handle, health: Health },
    /// `ELBv2` `RegisterTargets`. Targets outside `vpc_cidrs` get `AvailabilityZone=all` (facts/aws 2.5).
    RegisterTargets { target_group: Handle, targets: BTreeSet<Target>, vpc_cidrs: BTreeSet<Ipv4Net> },
    /// `ELBv2` `DeregisterTargets`.
    DeregisterTargets { target_group: Handle, targets: BTreeSet<Target> },
    /// `ELBv2` `DeleteTargetGroup`.
    DeleteTargetGroup { target_group: Handle },
    /// `ELBv2` `CreateListener`: TCP, forward. Makes the listener.
    CreateListener { load_balancer: Handle, port: u16, target_group: Handle, tags: BTreeMap<String, String> },
    /// `ELBv2` `ModifyListener`: forward to another target group.
    ModifyListener { listener: Handle, target_group: Handle },
    /// `ELBv2` `DeleteListener`.
    DeleteListener { listener: Handle },
}

impl Call for LoadBalancerOp {
    fn name(&self) -> &'static str {
        match self {
            Self::Create { .. } => "CreateLoadBalancer",
            Self::SetGroups { .. } => "SetSecurityGroups",
            Self::SetSubnets { .. } => "SetSubnets",
            Self::Delete { .. } => "DeleteLoadBalancer",
            Self::CreateTargetGroup { .. } => "CreateTargetGroup",
            Self::ModifyTargetGroup { .. } => "ModifyTargetGroup",
            Self::RegisterTargets { .. } => "RegisterTargets",
            Self::DeregisterTargets { .. } => "DeregisterTargets",
            Self::DeleteTargetGroup { .. } => "DeleteTargetGroup",
            Self::CreateListener { .. } => "CreateListener",
            Self::ModifyListener { .. } => "ModifyListener",
            Self::DeleteListener { .. } => "DeleteListener",
        }
    }

    fn late(&mut self) -> Late<'_> {
        match self {
            Self::Create { groups, .. } => Late::default().set(groups),
            Self::SetGroups { load_balancer, groups, .. } => Late::of(load_balancer).set(groups),
            Self::SetSubnets { load_balancer, .. } | Self::Delete { load_balancer } => Late::of(load_balancer),
            Self::CreateTargetGroup { .. } => Late::default(),
            Self::ModifyTargetGroup { target_group, .. }
            | Self::RegisterTargets { target_group, .. }
            | Self::DeregisterTargets { target_group, .. }
            | Self::DeleteTargetGroup { target_group } => Late::of(target_group),
            Self::CreateListener { load_balancer, target_group, .. } => Late::of(load_balancer).handle(target_group),
            Self::ModifyListener { listener, target_group } => Late::of(listener).handle(target_group),
            Self::DeleteListener { listener } => Late::of(listener),
        }
    }

    fn takes(&self) -> &[SubnetPin] {
        match self {
            Self::Create { subnets, .. } | Self::SetSubnets { subnets, .. } => subnets,
            Self::SetGroups { .. }
            | Self::Delete { .. }
            | Self::CreateTargetGroup { .. }
            | Self::ModifyTargetGroup { .. }
            | Self::RegisterTargets { .. }
            | Self::DeregisterTargets { .. }
            | Self::DeleteTargetGroup { .. }
            | Self::CreateListener { .. }
            | Self::ModifyListener { .. }
            | Self::DeleteListener { .. } => &[],
        }
    }

    fn writes(&self) -> Writes<'_> {
        match self {
            Self::CreateTargetGroup { .. } => Writes::TargetGroup,
            Self::Create { .. }
            | Self::SetGroups { .. }
            | Self::SetSubnets { .. }
            | Self::Delete { .. }
            | Self::ModifyTargetGroup { .. }
            | Self::RegisterTargets { .. }
            | Self::DeregisterTargets { .. }
            | Self::DeleteTargetGroup { .. }
            | Self::CreateListener { .. }
            | Self::ModifyListener { .. }
            | Self::DeleteListener { .. } => Writes::Other,
        }
    }

    fn quota(&self) -> Quota {
        match self {
            Self::RegisterTargets { .. } | Self::DeregisterTargets { .. } => Quota::Targets,
            Self::Create { .. }
            | Self::SetGroups { .. }
            | Self::SetSubnets { .. }
            | Self::Delete { .. }
            | Self::CreateTargetGroup { .. }
            | Self::ModifyTargetGroup { .. }
            | Self::DeleteTargetGroup { .. }
            | Self::CreateListener { .. }
            | Self::ModifyListener { .. }
            | Self::DeleteListener { .. } => Quota::LoadBalancing,
        }
    }

    fn deletes(&self) -> bool {
        match self {
            Self::Delete { .. } | Self::DeleteTargetGroup { .. } | Self::DeleteListener { .. } => true,
            Self::Create { .. }
            | Self::SetGroups { .. }
            | Self::SetSubnets { .. }
            | Self::CreateTargetGroup { .. }
            | Self::ModifyTargetGroup { .. }
            | Self::RegisterTargets { .. }
            | Self::DeregisterTargets { .. }
            | Self::CreateListener { .. }
            | Self::ModifyListener { .. } => false,
        }
    }

    fn by_hand(&self, place: &PlaceKey) -> String {
        let line = Line::aws("elbv2", self.name(), place);
        let line = match self {
            Self::Create { name, subnets, groups, .. } => line
                .with("--name", name)
                .with("--type", "network")
                .with("--scheme", "internal")
                .all("--subnet-mappings", strs(&mappings(subnets)))
                .ids("--security-groups", groups),
            Self::SetGroups { load_balancer, groups, enforce_private_link } => {
                let line = line.id("--load-balancer-arn", load_balancer).ids("--security-groups", groups);
                let option = "--enforce-security-group-inbound-rules-on-private-link-traffic";
                match enforce_private_link {
                    Some(on) => line.with(option, if *on { "on" } else { "off" }),
                    None => line,
                }
            }
            Self::SetSubnets { load_balancer, subnets } => {
                line.id("--load-balancer-arn", load_balancer).all("--subnet-mappings", strs(&mappings(subnets)))
            }
            Self::Delete { load_balancer } => line.id("--load-balancer-arn", load_balancer),
            Self::CreateTargetGroup { name, port, vpc, .. } => line
                .with("--name", name)
                .with("--protocol", "TCP")
                .with("--port", &port.to_string())
                .with("--target-type", "ip")
                .with("--vpc-id", vpc),
            Self::ModifyTargetGroup { target_group, health } => line
                .id("--target-group-arn", target_group)
                .with("--health-check-interval-seconds", &health.interval_secs.to_string())
                .with("--health-check-timeout-seconds", &health.timeout_secs().to_string())
                .with("--healthy-threshold-count", &health.threshold.to_string()),
            Self::RegisterTargets { target_group, targets, .. } | Self::DeregisterTargets { target_group, targets } => {
                line.id("--target-group-arn", target_group).all("--targets", strs(&target_words(targets)))
            }
            Self::DeleteTargetGroup { target_group } => line.id("--target-group-arn", target_group),
            Self::CreateListener { load_balancer, port, target_group, .. } => line
                .id("--load-balancer-arn", load_balancer)
                .with("--protocol", "TCP")
                .with("--port", &port.to_string())
                .with("--default-actions", &forward(target_group)),
            Self::ModifyListener { listener, target_group } => {
                line.id("--listener-arn", listener).with("--default-actions", &forward(target_group))
            }
            Self::DeleteListener { listener } => line.id("--listener-arn", listener),
        };
        line.text()
    }
}

fn forward(target_group: &Handle) -> String {
    format!("Type=forward,TargetGroupArn={}", id(target_group))
}

fn mappings(pins: &[SubnetPin]) -> Vec<String> {
    let word = |pin: &SubnetPin| match pin.ip {
        Some(ip) => format!("SubnetId={},PrivateIPv4Address={ip}", pin.subnet),
        None => format!("SubnetId={}", pin.subnet),
    };
    pins.iter().map(word).collect()
}

fn target_words(targets: &BTreeSet<Target>) -> Vec<String> {
    targets.iter().map(|target| format!("Id={},Port={}", target.ip, target.port)).collect()
}
