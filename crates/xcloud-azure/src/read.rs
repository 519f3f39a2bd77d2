//! Reading one resource or one list: the request builder for each kind.

use futures_util::StreamExt as _;
use serde_json::Value;
use xcloud_core::model::ArmName;
use xcloud_core::provider::ProviderError;

use crate::arm::Arm;
use crate::ids::{self, ResourcePath};

type Found = Result<Option<Value>, ProviderError>;
type Listed = Result<Option<Vec<Value>>, ProviderError>;

fn path(arm: &Arm, operation: &'static str, id: &ArmName, types: &[&str]) -> Result<ResourcePath, ProviderError> {
    ids::parse(id, types).map_err(|why| arm.invalid(operation, &why))
}

pub(crate) async fn security_group(arm: &Arm, id: &ArmName) -> Found {
    const NAME: &str = "GET networkSecurityGroups";
    let p = path(arm, NAME, id, &["networkSecurityGroups"])?;
    let client = arm.network.network_security_groups_client();
    arm.read(NAME, || client.get(&p.group, p.name(0), &p.subscription).send()).await
}

/// Lists every security group of the subscription, with its rules.
pub(crate) async fn security_groups(arm: &Arm) -> Listed {
    const NAME: &str = "GET networkSecurityGroups";
    let client = arm.network.network_security_groups_client();
    let read = || {
        arm.read_all(NAME, || {
            let mut pages = client.list_all(&arm.place.account).into_stream();
            async move { pages.next().await.transpose() }
        })
    };
    arm.once(NAME.to_owned(), read).await
}

pub(crate) async fn security_rule(arm: &Arm, id: &ArmName) -> Found {
    const NAME: &str = "GET securityRules";
    let p = path(arm, NAME, id, &["networkSecurityGroups", "securityRules"])?;
    let client = arm.network.security_rules_client();
    arm.read(NAME, || client.get(&p.group, p.name(0), p.name(1), &p.subscription).send()).await
}

pub(crate) async fn policy(arm: &Arm, id: &ArmName) -> Found {
    const NAME: &str = "GET firewallPolicies";
    let p = path(arm, NAME, id, &["firewallPolicies"])?;
    let client = arm.network.firewall_policies_client();
    arm.read(NAME, || client.get(&p.group, p.name(0), &p.subscription).send()).await
}

pub(crate) async fn rule_group(arm: &Arm, id: &ArmName) -> Found {
    const NAME: &str = "GET ruleCollectionGroups";
    let p = path(arm, NAME, id, &["firewallPolicies", "ruleCollectionGroups"])?;
    let client = arm.network.firewall_policy_rule_collection_groups_client();
    arm.read(NAME, || client.get(&p.group, p.name(0), p.name(1), &p.subscription).send()).await
}

/// Lists the rule collection groups of a policy; `None` if the policy does not exist.
pub(crate) async fn rule_groups_in(arm: &Arm, policy: &ArmName) -> Listed {
    const NAME: &str = "GET ruleCollectionGroups";
    let p = path(arm, NAME, policy, &["firewallPolicies"])?;
    let client = arm.network.firewall_policy_rule_collection_groups_client();
    let read = || {
        arm.read_all(NAME, || {
            let mut pages = client.list(&p.group, p.name(0), &p.subscription).into_stream();
            async move { pages.next().await.transpose() }
        })
    };
    arm.once(format!("{NAME} {policy}"), read).await
}

pub(crate) async fn link_service(arm: &Arm, id: &ArmName) -> Found {
    const NAME: &str = "GET privateLinkServices";
    let p = path(arm, NAME, id, &["privateLinkServices"])?;
    let client = arm.network.private_link_services_client();
    arm.read(NAME, || client.get(&p.group, p.name(0), &p.subscription).send()).await
}

pub(crate) async fn link_services_in(arm: &Arm, group: &str) -> Listed {
    const NAME: &str = "GET privateLinkServices";
    ids::resource_group(group).map_err(|why| arm.invalid(NAME, &why))?;
    let client = arm.network.private_link_services_client();
    let read = || {
        arm.read_all(NAME, || {
            let mut pages = client.list(group, &arm.place.account).into_stream();
            async move { pages.next().await.transpose() }
        })
    };
    arm.once(format!("{NAME} {group}"), read).await
}

/// Lists every private link service of the subscription.
pub(crate) async fn link_services(arm: &Arm) -> Listed {
    const NAME: &str = "GET privateLinkServices";
    let client = arm.network.private_link_services_client();
    let read = || {
        arm.read_all(NAME, || {
            let mut pages = client.list_by_subscription(&arm.place.account).into_stream();
            async move { pages.next().await.transpose() }
        })
    };
    arm.once(NAME.to_owned(), read).await
}

/// Lists every private endpoint of the subscription.
pub(crate) async fn private_endpoints(arm: &Arm) -> Listed {
    const NAME: &str = "GET privateEndpoints";
    let client = arm.network.private_endpoints_client();
    let read = || {
        arm.read_all(NAME, || {
            let mut pages = client.list_by_subscription(&arm.place.account).into_stream();
            async move { pages.next().await.transpose() }
        })
    };
    arm.once(NAME.to_owned(), read).await
}

