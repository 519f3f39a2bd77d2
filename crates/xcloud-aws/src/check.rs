//! Looks once whether a condition holds.
//!
//! States are compared as strings, without case. One that is not known here is "not yet": new ones between two known
//! ones have appeared before (terraform-provider-aws#14604), and the engine's deadline ends the wait.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::{IpNet, Ipv4Net};
use xcloud_core::live::Interface;
use xcloud_core::model::AddressKind;
use xcloud_core::op::Handle;
use xcloud_core::plan::Condition;
use xcloud_core::provider::{Facts, Progress, ProviderError};

use crate::clients::Api;
use crate::interfaces;
use crate::kinds::{endpoint, endpoint_service, load_balancer, security_group};
use crate::progress::not_yet;

/// Looks once whether a condition holds; `None`: it is not one of AWS's.
pub(crate) async fn check(api: &Api, condition: &Condition) -> Result<Option<Progress>, ProviderError> {
    let progress = match condition {
        Condition::LoadBalancerActive { load_balancer } => load_balancer::active(api, load_balancer.id()).await,
        Condition::LoadBalancerGone { load_balancer } => load_balancer::gone(api, load_balancer.id()).await,
        Condition::TargetsHealthy { target_group, targets } => {
            load_balancer::targets(api, target_group.id(), targets, |ill, _| ill == 0).await
        }
        Condition::TargetsServe { target_group, targets } => {
            load_balancer::targets(api, target_group.id(), targets, |ill, all| ill < all).await
        }
        Condition::TargetsGone { target_group, targets } => {
            load_balancer::targets_gone(api, target_group.id(), targets).await
        }
        Condition::ServiceAvailable { service } => endpoint_service::available(api, service.id()).await,
        Condition::ConnectionListed { service, endpoint } => {
            endpoint_service::connection_listed(api, service.id(), endpoint.id()).await
        }
        Condition::ConnectionsGone { service } => endpoint_service::connections_gone(api, service.id()).await,
        Condition::EndpointAvailable { endpoint } => endpoint::available(api, endpoint.id()).await,
        Condition::EndpointGone { endpoint } => endpoint::gone(api, endpoint.id()).await,
        Condition::GroupUnused { group } => security_group::unused(api, group.id()).await,
        Condition::AddressesKnown { kind, holders, within, count, .. } => {
            addresses_known(api, *kind, holders, within, *count).await
        }
        Condition::LinkConnectionListed { .. }
        | Condition::LinkConnectionApproved { .. }
        | Condition::ArmSucceeded { .. }
        | Condition::ArmGone { .. }
        | Condition::RecordAnswers { .. }
        | Condition::EpochsHold { .. }
        | Condition::Elapsed { .. } => return Ok(None),
    };
    progress.map(Some)
}

async fn addresses_known(
    api: &Api,
    kind: AddressKind,
    holders: &[Handle],
    within: &BTreeSet<IpNet>,
    count: usize,
) -> Result<Progress, ProviderError> {
    let ids: BTreeSet<String> = holders.iter().map(|holder| holder.id().to_owned()).collect();
    let interfaces: Vec<Interface> = match kind {
        AddressKind::ServiceIps => interfaces::of_load_balancers(api, &ids).await?.into_values().flatten().collect(),
        AddressKind::EndpointIps => {
            let mut listed = Vec::new();
            for id in &ids {
                listed.extend(endpoint::one(api, id).await?);
            }
            let filled = endpoint::with_interfaces(api, listed, BTreeMap::new()).await?;
            filled.into_iter().flat_map(|endpoint| endpoint.interfaces).collect()
        }
    };
    let all = interfaces.iter().flat_map(|interface| interface.ips.iter().map(|ip| IpNet::V4(Ipv4Net::from(*ip))));
    // A holder that is about to leave a subnet still has an address there, which the plan does not name.
    let addresses: BTreeSet<IpNet> = all.filter(|ip| within.iter().any(|net| net.contains(ip))).collect();
    if addresses.len() == count {
        return Ok(Progress::Done(Facts { facts: BTreeMap::new(), addresses }));
    }
    not_yet(format!("{} of {count} addresses", addresses.len()))
}
