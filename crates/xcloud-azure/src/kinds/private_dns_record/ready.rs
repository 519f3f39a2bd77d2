//! Whether a zone answers what a condition waits for.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnet::IpNet;
use xcloud_core::failover;
use xcloud_core::model::ArmName;
use xcloud_core::provider::{ErrorKind, Facts, Progress, ProviderError};

use super::observe::{one, record_set_of, sets_in};
use super::record_type::RecordType;
use crate::arm::Arm;
use crate::error;
use crate::json::text;
use crate::list::parsed;

/// The record set holds these addresses.
pub(crate) async fn answers(
    arm: &Arm,
    zone: &ArmName,
    record: &str,
    addresses: &BTreeSet<IpNet>,
) -> Result<Progress, ProviderError> {
    let id = ArmName(format!("{zone}/A/{record}"));
    let Some(live) = one(arm, &id, RecordType::A).await? else {
        return Ok(Progress::NotYet("not found".to_owned()));
    };
    let set = parsed(arm, RecordType::A.reading(), record_set_of(zone, RecordType::A, &live))?;
    let wanted: BTreeSet<IpAddr> = addresses.iter().map(IpNet::addr).collect();
    let there: BTreeSet<IpAddr> = set.addresses.iter().copied().map(IpAddr::V4).collect();
    if there == wanted {
        return Ok(Progress::Done(Facts::default()));
    }
    let there: Vec<String> = there.iter().map(ToString::to_string).collect();
    Ok(Progress::NotYet(format!("it answers {}", there.join(", "))))
}

/// The active-region records are those of this run. A record of a later failover, one that is gone or one that cannot
/// be read ends the run's right to go on.
pub(crate) async fn epochs_hold(
    arm: &Arm,
    zone: &ArmName,
    epochs: &BTreeMap<String, u64>,
    run: &str,
) -> Result<Progress, ProviderError> {
    let sets = sets_in(arm, zone, RecordType::Txt).await?.unwrap_or_default();
    let text_of = |name: &str| {
        let set = sets.iter().find(|set| text(set, "/name").eq_ignore_ascii_case(name))?;
        Some(record_set_of(zone, RecordType::Txt, set).map(|set| set.texts.join("")))
    };
    let refused = |why: String| error::of(&arm.reading(RecordType::Txt.reading()), ErrorKind::Conflict, &why);
    Ok(failover::epochs_hold(epochs, run, text_of, refused))
}
