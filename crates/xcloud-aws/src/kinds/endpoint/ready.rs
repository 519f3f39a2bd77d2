//! Whether an endpoint is where a condition waits for it.

use std::collections::{BTreeMap, BTreeSet};

use xcloud_core::live::{EndpointState, LiveEndpoint};
use xcloud_core::provider::{Facts, Progress, ProviderError};

use super::observe::one;
use crate::clients::Api;
use crate::listed::Listed;
use crate::progress::{NOT_VISIBLE, done, never, not_yet};

pub(crate) async fn available(api: &Api, id: &str) -> Result<Progress, ProviderError> {
    let Some(Listed { endpoint, last_error, .. }) = one(api, id).await? else { return not_yet(NOT_VISIBLE) };
    match &endpoint.state {
        EndpointState::Available => {
            Ok(Progress::Done(Facts { facts: dns_facts(&endpoint), addresses: BTreeSet::new() }))
        }
        state if state.is_dead() || state.is_going() => never(api, "DescribeVpcEndpoints", state, last_error),
        _ => not_yet(format!("state {}", endpoint.state)),
    }
}

fn dns_facts(endpoint: &LiveEndpoint) -> BTreeMap<String, String> {
    let entry = endpoint.dns.clone();
    entry
        .map(|(name, zone)| BTreeMap::from([("dns-name".to_owned(), name), ("dns-zone".to_owned(), zone)]))
        .unwrap_or_default()
}

pub(crate) async fn gone(api: &Api, id: &str) -> Result<Progress, ProviderError> {
    match one(api, id).await? {
        None => Ok(done()),
        Some(listed) => not_yet(format!("state {}", listed.endpoint.state)),
    }
}
