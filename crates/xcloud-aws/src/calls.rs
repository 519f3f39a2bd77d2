//! Every call goes to its kind: to be made, to be found after a lost answer, to be compared before its undo.

use xcloud_core::op::{AwsOp, Op};
use xcloud_core::provider::{Effect, ErrorKind, Left, Performed, ProviderError};

use crate::as_written::{self, of_another_kind};
use crate::clients::Api;
use crate::kinds::{endpoint, endpoint_service, load_balancer, private_zone_record, security_group, tag};

/// Makes the one call of an operation. What is there already as it should be, or gone as it should be, is success.
pub(crate) async fn perform(api: &Api, op: &AwsOp, token: &str) -> Result<Performed, ProviderError> {
    bound(api, op)?;
    match op {
        AwsOp::SecurityGroup(one) => security_group::perform(api, one).await,
        AwsOp::LoadBalancer(one) => load_balancer::perform(api, one).await,
        AwsOp::EndpointService(one) => endpoint_service::perform(api, one, token).await,
        AwsOp::Endpoint(one) => endpoint::perform(api, one, token).await,
        AwsOp::PrivateZoneRecord(one) => private_zone_record::perform(api, one).await,
        AwsOp::Tag(one) => tag::perform(api, one).await,
    }
}

/// Looks whether an operation had its effect.
pub(crate) async fn find(api: &Api, op: &AwsOp) -> Result<Effect, ProviderError> {
    bound(api, op)?;
    match op {
        AwsOp::SecurityGroup(one) => as_written::find(api, one).await,
        AwsOp::LoadBalancer(one) => as_written::find(api, one).await,
        AwsOp::EndpointService(one) => as_written::find(api, one).await,
        AwsOp::Endpoint(one) => as_written::find(api, one).await,
        AwsOp::PrivateZoneRecord(one) => as_written::find(api, one).await,
        AwsOp::Tag(one) => as_written::find(api, one).await,
    }
}

/// Looks whether the object is as `op` left it, or already as `undo` would leave it.
pub(crate) async fn left(api: &Api, op: &AwsOp, undo: &AwsOp) -> Result<Left, ProviderError> {
    bound(api, op)?;
    bound(api, undo)?;
    match (op, undo) {
        (AwsOp::SecurityGroup(op), AwsOp::SecurityGroup(undo)) => as_written::left(api, op, undo).await,
        (AwsOp::LoadBalancer(op), AwsOp::LoadBalancer(undo)) => as_written::left(api, op, undo).await,
        (AwsOp::EndpointService(op), AwsOp::EndpointService(undo)) => as_written::left(api, op, undo).await,
        (AwsOp::Endpoint(op), AwsOp::Endpoint(undo)) => as_written::left(api, op, undo).await,
        (AwsOp::PrivateZoneRecord(op), AwsOp::PrivateZoneRecord(undo)) => as_written::left(api, op, undo).await,
        (AwsOp::Tag(op), AwsOp::Tag(undo)) => as_written::left(api, op, undo).await,
        (
            AwsOp::SecurityGroup(_)
            | AwsOp::LoadBalancer(_)
            | AwsOp::EndpointService(_)
            | AwsOp::Endpoint(_)
            | AwsOp::PrivateZoneRecord(_)
            | AwsOp::Tag(_),
            _,
        ) => Err(of_another_kind(api, op, undo)),
    }
}

/// Every id that the call names is known by now.
fn bound(api: &Api, op: &AwsOp) -> Result<(), ProviderError> {
    match Op::Aws(op.clone()).needed_objects().first() {
        Some(object) => Err(api.error(op.name(), ErrorKind::Invalid, &format!("`{}` is not known yet", object.0))),
        None => Ok(()),
    }
}
