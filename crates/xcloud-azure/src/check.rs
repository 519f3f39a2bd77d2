//! Looking once whether a condition holds.

use std::collections::BTreeMap;

use serde_json::Value;
use xcloud_core::model::ArmName;
use xcloud_core::plan::Condition;
use xcloud_core::provider::{ErrorKind, Facts, Progress, ProviderError};

use crate::arm::Arm;
use crate::error;
use crate::json::{is_terminal, state};
use crate::observe::private_endpoints::endpoint_of;
use crate::operation::facts;
use crate::perform::connections;
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
                    let facts = [("connection", connection.name), ("status", connection.status.clone())];
                    judged(
                        arm,
                        &connection.status,
                        &["Pending", "Approved"],
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
            Ok(judged(arm, &live.status, &["Approved"], BTreeMap::new()))
        }
        _ => Err(arm.invalid("GET", "the condition is not one of Azure's")),
    }
}

fn succeeded(arm: &Arm, id: &ArmName, body: Option<&Value>) -> Progress {
    let Some(body) = body else { return Progress::NotYet("not found".to_owned()) };
    let now = state(body);
    if now.is_empty() || now.eq_ignore_ascii_case("Succeeded") {
        return Progress::Done(Facts { facts: facts(id, body), ..Facts::default() });
    }
    if !is_terminal(now) {
        return Progress::NotYet(now.to_owned());
    }
    Progress::Never(error::of(&arm.reading("GET"), ErrorKind::Other, &format!("{id} is {now}")))
}

fn gone(body: Option<&Value>) -> Progress {
    match body {
        None => Progress::Done(Facts::default()),
        Some(body) if state(body).is_empty() => Progress::NotYet("still there".to_owned()),
        Some(body) => Progress::NotYet(format!("still there, {}", state(body))),
    }
}

/// Judges a connection's status: a rejected or disconnected connection never comes back.
fn judged(arm: &Arm, status: &str, good: &[&str], facts: BTreeMap<String, String>) -> Progress {
    if good.iter().any(|good| status.eq_ignore_ascii_case(good)) {
        return Progress::Done(Facts { facts, ..Facts::default() });
    }
    if ["Rejected", "Disconnected"].iter().any(|end| status.eq_ignore_ascii_case(end)) {
        let why = format!("the connection is {status}");
        return Progress::Never(error::of(&arm.reading("GET privateLinkServices"), ErrorKind::Conflict, &why));
    }
    Progress::NotYet(if status.is_empty() { "no connection yet".to_owned() } else { status.to_owned() })
}
