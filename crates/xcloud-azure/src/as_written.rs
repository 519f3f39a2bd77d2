//! Whether an object is as a call wrote it. It is asked twice: after a lost answer, and before an undo.

use std::future::Future;

use serde_json::Value;
use xcloud_core::live::ProvisioningState;
use xcloud_core::model::ArmName;
use xcloud_core::op::Call;
use xcloud_core::provider::{Effect, ErrorKind, Left, Operation, Performed, ProviderError};

use crate::arm::{Arm, Found};
use crate::error;
use crate::json::state;
use crate::object::facts;

/// A call about one object.
pub(crate) trait Written: Call + Sync {
    /// Returns the id of the object that the call writes or deletes.
    fn object(&self) -> ArmName;

    /// Reads the object.
    fn look(&self, arm: &Arm) -> impl Future<Output = Found> + Send;

    /// Compares what the call writes with what is live. A deletion writes nothing.
    fn is_written(&self, live: &Value) -> Result<bool, String>;

    /// Returns true if the answer is the object as the call writes it.
    fn holds(&self, live: &Value) -> bool {
        self.is_written(live).is_ok_and(|same| same)
    }
}

/// Looks whether the call had its effect.
///
/// An object that is still being changed and does not yet show what was written tells nothing: that is
/// [`ErrorKind::Busy`], and the caller looks again.
pub(crate) async fn find(arm: &Arm, op: &impl Written) -> Result<Effect, ProviderError> {
    let id = op.object();
    let live = op.look(arm).await?;
    if op.deletes() {
        return Ok(match &live {
            None => Effect::Happened(Performed::default()),
            Some(live) if *state(live) == ProvisioningState::Deleting => {
                Effect::Happened(Performed { pending: Some(WATCHED), ..Performed::default() })
            }
            Some(_) => Effect::NotSeen,
        });
    }
    let Some(live) = live else { return Ok(Effect::NotSeen) };
    let same = op.is_written(&live).map_err(|why| not_understood(arm, op, &why))?;
    match (same, state(&live).is_settled()) {
        (true, true) if !state(&live).has_failed() => {
            Ok(Effect::Happened(Performed { made: facts(&id, &live), ..Performed::default() }))
        }
        // It was written, and Azure failed to carry it out: the same write is the way to repair it.
        (true, true) | (false, true) => Ok(Effect::NotSeen),
        (true, false) => Ok(Effect::Happened(Performed {
            made: [(String::new(), id.0.clone())].into(),
            request_ids: Vec::new(),
            pending: Some(WATCHED),
        })),
        (false, false) => {
            let why = format!("{id} is {}: the effect of the call is not known yet", state(&live));
            Err(error::of(&arm.reading(op.name()), ErrorKind::Busy, &why))
        }
    }
}

/// The operation's own status URL is lost with its answer: the object itself is watched.
const WATCHED: Operation = Operation { status_url: None, location_style: false, retry_after_secs: 1 };

/// Looks whether the object is as `op` left it, or already as `undo` would leave it.
///
/// # Errors
/// [`ErrorKind::Busy`] while the object is being changed.
pub(crate) async fn left<C: Written>(arm: &Arm, op: &C, undo: &C) -> Result<Left, ProviderError> {
    let live = op.look(arm).await?;
    if let Some(live) = live.as_ref().filter(|live| !state(live).is_settled()) {
        let why =
            format!("{} is {}: it cannot be told yet whether it is as this run left it", op.object(), state(live));
        return Err(error::of(&arm.reading(op.name()), ErrorKind::Busy, &why));
    }
    judged(op, undo, live.as_ref()).map_err(|why| not_understood(arm, op, &why))
}

/// What the object must be after the call, and what it would be after the undo.
fn judged<C: Written>(op: &C, undo: &C, live: Option<&Value>) -> Result<Left, String> {
    let is_after = |op: &C| match live {
        None => Ok(op.deletes()),
        Some(_) if op.deletes() => Ok(false),
        Some(live) => op.is_written(live),
    };
    Ok(match (is_after(op)?, is_after(undo)?, live) {
        (true, _, _) => Left::AsLeft,
        // Azure failed half way: it holds what was there, and is mended by writing that again.
        (false, true, Some(live)) if *state(live) == ProvisioningState::Failed => Left::AsLeft,
        (false, true, _) => Left::Back,
        (false, false, None) => Left::Changed(format!("{} is gone", op.object())),
        (false, false, Some(_)) => {
            Left::Changed(format!("{} does not hold what {} wrote any more", op.object(), op.name()))
        }
    })
}

/// Returns the failure of an object that could not be compared with what was written.
pub(crate) fn not_understood(arm: &Arm, op: &impl Call, why: &str) -> ProviderError {
    let message = format!("the answer could not be understood: {why}");
    error::of(&arm.reading(op.name()), ErrorKind::Malformed, &message)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use serde_json::json;
    use xcloud_core::model::Addresses;
    use xcloud_core::op::{PrivateDnsRecordOp, WriteGuard};

    use super::*;

    fn put(ttl_secs: u32) -> PrivateDnsRecordOp {
        PrivateDnsRecordOp::Put {
            zone: ArmName("/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/privateDnsZones/z".to_owned()),
            record: "r".to_owned(),
            ttl_secs,
            addresses: Addresses::Known(BTreeSet::from(["10.0.0.1/32".parse().expect("an address")])),
            metadata: BTreeMap::new(),
            guard: WriteGuard::None,
        }
    }

    #[test]
    fn an_object_is_as_left_or_back_or_changed() {
        let (zone, record) = (ArmName("/z".to_owned()), "r".to_owned());
        let delete = PrivateDnsRecordOp::Delete { zone, record, guard: WriteGuard::None };
        let live =
            |ttl: u32| json!({"name": "r", "properties": {"ttl": ttl, "aRecords": [{"ipv4Address": "10.0.0.1"}]}});
        let look =
            |undo: &PrivateDnsRecordOp, live: Option<Value>| judged(&put(30), undo, live.as_ref()).expect("understood");
        assert_eq!(look(&delete, Some(live(30))), Left::AsLeft);
        assert_eq!(look(&delete, None), Left::Back);
        assert!(matches!(look(&delete, Some(live(99))), Left::Changed(_)));
        assert_eq!(look(&put(60), Some(live(60))), Left::Back);
        assert!(matches!(look(&put(60), None), Left::Changed(_)));
        assert!(matches!(look(&put(60), Some(live(99))), Left::Changed(_)));
    }
}
