//! The whole answer to a query: every part read concurrently, then put into one table.

use xcloud_core::live::{AzureLive, AzureQuery};
use xcloud_core::provider::ProviderError;

use crate::arm::Arm;
use crate::kinds::{
    firewall_rules, network_security_group, private_dns_record, private_endpoint, private_link_service,
};
use crate::network;

/// Reads everything that the query asks. One part that cannot be read makes the whole answer an error: a table
/// with a hole would read as "absent".
pub(crate) async fn observe(arm: &Arm, query: &AzureQuery) -> Result<AzureLive, ProviderError> {
    let (nsgs, policies, link_services, private_endpoints, (zones, record_sets), subnets, frontends) = futures_util::try_join!(
        network_security_group::observe(arm, query),
        firewall_rules::observe(arm, query),
        private_link_service::observe(arm, query),
        private_endpoint::observe(arm, query),
        private_dns_record::observe(arm, &query.zones),
        network::subnets(arm, &query.subnets),
        network::frontends(arm, &query.frontends),
    )?;
    Ok(AzureLive {
        everywhere: policies.everywhere && link_services.everywhere && private_endpoints.everywhere,
        nsgs,
        rule_groups: policies.groups,
        policies: policies.found,
        link_services: link_services.ours,
        private_endpoints: private_endpoints.ours,
        zones,
        record_sets,
        subnets,
        frontends,
    })
}
