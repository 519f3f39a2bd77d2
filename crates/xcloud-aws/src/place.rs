//! One look at everything that a query asks.

use std::collections::BTreeSet;

use futures_util::try_join;
use xcloud_core::live::{AwsLive, AwsQuery};
use xcloud_core::provider::ProviderError;

use crate::clients::Api;
use crate::kinds::{endpoint, endpoint_service, load_balancer, private_zone_record, security_group};
use crate::{interfaces, network, tags};

/// Reads everything that the query asks: what does not depend on one another at the same time.
pub(crate) async fn observe(api: &Api, query: &AwsQuery) -> Result<AwsLive, ProviderError> {
    let network_and_zones = async {
        let network = network::observe(api, query).await?;
        let zones = private_zone_record::observe(api, &query.records, &network.vpcs).await?;
        Ok::<_, ProviderError>((network, zones))
    };
    let balancers_and_groups = async {
        let balancers = load_balancer::observe(api, query).await?;
        let groups = security_group::observe(api, query, &balancers.groups_of_found).await?;
        Ok::<_, ProviderError>((balancers, groups))
    };
    let ((network, zones), (mut balancers, groups), services, endpoints) = try_join!(
        network_and_zones,
        balancers_and_groups,
        endpoint_service::observe(api, query),
        endpoint::list(api, query),
    )?;
    let our_services: BTreeSet<&str> = services
        .iter()
        .filter(|service| tags::belongs(&service.tags, &query.product))
        .map(|service| service.service_name.as_str())
        .collect();
    let odd_endpoints = endpoint::odd(&endpoints, &query.product, &groups);
    let endpoints = endpoint::ours(endpoints, &query.product, &our_services);
    let ids = endpoints.iter().map(|listed| listed.endpoint.id.clone()).collect();
    let mut interfaces = interfaces::of_holders(api, &balancers.detailed, &ids).await?;
    for balancer in &mut balancers.load_balancers {
        balancer.interfaces = interfaces.remove(&balancer.arn).unwrap_or_default();
        balancer.interfaces.sort();
    }
    let endpoints = endpoint::with_interfaces(api, endpoints, interfaces).await?;
    Ok(AwsLive {
        vpcs: network.vpcs,
        subnets: network.subnets,
        groups,
        load_balancers: balancers.load_balancers,
        target_groups: balancers.target_groups,
        services,
        endpoints,
        odd_endpoints,
        zones,
    })
}
