//! Interface endpoints and their interfaces.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types::VpcEndpoint;
use xcloud_core::limits::Quota;
use xcloud_core::live::{AwsQuery, Beyond, EndpointState, Extra, Interface, LiveEndpoint, LiveGroup, OddEndpoint};
use xcloud_core::provider::ProviderError;

use crate::call::{PAGE, absent_is_none};
use crate::clients::Api;
use crate::interfaces;
use crate::listed::Listed;
use crate::tags;

/// The type of the endpoints that are declared here.
const INTERFACE: &str = "Interface";

/// Lists the endpoints of the region, of every type. Those of others are needed too: one of them may use our service.
pub(crate) async fn list(api: &Api, query: &AwsQuery) -> Result<Vec<Listed>, ProviderError> {
    if !query.endpoints {
        return Ok(Vec::new());
    }
    api.listed(|lists| &lists.endpoints, (), || all(api)).await
}

async fn all(api: &Api) -> Result<Vec<Listed>, ProviderError> {
    let request = api.ec2.describe_vpc_endpoints().max_results(PAGE);
    let found = api
        .pages(
            Quota::Ec2Reads,
            "DescribeVpcEndpoints",
            |token| request.clone().set_next_token(token).send(),
            |page| (page.vpc_endpoints, page.next_token),
        )
        .await?;
    Ok(found
        .into_iter()
        .map(|one| live(api, one))
        .filter(|listed| listed.endpoint.state != EndpointState::Deleted)
        .collect())
}

/// Keeps the endpoints with the product's mark and those on our services.
pub(crate) fn ours(listed: Vec<Listed>, product: &str, services: &BTreeSet<&str>) -> Vec<Listed> {
    let is_ours = |listed: &Listed| {
        let named = services.contains(listed.endpoint.service_name.as_str());
        listed.is_interface() && (named || tags::belongs(&listed.endpoint.tags, product))
    };
    listed.into_iter().filter(is_ours).collect()
}

/// Keeps the endpoints of other types that use a group of ours or carry the product's mark.
pub(crate) fn odd(listed: &[Listed], product: &str, groups: &[LiveGroup]) -> Vec<OddEndpoint> {
    let ours: BTreeSet<&String> =
        groups.iter().filter(|one| tags::belongs(&one.tags, product)).map(|one| &one.id).collect();
    let concerns = |listed: &&Listed| {
        let uses = listed.endpoint.groups.iter().any(|id| ours.contains(id));
        !listed.is_interface() && (uses || tags::belongs(&listed.endpoint.tags, product))
    };
    let found = listed.iter().filter(concerns).map(|listed| OddEndpoint {
        id: listed.endpoint.id.clone(),
        kind: listed.kind.clone(),
        groups: listed.endpoint.groups.clone(),
    });
    found.collect()
}

/// Reads one endpoint without its interfaces; `None` if it does not exist, or no longer.
pub(crate) async fn one(api: &Api, id: &str) -> Result<Option<Listed>, ProviderError> {
    let answer = api
        .read(Quota::Ec2Reads, "DescribeVpcEndpoints", || api.ec2.describe_vpc_endpoints().vpc_endpoint_ids(id).send())
        .await;
    let found = absent_is_none(answer)?.and_then(|page| page.vpc_endpoints).unwrap_or_default();
    Ok(found
        .into_iter()
        .map(|one| live(api, one))
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

/// What `CreateVpcEndpoint` can be given, and xcloud never gives.
fn beyond(api: &Api, endpoint: &VpcEndpoint) -> Vec<Beyond> {
    let own = api.place.region.as_str();
    let types = endpoint.ip_address_type().map(|types| types.as_str());
    let records = endpoint.dns_options().and_then(|options| options.dns_record_ip_type()).map(|types| types.as_str());
    let all = [
        Beyond::unless(Extra::AddressTypes, types, |types| types == "ipv4"),
        // The service decides, and an IPv4 service is all that there is.
        Beyond::unless(Extra::DnsRecordTypes, records, |types| ["ipv4", "service-defined"].contains(&types)),
        Beyond::unless(Extra::ServiceRegion, endpoint.service_region(), |region| region == own),
    ];
    all.into_iter().flatten().collect()
}

/// The regional name among an endpoint's: the shortest of those that begin with its id, since a zone's name has the
/// zone after it (AWS PrivateLink guide, endpoint DNS names). No order is documented. Others are private names.
fn regional_name(endpoint: &VpcEndpoint) -> Option<(String, String)> {
    let id = format!("{}-", endpoint.vpc_endpoint_id()?);
    let names =
        endpoint.dns_entries().iter().filter_map(|one| Some((one.dns_name.clone()?, one.hosted_zone_id.clone()?)));
    let own: Vec<(String, String)> = names.collect();
    let found = own.iter().filter(|(name, _)| name.starts_with(&id)).min_by_key(|(name, _)| name.len());
    found.or(own.first()).cloned()
}

fn live(api: &Api, endpoint: VpcEndpoint) -> Listed {
    let dns = regional_name(&endpoint);
    let beyond = beyond(api, &endpoint);
    let kind = endpoint.vpc_endpoint_type.as_ref().map_or(INTERFACE, |kind| kind.as_str()).to_owned();
    let last_error = endpoint
        .last_error
        .map(|error| (error.code.unwrap_or_default(), error.message.unwrap_or_default()))
        .or_else(|| Some(("Failed".to_owned(), endpoint.failure_reason?)));
    Listed {
        endpoint: LiveEndpoint {
            beyond,
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
        kind,
    }
}
