//! Mutating calls on endpoint services and their connections.

use std::collections::BTreeSet;

use aws_sdk_ec2::types::{ResourceType, UnsuccessfulItem};
use xcloud_core::op::{Call as _, EndpointServiceOp, Handle};
use xcloud_core::provider::{Performed, ProviderError};

use crate::answer::{done, gone_is_done, made, refused, required};
use crate::as_written::{Asked, Written as _, settled};
use crate::clients::Api;
use crate::handles::some;
use crate::tags::{self, Tags};

/// Makes the one call.
pub(crate) async fn perform(api: &Api, op: &EndpointServiceOp, token: &str) -> Result<Performed, ProviderError> {
    match op {
        EndpointServiceOp::Create { load_balancers, acceptance_required, tags } => {
            create(api, op, load_balancers, *acceptance_required, tags, token).await
        }
        EndpointServiceOp::Modify { service, acceptance_required, add, remove } => {
            let request = api
                .ec2
                .modify_vpc_endpoint_service_configuration()
                .service_id(service.id())
                .set_acceptance_required(*acceptance_required)
                .set_add_network_load_balancer_arns(some(add))
                .set_remove_network_load_balancer_arns(some(remove));
            let answer = api.mutate(op, request.send()).await;
            settled(api, op, answer.map(|(_, request_ids)| done(request_ids))).await
        }
        EndpointServiceOp::ModifyPermissions { service, add, remove } => {
            let list = |arns: &BTreeSet<String>| (!arns.is_empty()).then(|| arns.iter().cloned().collect());
            let request = api
                .ec2
                .modify_vpc_endpoint_service_permissions()
                .service_id(service.id())
                .set_add_allowed_principals(list(add))
                .set_remove_allowed_principals(list(remove));
            let (_, request_ids) = api.mutate(op, request.send()).await?;
            Ok(done(request_ids))
        }
        EndpointServiceOp::Delete { service } => delete(api, op, service.id()).await,
        EndpointServiceOp::AcceptConnections { service, endpoints } => {
            let request = api.ec2.accept_vpc_endpoint_connections().service_id(service.id());
            let request = request.set_vpc_endpoint_ids(some(endpoints));
            let (output, request_ids) = api.mutate(op, request.send()).await?;
            judged(api, op, output.unsuccessful, request_ids).await
        }
        EndpointServiceOp::RejectConnections { service, endpoints } => {
            let request = api.ec2.reject_vpc_endpoint_connections().service_id(service.id());
            let request = request.set_vpc_endpoint_ids(some(endpoints));
            match api.mutate(op, request.send()).await {
                Ok((output, request_ids)) => judged(api, op, output.unsuccessful, request_ids).await,
                Err(error) => gone_is_done(Err(error)),
            }
        }
    }
}

/// A connection that is refused because it is so already is as it should be.
async fn judged(
    api: &Api,
    op: &EndpointServiceOp,
    unsuccessful: Option<Vec<UnsuccessfulItem>>,
    request_ids: Vec<String>,
) -> Result<Performed, ProviderError> {
    let Some(error) = refused(api, op.name(), unsuccessful, &request_ids) else { return Ok(done(request_ids)) };
    let seen = op.look(api, Asked::Effect).await?;
    if op.effect(&seen).is_some() { Ok(done(request_ids)) } else { Err(error) }
}

/// The client token is ours: the SDK does not fill it in, and without it a repeated call makes a second service.
async fn create(
    api: &Api,
    op: &EndpointServiceOp,
    load_balancers: &BTreeSet<Handle>,
    acceptance_required: bool,
    tags: &Tags,
    token: &str,
) -> Result<Performed, ProviderError> {
    let request = api
        .ec2
        .create_vpc_endpoint_service_configuration()
        .set_network_load_balancer_arns(some(load_balancers))
        .acceptance_required(acceptance_required)
        .set_tag_specifications(tags::specification(ResourceType::VpcEndpointService, tags))
        .client_token(token);
    let (output, request_ids) = api.mutate(op, request.send()).await?;
    let (id, name) =
        output.service_configuration.map(|service| (service.service_id, service.service_name)).unwrap_or_default();
    Ok(made(required(api, op.name(), id)?, [("service-name", name)], request_ids))
}

async fn delete(api: &Api, op: &EndpointServiceOp, service: &str) -> Result<Performed, ProviderError> {
    let request = api.ec2.delete_vpc_endpoint_service_configurations().service_ids(service);
    let answer = api.mutate(op, request.send()).await;
    gone_is_done(answer.and_then(|(output, request_ids)| {
        refused(api, op.name(), output.unsuccessful, &request_ids).map_or_else(|| Ok(done(request_ids)), Err)
    }))
}
