//! Whether the connection of a private endpoint is where a condition waits for it.

use std::collections::BTreeMap;

use xcloud_core::live::{ConnectionStatus, Spelled};
use xcloud_core::model::ArmName;
use xcloud_core::op::Handle;
use xcloud_core::provider::{ErrorKind, Facts, Progress, ProviderError};

use super::connection::{connection, service_id};
use super::observe::{OPERATION, endpoint_of, one};
use crate::arm::Arm;
use crate::error;
use crate::kinds::private_link_service;
use crate::list::parsed;

/// The service lists the endpoint's connection.
pub(crate) async fn listed(arm: &Arm, service: &Handle, endpoint: &ArmName) -> Result<Progress, ProviderError> {
    let service = service_id(arm, private_link_service::OPERATION, service)?;
    let Some(connection) = connection(arm, &service, endpoint).await? else {
        return Ok(Progress::NotYet("not listed".to_owned()));
    };
    let facts = [("connection", connection.name), ("status", connection.status.to_string())];
    let facts = facts.map(|(fact, value)| (fact.to_owned(), value)).into();
    Ok(judged(arm, &connection.status, &[ConnectionStatus::Pending, ConnectionStatus::Approved], facts))
}

/// The endpoint's connection is approved.
pub(crate) async fn approved(arm: &Arm, endpoint: &ArmName) -> Result<Progress, ProviderError> {
    let Some(body) = one(arm, endpoint).await? else { return Ok(Progress::NotYet("not found".to_owned())) };
    let live = parsed(arm, OPERATION, endpoint_of(&body))?;
    Ok(judged(arm, &live.status, &[ConnectionStatus::Approved], BTreeMap::new()))
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
        return Progress::Never(error::of(&arm.reading(private_link_service::OPERATION), ErrorKind::Conflict, &why));
    }
    Progress::NotYet(if status.as_str().is_empty() { "no connection yet".to_owned() } else { status.to_string() })
}
