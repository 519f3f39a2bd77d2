//! The whole answer to a query: every part read concurrently, then put into one table.

use xcloud_core::live::{AzureLive, AzureQuery};
use xcloud_core::provider::ProviderError;

use super::{dns, everywhere, link_services, network, nsg, private_endpoints, rule_groups};
use crate::arm::Arm;

/// Reads everything that the query asks. One part that cannot be read makes the whole answer an error: a table
/// with a hole would read as "absent".
pub(crate) async fn observe(arm: &Arm, query: &AzureQuery) -> Result<AzureLive, ProviderError> {
    let ours = async {
        let lists = everywhere::read(arm, query).await?;
        let parts = futures_util::try_join!(
            rule_groups::read(arm, query, &lists.policies),
            link_services::read(arm, query, &lists.link_services),
            private_endpoints::read(arm, query, &lists.private_endpoints),
        )?;
        Ok((lists.complete, parts))
    };
    let (nsgs, (everywhere, (policies, link_services, private_endpoints)), (zones, record_sets), subnets, frontends) =
        futures_util::try_join!(
            nsg::read(arm, query),
            ours,
            dns::read(arm, &query.zones),
            network::subnets(arm, &query.subnets),
            network::frontends(arm, &query.frontends),
        )?;
    Ok(AzureLive {
        everywhere,
        nsgs,
        rule_groups: policies.groups,
        group_priorities: policies.priorities,
        policies: policies.found,
        link_services,
        private_endpoints,
        zones,
        record_sets,
        subnets,
        frontends,
    })
}
