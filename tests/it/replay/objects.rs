//! The objects that the config expects to find, as recorded.

use serde_json::{Value, json};

use super::state::{SUB, State};

/// The config that all cases apply: one resource of each kind of Azure.
pub(crate) const CONFIG: &str = r"
apiVersion: xcloud/v1
product: payments-edge
owner: banking-platform@bank.example
regions: {primary: eu-north-1}
accounts:
  spoke: {cloud: azure, subscription: 11111111-2222-3333-4444-555555555555, location: norwayeast}
resources:
  - kind: azure/network-security-group
    name: core
    in: spoke
    group: rg-prod/nsg-core
    rules:
      - {name: from-aws, priority: 2201, direction: inbound, access: allow, protocol: tcp,
         from: [10.60.0.10/32, 10.60.0.26/32], to: [10.122.8.10/32], ports: 443}
  - kind: azure/firewall-rules
    name: payments
    in: spoke
    policy: rg-hub/afwp-hub
    group: rcg-xcloud-payments-edge
    priority: 2110
    rules:
      - {name: from-aws, protocol: tcp, from: [10.60.0.10/32, 10.60.0.26/32], to: [10.122.8.10/32], ports: 443}
  - kind: azure/private-link-service
    name: events
    in: spoke
    resource_group: rg-prod
    load_balancer_frontend: rg-prod/lb-events/frontend
    nat_subnet: rg-prod/vnet-core/snet-pls
    visibility: [11111111-2222-3333-4444-555555555555]
    auto_approval: []
  - kind: azure/private-endpoint
    name: events
    in: spoke
    resource_group: rg-apps
    subnet: rg-apps/vnet-apps/snet-pe
    service: events
    approval: managed
  - kind: azure/private-dns-record
    name: events
    in: spoke
    zone: rg-dns/aws.bank.example
    record: payments
    ttl: 30s
    addresses: [10.60.0.10]
";

/// Returns an id of Microsoft.Network.
pub(crate) fn id(group: &str, rest: &str) -> String {
    format!("/subscriptions/{SUB}/resourceGroups/{group}/providers/Microsoft.Network/{rest}")
}

pub(crate) const GROUP: &str = "firewallPolicies/afwp-hub/ruleCollectionGroups/rcg-xcloud-payments-edge";

/// Adds what the config finds.
pub(crate) fn found(state: &mut State) {
    let mut add = |group: &str, rest: &str, type_name: &str, properties: Value| {
        let mut properties = properties;
        properties["provisioningState"] = json!("Succeeded");
        state.put(json!({"id": id(group, rest), "type": format!("Microsoft.Network/{type_name}"),
            "location": "norwayeast", "properties": properties}));
    };
    add("rg-prod", "networkSecurityGroups/nsg-core", "networkSecurityGroups", json!({"defaultSecurityRules": []}));
    add(
        "rg-hub",
        "firewallPolicies/afwp-hub",
        "FirewallPolicies",
        json!({"size": "0.001261711 MB", "sku": {"tier": "Standard"}, "childPolicies": [], "ruleCollectionGroups": [],
            "firewalls": [{"id": id("rg-hub", "azureFirewalls/afw")}], "threatIntelMode": "Alert"}),
    );
    for (group, rest, prefix) in [
        ("rg-prod", "virtualNetworks/vnet-core/subnets/snet-pls", "10.122.9.0/26"),
        ("rg-apps", "virtualNetworks/vnet-apps/subnets/snet-pe", "10.122.10.0/26"),
    ] {
        let policies = "Disabled";
        let subnet = json!({"addressPrefix": prefix, "delegations": [], "privateEndpointNetworkPolicies": policies,
            "privateLinkServiceNetworkPolicies": policies});
        add(group, rest, "virtualNetworks/subnets", subnet);
    }
    let frontend = json!({"privateIPAddress": "10.122.8.20", "privateIPAllocationMethod": "Static",
        "privateIPAddressVersion": "IPv4"});
    add(
        "rg-prod",
        "loadBalancers/lb-events/frontendIPConfigurations/frontend",
        "loadBalancers/frontendIPConfigurations",
        frontend,
    );
    let balancer = id("rg-prod", "loadBalancers/lb-events");
    let frontend = json!({"name": "frontend", "id": format!("{balancer}/frontendIPConfigurations/frontend")});
    add("rg-dns", "privateDnsZones/aws.bank.example", "privateDnsZones", json!({}));
    let sku = json!({"name": state.knobs.load_balancer_sku.unwrap_or("Standard"), "tier": "Regional"});
    state.put(json!({"id": balancer, "type": "Microsoft.Network/loadBalancers", "location": "norwayeast", "sku": sku,
        "properties": {"provisioningState": "Succeeded", "frontendIPConfigurations": [frontend]}}));
}
