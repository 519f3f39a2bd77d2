//! Looking whether an operation whose outcome is unknown had its effect: read back and compare.

use serde_json::Value;
use xcloud_core::live::{ConnectionStatus, ProvisioningState};
use xcloud_core::model::ArmName;
use xcloud_core::op::{
    AzureOp, FirewallRulesOp, NetworkSecurityGroupOp, PrivateDnsRecordOp, PrivateEndpointOp, PrivateLinkServiceOp,
};
use xcloud_core::provider::{Effect, ErrorKind, Operation, Performed, ProviderError};

use crate::arm::Arm;
use crate::error;
use crate::json::state;
use crate::observe::{dns as live_dns, link_services as live_links, nsg as live_nsg};
use crate::observe::{private_endpoints as live_endpoints, rule_groups as live_rules};
use crate::operation::facts;
use crate::perform::{connections, dns, link_services, nsg, private_endpoints, rule_groups};
use crate::read;

/// Looks whether the operation had its effect.
///
/// An object that is still being changed and does not yet show what was written tells nothing: that is
/// [`ErrorKind::Busy`], and the caller looks again.
pub(crate) async fn find(arm: &Arm, op: &AzureOp) -> Result<Effect, ProviderError> {
    if let AzureOp::PrivateEndpoint(PrivateEndpointOp::SetConnection { service, endpoint, approve }) = op {
        return connection(arm, op, connections::service_id(service), endpoint, *approve).await;
    }
    let id = object_of(op);
    let live = read::by_id(arm, &id).await?;
    if op.deletes() {
        return Ok(deleted(op, &id, live.as_ref()));
    }
    let Some(live) = live else { return Ok(Effect::NotSeen) };
    let same = is_written(op, &live).map_err(|why| {
        error::of(&arm.reading(op.name()), ErrorKind::Malformed, &format!("the answer could not be understood: {why}"))
    })?;
    match (same, state(&live).is_settled()) {
        (true, true) if !state(&live).has_failed() => {
            Ok(Effect::Happened(Performed { made: facts(&id, &live), ..Performed::default() }))
        }
        // It was written, and Azure failed to carry it out: the same write is the way to repair it.
        (true, true) | (false, true) => Ok(Effect::NotSeen),
        (true, false) => Ok(Effect::Happened(Performed {
            made: [(String::new(), id.0.clone())].into(),
            request_ids: Vec::new(),
            pending: Some(watching(op, &id)),
        })),
        (false, false) => {
            let why = format!("{id} is {}: it cannot be told yet whether the call had its effect", state(&live));
            Err(error::of(&arm.reading(op.name()), ErrorKind::Busy, &why))
        }
    }
}

fn deleted(op: &AzureOp, id: &ArmName, live: Option<&Value>) -> Effect {
    match live {
        None => Effect::Happened(Performed::default()),
        Some(live) if *state(live) == ProvisioningState::Deleting => {
            Effect::Happened(Performed { pending: Some(watching(op, id)), ..Performed::default() })
        }
        Some(_) => Effect::NotSeen,
    }
}

/// The operation's own status URL is lost with its answer: the resource itself is watched.
fn watching(op: &AzureOp, id: &ArmName) -> Operation {
    Operation {
        operation: op.name().to_owned(),
        status_url: None,
        location_style: false,
        resource: Some(id.0.clone()),
        retry_after_secs: 1,
    }
}

async fn connection(
    arm: &Arm,
    op: &AzureOp,
    service: Result<ArmName, String>,
    endpoint: &ArmName,
    approve: bool,
) -> Result<Effect, ProviderError> {
    let service = service.map_err(|why| arm.invalid(op.name(), &why))?;
    let wanted = if approve { ConnectionStatus::Approved } else { ConnectionStatus::Rejected };
    let found = connections::connection(arm, &service, endpoint).await?;
    Ok(match found.filter(|connection| *connection.status == wanted) {
        Some(connection) => {
            let id = format!("{service}/privateEndpointConnections/{}", connection.name);
            Effect::Happened(Performed { made: [(String::new(), id)].into(), ..Performed::default() })
        }
        None => Effect::NotSeen,
    })
}

