//! Whether an endpoint service and its connections are where a condition waits for them.

use std::collections::{BTreeMap, BTreeSet};

use xcloud_core::live::ServiceState;
use xcloud_core::provider::{Facts, Progress, ProviderError};

use super::connections::{State, of_service};
use super::observe::one;
use crate::clients::Api;
use crate::progress::{NOT_VISIBLE, done, never, not_yet};

pub(crate) async fn available(api: &Api, id: &str) -> Result<Progress, ProviderError> {
    let Some(service) = one(api, id).await? else { return not_yet(NOT_VISIBLE) };
    match service.state {
        ServiceState::Available => {
            let facts = BTreeMap::from([("service-name".to_owned(), service.service_name)]);
            Ok(Progress::Done(Facts { facts, addresses: BTreeSet::new() }))
        }
        ServiceState::Failed | ServiceState::Deleting | ServiceState::Deleted => {
            never(api, "DescribeVpcEndpointServiceConfigurations", &service.state, None)
        }
        ServiceState::Pending | ServiceState::Other(_) => not_yet(format!("state {}", service.state)),
    }
}

pub(crate) async fn connection_listed(api: &Api, service: &str, endpoint: &str) -> Result<Progress, ProviderError> {
    let live = of_service(api, service).await?;
    let Some(connection) = live.iter().find(|connection| connection.endpoint == endpoint) else {
        return not_yet(NOT_VISIBLE);
    };
    match State::of(connection) {
        State::Waiting | State::Accepted => Ok(done()),
        State::Over => never(api, "DescribeVpcEndpointConnections", &connection.state, None),
        State::Between => not_yet(format!("state {}", connection.state)),
    }
}

pub(crate) async fn connections_gone(api: &Api, service: &str) -> Result<Progress, ProviderError> {
    let live = of_service(api, service).await?;
    let left: Vec<String> = live
        .iter()
        .filter(|connection| State::of(connection) != State::Over)
        .map(|connection| format!("{} {}", connection.endpoint, connection.state))
        .collect();
    if left.is_empty() { Ok(done()) } else { not_yet(left.join(", ")) }
}
