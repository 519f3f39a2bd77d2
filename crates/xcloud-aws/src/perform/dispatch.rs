//! Which call carries out which operation, and how its answer is told.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::UnsuccessfulItem;
use xcloud_core::op::{
    AwsOp, EndpointOp, EndpointServiceOp, LoadBalancerOp, Op, PrivateZoneRecordOp, SecurityGroupOp, TagOp,
};
use xcloud_core::provider::{ErrorKind, Performed, ProviderError};

use super::{endpoints, groups, load_balancers, services, target_groups, zones};
use crate::clients::Api;
use crate::{error, find};

/// Makes the one call of an operation. What is there already as it should be, or gone as it should be, is success.
pub(crate) async fn perform(api: &Api, op: &AwsOp, token: &str) -> Result<Performed, ProviderError> {
    if let Some(object) = Op::Aws(op.clone()).needed_objects().first() {
        let message = format!("`{}` is not known yet", object.0);
        return Err(api.error(op.name(), ErrorKind::Invalid, &message));
    }
    match op {
        AwsOp::SecurityGroup(one) => of_group(api, op.name(), one).await,
        AwsOp::LoadBalancer(one) => of_balancer(api, op, one).await,
        AwsOp::Tag(TagOp::CreateTags { resources, tags }) => groups::tag(api, resources, tags).await,
        AwsOp::Tag(TagOp::AddTags { resources, tags }) => load_balancers::tag(api, resources, tags).await,
        AwsOp::EndpointService(EndpointServiceOp::Modify { .. }) => {
            settled(api, op, services::perform(api, op, token).await).await
        }
        AwsOp::EndpointService(
            EndpointServiceOp::Create { .. }
            | EndpointServiceOp::ModifyPermissions { .. }
            | EndpointServiceOp::Delete { .. }
            | EndpointServiceOp::AcceptConnections { .. }
            | EndpointServiceOp::RejectConnections { .. },
        ) => services::perform(api, op, token).await,
        AwsOp::Endpoint(EndpointOp::Create { .. }) => endpoints::create(api, op, token).await,
        AwsOp::Endpoint(EndpointOp::Modify { .. }) => settled(api, op, endpoints::modify(api, op).await).await,
        AwsOp::Endpoint(EndpointOp::Delete { endpoints }) => endpoints::delete(api, endpoints).await,
        AwsOp::PrivateZoneRecord(PrivateZoneRecordOp::Change { zone, changes }) => {
            zones::change(api, zone, changes).await
        }
    }
}

async fn of_group(api: &Api, operation: &'static str, op: &SecurityGroupOp) -> Result<Performed, ProviderError> {
    match op {
        SecurityGroupOp::Create { name, description, vpc, tags } => {
            groups::create(api, name, description, vpc, tags).await
        }
        SecurityGroupOp::Authorize { group, egress, rules, tags } => {
            groups::authorize(api, group.id(), *egress, rules, tags).await
        }
        SecurityGroupOp::Revoke { group, egress, rule_ids } => {
            groups::revoke(api, operation, group.id(), *egress, rule_ids).await
        }
        SecurityGroupOp::RevokeByContent { group, egress, rules } => {
            groups::revoke_by_content(api, operation, group.id(), *egress, rules).await
        }
        SecurityGroupOp::RevokeDefaultEgress { group } => groups::revoke_default_egress(api, group.id()).await,
        SecurityGroupOp::ModifyRules { group, rules } => groups::modify(api, group.id(), rules).await,
        SecurityGroupOp::Delete { group } => groups::delete(api, group.id()).await,
    }
}

