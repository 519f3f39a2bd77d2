//! From an operation to the function that performs it.

use xcloud_core::op::{
    AzureOp, FirewallRulesOp, NetworkSecurityGroupOp, PrivateDnsRecordOp, PrivateEndpointOp, PrivateLinkServiceOp,
};
use xcloud_core::provider::{Performed, ProviderError};

use super::{connections, dns, link_services, nsg, private_endpoints, rule_groups};
use crate::arm::Arm;

/// Makes the one call of a fully bound operation.
pub(crate) async fn perform(arm: &Arm, op: &AzureOp) -> Result<Performed, ProviderError> {
    match op {
        AzureOp::NetworkSecurityGroup(NetworkSecurityGroupOp::PutRule { group, name, rule }) => {
            nsg::put(arm, group, name, rule).await
        }
        AzureOp::NetworkSecurityGroup(NetworkSecurityGroupOp::DeleteRule { group, name }) => {
            nsg::delete(arm, group, name).await
        }
        AzureOp::FirewallRules(FirewallRulesOp::Put { policy, group, priority, rules, guard }) => {
            rule_groups::put(arm, policy, group, *priority, rules, op, guard).await
        }
        AzureOp::FirewallRules(FirewallRulesOp::Delete { policy, group, guard }) => {
            rule_groups::delete(arm, policy, group, guard).await
        }
        AzureOp::PrivateLinkService(PrivateLinkServiceOp::Put { id, guard, .. }) => {
            link_services::put(arm, id, op, guard).await
        }
        AzureOp::PrivateLinkService(PrivateLinkServiceOp::Delete { id, guard }) => {
            link_services::delete(arm, id, guard).await
        }
        AzureOp::PrivateEndpoint(PrivateEndpointOp::Put { id, guard, .. }) => {
            private_endpoints::put(arm, id, op, guard).await
        }
        AzureOp::PrivateEndpoint(PrivateEndpointOp::Delete { id, guard }) => {
            private_endpoints::delete(arm, id, guard).await
        }
        AzureOp::PrivateEndpoint(PrivateEndpointOp::SetConnection { service, endpoint, approve }) => {
            connections::put(arm, service, endpoint, *approve).await
        }
        AzureOp::PrivateDnsRecord(PrivateDnsRecordOp::Put { zone, record, ttl_secs, addresses, metadata, guard }) => {
            let set = dns::RecordSet { ttl_secs: *ttl_secs, addresses, metadata };
            dns::put(arm, zone, record, &set, guard).await
        }
        AzureOp::PrivateDnsRecord(PrivateDnsRecordOp::PutText { zone, record, ttl_secs, text, metadata, guard }) => {
            let set = dns::TextRecord { ttl_secs: *ttl_secs, text, metadata };
            dns::put_text(arm, zone, record, &set, guard).await
        }
        AzureOp::PrivateDnsRecord(PrivateDnsRecordOp::Delete { zone, record, guard }) => {
            dns::delete(arm, zone, record, guard).await
        }
    }
}
