//! One look at everything that a query asks.

use std::collections::BTreeSet;

use futures_util::try_join;
use xcloud_core::live::{AwsLive, AwsQuery};
use xcloud_core::provider::ProviderError;

use super::{endpoints, groups, load_balancers, network, services, zones};
use crate::clients::Api;
use crate::{interfaces, tags};

/// Reads everything that the query asks: what does not depend on one another at the same time.
pub(crate) async fn region(api: &Api, query: &AwsQuery) -> Result<AwsLive, ProviderError> {
    let network_and_zones = async {
        let network = network::observe(api, query).await?;
        let zones = zones::observe(api, &query.records, &network.vpcs).await?;
        Ok::<_, ProviderError>((network, zones))
    };
    let balancers_and_groups = async {
        let balancers = load_balancers::observe(api, query).await?;
        let groups = groups::observe(api, query, &balancers.groups_of_found).await?;
        Ok::<_, ProviderError>((balancers, groups))
    };
    let ((network, zones), (mut balancers, groups), services, endpoints) = try_join!(
        network_and_zones,
        balancers_and_groups,
        services::observe(api, query),
        endpoints::list(api, query),
    )?;
    let our_services: BTreeSet<&str> = services
        .iter()
        .filter(|service| tags::belongs(&service.tags, &query.product))
        .map(|service| service.service_name.as_str())
        .collect();
    let endpoints = endpoints::ours(endpoints, &query.product, &our_services);
    let ids = endpoints.iter().map(|listed| listed.endpoint.id.clone()).collect();
    let mut interfaces = interfaces::of_holders(api, &balancers.detailed, &ids).await?;
    for balancer in &mut balancers.load_balancers {
        balancer.interfaces = interfaces.remove(&balancer.arn).unwrap_or_default();
        balancer.interfaces.sort();
    }
    let endpoints = endpoints::with_interfaces(api, endpoints, interfaces).await?;
    Ok(AwsLive {
        vpcs: network.vpcs,
        subnets: network.subnets,
        groups,
        load_balancers: balancers.load_balancers,
        target_groups: balancers.target_groups,
        services,
        endpoints,
        zones,
    })
}