/// Lists every firewall policy of the subscription.
pub(crate) async fn policies(arm: &Arm) -> Listed {
    const NAME: &str = "GET firewallPolicies";
    let client = arm.network.firewall_policies_client();
    let read = || {
        arm.read_all(NAME, || {
            let mut pages = client.list_all(&arm.place.account).into_stream();
            async move { pages.next().await.transpose() }
        })
    };
    arm.once(NAME.to_owned(), read).await
}

pub(crate) async fn private_endpoint(arm: &Arm, id: &ArmName) -> Found {
    const NAME: &str = "GET privateEndpoints";
    let p = path(arm, NAME, id, &["privateEndpoints"])?;
    let client = arm.network.private_endpoints_client();
    arm.read(NAME, || client.get(&p.group, p.name(0), &p.subscription).send()).await
}

pub(crate) async fn private_endpoints_in(arm: &Arm, group: &str) -> Listed {
    const NAME: &str = "GET privateEndpoints";
    ids::resource_group(group).map_err(|why| arm.invalid(NAME, &why))?;
    let client = arm.network.private_endpoints_client();
    let read = || {
        arm.read_all(NAME, || {
            let mut pages = client.list(group, &arm.place.account).into_stream();
            async move { pages.next().await.transpose() }
        })
    };
    arm.once(format!("{NAME} {group}"), read).await
}

pub(crate) async fn interface(arm: &Arm, id: &ArmName) -> Found {
    const NAME: &str = "GET networkInterfaces";
    let p = path(arm, NAME, id, &["networkInterfaces"])?;
    let client = arm.network.network_interfaces_client();
    arm.read(NAME, || client.get(&p.group, p.name(0), &p.subscription).send()).await
}

pub(crate) async fn subnet(arm: &Arm, id: &ArmName) -> Found {
    const NAME: &str = "GET subnets";
    let p = path(arm, NAME, id, &["virtualNetworks", "subnets"])?;
    let client = arm.network.subnets_client();
    arm.read(NAME, || client.get(&p.group, p.name(0), p.name(1), &p.subscription).send()).await
}

pub(crate) async fn frontend(arm: &Arm, id: &ArmName) -> Found {
    const NAME: &str = "GET frontendIPConfigurations";
    let p = path(arm, NAME, id, &["loadBalancers", "frontendIPConfigurations"])?;
    let client = arm.network.load_balancer_frontend_ip_configurations_client();
    arm.read(NAME, || client.get(&p.group, p.name(0), p.name(1), &p.subscription).send()).await
}

pub(crate) async fn record_set(arm: &Arm, id: &ArmName) -> Found {
    let types = ids::types_of(id).unwrap_or_default();
    let (name, record_type) =
        if types.to_ascii_uppercase().ends_with("/TXT") { ("GET TXT", "TXT") } else { ("GET A", "A") };
    let p = path(arm, name, id, &["privateDnsZones", record_type])?;
    let client = arm.dns.record_sets_client();
    arm.read(name, || client.get(&p.group, p.name(0), record_type, p.name(1), &p.subscription).send()).await
}

/// Lists the record sets of one type, `A` or `TXT`.
pub(crate) async fn record_sets_in(arm: &Arm, zone: &ArmName, record_type: &'static str) -> Listed {
    let name = if record_type == "TXT" { "GET TXT" } else { "GET A" };
    let p = path(arm, name, zone, &["privateDnsZones"])?;
    let client = arm.dns.record_sets_client();
    let read = || {
        arm.read_all(name, || {
            let mut pages = client.list_by_type(&p.group, p.name(0), record_type, &p.subscription).into_stream();
            async move { pages.next().await.transpose() }
        })
    };
    arm.once(format!("{name} {zone}"), read).await
}

/// Reads whatever the id names, of the kinds that operations and conditions name.
pub(crate) async fn by_id(arm: &Arm, id: &ArmName) -> Found {
    let types = ids::types_of(id).map_err(|why| arm.invalid("GET", &why))?;
    match types.to_ascii_lowercase().as_str() {
        "networksecuritygroups" => security_group(arm, id).await,
        "networksecuritygroups/securityrules" => security_rule(arm, id).await,
        "firewallpolicies" => policy(arm, id).await,
        "firewallpolicies/rulecollectiongroups" => rule_group(arm, id).await,
        "privatelinkservices" => link_service(arm, id).await,
        "privateendpoints" => private_endpoint(arm, id).await,
        "networkinterfaces" => interface(arm, id).await,
        "virtualnetworks/subnets" => subnet(arm, id).await,
        "loadbalancers/frontendipconfigurations" => frontend(arm, id).await,
        "privatednszones/a" | "privatednszones/txt" => record_set(arm, id).await,
        other => Err(arm.invalid("GET", &format!("resources of type {other} are not read"))),
    }
}
