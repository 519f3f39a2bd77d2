//! Private link services: made with the smallest body, changed by laying ours over the raw answer.

use std::collections::BTreeMap;

use azure_mgmt_network::models::{
    FrontendIpConfiguration, IpAllocationMethod, IpVersion, PrivateLinkService, PrivateLinkServiceIpConfiguration,
    PrivateLinkServiceIpConfigurationProperties, PrivateLinkServiceProperties, Resource, SubResource, Subnet,
};
use serde_json::{Value, json};
use xcloud_core::model::ArmName;
use xcloud_core::op::PrivateLinkServiceOp;
use xcloud_core::provider::{Performed, ProviderError};

use super::observe::TYPES;
use crate::arm::Arm;
use crate::as_written::Written as _;
use crate::change::Change;
use crate::tagged::{Tagged, before_delete, before_put};
use crate::{ids, merge};

/// Makes the one call.
pub(crate) async fn perform(arm: &Arm, op: &PrivateLinkServiceOp) -> Result<Performed, ProviderError> {
    let change = Change::of(arm, op, op.object(), TYPES)?;
    let (p, client) = (&change.path, arm.network.private_link_services_client());
    match op {
        PrivateLinkServiceOp::Put { guard, .. } => {
            let (body, extra) = before_put(&change, op, guard).await?;
            change.send(op, extra, client.create_or_update(&p.group, p.name(0), body, &p.subscription).send()).await
        }
        PrivateLinkServiceOp::Delete { guard, .. } => {
            let Some(extra) = before_delete(&change, op, guard).await? else { return Ok(Performed::default()) };
            change.send(op, extra, client.delete(&p.group, p.name(0), &p.subscription).send()).await
        }
    }
}

impl Tagged for PrivateLinkServiceOp {
    type Body = PrivateLinkService;

    fn tags(&self) -> Option<&BTreeMap<String, String>> {
        match self {
            Self::Put { tags, .. } => Some(tags),
            Self::Delete { .. } => None,
        }
    }

    fn body(&self) -> Result<PrivateLinkService, String> {
        let Self::Put { location, frontend, nat_subnet, visibility, auto_approval, tags, .. } = self else {
            return Err("not a write of a private link service".to_owned());
        };
        ids::parse(frontend, &["loadBalancers", "frontendIPConfigurations"])?;
        ids::parse(nat_subnet, &["virtualNetworks", "subnets"])?;
        let reference = |id: &ArmName| SubResource { id: Some(id.0.clone()) };
        let address = PrivateLinkServiceIpConfiguration {
            name: Some("nat-1".to_owned()),
            properties: Some(PrivateLinkServiceIpConfigurationProperties {
                private_ip_allocation_method: Some(IpAllocationMethod::Dynamic),
                subnet: Some(Subnet { sub_resource: reference(nat_subnet), ..Subnet::default() }),
                primary: Some(true),
                private_ip_address_version: Some(IpVersion::IPv4),
                ..PrivateLinkServiceIpConfigurationProperties::default()
            }),
            ..PrivateLinkServiceIpConfiguration::default()
        };
        Ok(PrivateLinkService {
            resource: Resource { location: Some(location.clone()), tags: Some(json!(tags)), ..Resource::default() },
            properties: Some(PrivateLinkServiceProperties {
                load_balancer_frontend_ip_configurations: vec![FrontendIpConfiguration {
                    sub_resource: reference(frontend),
                    ..FrontendIpConfiguration::default()
                }],
                ip_configurations: vec![address],
                visibility: Some(json!({ "subscriptions": visibility })),
                auto_approval: Some(json!({ "subscriptions": auto_approval })),
                ..PrivateLinkServiceProperties::default()
            }),
            ..PrivateLinkService::default()
        })
    }

    /// NAT addresses that are already in our subnet stay as they are (the primary one cannot change,
    /// terraform-provider-azurerm#13411), and unknown properties stay too.
    fn merged(live: &Value, ours: Value) -> Value {
        let mut ours = ours;
        let our_subnet =
            ours.pointer("/properties/ipConfigurations/0/properties/subnet/id").cloned().unwrap_or_default();
        let mut properties = merge::writable(
            live.get("properties").unwrap_or(&Value::Null),
            &["alias", "networkInterfaces", "privateEndpointConnections"],
        );
        let live_addresses = properties.get("ipConfigurations").cloned().unwrap_or_default();
        let in_ours = |item: &Value| {
            let subnet = item.pointer("/properties/subnet/id").and_then(Value::as_str).unwrap_or_default();
            our_subnet.as_str().is_some_and(|ours| ours.eq_ignore_ascii_case(subnet))
        };
        let addresses = live_addresses.as_array().map(Vec::as_slice).unwrap_or_default();
        if !addresses.is_empty() && addresses.iter().all(in_ours) {
            let kept: Vec<Value> = addresses.iter().map(with_bare_subnet).collect();
            if let Some(object) = ours.get_mut("properties").and_then(Value::as_object_mut) {
                object.insert("ipConfigurations".to_owned(), Value::Array(kept));
            }
        }
        merge::lay_over(&mut properties, ours.get("properties").cloned().unwrap_or_default());
        merge::whole(live, &ours, properties)
    }
}

fn with_bare_subnet(address: &Value) -> Value {
    let mut address = address.clone();
    if let Some(subnet) = address.pointer_mut("/properties/subnet") {
        *subnet = json!({ "id": subnet.get("id") });
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_keeps_what_is_not_ours() {
        let live = json!({"id": "/pls", "name": "pls", "type": "t", "location": "norwayeast", "etag": "e",
            "tags": {"cost": "42", "a": "old"},
            "properties": {"provisioningState": "Succeeded", "alias": "x", "enableProxyProtocol": true,
                "fqdns": ["f.example"], "privateEndpointConnections": [{"id": "/c"}], "networkInterfaces": [{"id": "/n"}],
                "ipConfigurations": [
                    {"name": "first", "id": "/i1", "etag": "e", "type": "t", "properties": {"primary": true,
                     "provisioningState": "Succeeded", "subnet": {"id": "/SUB"}, "privateIPAddress": "10.0.0.4"}},
                    {"name": "second", "properties": {"primary": false, "subnet": {"id": "/sub"}}}]}});
        let ours = json!({"location": "norwayeast", "tags": {"a": "new"}, "properties": {
            "loadBalancerFrontendIpConfigurations": [{"id": "/fe"}],
            "ipConfigurations": [{"name": "nat-1", "properties": {"subnet": {"id": "/sub"}}}],
            "visibility": {"subscriptions": []}, "autoApproval": {"subscriptions": []}}});
        let body = PrivateLinkServiceOp::merged(&live, ours);
        assert_eq!(
            body,
            json!({"location": "norwayeast", "tags": {"a": "new"}, "properties": {
                "enableProxyProtocol": true, "fqdns": ["f.example"],
                "loadBalancerFrontendIpConfigurations": [{"id": "/fe"}],
                "ipConfigurations": [
                    {"name": "first", "id": "/i1", "properties": {"primary": true, "subnet": {"id": "/SUB"},
                     "privateIPAddress": "10.0.0.4"}},
                    {"name": "second", "properties": {"primary": false, "subnet": {"id": "/sub"}}}],
                "visibility": {"subscriptions": []}, "autoApproval": {"subscriptions": []}}})
        );
    }
}
