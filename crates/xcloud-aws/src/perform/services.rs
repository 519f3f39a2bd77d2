//! Mutating calls on endpoint services and their connections.

use std::collections::BTreeSet;

use aws_sdk_ec2::types::ResourceType;
use xcloud_core::op::{AwsOp, EndpointServiceOp, Handle};
use xcloud_core::provider::{ErrorKind, Performed, ProviderError};

use super::dispatch::{done, gone_is_done, made, refused, required};
use crate::clients::Api;
use crate::connections::{self, State};
use crate::tags::{self, Tags};

pub(super) async fn perform(api: &Api, op: &AwsOp, token: &str) -> Result<Performed, ProviderError> {
    match op {
        AwsOp::EndpointService(EndpointServiceOp::Create { load_balancers, acceptance_required, tags }) => {
            create(api, load_balancers, *acceptance_required, tags, token).await
        }
        AwsOp::EndpointService(EndpointServiceOp::Modify { service, acceptance_required, add, remove }) => {
            let request = api
                .ec2
                .modify_vpc_endpoint_service_configuration()
                .service_id(service.id())
                .set_acceptance_required(*acceptance_required)
                .set_add_network_load_balancer_arns(some(add))
                .set_remove_network_load_balancer_arns(some(remove));
            let (_, request_ids) = api.mutate(op.name(), request.send()).await?;
            Ok(done(request_ids))
        }
        AwsOp::EndpointService(EndpointServiceOp::ModifyPermissions { service, add, remove }) => {
            let list = |arns: &BTreeSet<String>| (!arns.is_empty()).then(|| arns.iter().cloned().collect());
            let request = api
                .ec2
                .modify_vpc_endpoint_service_permissions()
                .service_id(service.id())
                .set_add_allowed_principals(list(add))
                .set_remove_allowed_principals(list(remove));
            let (_, request_ids) = api.mutate(op.name(), request.send()).await?;
            Ok(done(request_ids))
        }
        AwsOp::EndpointService(EndpointServiceOp::Delete { service }) => delete(api, service.id()).await,
        AwsOp::EndpointService(EndpointServiceOp::AcceptConnections { service, endpoints }) => {
            accept(api, service.id(), endpoints).await
        }
        AwsOp::EndpointService(EndpointServiceOp::RejectConnections { service, endpoints }) => {
            reject(api, service.id(), endpoints).await
        }
        other => Err(api.error(other.name(), ErrorKind::Invalid, "not a call on an endpoint service")),
    }
}

fn ids(handles: &BTreeSet<Handle>) -> BTreeSet<String> {
    handles.iter().map(|handle| handle.id().to_owned()).collect()
}

/// An empty list is not the same as none.
fn some(handles: &BTreeSet<Handle>) -> Option<Vec<String>> {
    (!handles.is_empty()).then(|| ids(handles).into_iter().collect())
}

/// The client token is ours: the SDK does not fill it in, and without it a repeated call makes a second service.
async fn create(
    api: &Api,
    load_balancers: &BTreeSet<Handle>,
    acceptance_required: bool,
    tags: &Tags,
    token: &str,
) -> Result<Performed, ProviderError> {
    const OPERATION: &str = "CreateVpcEndpointServiceConfiguration";
    let request = api
        .ec2
        .create_vpc_endpoint_service_configuration()
        .set_network_load_balancer_arns(some(load_balancers))
        .acceptance_required(acceptance_required)
        .set_tag_specifications(tags::specification(ResourceType::VpcEndpointService, tags))
        .client_token(token);
    let (output, request_ids) = api.mutate(OPERATION, request.send()).await?;
    let (id, name) =
        output.service_configuration.map(|service| (service.service_id, service.service_name)).unwrap_or_default();
    Ok(made(required(api, OPERATION, id)?, [("service-name", name)], request_ids))
}

async fn delete(api: &Api, service: &str) -> Result<Performed, ProviderError> {
    const OPERATION: &str = "DeleteVpcEndpointServiceConfigurations";
    let request = api.ec2.delete_vpc_endpoint_service_configurations().service_ids(service);
    let answer = api.mutate(OPERATION, request.send()).await;
    gone_is_done(answer.and_then(|(output, request_ids)| {
        refused(api, OPERATION, output.unsuccessful, &request_ids).map_or_else(|| Ok(done(request_ids)), Err)
    }))
}

async fn accept(api: &Api, service: &str, endpoints: &BTreeSet<Handle>) -> Result<Performed, ProviderError> {
    const OPERATION: &str = "AcceptVpcEndpointConnections";
    let request = api.ec2.accept_vpc_endpoint_connections().service_id(service).set_vpc_endpoint_ids(some(endpoints));
    let (output, request_ids) = api.mutate(OPERATION, request.send()).await?;
    let Some(error) = refused(api, OPERATION, output.unsuccessful, &request_ids) else {
        return Ok(done(request_ids));
    };
    if are_accepted(api, service, &ids(endpoints)).await? { Ok(done(request_ids)) } else { Err(error) }
}

/// Returns true if every endpoint's connection is accepted.
pub(crate) async fn are_accepted(
    api: &Api,
    service: &str,
    endpoints: &BTreeSet<String>,
) -> Result<bool, ProviderError> {
    let live = connections::of_service(api, service).await?;
    let accepted = |id: &String| {
        live.iter().any(|connection| connection.endpoint == *id && State::of(connection) == State::Accepted)
    };
    Ok(endpoints.iter().all(accepted))
}

async fn reject(api: &Api, service: &str, endpoints: &BTreeSet<Handle>) -> Result<Performed, ProviderError> {
    const OPERATION: &str = "RejectVpcEndpointConnections";
    let request = api.ec2.reject_vpc_endpoint_connections().service_id(service).set_vpc_endpoint_ids(some(endpoints));
    let answer = api.mutate(OPERATION, request.send()).await;
    let (output, request_ids) = match answer {
        Ok(answer) => answer,
        Err(error) => return gone_is_done(Err(error)),
    };
    let Some(error) = refused(api, OPERATION, output.unsuccessful, &request_ids) else {
        return Ok(done(request_ids));
    };
    if are_rejected(api, service, &ids(endpoints)).await? { Ok(done(request_ids)) } else { Err(error) }
}

/// Returns true if no endpoint has a connection that is alive or waits. A rejected one stays listed.
pub(crate) async fn are_rejected(
    api: &Api,
    service: &str,
    endpoints: &BTreeSet<String>,
) -> Result<bool, ProviderError> {
    let live = connections::of_service(api, service).await?;
    let gone = |id: &String| {
        live.iter()
            .filter(|connection| connection.endpoint == *id)
            .all(|connection| State::of(connection) == State::Over)
    };
    Ok(endpoints.iter().all(gone))
}
