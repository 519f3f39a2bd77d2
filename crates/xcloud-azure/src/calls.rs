//! Every call goes to its kind: to be made, to be found after a lost answer, to be compared before its undo.

use xcloud_core::op::AzureOp;
use xcloud_core::provider::{Effect, Left, Operation, Performed, Polled, ProviderError};

use crate::arm::Arm;
use crate::kinds::{
    firewall_rules, network_security_group, private_dns_record, private_endpoint, private_link_service,
};
use crate::{as_written, poll};

/// Makes the one call of a fully bound operation.
pub(crate) async fn perform(arm: &Arm, op: &AzureOp) -> Result<Performed, ProviderError> {
    match op {
        AzureOp::NetworkSecurityGroup(op) => network_security_group::perform(arm, op).await,
        AzureOp::FirewallRules(op) => firewall_rules::perform(arm, op).await,
        AzureOp::PrivateLinkService(op) => private_link_service::perform(arm, op).await,
        AzureOp::PrivateEndpoint(op) => private_endpoint::perform(arm, op).await,
        AzureOp::PrivateDnsRecord(op) => private_dns_record::perform(arm, op).await,
    }
}

/// Looks once how the long-running operation stands that a call has started.
pub(crate) async fn poll(arm: &Arm, op: &AzureOp, operation: &Operation) -> Result<Polled, ProviderError> {
    match op {
        AzureOp::NetworkSecurityGroup(op) => poll::poll(arm, op, operation).await,
        AzureOp::FirewallRules(op) => poll::poll(arm, op, operation).await,
        AzureOp::PrivateLinkService(op) => poll::poll(arm, op, operation).await,
        AzureOp::PrivateEndpoint(op) => private_endpoint::poll(arm, op, operation).await,
        AzureOp::PrivateDnsRecord(op) => poll::poll(arm, op, operation).await,
    }
}

/// Looks whether an operation had its effect.
pub(crate) async fn find(arm: &Arm, op: &AzureOp) -> Result<Effect, ProviderError> {
    match op {
        AzureOp::NetworkSecurityGroup(op) => as_written::find(arm, op).await,
        AzureOp::FirewallRules(op) => as_written::find(arm, op).await,
        AzureOp::PrivateLinkService(op) => as_written::find(arm, op).await,
        AzureOp::PrivateEndpoint(op) => private_endpoint::find(arm, op).await,
        AzureOp::PrivateDnsRecord(op) => as_written::find(arm, op).await,
    }
}

/// Looks whether the object is as `op` left it, or already as `undo` would leave it.
pub(crate) async fn left(arm: &Arm, op: &AzureOp, undo: &AzureOp) -> Result<Left, ProviderError> {
    match (op, undo) {
        (AzureOp::NetworkSecurityGroup(op), AzureOp::NetworkSecurityGroup(undo)) => {
            as_written::left(arm, op, undo).await
        }
        (AzureOp::FirewallRules(op), AzureOp::FirewallRules(undo)) => as_written::left(arm, op, undo).await,
        (AzureOp::PrivateLinkService(op), AzureOp::PrivateLinkService(undo)) => as_written::left(arm, op, undo).await,
        (AzureOp::PrivateEndpoint(op), AzureOp::PrivateEndpoint(undo)) => private_endpoint::left(arm, op, undo).await,
        (AzureOp::PrivateDnsRecord(op), AzureOp::PrivateDnsRecord(undo)) => as_written::left(arm, op, undo).await,
        (
            AzureOp::NetworkSecurityGroup(_)
            | AzureOp::FirewallRules(_)
            | AzureOp::PrivateLinkService(_)
            | AzureOp::PrivateEndpoint(_)
            | AzureOp::PrivateDnsRecord(_),
            _,
        ) => Err(arm.invalid(op.name(), &format!("{} is no undo of this call", undo.name()))),
    }
}