async fn of_balancer(api: &Api, op: &AwsOp, one: &LoadBalancerOp) -> Result<Performed, ProviderError> {
    match one {
        LoadBalancerOp::Create { .. } => load_balancers::create(api, op).await,
        LoadBalancerOp::SetGroups { load_balancer, groups, enforce_private_link } => {
            load_balancers::set_groups(api, load_balancer.id(), groups, *enforce_private_link).await
        }
        LoadBalancerOp::SetSubnets { load_balancer, subnets } => {
            load_balancers::set_subnets(api, load_balancer.id(), subnets).await
        }
        LoadBalancerOp::Delete { load_balancer } => load_balancers::delete(api, load_balancer.id()).await,
        LoadBalancerOp::CreateTargetGroup { .. } => target_groups::create(api, op).await,
        LoadBalancerOp::ModifyTargetGroup { target_group, health } => {
            target_groups::modify(api, target_group.id(), *health).await
        }
        LoadBalancerOp::RegisterTargets { target_group, targets, vpc_cidrs } => {
            target_groups::register(api, target_group.id(), targets, vpc_cidrs).await
        }
        LoadBalancerOp::DeregisterTargets { target_group, targets } => {
            settled(api, op, target_groups::deregister(api, target_group.id(), targets).await).await
        }
        LoadBalancerOp::DeleteTargetGroup { target_group } => target_groups::delete(api, target_group.id()).await,
        LoadBalancerOp::CreateListener { load_balancer, port, target_group, tags } => {
            load_balancers::create_listener(api, load_balancer.id(), *port, target_group.id(), tags).await
        }
        LoadBalancerOp::ModifyListener { listener, target_group } => {
            load_balancers::modify_listener(api, listener.id(), target_group.id()).await
        }
        LoadBalancerOp::DeleteListener { listener } => load_balancers::delete_listener(api, listener.id()).await,
    }
}

/// To remove what was removed already is refused as invalid: if everything is as it should be, that is success.
async fn settled(api: &Api, op: &AwsOp, result: Result<Performed, ProviderError>) -> Result<Performed, ProviderError> {
    match result {
        Err(error) if error.kind == ErrorKind::Invalid && find::holds(api, op).await? => {
            Ok(done(error.request_id.into_iter().collect()))
        }
        other => other,
    }
}

/// Returns what a call made: the id under "", and facts. Without an id nothing was made.
pub(crate) fn made<const N: usize>(
    id: Option<String>,
    facts: [(&str, Option<String>); N],
    request_ids: Vec<String>,
) -> Performed {
    let facts = facts.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
    let made: BTreeMap<String, String> = id.map(|id| (String::new(), id)).into_iter().chain(facts).collect();
    Performed { made, request_ids, pending: None }
}

/// Returns the id of what a create call made; without one, nobody knows what happened.
pub(super) fn required(api: &Api, operation: &str, id: Option<String>) -> Result<Option<String>, ProviderError> {
    match id.filter(|id| !id.is_empty()) {
        Some(id) => Ok(Some(id)),
        None => Err(api.error(operation, ErrorKind::Malformed, "the answer names nothing that was made")),
    }
}

/// Returns success without anything made.
pub(super) fn done(request_ids: Vec<String>) -> Performed {
    Performed { request_ids, ..Performed::default() }
}

/// What is gone needs no deleting.
pub(super) fn gone_is_done(result: Result<Performed, ProviderError>) -> Result<Performed, ProviderError> {
    match result {
        Err(error) if error.kind == ErrorKind::NotFound => Ok(done(error.request_id.into_iter().collect())),
        other => other,
    }
}

/// Returns the error inside an answer with HTTP 200: these calls tell each object's failure in `Unsuccessful`.
pub(super) fn refused(
    api: &Api,
    operation: &str,
    unsuccessful: Option<Vec<UnsuccessfulItem>>,
    request_ids: &[String],
) -> Option<ProviderError> {
    let errors = unsuccessful.unwrap_or_default().into_iter().filter_map(|item| {
        let said = item.error?;
        let text = said.message.unwrap_or_default();
        let message = format!("{}: {text}", item.resource_id.unwrap_or_default());
        let code = said.code.unwrap_or_else(|| "Unsuccessful".to_owned());
        let mut told = error::coded(&api.place, operation, &code, Some(&message));
        told.request_id = request_ids.first().cloned();
        Some(told)
    });
    // One that is gone is the smaller news.
    errors.min_by_key(|error| error.kind == ErrorKind::NotFound)
}

/// Returns the refusal to take over something that is there already under the same name.
pub(super) fn conflict(mut error: ProviderError, id: &str, why: &str) -> ProviderError {
    error.kind = ErrorKind::Conflict;
    error.message = format!("{id} is there already and {why} ({})", error.message);
    error
}
