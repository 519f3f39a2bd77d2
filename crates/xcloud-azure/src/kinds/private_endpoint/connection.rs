//! The connection of a private endpoint to a private link service, which the service's owner approves or rejects.

use azure_mgmt_network::models::{
    PrivateEndpointConnection, PrivateEndpointConnectionProperties, PrivateLinkServiceConnectionState,
};
use xcloud_core::live::{ConnectionStatus, ProvisioningState, Spelled};
use xcloud_core::model::ArmName;
use xcloud_core::op::{Call as _, Handle, PrivateEndpointOp};
use xcloud_core::provider::{Effect, ErrorKind, Left, Operation, Performed, Polled, ProviderError};

use crate::arm::Arm;
use crate::change::Change;
use crate::json::{list, state, text};
use crate::kinds::private_link_service;
use crate::wire::{Extra, WAIT_SECS};
use crate::{error, ids, poll};

/// A decision on the connection of an endpoint, as the call names it.
pub(super) struct Decision<'a> {
    pub(super) service: &'a Handle,
    pub(super) endpoint: &'a ArmName,
    pub(super) approve: bool,
}

impl<'a> Decision<'a> {
    /// Returns the decision of the call, if it takes one.
    pub(super) fn of(op: &'a PrivateEndpointOp) -> Option<Self> {
        match op {
            PrivateEndpointOp::SetConnection { service, endpoint, approve } => {
                Some(Self { service, endpoint, approve: *approve })
            }
            PrivateEndpointOp::Put { .. } | PrivateEndpointOp::Delete { .. } => None,
        }
    }

    fn wanted(&self) -> ConnectionStatus {
        if self.approve { ConnectionStatus::Approved } else { ConnectionStatus::Rejected }
    }

    /// Writes the connection's state. Its name is found by the endpoint's id: Azure gives it (`<endpoint>.<guid>`).
    pub(super) async fn perform(&self, arm: &Arm, op: &PrivateEndpointOp) -> Result<Performed, ProviderError> {
        let service = service_id(arm, op.name(), self.service)?;
        let change = Change::of(arm, op, service.clone(), &["privateLinkServices"])?;
        let Some(connection) = connection(arm, &service, self.endpoint).await? else {
            let why = format!("{service} lists no connection of {}", self.endpoint);
            return Err(change.refused(ErrorKind::NotFound, &why));
        };
        let name = connection.name.as_str();
        ids::resource_name(name).map_err(|why| change.invalid(&why))?;
        let (status, description) =
            if self.approve { ("Approved", "approved by xcloud") } else { ("Rejected", "rejected by xcloud") };
        let body = PrivateEndpointConnection {
            name: Some(name.to_owned()),
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
        let change = Change { id: connection_id(&service, name), ..change };
        let (p, client) = (&change.path, arm.network.private_link_services_client());
        let send = client.update_private_endpoint_connection(&p.group, p.name(0), name, body, &p.subscription).send();
        change.send(op, Extra::default(), send).await
    }

    /// Looks once how the operation of the decision stands, which ends when the service shows the decision: that can be
    /// after the operation itself.
    pub(super) async fn poll(
        &self,
        arm: &Arm,
        op: &PrivateEndpointOp,
        operation: &Operation,
    ) -> Result<Polled, ProviderError> {
        if let Some(polled) = poll::status(arm, op, operation).await? {
            return Ok(polled);
        }
        let service = service_id(arm, op.name(), self.service)?;
        let call = arm.writing(op);
        let Some(connection) = connection(arm, &service, self.endpoint).await? else {
            let why = format!("{service} lists no connection of {} any more", self.endpoint);
            return Ok(Polled::Failed(error::of(&call, ErrorKind::Conflict, &why)));
        };
        Ok(if !connection.state.is_settled() {
            Polled::Wait(WAIT_SECS)
        } else if *connection.status == self.wanted() {
            Polled::Done([(String::new(), connection_id(&service, &connection.name).0)].into())
        } else {
            Polled::Unseen(error::of(&call, ErrorKind::NotKept, &self.not_taken(&connection.status)))
        })
    }

    /// Looks whether the decision was taken.
    pub(super) async fn find(&self, arm: &Arm, op: &PrivateEndpointOp) -> Result<Effect, ProviderError> {
        let service = service_id(arm, op.name(), self.service)?;
        let found = connection(arm, &service, self.endpoint).await?;
        Ok(match found.filter(|connection| *connection.status == self.wanted()) {
            Some(connection) => {
                let id = connection_id(&service, &connection.name).0;
                Effect::Happened(Performed { made: [(String::new(), id)].into(), ..Performed::default() })
            }
            None => Effect::NotSeen,
        })
    }

    /// Looks whether the decision still stands.
    pub(super) async fn left(&self, arm: &Arm, op: &PrivateEndpointOp) -> Result<Left, ProviderError> {
        let service = service_id(arm, op.name(), self.service)?;
        let status = connection(arm, &service, self.endpoint).await?.map(|connection| connection.status);
        Ok(self.judged(status.as_ref()))
    }

    fn judged(&self, status: Option<&Spelled<ConnectionStatus>>) -> Left {
        match status {
            Some(status) if **status == self.wanted() => Left::AsLeft,
            None => Left::Back,
            Some(status) => Left::Changed(self.not_taken(status)),
        }
    }

    fn not_taken(&self, status: &Spelled<ConnectionStatus>) -> String {
        format!("the connection of {} is {status}, not {}", self.endpoint, self.wanted())
    }
}

/// Returns the service's id, once bound.
pub(super) fn service_id(arm: &Arm, operation: &'static str, service: &Handle) -> Result<ArmName, ProviderError> {
    match service {
        Handle::Known(id) => Ok(ArmName(id.clone())),
        Handle::Made(object) => Err(arm.invalid(operation, &format!("the id of {} is not bound", object.0))),
    }
}

fn connection_id(service: &ArmName, name: &str) -> ArmName {
    ArmName(format!("{service}/privateEndpointConnections/{name}"))
}

/// A connection as its service lists it.
pub(super) struct Connection {
    pub(super) name: String,
    pub(super) status: Spelled<ConnectionStatus>,
    state: Spelled<ProvisioningState>,
}

/// Reads the service and returns the connection of the endpoint, if it lists one.
pub(super) async fn connection(
    arm: &Arm,
    service: &ArmName,
    endpoint: &ArmName,
) -> Result<Option<Connection>, ProviderError> {
    let Some(body) = private_link_service::one(arm, service).await? else { return Ok(None) };
    let listed = list(&body, "/properties/privateEndpointConnections").iter();
    let of_endpoint = listed.filter(|one| ArmName(text(one, "/properties/privateEndpoint/id").to_owned()) == *endpoint);
    let read = of_endpoint.map(|one| Connection {
        name: text(one, "/name").to_owned(),
        status: text(one, "/properties/privateLinkServiceConnectionState/status").into(),
        state: state(one),
    });
    // A connection that is still alive counts before a disconnected one of an earlier endpoint of the same name.
    Ok(read.min_by_key(|connection| *connection.status == ConnectionStatus::Disconnected))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_that_somebody_rejected_is_changed() {
        let (service, endpoint) = (Handle::Known("/pls".to_owned()), ArmName("/pe".to_owned()));
        let approval = Decision { service: &service, endpoint: &endpoint, approve: true };
        assert_eq!(approval.judged(Some(&"approved".into())), Left::AsLeft);
        assert_eq!(approval.judged(None), Left::Back);
        assert!(matches!(approval.judged(Some(&"Rejected".into())), Left::Changed(_)));
    }
}
