//! Looks whether what a create call made is still as it was right after the call, so that it may be deleted.

use std::collections::BTreeSet;

use xcloud_core::live::{EndpointState, LiveEndpoint, LiveGroup, LiveLoadBalancer, LiveTargetGroup};
use xcloud_core::op::{AwsOp, EndpointOp, EndpointServiceOp, Handle, LoadBalancerOp, SecurityGroupOp};
use xcloud_core::provider::{ErrorKind, Left, ProviderError};

use crate::clients::Api;
use crate::connections::{self, State};
use crate::interfaces::filter;
use crate::left::{Difference, list};
use crate::observe::{balancer_parts, endpoints, groups, load_balancers, services};
use crate::perform::groups::is_default;
use crate::perform::target_groups::has_health;
use crate::tags::Tags;

/// Looks at the object that `undo` would delete. What is not there is back already.
pub(crate) async fn left(api: &Api, op: &AwsOp, undo: &AwsOp) -> Result<Left, ProviderError> {
    match (op, undo) {
        (
            AwsOp::SecurityGroup(SecurityGroupOp::Create { .. }),
            AwsOp::SecurityGroup(SecurityGroupOp::Delete { group }),
        ) => {
            let by_id = filter("group-id", [group.id().to_owned()]);
            let found = groups::describe(api, vec![by_id]).await?.into_iter().find(|live| live.id == group.id());
            let Some(mut live) = found else { return Ok(Left::Back) };
            live.rules = groups::rules_of_one(api, &live.id).await?;
            Ok(judged(group_differs(&live, op)))
        }
        (
            AwsOp::LoadBalancer(LoadBalancerOp::Create { .. }),
            AwsOp::LoadBalancer(LoadBalancerOp::Delete { load_balancer }),
        ) => {
            let found = load_balancers::one(api, load_balancer.id()).await?;
            let Some(mut live) = found else { return Ok(Left::Back) };
            live.tags = tags_of(api, &live.arn).await?;
            live.listeners = Some(balancer_parts::listeners(api, &live.arn).await?);
            let protected = load_balancers::is_protected(api, &live.arn).await?;
            let guarded = protected.then(|| format!("{} is protected against deletion", live.arn));
            Ok(judged(balancer_differs(&live, op).or(guarded)))
        }
        (
            AwsOp::LoadBalancer(LoadBalancerOp::CreateTargetGroup { .. }),
            AwsOp::LoadBalancer(LoadBalancerOp::DeleteTargetGroup { target_group }),
        ) => {
            let found = load_balancers::target_group(api, target_group.id()).await?;
            let Some(mut live) = found else { return Ok(Left::Back) };
            live.tags = tags_of(api, &live.arn).await?;
            live.targets = balancer_parts::targets(api, &live.arn).await?;
            Ok(judged(target_group_differs(&live, op)))
        }
        (
            AwsOp::LoadBalancer(LoadBalancerOp::CreateListener { port, target_group, tags, .. }),
            AwsOp::LoadBalancer(LoadBalancerOp::DeleteListener { listener }),
        ) => {
            let Some(live) = balancer_parts::listener(api, listener.id()).await? else { return Ok(Left::Back) };
            let live_tags = tags_of(api, &live.arn).await?;
            let forwards = live.target_group.as_deref() == Some(target_group.id());
            let same = live.port == *port && live.protocol.eq_ignore_ascii_case("tcp") && forwards;
            let other = (!same).then(|| format!("{} does not forward as this run wrote it", live.arn));
            Ok(judged(other.or_else(|| mark_differs(&live.arn, &live_tags, tags))))
        }
        (
            AwsOp::EndpointService(EndpointServiceOp::Create { .. }),
            AwsOp::EndpointService(EndpointServiceOp::Delete { service }),
        ) => service_left(api, service.id(), op).await,
        (AwsOp::Endpoint(EndpointOp::Create { .. }), AwsOp::Endpoint(EndpointOp::Delete { endpoints })) => {
            let Some(id) = endpoints.first() else { return Ok(Left::Back) };
            let found = endpoints::one(api, id.id()).await?.map(|listed| listed.endpoint);
            let live = found.filter(|live| live.state != EndpointState::Deleting);
            Ok(live.map_or(Left::Back, |live| judged(endpoint_differs(&live, op))))
        }
        _ => Err(api.error(op.name(), ErrorKind::Invalid, "the undo is not the deletion of what the call made")),
    }
}

fn judged(differs: Difference) -> Left {
    differs.map_or(Left::AsLeft, Left::Changed)
}

async fn tags_of(api: &Api, arn: &str) -> Result<Tags, ProviderError> {
    let arns = [arn.to_owned()];
    Ok(balancer_parts::tags_of(api, &arns).await?.remove(arn).unwrap_or_default())
}

/// Our tags are there as they were written. Tags that others put beside them (many organisations tag everything by
/// machine) are no part of the object.
fn mark_differs(id: &str, live: &Tags, wanted: &Tags) -> Difference {
    wanted.iter().find(|(key, value)| live.get(*key) != Some(*value)).map(|(key, value)| match live.get(key) {
        Some(now) => format!("the tag {key} of {id} is `{now}`, not `{value}`"),
        None => format!("{id} has no tag {key} any more"),
    })
}

