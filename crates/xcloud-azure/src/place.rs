//! The whole answer to a query: every part read concurrently, then put into one table.

use std::collections::BTreeSet;

use xcloud_core::live::{AzureLive, AzureQuery, LiveNsg, ProvisioningState};
use xcloud_core::marks;
use xcloud_core::model::ArmName;
use xcloud_core::provider::ProviderError;

use crate::arm::Arm;
use crate::kinds::{
    firewall_rules, network_security_group, private_dns_record, private_endpoint, private_link_service,
};
use crate::{locks, network, rights};

/// Reads everything that the query asks. One part that cannot be read makes the whole answer an error: a table
/// with a hole would read as "absent".
pub(crate) async fn observe(arm: &Arm, query: &AzureQuery) -> Result<AzureLive, ProviderError> {
    let rights = async { Ok(rights::lists_are_whole(arm, query).await) };
    let locks = async { Ok(locks::observe(arm, query).await) };
    let (
        whole,
        locks,
        nsgs,
        policies,
        link_services,
        private_endpoints,
        (zones, record_sets),
        subnets,
        (frontends, load_balancers),
    ) = futures_util::try_join!(
        rights,
        locks,
        network_security_group::observe(arm, query),
        firewall_rules::observe(arm, query),
        private_link_service::observe(arm, query),
        private_endpoint::observe(arm, query),
        private_dns_record::observe(arm, &query.zones),
        network::subnets(arm, &query.subnets),
        network::frontends(arm, &query.frontends),
    )?;
    let mut live = AzureLive {
        everywhere: whole && policies.everywhere && link_services.everywhere && private_endpoints.everywhere,
        nsgs,
        rule_groups: policies.groups,
        ip_groups: policies.ip_groups,
        policies: policies.found,
        link_services: link_services.ours,
        private_endpoints: private_endpoints.ours,
        zones,
        record_sets,
        subnets,
        frontends,
        load_balancers,
        deleting: BTreeSet::new(),
        missing_groups: link_services.missing.into_iter().chain(private_endpoints.missing).collect(),
        locks: locks.found,
        locks_unread: locks.unread,
    };
    set_aside(&mut live, query);
    Ok(live)
}

/// Takes what is being deleted out of its table, if it is ours or was asked for: whoever takes its place waits until it is
/// gone. A rule of others decides until then, and stays.
fn set_aside(live: &mut AzureLive, query: &AzureQuery) {
    let mut deleting = BTreeSet::new();
    let mut stays = |is_concerned: bool, state: &ProvisioningState, id: String| {
        let is_going = is_concerned && *state == ProvisioningState::Deleting;
        if is_going {
            deleting.insert(ArmName(id));
        }
        !is_going
    };
    live.link_services.retain(|one| stays(true, &one.state, one.id.0.clone()));
    live.private_endpoints.retain(|one| stays(true, &one.state, one.id.0.clone()));
    live.rule_groups.retain(|one| {
        let is_it = |(policy, name): &(ArmName, String)| *policy == one.policy && name.eq_ignore_ascii_case(&one.name);
        let id = format!("{}/ruleCollectionGroups/{}", one.policy, one.name);
        stays(query.rule_groups.iter().any(is_it), &one.state, id)
    });
    for LiveNsg { id, rules } in &mut live.nsgs {
        rules.retain(|rule| {
            let is_ours = marks::rule_is_ours(&rule.name, &rule.description, &query.product);
            stays(is_ours, &rule.state, format!("{id}/securityRules/{}", rule.name))
        });
    }
    live.deleting = deleting;
}
