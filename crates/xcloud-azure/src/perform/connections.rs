//! Approving (or rejecting) the connection of one private endpoint to a private link service.

use azure_mgmt_network::models::{
    PrivateEndpointConnection, PrivateEndpointConnectionProperties, PrivateLinkServiceConnectionState,
};
use xcloud_core::live::{ConnectionStatus, LiveLinkConnection};
use xcloud_core::model::ArmName;
use xcloud_core::op::Handle;
use xcloud_core::provider::{ErrorKind, Performed, ProviderError};

use crate::arm::Arm;
use crate::error;
use crate::ids;
use crate::observe::link_services::service_of;
use crate::operation::begun;
use crate::read;
use crate::wire::Extra;

/// Writes the connection's state. Its name is found by the endpoint's id: Azure gives it (`<endpoint>.<guid>`).
pub(crate) async fn put(
    arm: &Arm,
    service: &Handle,
    endpoint: &ArmName,
    approve: bool,
) -> Result<Performed, ProviderError> {
    const NAME: &str = "PUT privateEndpointConnections";
    let service = service_id(service).map_err(|why| arm.invalid(NAME, &why))?;
    let path = ids::parse(&service, &["privateLinkServices"]).map_err(|why| arm.invalid(NAME, &why))?;
    let Some(connection) = connection(arm, &service, endpoint).await? else {
        let why = format!("{service} lists no connection of {endpoint}");
        return Err(error::of(&arm.writing(NAME), ErrorKind::NotFound, &why));
    };
    ids::resource_name(&connection.name).map_err(|why| arm.invalid(NAME, &why))?;
    let (status, description) =
        if approve { ("Approved", "approved by xcloud") } else { ("Rejected", "rejected by xcloud") };
    let body = PrivateEndpointConnection {
        name: Some(connection.name.clone()),
        properties: Some(PrivateEndpointConnectionProperties {
            private_link_service_connection_state: Some(PrivateLinkServiceConnectionState {
                status: Some(status.to_owned()),
                description: Some(description.to_owned()),
                ..PrivateLinkServiceConnectionState::default()
            }),
            ..PrivateEndpointConnectionProperties::default()
        }),
        ..PrivateEndpointConnection::default()
    };
    let client = arm.network.private_link_services_client();
    let name = connection.name.as_str();
    let send =
        client.update_private_endpoint_connection(&path.group, path.name(0), name, body, &path.subscription).send();
    let reply = arm.write(NAME, Extra::default(), send).await?;
    let id = ArmName(format!("{service}/privateEndpointConnections/{name}"));
    begun(arm, NAME, &id, &reply)
}

/// Returns the service's id, once bound.
pub(crate) fn service_id(service: &Handle) -> Result<ArmName, String> {
    match service {
        Handle::Known(id) => Ok(ArmName(id.clone())),
        Handle::Made(object) => Err(format!("the id of {} is not bound", object.0)),
    }
}

/// Reads the service and returns the connection of the endpoint, if it lists one.
pub(crate) async fn connection(
    arm: &Arm,
    service: &ArmName,
    endpoint: &ArmName,
) -> Result<Option<LiveLinkConnection>, ProviderError> {
    let Some(body) = read::link_service(arm, service).await? else { return Ok(None) };
    let live = service_of(&body)
        .map_err(|why| error::of(&arm.reading("GET privateLinkServices"), ErrorKind::Malformed, &why))?;
    let of_endpoint = live.connections.into_iter().filter(|connection| connection.endpoint == *endpoint);
    // A connection that is still alive counts before a disconnected one of an earlier endpoint of the same name.
    Ok(of_endpoint.min_by_key(|connection| *connection.status == ConnectionStatus::Disconnected))
}
