//! Endpoint services, their principals and connections.

use std::collections::BTreeSet;

use aws_sdk_ec2::types::ServiceConfiguration;
use xcloud_core::limits::Quota;
use xcloud_core::live::{AwsQuery, Beyond, Extra, LiveService, ServiceState};
use xcloud_core::provider::ProviderError;

use super::connections;
use crate::call::{PAGE, absent_is_none, side_by_side};
use crate::clients::Api;
use crate::tags;

/// Reads every endpoint service of the account and region; of ours also the principals, and the connections if asked.
pub(crate) async fn observe(api: &Api, query: &AwsQuery) -> Result<Vec<LiveService>, ProviderError> {
    if !query.services && !query.connections {
        return Ok(Vec::new());
    }
    let mut services = api.listed(|lists| &lists.services, (), || list(api)).await?;
    let ours: BTreeSet<String> = services
        .iter()
        .filter(|service| tags::belongs(&service.tags, &query.product))
        .map(|service| service.id.clone())
        .collect();
    let principals = side_by_side(ours.iter().map(|id| principals(api, id)).collect()).await?;
    let mut principals: std::collections::BTreeMap<&String, BTreeSet<String>> = ours.iter().zip(principals).collect();
    let mut connected = match query.connections && !ours.is_empty() {
        true => match connections::of_services(api, &ours).await {
            Ok(connected) => Some(connected),
            Err(error) if query.connections_may_fail => {
                tracing::warn!(%error, "connections are not checked");
                None
            }
            Err(error) => return Err(error),
        },
        false => None,
    };
    for service in &mut services {
        service.principals = principals.remove(&service.id);
        if let Some(connected) = connected.as_mut().filter(|_| ours.contains(&service.id)) {
            service.connections = Some(connected.remove(&service.id).unwrap_or_default());
        }
    }
    Ok(services)
}

/// Reads every endpoint service, without principals and connections. One that is deleted is gone.
pub(super) async fn list(api: &Api) -> Result<Vec<LiveService>, ProviderError> {
    let found = api
        .pages(
            Quota::Ec2Reads,
            "DescribeVpcEndpointServiceConfigurations",
            |token| {
                api.ec2.describe_vpc_endpoint_service_configurations().max_results(PAGE).set_next_token(token).send()
            },
            |page| (page.service_configurations, page.next_token),
        )
        .await?;
    Ok(found.into_iter().map(|one| live(api, one)).filter(|service| service.state != ServiceState::Deleted).collect())
}

/// Reads one endpoint service; `None` if it does not exist.
pub(super) async fn one(api: &Api, id: &str) -> Result<Option<LiveService>, ProviderError> {
    let answer = api
        .read(Quota::Ec2Reads, "DescribeVpcEndpointServiceConfigurations", || {
            api.ec2.describe_vpc_endpoint_service_configurations().service_ids(id).send()
        })
        .await;
    let found = absent_is_none(answer)?.and_then(|page| page.service_configurations).unwrap_or_default();
    Ok(found.into_iter().map(|one| live(api, one)).find(|service| service.id == id))
}

/// Reads the principals of one service; none if the service is gone.
pub(super) async fn principals(api: &Api, id: &str) -> Result<BTreeSet<String>, ProviderError> {
    let request = api.ec2.describe_vpc_endpoint_service_permissions().service_id(id).max_results(PAGE);
    let found = api
        .pages(
            Quota::Ec2Reads,
            "DescribeVpcEndpointServicePermissions",
            |token| request.clone().set_next_token(token).send(),
            |page| (page.allowed_principals, page.next_token),
        )
        .await;
    let found = absent_is_none(found)?.unwrap_or_default();
    Ok(found.into_iter().filter_map(|allowed| allowed.principal).collect())
}

/// What `CreateVpcEndpointServiceConfiguration` can be given, and xcloud never gives.
fn beyond(api: &Api, service: &ServiceConfiguration) -> Vec<Beyond> {
    let regions = service.supported_regions().iter().filter_map(|detail| detail.region());
    let others: Vec<&str> = regions.filter(|region| *region != api.place.region.as_str()).collect();
    let types: Vec<&str> = service.supported_ip_address_types().iter().map(|one| one.as_str()).collect();
    let kinds: Vec<&str> =
        service.service_type().iter().filter_map(|one| Some(one.service_type.as_ref()?.as_str())).collect();
    let all = [
        Beyond::unless(Extra::SupportedRegions, Some(&others.join(", ")), |_| false),
        Beyond::unless(Extra::PrivateDnsName, service.private_dns_name(), |_| false),
        Beyond::unless(Extra::Payer, service.payer_responsibility().map(|payer| payer.as_str()), |_| false),
        Beyond::unless(Extra::AddressTypes, Some(&types.join(", ")), |types| types == "ipv4"),
        Beyond::unless(Extra::Type, Some(&kinds.join(", ")), |kind| kind == "Interface"),
    ];
    all.into_iter().flatten().collect()
}

fn live(api: &Api, service: ServiceConfiguration) -> LiveService {
    let beyond = beyond(api, &service);
    let balancers = service.network_load_balancer_arns.unwrap_or_default().into_iter();
    LiveService {
        beyond,
        id: service.service_id.unwrap_or_default(),
        service_name: service.service_name.unwrap_or_default(),
        state: service.service_state.map(|state| state.as_str().into()).unwrap_or_default(),
        acceptance_required: service.acceptance_required.unwrap_or_default(),
        load_balancers: balancers.chain(service.gateway_load_balancer_arns.unwrap_or_default()).collect(),
        zones: service.availability_zone_ids.unwrap_or_default().into_iter().collect(),
        tags: tags::from_ec2(service.tags),
        principals: None,
        connections: None,
    }
}
