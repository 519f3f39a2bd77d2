//! Whether a private endpoint, or its connection, is as a call wrote it.

use serde_json::Value;
use xcloud_core::model::ArmName;
use xcloud_core::op::PrivateEndpointOp;
use xcloud_core::provider::{Effect, Left, Operation, Polled, ProviderError};

use super::connection::Decision;
use super::observe::{endpoint_of, one};
use crate::arm::{Arm, Found};
use crate::as_written::{self, Written};
use crate::tagged::{are_tagged, same_location};

impl Written for PrivateEndpointOp {
    fn object(&self) -> ArmName {
        let (Self::Put { id, .. } | Self::Delete { id, .. } | Self::SetConnection { endpoint: id, .. }) = self;
        id.clone()
    }

    async fn look(&self, arm: &Arm) -> Found {
        one(arm, &self.object()).await
    }

    fn is_written(&self, live: &Value) -> Result<bool, String> {
        let Self::Put { location, subnet, service, manual, tags, .. } = self else { return Ok(false) };
        let live = endpoint_of(live)?;
        Ok(same_location(location, &live.location)
            && *subnet == live.subnet
            && service.id().eq_ignore_ascii_case(&live.service)
            && *manual == live.manual
            && are_tagged(&live.tags, tags))
    }
}

/// Looks once how the call's operation stands.
pub(crate) async fn poll(arm: &Arm, op: &PrivateEndpointOp, operation: &Operation) -> Result<Polled, ProviderError> {
    match Decision::of(op) {
        Some(decision) => decision.poll(arm, op, operation).await,
        None => crate::poll::poll(arm, op, operation).await,
    }
}

/// Looks whether the call had its effect: a decision on the connection shows at the service.
pub(crate) async fn find(arm: &Arm, op: &PrivateEndpointOp) -> Result<Effect, ProviderError> {
    match Decision::of(op) {
        Some(decision) => decision.find(arm, op).await,
        None => as_written::find(arm, op).await,
    }
}

/// Looks whether the endpoint, or its connection, is as `op` left it, or already as `undo` would leave it.
pub(crate) async fn left(arm: &Arm, op: &PrivateEndpointOp, undo: &PrivateEndpointOp) -> Result<Left, ProviderError> {
    match Decision::of(op) {
        Some(decision) => decision.left(arm, op).await,
        None => as_written::left(arm, op, undo).await,
    }
}