/// A new group has no inbound rule, and outbound AWS's own or none; those that this run added are undone before.
fn group_differs(live: &LiveGroup, op: &AwsOp) -> Difference {
    let AwsOp::SecurityGroup(SecurityGroupOp::Create { name, description, vpc, tags }) = op else { return None };
    let id = &live.id;
    if live.name != *name || live.vpc != *vpc || live.description != *description {
        return Some(format!("{id} is not the group {name} of {vpc} that this run made"));
    }
    mark_differs(id, &live.tags, tags).or_else(|| {
        let added = live.rules.iter().find(|rule| !is_default(rule))?;
        Some(format!("{id} has the rule {}, which was added to it", added.id))
    })
}

fn ids(handles: &BTreeSet<Handle>) -> BTreeSet<String> {
    handles.iter().map(|handle| handle.id().to_owned()).collect()
}

fn balancer_differs(live: &LiveLoadBalancer, op: &AwsOp) -> Difference {
    let AwsOp::LoadBalancer(LoadBalancerOp::Create { name, subnets, groups, tags }) = op else { return None };
    let arn = &live.arn;
    if live.name != *name || !live.lb_type.eq_ignore_ascii_case("network") {
        return Some(format!("{arn} is not the load balancer {name} that this run made"));
    }
    let (there, wanted) = (live.subnets.keys().cloned().collect(), subnets.iter().map(|pin| pin.subnet.clone()));
    member_sets_differ(arn, "subnets", &there, &wanted.collect())
        .or_else(|| member_sets_differ(arn, "groups", &live.groups, &ids(groups)))
        .or_else(|| mark_differs(arn, &live.tags, tags))
        .or_else(|| {
            let listener = live.listeners.iter().flatten().next()?;
            Some(format!("{arn} has a listener on port {}, which was added to it", listener.port))
        })
}

fn member_sets_differ(id: &str, what: &str, live: &BTreeSet<String>, wanted: &BTreeSet<String>) -> Difference {
    (live != wanted).then(|| format!("{id} has the {what} {}, not {}", list(live), list(wanted)))
}

fn target_group_differs(live: &LiveTargetGroup, op: &AwsOp) -> Difference {
    let AwsOp::LoadBalancer(LoadBalancerOp::CreateTargetGroup { name, port, vpc, health, tags }) = op else {
        return None;
    };
    let arn = &live.arn;
    let same = live.name == *name && live.port == *port && live.vpc == *vpc;
    if !same || !live.protocol.eq_ignore_ascii_case("tcp") {
        return Some(format!("{arn} is not the target group {name} that this run made"));
    }
    if health.is_some_and(|health| !has_health(&live.health, health)) {
        return Some(format!("{arn} has another health check"));
    }
    mark_differs(arn, &live.tags, tags).or_else(|| {
        let (ip, port, _) = live.targets.first()?;
        Some(format!("{arn} has the target {ip}:{port}, which was added to it"))
    })
}

/// A new service has no principals and no connections; those of this run are undone before.
async fn service_left(api: &Api, id: &str, op: &AwsOp) -> Result<Left, ProviderError> {
    let AwsOp::EndpointService(EndpointServiceOp::Create { load_balancers, acceptance_required, tags }) = op else {
        return Err(api.error(op.name(), ErrorKind::Invalid, "not an endpoint service to create"));
    };
    let Some(live) = services::one(api, id).await?.filter(|live| !live.state.is_going()) else {
        return Ok(Left::Back);
    };
    let acceptance = (live.acceptance_required != *acceptance_required).then(|| {
        let now = if live.acceptance_required { "asks for acceptance" } else { "accepts by itself" };
        format!("{id} {now}")
    });
    let differs = member_sets_differ(id, "load balancers", &live.load_balancers, &ids(load_balancers))
        .or(acceptance)
        .or_else(|| mark_differs(id, &live.tags, tags));
    if differs.is_some() {
        return Ok(judged(differs));
    }
    if let Some(principal) = services::principals(api, id).await?.first() {
        return Ok(Left::Changed(format!("{id} allows {principal}, which was added to it")));
    }
    Ok(judged(connected(api, id).await?))
}

/// Tells who is connected. Where connections cannot be read (an emulator), AWS's own refusal to delete a service that
/// has some (`ExistingVpcEndpointConnections`) must do.
async fn connected(api: &Api, id: &str) -> Result<Difference, ProviderError> {
    let live = match connections::of_service(api, id).await {
        Ok(live) => live,
        Err(error) if matches!(error.kind, ErrorKind::OutcomeUnknown | ErrorKind::Malformed) => return Ok(None),
        Err(error) => return Err(error),
    };
    let alive = live.iter().find(|one| matches!(State::of(one), State::Waiting | State::Accepted));
    Ok(alive.map(|one| format!("{} of account {} is connected to {id} ({})", one.endpoint, one.owner, one.state)))
}

fn endpoint_differs(live: &LiveEndpoint, op: &AwsOp) -> Difference {
    let AwsOp::Endpoint(EndpointOp::Create { service_name, vpc, subnets, groups, tags }) = op else { return None };
    let id = &live.id;
    if live.service_name != service_name.id() || live.vpc != *vpc {
        return Some(format!("{id} is not the endpoint of {} that this run made", service_name.id()));
    }
    let wanted = subnets.iter().map(|pin| pin.subnet.clone()).collect();
    let groups = ids(groups);
    // Without groups of ours the endpoint has the VPC's default group: the cloud's choice.
    let of_groups = || if groups.is_empty() { None } else { member_sets_differ(id, "groups", &live.groups, &groups) };
    member_sets_differ(id, "subnets", &live.subnets, &wanted)
        .or_else(of_groups)
        .or_else(|| mark_differs(id, &live.tags, tags))
        .or_else(|| live.private_dns.then(|| format!("private DNS of {id} was turned on")))
}
