//! Connections to endpoint services.

use std::collections::{BTreeMap, BTreeSet};

use xcloud_core::limits::Quota;
use xcloud_core::live::{EndpointState, LiveConnection};
use xcloud_core::provider::ProviderError;

use crate::call::{FILTER_VALUES, PAGE, side_by_side};
use crate::clients::Api;
use crate::interfaces::filter;

/// Reads the connections of services, by service. A service without any has no entry.
pub(super) async fn of_services(
    api: &Api,
    services: &BTreeSet<String>,
) -> Result<BTreeMap<String, Vec<LiveConnection>>, ProviderError> {
    let ids: Vec<String> = services.iter().cloned().collect();
    let calls = ids
        .chunks(FILTER_VALUES)
        .map(|chunk| {
            let by_service = filter("service-id", chunk.iter().cloned());
            let request = api.ec2.describe_vpc_endpoint_connections().filters(by_service).max_results(PAGE);
            api.pages(
                Quota::Ec2Reads,
                "DescribeVpcEndpointConnections",
                move |token| request.clone().set_next_token(token).send(),
                |page| (page.vpc_endpoint_connections, page.next_token),
            )
        })
        .collect();
    let mut found: BTreeMap<String, Vec<LiveConnection>> = BTreeMap::new();
    for connection in side_by_side(calls).await?.into_iter().flatten() {
        let service = connection.service_id.unwrap_or_default();
        // Not every emulator filters.
        if services.contains(&service) {
            found.entry(service).or_default().push(LiveConnection {
                // What is no endpoint (a transit gateway attachment) has a connection's id all the same.
                endpoint: connection.vpc_endpoint_id.or(connection.vpc_endpoint_connection_id).unwrap_or_default(),
                owner: connection.vpc_endpoint_owner.unwrap_or_default(),
                state: connection.vpc_endpoint_state.map(|state| state.as_str().into()).unwrap_or_default(),
            });
        }
    }
    Ok(found)
}

/// Reads the connections of one service.
pub(super) async fn of_service(api: &Api, service: &str) -> Result<Vec<LiveConnection>, ProviderError> {
    let mut found = of_services(api, &BTreeSet::from([service.to_owned()])).await?;
    Ok(found.remove(service).unwrap_or_default())
}

/// What a connection's state means for the service. An unknown state is none of the known ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// It waits for acceptance.
    Waiting,
    /// It is accepted; traffic flows, or soon will.
    Accepted,
    /// It will never carry traffic (again). A rejected one stays listed.
    Over,
    /// It goes away, or nobody here knows the state.
    Between,
}

impl State {
    pub(super) fn of(connection: &LiveConnection) -> Self {
        match connection.state {
            EndpointState::PendingAcceptance => Self::Waiting,
            EndpointState::Pending | EndpointState::Available | EndpointState::Partial => Self::Accepted,
            EndpointState::Rejected | EndpointState::Failed | EndpointState::Expired | EndpointState::Deleted => {
                Self::Over
            }
            EndpointState::Deleting | EndpointState::Other(_) => Self::Between,
        }
    }
}
