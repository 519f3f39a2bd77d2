//! Looking once whether a condition holds.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use xcloud_core::live::{ConnectionStatus, ProvisioningState, Spelled};

use ipnet::IpNet;
use serde_json::Value;
use xcloud_core::failover::epochs_hold;
use xcloud_core::model::ArmName;
use xcloud_core::plan::Condition;
use xcloud_core::provider::{ErrorKind, Facts, Progress, ProviderError};

use crate::arm::Arm;
use crate::error;
use crate::json::{state, text};
use crate::observe::dns as live_dns;
use crate::observe::private_endpoints::endpoint_of;
use crate::operation::facts;
use crate::perform::{connections, dns};
use crate::read;

/// Looks once whether the condition holds.
pub(crate) async fn check(arm: &Arm, condition: &Condition) -> Result<Progress, ProviderError> {
    match condition {
        Condition::ArmSucceeded { id } => Ok(succeeded(arm, id, read::by_id(arm, id).await?.as_ref())),
        Condition::ArmGone { id } => Ok(gone(read::by_id(arm, id).await?.as_ref())),
        Condition::LinkConnectionListed { service, endpoint } => {
            let service =
                connections::service_id(service).map_err(|why| arm.invalid("GET privateLinkServices", &why))?;
            let listed = connections::connection(arm, &service, endpoint).await?;
            Ok(match listed {
                None => Progress::NotYet("not listed".to_owned()),
                Some(connection) => {
                    let facts = [("connection", connection.name), ("status", connection.status.to_string())];
                    judged(
                        arm,
                        &connection.status,
                        &[ConnectionStatus::Pending, ConnectionStatus::Approved],
                        facts.map(|(k, v)| (k.to_owned(), v)).into(),
                    )
                }
            })
        }
        Condition::LinkConnectionApproved { endpoint } => {
            let Some(body) = read::private_endpoint(arm, endpoint).await? else {
                return Ok(Progress::NotYet("not found".to_owned()));
            };
            let live = endpoint_of(&body)
                .map_err(|why| error::of(&arm.reading("GET privateEndpoints"), ErrorKind::Malformed, &why))?;
            Ok(judged(arm, &live.status, &[ConnectionStatus::Approved], BTreeMap::new()))
        }
        Condition::RecordAnswers { zone, record, addresses } => {
            let live = read::record_set(arm, &dns::record_id(zone, record)).await?;
            answers(arm, zone, live.as_ref(), addresses)
        }
        Condition::EpochsHold { zone: Some(zone), epochs, run } => {
            let sets = read::record_sets_in(arm, zone, "TXT").await?.unwrap_or_default();
            Ok(judged_epochs(arm, zone, &sets, epochs, run))
        }
        _ => Err(arm.invalid("GET", "the condition is not one of Azure's")),
    }
}

fn succeeded(arm: &Arm, id: &ArmName, body: Option<&Value>) -> Progress {
    let Some(body) = body else { return Progress::NotYet("not found".to_owned()) };
    let now = state(body);
    if now.is_silent() || *now == ProvisioningState::Succeeded {
        return Progress::Done(Facts { facts: facts(id, body), ..Facts::default() });
    }
    if !now.is_settled() {
        return Progress::NotYet(now.to_string());
    }
    Progress::Never(error::of(&arm.reading("GET"), ErrorKind::Other, &format!("{id} is {now}")))
}

fn answers(
    arm: &Arm,
    zone: &ArmName,
    live: Option<&Value>,
    addresses: &BTreeSet<IpNet>,
) -> Result<Progress, ProviderError> {
    let Some(live) = live else { return Ok(Progress::NotYet("not found".to_owned())) };
    let set = live_dns::record_set_of(zone, "A", live)
        .map_err(|why| error::of(&arm.reading("GET A"), ErrorKind::Malformed, &why))?;
    let wanted: BTreeSet<IpAddr> = addresses.iter().map(IpNet::addr).collect();
    let there: BTreeSet<IpAddr> = set.addresses.iter().copied().map(IpAddr::V4).collect();
    if there == wanted {
        return Ok(Progress::Done(Facts::default()));
    }
    let there: Vec<String> = there.iter().map(ToString::to_string).collect();
    Ok(Progress::NotYet(format!("it answers {}", there.join(", "))))
}

/// A record of a later failover, one that is gone or one that cannot be read ends the run's right to go on.
fn judged_epochs(arm: &Arm, zone: &ArmName, sets: &[Value], epochs: &BTreeMap<String, u64>, run: &str) -> Progress {
    let text_of = |name: &str| {
        let set = sets.iter().find(|set| text(set, "/name").eq_ignore_ascii_case(name))?;
        Some(live_dns::record_set_of(zone, "TXT", set).map(|set| set.texts.join("")))
    };
    let refused = |why: String| error::of(&arm.reading("GET TXT"), ErrorKind::Conflict, &why);
    epochs_hold(epochs, run, text_of, refused)
}

fn gone(body: Option<&Value>) -> Progress {
    match body {
        None => Progress::Done(Facts::default()),
        Some(body) if state(body).is_silent() => Progress::NotYet("still there".to_owned()),
        Some(body) => Progress::NotYet(format!("still there, {}", state(body))),
    }
}

/// Judges a connection's status: a rejected or disconnected connection never comes back.
fn judged(
    arm: &Arm,
    status: &Spelled<ConnectionStatus>,
    good: &[ConnectionStatus],
    facts: BTreeMap<String, String>,
) -> Progress {
    if good.contains(status) {
        return Progress::Done(Facts { facts, ..Facts::default() });
    }
    if status.is_dead() {
        let why = format!("the connection is {status}");
        return Progress::Never(error::of(&arm.reading("GET privateLinkServices"), ErrorKind::Conflict, &why));
    }
    Progress::NotYet(if status.as_str().is_empty() { "no connection yet".to_owned() } else { status.to_string() })
}
