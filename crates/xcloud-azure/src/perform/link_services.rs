//! Private link services: made with the smallest body, changed by laying ours over the raw answer.

use azure_mgmt_network::models::{
    FrontendIpConfiguration, IpAllocationMethod, IpVersion, PrivateLinkService, PrivateLinkServiceIpConfiguration,
    PrivateLinkServiceIpConfigurationProperties, PrivateLinkServiceProperties, Resource, SubResource, Subnet,
};
use bytes::Bytes;
use serde_json::{Value, json};
use xcloud_core::live::LiveLinkService;
use xcloud_core::model::ArmName;
use xcloud_core::op::{AzureOp, PrivateLinkServiceOp, WriteGuard};
use xcloud_core::provider::{Performed, ProviderError};

use super::{guard, merge};
use crate::arm::Arm;
use crate::ids;
use crate::observe::link_services::service_of;
use crate::operation::begun;
use crate::read;

const TYPES: &[&str] = &["privateLinkServices"];

/// Writes the service. `op` is a [`PrivateLinkServiceOp::Put`].
pub(crate) async fn put(
    arm: &Arm,
    id: &ArmName,
    op: &AzureOp,
    guarded: &WriteGuard,
) -> Result<Performed, ProviderError> {
    const NAME: &str = "PUT privateLinkServices";
    let path = ids::parse(id, TYPES).map_err(|why| arm.invalid(NAME, &why))?;
    let typed = body(op).map_err(|why| arm.invalid(NAME, &why))?;
    let live = read::link_service(arm, id).await?;
    let looked_at = guard::by_etag(arm, NAME, guarded, live.as_ref(), Some(op), holds)?;
    let mut extra = guard::look(arm, NAME, &looked_at, live.as_ref(), |live| holds(op, live))?;
    if let Some(live) = &live {
        let mut ours = serde_json::to_value(&typed).map_err(|why| arm.invalid(NAME, &why.to_string()))?;
        merge::keep_tags(&mut ours, guard::others_tags(guarded, live));
        extra.body = Some(Bytes::from(merged(live, ours).to_string()));
    }
    let client = arm.network.private_link_services_client();
    let send = client.create_or_update(&path.group, path.name(0), typed, &path.subscription).send();
    let reply = arm.write(NAME, extra, send).await?;
    begun(arm, NAME, id, &reply)
}

/// Deletes the service, if it still carries our mark.
pub(crate) async fn delete(arm: &Arm, id: &ArmName, guarded: &WriteGuard) -> Result<Performed, ProviderError> {
    const NAME: &str = "DELETE privateLinkServices";
    let path = ids::parse(id, TYPES).map_err(|why| arm.invalid(NAME, &why))?;
    let Some(live) = read::link_service(arm, id).await? else { return Ok(Performed::default()) };
    let extra = guard::deletion(arm, NAME, guarded, &live, guard::is_tagged(&live), holds)?;
    let client = arm.network.private_link_services_client();
    let send = client.delete(&path.group, path.name(0), &path.subscription).send();
    let reply = arm.delete(NAME, extra, send).await?;
    begun(arm, NAME, id, &reply)
}

/// Returns true if the answer is an object as the operation writes it.
fn holds(op: &AzureOp, live: &Value) -> bool {
    service_of(live).is_ok_and(|live| is_written(op, &live))
}

fn body(op: &AzureOp) -> Result<PrivateLinkService, String> {
    let AzureOp::PrivateLinkService(PrivateLinkServiceOp::Put {
        location,
        frontend,
        nat_subnet,
        visibility,
        auto_approval,
        tags,
        ..
    }) = op
    else {
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

/// Lays ours over what is live: NAT addresses that are already in our subnet stay as they are (the primary one
/// cannot change, terraform-provider-azurerm#13411), and unknown properties stay too.
fn merged(live: &Value, ours: Value) -> Value {
    let mut ours = ours;
    let our_subnet = ours.pointer("/properties/ipConfigurations/0/properties/subnet/id").cloned().unwrap_or_default();
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

fn with_bare_subnet(address: &Value) -> Value {
    let mut address = address.clone();
    if let Some(subnet) = address.pointer_mut("/properties/subnet") {
        *subnet = json!({ "id": subnet.get("id") });
    }
    address
}

/// Returns true if the live service is what the operation writes.
pub(crate) fn is_written(op: &AzureOp, live: &LiveLinkService) -> bool {
    let AzureOp::PrivateLinkService(PrivateLinkServiceOp::Put {
        location,
        frontend,
        nat_subnet,
        visibility,
        auto_approval,
        tags,
        ..
    }) = op
    else {
        return false;
    };
    same_location(location, &live.location)
        && live.frontends.iter().eq([frontend])
        && live.nat_subnets.contains(nat_subnet)
        && *visibility == live.visibility
        && *auto_approval == live.auto_approval
        && tags.iter().all(|(key, value)| live.tags.get(key) == Some(value))
}

/// `West Europe` is `westeurope`.
pub(crate) fn same_location(one: &str, other: &str) -> bool {
    let folded = |text: &str| text.replace(' ', "").to_ascii_lowercase();
    folded(one) == folded(other)
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
        let body = merged(&live, ours);
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
