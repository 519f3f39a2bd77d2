//! What is found and never written: subnets, and load balancers with their frontends.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::Ipv4Net;
use serde_json::Value;
use xcloud_core::live::{LiveLoadBalancerAz, LiveSubnetAz};
use xcloud_core::model::ArmName;
use xcloud_core::provider::{ErrorKind, ProviderError};

use crate::arm::{Arm, Found};
use crate::json::{list, text, united};
use crate::list::{each, parsed};

/// Reads the subnets, one call each.
pub(crate) async fn subnets(arm: &Arm, ids: &BTreeSet<ArmName>) -> Result<Vec<LiveSubnetAz>, ProviderError> {
    each(ids, async |id: &ArmName| {
        let Some(subnet) = subnet(arm, id).await? else { return Ok(None) };
        parsed(arm, "GET subnets", subnet_of(id, &subnet)).map(Some)
    })
    .await
}

/// The frontends that exist, and their load balancers as far as they may be read.
pub(crate) type Frontends = (BTreeSet<ArmName>, Vec<LiveLoadBalancerAz>);

/// Reads which of the frontends exist: one call for each load balancer, and one for each frontend of those that do not
/// answer, since a role may read frontends only.
pub(crate) async fn frontends(arm: &Arm, ids: &BTreeSet<ArmName>) -> Result<Frontends, ProviderError> {
    let mut of: BTreeMap<ArmName, BTreeSet<&ArmName>> = BTreeMap::new();
    for id in ids {
        let balancer = id.0.rsplitn(3, '/').nth(2).unwrap_or_default();
        of.entry(ArmName(balancer.to_owned())).or_default().insert(id);
    }
    let read = each(of, async |(id, frontends): (ArmName, BTreeSet<&ArmName>)| {
        let there = match load_balancer(arm, &id).await {
            Err(error) if error.kind == ErrorKind::Denied => None,
            answer => answer?,
        };
        if let Some(there) = there {
            let names = list(&there, "/properties/frontendIPConfigurations").iter().map(|one| text(one, "/name"));
            let names: Vec<&str> = names.collect();
            let is_there = |id: &&ArmName| names.iter().any(|name| name.eq_ignore_ascii_case(id.name()));
            return Ok(Some((
                frontends.into_iter().filter(is_there).cloned().collect(),
                Some(balancer_of(id, &there)),
            )));
        }
        let found = each(frontends, async |id: &ArmName| Ok(frontend(arm, id).await?.map(|_| id.clone()))).await?;
        Ok(Some((found, None)))
    });
    let (frontends, balancers): (Vec<Vec<ArmName>>, Vec<_>) = read.await?.into_iter().unzip();
    Ok((frontends.into_iter().flatten().collect(), balancers.into_iter().flatten().collect()))
}

async fn load_balancer(arm: &Arm, id: &ArmName) -> Found {
    const NAME: &str = "GET loadBalancers";
    let client = arm.network.load_balancers_client();
    arm.get(NAME, id, &["loadBalancers"], |p| client.get(&p.group, p.name(0), &p.subscription).send()).await
}

fn balancer_of(id: ArmName, balancer: &Value) -> LiveLoadBalancerAz {
    let has_addresses = |pool: &&Value| {
        list(pool, "/properties/loadBalancerBackendAddresses").iter().any(|member| {
            let interface = text(member, "/properties/networkInterfaceIPConfiguration/id");
            interface.is_empty() && !text(member, "/properties/ipAddress").is_empty()
        })
    };
    let pools = list(balancer, "/properties/backendAddressPools").iter().filter(has_addresses);
    // A load balancer that says nothing is a basic one: that was Azure's first.
    let sku = Some(text(balancer, "/sku/name")).filter(|sku| !sku.is_empty()).unwrap_or("Basic");
    LiveLoadBalancerAz {
        id,
        location: text(balancer, "/location").to_owned(),
        sku: sku.to_owned(),
        address_pools: pools.map(|pool| text(pool, "/name").to_owned()).collect(),
    }
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

    #[test]
    fn a_load_balancer_says_what_it_is_and_what_its_pools_hold() {
        let member = |properties: Value| json!({"name": "m", "properties": properties});
        let pool = |name: &str, members: Vec<Value>| json!({"name": name, "properties": {"loadBalancerBackendAddresses": members}});
        let pools = [
            pool(
                "nics",
                vec![member(json!({"networkInterfaceIPConfiguration": {"id": "/nic"}, "ipAddress": "10.0.0.4"}))],
            ),
            pool("ips", vec![member(json!({"ipAddress": "10.0.0.5", "virtualNetwork": {"id": "/v"}}))]),
            json!({"name": "none"}),
        ];
        let body = json!({"location": "norwayeast", "sku": {"name": "Standard"}, "properties": {"backendAddressPools": pools}});
        let read = balancer_of(ArmName("/lb".to_owned()), &body);
        assert_eq!((read.sku.as_str(), read.address_pools), ("Standard", BTreeSet::from(["ips".to_owned()])));
        assert_eq!(balancer_of(ArmName("/lb".to_owned()), &json!({})).sku, "Basic");
    }
}
