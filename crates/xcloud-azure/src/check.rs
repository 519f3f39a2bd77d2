//! Looks once whether a condition holds.

use xcloud_core::live::ProvisioningState;
use xcloud_core::model::ArmName;
use xcloud_core::plan::Condition;
use xcloud_core::provider::{ErrorKind, Facts, Progress, ProviderError};

use crate::arm::Arm;
use crate::by_id::by_id;
use crate::error;
use crate::json::state;
use crate::kinds::{private_dns_record, private_endpoint};
use crate::object::facts;

/// Looks once whether a condition holds; `None`: it is not one of Azure's.
pub(crate) async fn check(arm: &Arm, condition: &Condition) -> Result<Option<Progress>, ProviderError> {
    let progress = match condition {
        Condition::ArmSucceeded { id } => succeeded(arm, id).await,
        Condition::ArmGone { id } => gone(arm, id).await,
        Condition::LinkConnectionListed { service, endpoint } => private_endpoint::listed(arm, service, endpoint).await,
        Condition::LinkConnectionApproved { endpoint } => private_endpoint::approved(arm, endpoint).await,
        Condition::RecordAnswers { zone, record, addresses } => {
            private_dns_record::answers(arm, zone, record, addresses).await
        }
        Condition::EpochsHold { zone: Some(zone), epochs, run } => {
            private_dns_record::epochs_hold(arm, zone, epochs, run).await
        }
        Condition::LoadBalancerActive { .. }
        | Condition::LoadBalancerGone { .. }
        | Condition::TargetsHealthy { .. }
        | Condition::TargetsServe { .. }
        | Condition::TargetsGone { .. }
        | Condition::ServiceAvailable { .. }
        | Condition::ConnectionListed { .. }
        | Condition::ConnectionsGone { .. }
        | Condition::EndpointAvailable { .. }
        | Condition::EndpointGone { .. }
        | Condition::GroupUnused { .. }
        | Condition::AddressesKnown { .. }
        | Condition::EpochsHold { zone: None, .. }
        | Condition::Elapsed { .. } => return Ok(None),
    };
    progress.map(Some)
}

async fn succeeded(arm: &Arm, id: &ArmName) -> Result<Progress, ProviderError> {
    let Some(body) = by_id(arm, id).await? else { return Ok(Progress::NotYet("not found".to_owned())) };
    let now = state(&body);
    Ok(if now.is_silent() || *now == ProvisioningState::Succeeded {
        Progress::Done(Facts { facts: facts(id, &body), ..Facts::default() })
    } else if !now.is_settled() {
        Progress::NotYet(now.to_string())
    } else {
        Progress::Never(error::of(&arm.reading("GET"), ErrorKind::Other, &format!("{id} is {now}")))
    })
}

async fn gone(arm: &Arm, id: &ArmName) -> Result<Progress, ProviderError> {
    Ok(match by_id(arm, id).await? {
        None => Progress::Done(Facts::default()),
        Some(body) if state(&body).is_silent() => Progress::NotYet("still there".to_owned()),
        Some(body) => Progress::NotYet(format!("still there, {}", state(&body))),
    })
}
