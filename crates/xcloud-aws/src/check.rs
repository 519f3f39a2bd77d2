//! Looks once whether a condition holds.
//!
//! States are compared as strings, without case. One that is not known here is "not yet": new ones between two known
//! ones have appeared before (terraform-provider-aws#14604), and the engine's deadline ends the wait.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use ipnet::{IpNet, Ipv4Net};
use xcloud_core::live::{BalancerState, EndpointState, Interface, LiveEndpoint, ServiceState, TargetHealth};
use xcloud_core::model::AddressKind;
use xcloud_core::op::Handle;
use xcloud_core::plan::Condition;
use xcloud_core::provider::{ErrorKind, Facts, Progress, ProviderError};

use crate::clients::Api;
use crate::connections::{self, State};
use crate::listed::Listed;
use crate::observe::endpoints;
use crate::observe::{balancer_parts, load_balancers, services};
use crate::{error, holders, interfaces};

/// Looks once whether a condition holds.
pub(crate) async fn check(api: &Api, condition: &Condition) -> Result<Progress, ProviderError> {
    match condition {
        Condition::LoadBalancerActive { load_balancer } => load_balancer_active(api, load_balancer.id()).await,
        Condition::LoadBalancerGone { load_balancer } => load_balancer_gone(api, load_balancer.id()).await,
        Condition::TargetsHealthy { target_group } => targets(api, target_group.id(), |ill, _| ill == 0).await,
        Condition::TargetsServe { target_group } => targets(api, target_group.id(), |ill, all| ill < all).await,
        Condition::ServiceAvailable { service } => service_available(api, service.id()).await,
        Condition::ConnectionListed { service, endpoint } => connection_listed(api, service.id(), endpoint.id()).await,
        Condition::ConnectionsGone { service } => connections_gone(api, service.id()).await,
        Condition::EndpointAvailable { endpoint } => endpoint_available(api, endpoint.id()).await,
        Condition::EndpointGone { endpoint } => endpoint_gone(api, endpoint.id()).await,
        Condition::GroupUnused { group } => group_unused(api, group.id()).await,
        Condition::AddressesKnown { kind, holders, within, count, .. } => {
            addresses_known(api, *kind, holders, within, *count).await
        }
        Condition::LinkConnectionListed { .. }
        | Condition::LinkConnectionApproved { .. }
        | Condition::ArmSucceeded { .. }
        | Condition::ArmGone { .. }
        | Condition::RecordAnswers { .. }
        | Condition::EpochsHold { .. }
        | Condition::Elapsed { .. } => Err(api.error("check", ErrorKind::Invalid, "this is not a matter of AWS")),
    }
}

fn done() -> Progress {
    Progress::Done(Facts::default())
}

fn not_yet(what: impl Into<String>) -> Result<Progress, ProviderError> {
    Ok(Progress::NotYet(what.into()))
}

/// The object ended in a state from which it does not come back.
fn never(
    api: &Api,
    operation: &str,
    state: impl Display,
    said: Option<(String, String)>,
) -> Result<Progress, ProviderError> {
    Ok(Progress::Never(match said {
        Some((code, message)) => {
            let told = error::coded(&api.place, operation, &code, Some(&message));
            ProviderError { kind: ErrorKind::Other, message: format!("state {state}: {}", told.message), ..told }
        }
        None => api.error(operation, ErrorKind::Other, &format!("state {state}")),
    }))
}

const NOT_VISIBLE: &str = "not visible yet";

async fn load_balancer_active(api: &Api, arn: &str) -> Result<Progress, ProviderError> {
    let Some(balancer) = load_balancers::one(api, arn).await? else { return not_yet(NOT_VISIBLE) };
    match balancer.state {
        BalancerState::Active | BalancerState::ActiveImpaired => Ok(done()),
        BalancerState::Failed => never(api, "DescribeLoadBalancers", &balancer.state, None),
        BalancerState::Provisioning | BalancerState::Other(_) => not_yet(format!("state {}", balancer.state)),
    }
}

