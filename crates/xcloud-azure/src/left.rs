//! Looks whether an object is still as a call left it, so that the call may be undone.

use serde_json::Value;
use xcloud_core::live::{ConnectionStatus, ProvisioningState, Spelled};
use xcloud_core::model::ArmName;
use xcloud_core::op::{AzureOp, PrivateEndpointOp};
use xcloud_core::provider::{ErrorKind, Left, ProviderError};

use crate::arm::Arm;
use crate::error;
use crate::find::{is_written, object_of};
use crate::json::state;
use crate::perform::connections;
use crate::read;

/// Looks whether the object is as `op` left it, or already as `undo` would leave it.
///
/// # Errors
/// [`ErrorKind::Busy`] while the object is being changed.
pub(crate) async fn left(arm: &Arm, op: &AzureOp, undo: &AzureOp) -> Result<Left, ProviderError> {
    if let AzureOp::PrivateEndpoint(PrivateEndpointOp::SetConnection { service, endpoint, approve }) = op {
        let service = connections::service_id(service).map_err(|why| arm.invalid(op.name(), &why))?;
        let status = connections::connection(arm, &service, endpoint).await?.map(|connection| connection.status);
        return Ok(connection_left(endpoint, *approve, status.as_ref()));
    }
    let id = object_of(op);
    let live = read::by_id(arm, &id).await?;
    if let Some(live) = live.as_ref().filter(|live| !state(live).is_settled()) {
        let why = format!("{id} is {}: it cannot be told yet whether it is as this run left it", state(live));
        return Err(error::of(&arm.reading(op.name()), ErrorKind::Busy, &why));
    }
    judged(op, undo, &id, live.as_ref()).map_err(|why| {
        error::of(&arm.reading(op.name()), ErrorKind::Malformed, &format!("the answer could not be understood: {why}"))
    })
}

/// What the object must be after the call, and what it would be after the undo.
fn judged(op: &AzureOp, undo: &AzureOp, id: &ArmName, live: Option<&Value>) -> Result<Left, String> {
    let is_after = |op: &AzureOp| match live {
        None => Ok(op.deletes()),
        Some(_) if op.deletes() => Ok(false),
        Some(live) => is_written(op, live),
    };
    Ok(match (is_after(op)?, is_after(undo)?, live) {
        (true, _, _) => Left::AsLeft,
        // Azure failed half way: it holds what was there, and is mended by writing that again.
        (false, true, Some(live)) if *state(live) == ProvisioningState::Failed => Left::AsLeft,
        (false, true, _) => Left::Back,
        (false, false, None) => Left::Changed(format!("{id} is gone")),
        (false, false, Some(_)) => Left::Changed(format!("{id} does not hold what {} wrote any more", op.name())),
    })
}

fn connection_left(endpoint: &ArmName, approve: bool, status: Option<&Spelled<ConnectionStatus>>) -> Left {
    let wanted = if approve { ConnectionStatus::Approved } else { ConnectionStatus::Rejected };
    match status {
        Some(status) if **status == wanted => Left::AsLeft,
        None => Left::Back,
        Some(status) => Left::Changed(format!("the connection of {endpoint} is {status}, not {wanted}")),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use serde_json::json;
    use xcloud_core::model::Addresses;
    use xcloud_core::op::{PrivateDnsRecordOp, WriteGuard};

    use super::*;

    fn put(ttl_secs: u32) -> AzureOp {
        PrivateDnsRecordOp::Put {
            zone: ArmName("/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/privateDnsZones/z".to_owned()),
            record: "r".to_owned(),
            ttl_secs,
            addresses: Addresses::Known(BTreeSet::from(["10.0.0.1/32".parse().expect("an address")])),
            metadata: BTreeMap::new(),
            guard: WriteGuard::None,
        }
        .into()
    }

    #[test]
    fn an_object_is_as_left_or_back_or_changed() {
        let (zone, record) = (ArmName("/z".to_owned()), "r".to_owned());
        let delete = PrivateDnsRecordOp::Delete { zone, record, guard: WriteGuard::None }.into();
        let live =
            |ttl: u32| json!({"name": "r", "properties": {"ttl": ttl, "aRecords": [{"ipv4Address": "10.0.0.1"}]}});
        let look = |undo: &AzureOp, live: Option<Value>| {
            judged(&put(30), undo, &ArmName("/z/A/r".to_owned()), live.as_ref()).expect("understood")
        };
        assert_eq!(look(&delete, Some(live(30))), Left::AsLeft);
        assert_eq!(look(&delete, None), Left::Back);
        assert!(matches!(look(&delete, Some(live(99))), Left::Changed(_)));
        assert_eq!(look(&put(60), Some(live(60))), Left::Back);
        assert!(matches!(look(&put(60), None), Left::Changed(_)));
        assert!(matches!(look(&put(60), Some(live(99))), Left::Changed(_)));
    }

    #[test]
    fn a_connection_that_somebody_rejected_is_changed() {
        let endpoint = ArmName("/pe".to_owned());
        assert_eq!(connection_left(&endpoint, true, Some(&"approved".into())), Left::AsLeft);
        assert_eq!(connection_left(&endpoint, true, None), Left::Back);
        assert!(matches!(connection_left(&endpoint, true, Some(&"Rejected".into())), Left::Changed(_)));
    }
}