/// Returns the id of the object that an operation writes or deletes.
pub(crate) fn object_of(op: &AzureOp) -> ArmName {
    match op {
        AzureOp::NetworkSecurityGroup(NetworkSecurityGroupOp::PutRule { group, name, .. })
        | AzureOp::NetworkSecurityGroup(NetworkSecurityGroupOp::DeleteRule { group, name }) => {
            nsg::rule_id(group, name)
        }
        AzureOp::FirewallRules(FirewallRulesOp::Put { policy, group, .. })
        | AzureOp::FirewallRules(FirewallRulesOp::Delete { policy, group, .. }) => live_rules::group_id(policy, group),
        AzureOp::PrivateLinkService(PrivateLinkServiceOp::Put { id, .. })
        | AzureOp::PrivateLinkService(PrivateLinkServiceOp::Delete { id, .. })
        | AzureOp::PrivateEndpoint(PrivateEndpointOp::Put { id, .. })
        | AzureOp::PrivateEndpoint(PrivateEndpointOp::Delete { id, .. }) => id.clone(),
        AzureOp::PrivateEndpoint(PrivateEndpointOp::SetConnection { endpoint, .. }) => endpoint.clone(),
        AzureOp::PrivateDnsRecord(PrivateDnsRecordOp::Put { zone, record, .. })
        | AzureOp::PrivateDnsRecord(PrivateDnsRecordOp::Delete { zone, record, .. }) => dns::record_id(zone, record),
        AzureOp::PrivateDnsRecord(PrivateDnsRecordOp::PutText { zone, record, .. }) => dns::text_id(zone, record),
    }
}

/// Compares what the operation writes with what is live.
pub(crate) fn is_written(op: &AzureOp, live: &Value) -> Result<bool, String> {
    Ok(match op {
        AzureOp::NetworkSecurityGroup(NetworkSecurityGroupOp::PutRule { rule, .. }) => {
            nsg::is_written(rule, &live_nsg::rule_of(live)?)
        }
        AzureOp::FirewallRules(FirewallRulesOp::Put { policy, group, priority, rules, .. }) => {
            rule_groups::is_written(*priority, rules, &live_rules::group_of(policy, group, live)?)
        }
        AzureOp::PrivateLinkService(PrivateLinkServiceOp::Put { .. }) => {
            link_services::is_written(op, &live_links::service_of(live)?)
        }
        AzureOp::PrivateEndpoint(PrivateEndpointOp::Put { .. }) => {
            private_endpoints::is_written(op, &live_endpoints::endpoint_of(live)?)
        }
        AzureOp::PrivateDnsRecord(PrivateDnsRecordOp::Put { zone, ttl_secs, addresses, metadata, .. }) => {
            let set = dns::RecordSet { ttl_secs: *ttl_secs, addresses, metadata };
            dns::is_written(&set, &live_dns::record_set_of(zone, "A", live)?)
        }
        AzureOp::PrivateDnsRecord(PrivateDnsRecordOp::PutText { zone, ttl_secs, text, metadata, .. }) => {
            let set = dns::TextRecord { ttl_secs: *ttl_secs, text, metadata };
            set.is_written(&live_dns::record_set_of(zone, "TXT", live)?)
        }
        AzureOp::NetworkSecurityGroup(NetworkSecurityGroupOp::DeleteRule { .. })
        | AzureOp::FirewallRules(FirewallRulesOp::Delete { .. })
        | AzureOp::PrivateLinkService(PrivateLinkServiceOp::Delete { .. })
        | AzureOp::PrivateEndpoint(PrivateEndpointOp::Delete { .. })
        | AzureOp::PrivateEndpoint(PrivateEndpointOp::SetConnection { .. })
        | AzureOp::PrivateDnsRecord(PrivateDnsRecordOp::Delete { .. }) => false,
    })
}
