//! Interface endpoints and their interfaces.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types::VpcEndpoint;
use xcloud_core::limits::Quota;
use xcloud_core::live::{AwsQuery, EndpointState, Interface, LiveEndpoint};
use xcloud_core::provider::ProviderError;

use crate::call::{PAGE, absent_is_none};
use crate::clients::Api;
use crate::interfaces::{self, filter};
use crate::listed::Listed;
use crate::tags;

/// Lists the interface endpoints of the region. Those of others are needed too: one of them may use our service.
pub(crate) async fn list(api: &Api, query: &AwsQuery) -> Result<Vec<Listed>, ProviderError> {
    if !query.endpoints {
        return Ok(Vec::new());
    }
    api.listed(|lists| &lists.endpoints, (), || all(api)).await
}

async fn all(api: &Api) -> Result<Vec<Listed>, ProviderError> {
    let of_type = filter("vpc-endpoint-type", ["Interface".to_owned()]);
    let request = api.ec2.describe_vpc_endpoints().filters(of_type).max_results(PAGE);
    let found = api
        .pages(
            Quota::Ec2Reads,
            "DescribeVpcEndpoints",
            |token| request.clone().set_next_token(token).send(),
            |page| (page.vpc_endpoints, page.next_token),
        )
        .await?;
    Ok(found.into_iter().map(live).filter(|listed| listed.endpoint.state != EndpointState::Deleted).collect())
}

/// Keeps the endpoints with the product's mark and those on our services.
pub(crate) fn ours(listed: Vec<Listed>, product: &str, services: &BTreeSet<&str>) -> Vec<Listed> {
    let is_ours = |listed: &Listed| {
        tags::belongs(&listed.endpoint.tags, product) || services.contains(listed.endpoint.service_name.as_str())
    };
    listed.into_iter().filter(is_ours).collect()
}

/// Reads one endpoint without its interfaces; `None` if it does not exist, or no longer.
pub(crate) async fn one(api: &Api, id: &str) -> Result<Option<Listed>, ProviderError> {
    let answer = api
        .read(Quota::Ec2Reads, "DescribeVpcEndpoints", || api.ec2.describe_vpc_endpoints().vpc_endpoint_ids(id).send())
        .await;
    let found = absent_is_none(answer)?.and_then(|page| page.vpc_endpoints).unwrap_or_default();
    Ok(found
        .into_iter()
        .map(live)
        .find(|listed| listed.endpoint.id == id && listed.endpoint.state != EndpointState::Deleted))
}

/// Fills in the interfaces, as far as they are readable. `found` are those that were seen by their description; the
/// endpoint itself says which are its own, and what is missing is asked for by id.
pub(crate) async fn with_interfaces(
    api: &Api,
    listed: Vec<Listed>,
    found: BTreeMap<String, Vec<Interface>>,
) -> Result<Vec<LiveEndpoint>, ProviderError> {
    let seen = found.into_values().flatten().map(|interface| (interface.id.clone(), interface));
    let mut known: BTreeMap<String, Interface> = seen.collect();
    let all = listed.iter().flat_map(|listed| &listed.interfaces);
    let missing: Vec<String> = all.filter(|id| !known.contains_key(*id)).cloned().collect();
    known.extend(interfaces::by_ids(api, missing).await?);
    let filled = listed.into_iter().map(|listed| {
        let mut interfaces: Vec<Interface> = listed.interfaces.iter().filter_map(|id| known.get(id).cloned()).collect();
        interfaces.sort();
        LiveEndpoint { interfaces, ..listed.endpoint }
    });
    Ok(filled.collect())
}

fn live(endpoint: VpcEndpoint) -> Listed {
    // The regional name comes first, then one for each zone (AWS PrivateLink guide, endpoint DNS names).
    let dns = endpoint.dns_entries.iter().flatten().next();
    let dns = dns.and_then(|entry| Some((entry.dns_name.clone()?, entry.hosted_zone_id.clone()?)));
    let last_error = endpoint
        .last_error
        .map(|error| (error.code.unwrap_or_default(), error.message.unwrap_or_default()))
        .or_else(|| Some(("Failed".to_owned(), endpoint.failure_reason?)));
    Listed {
        endpoint: LiveEndpoint {
            id: endpoint.vpc_endpoint_id.unwrap_or_default(),
            service_name: endpoint.service_name.unwrap_or_default(),
            vpc: endpoint.vpc_id.unwrap_or_default(),
            state: endpoint.state.map(|state| state.as_str().into()).unwrap_or_default(),
            subnets: endpoint.subnet_ids.unwrap_or_default().into_iter().collect(),
            groups: endpoint.groups.unwrap_or_default().into_iter().filter_map(|group| group.group_id).collect(),
            private_dns: endpoint.private_dns_enabled.unwrap_or_default(),
            tags: tags::from_ec2(endpoint.tags),
            interfaces: Vec::new(),
            dns,
        },
        interfaces: endpoint.network_interface_ids.unwrap_or_default(),
        last_error,
    }
}