/// The interfaces stay for some minutes, and hold the groups (facts on `DeleteSecurityGroup`).
async fn load_balancer_gone(api: &Api, arn: &str) -> Result<Progress, ProviderError> {
    if let Some(balancer) = load_balancers::one(api, arn).await? {
        return not_yet(format!("state {}", balancer.state));
    }
    let left = interfaces::of_load_balancers(api, &BTreeSet::from([arn.to_owned()])).await?;
    match left.values().map(Vec::len).sum::<usize>() {
        0 => Ok(done()),
        count => not_yet(format!("{count} network interfaces are left")),
    }
}

/// Looks at the targets of a group: `enough` tells of so many unhealthy ones of so many whether that will do.
async fn targets(api: &Api, group: &str, enough: fn(usize, usize) -> bool) -> Result<Progress, ProviderError> {
    let (by_address, by_id) = balancer_parts::every_target(api, group).await?;
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

async fn service_available(api: &Api, id: &str) -> Result<Progress, ProviderError> {
    let Some(service) = services::one(api, id).await? else { return not_yet(NOT_VISIBLE) };
    match service.state {
        ServiceState::Available => {
            let facts = BTreeMap::from([("service-name".to_owned(), service.service_name)]);
            Ok(Progress::Done(Facts { facts, addresses: BTreeSet::new() }))
        }
        ServiceState::Failed | ServiceState::Deleting | ServiceState::Deleted => {
            never(api, "DescribeVpcEndpointServiceConfigurations", &service.state, None)
        }
        ServiceState::Pending | ServiceState::Other(_) => not_yet(format!("state {}", service.state)),
    }
}

async fn connection_listed(api: &Api, service: &str, endpoint: &str) -> Result<Progress, ProviderError> {
    let live = connections::of_service(api, service).await?;
    let Some(connection) = live.iter().find(|connection| connection.endpoint == endpoint) else {
        return not_yet(NOT_VISIBLE);
    };
    match State::of(connection) {
        State::Waiting | State::Accepted => Ok(done()),
        State::Over => never(api, "DescribeVpcEndpointConnections", &connection.state, None),
        State::Between => not_yet(format!("state {}", connection.state)),
    }
}

async fn connections_gone(api: &Api, service: &str) -> Result<Progress, ProviderError> {
    let live = connections::of_service(api, service).await?;
    let left: Vec<String> = live
        .iter()
        .filter(|connection| State::of(connection) != State::Over)
        .map(|connection| format!("{} {}", connection.endpoint, connection.state))
        .collect();
    if left.is_empty() { Ok(done()) } else { not_yet(left.join(", ")) }
}

async fn endpoint_available(api: &Api, id: &str) -> Result<Progress, ProviderError> {
    let Some(Listed { endpoint, last_error, .. }) = endpoints::one(api, id).await? else {
        return not_yet(NOT_VISIBLE);
    };
    match &endpoint.state {
        EndpointState::Available => {
            Ok(Progress::Done(Facts { facts: dns_facts(&endpoint), addresses: BTreeSet::new() }))
        }
        state if state.is_dead() || state.is_going() => never(api, "DescribeVpcEndpoints", state, last_error),
        _ => not_yet(format!("state {}", endpoint.state)),
    }
}

fn dns_facts(endpoint: &LiveEndpoint) -> BTreeMap<String, String> {
    let entry = endpoint.dns.clone();
    entry
        .map(|(name, zone)| BTreeMap::from([("dns-name".to_owned(), name), ("dns-zone".to_owned(), zone)]))
        .unwrap_or_default()
}

async fn endpoint_gone(api: &Api, id: &str) -> Result<Progress, ProviderError> {
    match endpoints::one(api, id).await? {
        None => Ok(done()),
        Some(listed) => not_yet(format!("state {}", listed.endpoint.state)),
    }
}

async fn group_unused(api: &Api, group: &str) -> Result<Progress, ProviderError> {
    let holders = holders::of_group(api, group).await?;
    if holders.is_empty() { Ok(done()) } else { not_yet(format!("held by {}", holders.join(", "))) }
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
                listed.extend(endpoints::one(api, id).await?);
            }
            let filled = endpoints::with_interfaces(api, listed, BTreeMap::new()).await?;
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
