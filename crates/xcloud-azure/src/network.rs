//! What is found and never written: subnets and load balancer frontends.

use std::collections::BTreeSet;

use ipnet::Ipv4Net;
use serde_json::Value;
use xcloud_core::live::LiveSubnetAz;
use xcloud_core::model::ArmName;
use xcloud_core::provider::ProviderError;

use crate::arm::{Arm, Found};
use crate::json::{text, united};
use crate::list::{each, parsed};

/// Reads the subnets, one call each.
pub(crate) async fn subnets(arm: &Arm, ids: &BTreeSet<ArmName>) -> Result<Vec<LiveSubnetAz>, ProviderError> {
    each(ids, async |id: &ArmName| {
        let Some(subnet) = subnet(arm, id).await? else { return Ok(None) };
        parsed(arm, "GET subnets", subnet_of(id, &subnet)).map(Some)
    })
    .await
}

/// Reads which of the frontends exist, one call each.
pub(crate) async fn frontends(arm: &Arm, ids: &BTreeSet<ArmName>) -> Result<BTreeSet<ArmName>, ProviderError> {
    let found = each(ids, async |id: &ArmName| Ok(frontend(arm, id).await?.map(|_| id.clone()))).await?;
    Ok(found.into_iter().collect())
}

async fn subnet(arm: &Arm, id: &ArmName) -> Found {
    const NAME: &str = "GET subnets";
    let client = arm.network.subnets_client();
    arm.get(NAME, id, &["virtualNetworks", "subnets"], |p| {
        client.get(&p.group, p.name(0), p.name(1), &p.subscription).send()
    })
    .await
}

async fn frontend(arm: &Arm, id: &ArmName) -> Found {
    const NAME: &str = "GET frontendIPConfigurations";
    let client = arm.network.load_balancer_frontend_ip_configurations_client();
    arm.get(NAME, id, &["loadBalancers", "frontendIPConfigurations"], |p| {
        client.get(&p.group, p.name(0), p.name(1), &p.subscription).send()
    })
    .await
}

fn subnet_of(id: &ArmName, subnet: &Value) -> Result<LiveSubnetAz, String> {
    let prefixes = united(subnet, "/properties/addressPrefix", "/properties/addressPrefixes");
    let cidrs: Result<BTreeSet<Ipv4Net>, String> = prefixes
        .iter()
        .filter(|prefix| !prefix.contains(':'))
        .map(|prefix| prefix.parse().map_err(|_| format!("`{prefix}` is not an address range")))
        .collect();
    // Azure's default is Enabled: a subnet that says nothing does not admit a private link service.
    let policies = text(subnet, "/properties/privateLinkServiceNetworkPolicies");
    let policies = if policies.is_empty() { "Enabled" } else { policies };
    Ok(LiveSubnetAz { id: id.clone(), cidrs: cidrs?, link_service_policies: policies.to_owned() })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_subnet_has_one_range_or_several() {
        let id = ArmName("/s".to_owned());
        let one = json!({"properties": {"addressPrefix": "10.0.0.0/26"}});
        let read = subnet_of(&id, &one).expect("the subnet is well formed");
        assert_eq!((read.cidrs.len(), read.link_service_policies.as_str()), (1, "Enabled"));
        let many = json!({"properties": {"addressPrefixes": ["10.0.0.0/26", "fd00::/64", "10.0.1.0/26"],
            "privateLinkServiceNetworkPolicies": "Disabled"}});
        let read = subnet_of(&id, &many).expect("the subnet is well formed");
        assert_eq!((read.cidrs.len(), read.link_service_policies.as_str()), (2, "Disabled"));
    }
}
