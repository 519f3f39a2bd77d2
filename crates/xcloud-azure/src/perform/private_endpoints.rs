//! Private endpoints: made with the smallest body, changed by laying ours over the raw answer.

use azure_mgmt_network::models::{
    PrivateEndpoint, PrivateEndpointProperties, PrivateLinkServiceConnection, PrivateLinkServiceConnectionProperties,
    Resource, SubResource, Subnet,
};
use bytes::Bytes;
use serde_json::{Value, json};
use xcloud_core::live::LivePrivateEndpoint;
use xcloud_core::model::ArmName;
use xcloud_core::op::{AzureOp, Handle, PrivateEndpointOp, WriteGuard};
use xcloud_core::provider::{Performed, ProviderError};

use super::link_services::same_location;
use super::{guard, merge};
use crate::arm::Arm;
use crate::ids;
use crate::observe::private_endpoints::endpoint_of;
use crate::operation::begun;
use crate::read;

const TYPES: &[&str] = &["privateEndpoints"];

/// Lists in a private endpoint's properties that hold the connection, of which one is used.
const CONNECTIONS: [&str; 2] = ["privateLinkServiceConnections", "manualPrivateLinkServiceConnections"];

/// Writes the endpoint. `op` is a [`PrivateEndpointOp::Put`].
pub(crate) async fn put(
    arm: &Arm,
    id: &ArmName,
    op: &AzureOp,
    guarded: &WriteGuard,
) -> Result<Performed, ProviderError> {
    const NAME: &str = "PUT privateEndpoints";
    let path = ids::parse(id, TYPES).map_err(|why| arm.invalid(NAME, &why))?;
    let typed = body(op).map_err(|why| arm.invalid(NAME, &why))?;
    let live = read::private_endpoint(arm, id).await?;
    let looked_at = guard::by_etag(arm, NAME, guarded, live.as_ref(), Some(op), holds)?;
    let mut extra = guard::look(arm, NAME, &looked_at, live.as_ref(), |live| holds(op, live))?;
    if let Some(live) = &live {
        let mut ours = serde_json::to_value(&typed).map_err(|why| arm.invalid(NAME, &why.to_string()))?;
        merge::keep_tags(&mut ours, guard::others_tags(guarded, live));
        extra.body = Some(Bytes::from(merged(live, ours).to_string()));
    }
    let client = arm.network.private_endpoints_client();
    let send = client.create_or_update(&path.group, path.name(0), typed, &path.subscription).send();
    let reply = arm.write(NAME, extra, send).await?;
    begun(arm, NAME, id, &reply)
}

/// Deletes the endpoint, if it still carries our mark.
pub(crate) async fn delete(arm: &Arm, id: &ArmName, guarded: &WriteGuard) -> Result<Performed, ProviderError> {
    const NAME: &str = "DELETE privateEndpoints";
    let path = ids::parse(id, TYPES).map_err(|why| arm.invalid(NAME, &why))?;
    let Some(live) = read::private_endpoint(arm, id).await? else { return Ok(Performed::default()) };
    let extra = guard::deletion(arm, NAME, guarded, &live, guard::is_tagged(&live), holds)?;
    let client = arm.network.private_endpoints_client();
    let send = client.delete(&path.group, path.name(0), &path.subscription).send();
    let reply = arm.delete(NAME, extra, send).await?;
    begun(arm, NAME, id, &reply)
}

/// Returns true if the answer is an object as the operation writes it.
fn holds(op: &AzureOp, live: &Value) -> bool {
    endpoint_of(live).is_ok_and(|live| is_written(op, &live))
}

fn body(op: &AzureOp) -> Result<PrivateEndpoint, String> {
    let AzureOp::PrivateEndpoint(PrivateEndpointOp::Put { id, location, subnet, service, manual, tags, .. }) = op
    else {
        return Err("not a write of a private endpoint".to_owned());
    };
    ids::parse(subnet, &["virtualNetworks", "subnets"])?;
    let Handle::Known(service) = service else {
        return Err(format!("the service of {id} is not bound"));
    };
    let connection = PrivateLinkServiceConnection {
        name: Some(id.name().to_owned()),
        properties: Some(PrivateLinkServiceConnectionProperties {
            private_link_service_id: Some(service.clone()),
            request_message: manual.then(|| format!("xcloud: {}", id.name())),
            ..PrivateLinkServiceConnectionProperties::default()
        }),
        ..PrivateLinkServiceConnection::default()
    };
    let (automatic, by_hand) = if *manual { (Vec::new(), vec![connection]) } else { (vec![connection], Vec::new()) };
    Ok(PrivateEndpoint {
        resource: Resource { location: Some(location.clone()), tags: Some(json!(tags)), ..Resource::default() },
        properties: Some(PrivateEndpointProperties {
            subnet: Some(Subnet { sub_resource: SubResource { id: Some(subnet.0.clone()) }, ..Subnet::default() }),
            private_link_service_connections: automatic,
            manual_private_link_service_connections: by_hand,
            ..PrivateEndpointProperties::default()
        }),
        ..PrivateEndpoint::default()
    })
}

/// Lays ours over what is live: application security groups, pinned addresses and the interface's name stay (a PUT
/// without them removes them, terraform-provider-azurerm#24846), and the connection keeps its name.
fn merged(live: &Value, ours: Value) -> Value {
    let mut ours = ours;
    let mut properties =
        merge::writable(live.get("properties").unwrap_or(&Value::Null), &["networkInterfaces", "customDnsConfigs"]);
    let live_name = CONNECTIONS.iter().filter_map(|list| properties.get(*list)?.get(0)?.get("name")).next().cloned();
    for list in CONNECTIONS {
        properties.remove(list);
        if let (Some(name), Some(connection)) = (&live_name, ours.pointer_mut(&format!("/properties/{list}/0"))) {
            connection["name"] = name.clone();
        }
    }
    if let Some(groups) = properties.get_mut("applicationSecurityGroups") {
        *groups = merge::ids_only(groups);
    }
    merge::lay_over(&mut properties, ours.get("properties").cloned().unwrap_or_default());
    merge::whole(live, &ours, properties)
}

/// Returns true if the live endpoint is what the operation writes.
pub(crate) fn is_written(op: &AzureOp, live: &LivePrivateEndpoint) -> bool {
    let AzureOp::PrivateEndpoint(PrivateEndpointOp::Put { location, subnet, service, manual, tags, .. }) = op else {
        return false;
    };
    same_location(location, &live.location)
        && *subnet == live.subnet
        && service.id().eq_ignore_ascii_case(&live.service)
        && *manual == live.manual
        && tags.iter().all(|(key, value)| live.tags.get(key) == Some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_keeps_what_is_not_ours() {
        let live = json!({"id": "/pe", "etag": "e", "location": "norwayeast", "tags": {"cost": "42"}, "properties": {
            "provisioningState": "Succeeded", "subnet": {"id": "/sub", "properties": {"addressPrefix": "x"}},
            "networkInterfaces": [{"id": "/nic"}], "customNetworkInterfaceName": "nic-1",
            "applicationSecurityGroups": [{"id": "/asg", "properties": {}}],
            "ipConfigurations": [{"name": "pin", "etag": "e", "properties": {"privateIPAddress": "10.0.0.9"}}],
            "manualPrivateLinkServiceConnections": [],
            "privateLinkServiceConnections": [{"name": "theirs", "id": "/c", "properties": {
                "privateLinkServiceId": "/pls", "privateLinkServiceConnectionState": {"status": "Approved"}}}]}});
        let ours = json!({"location": "norwayeast", "tags": {"a": "b"}, "properties": {"subnet": {"id": "/sub"},
            "privateLinkServiceConnections": [{"name": "pe", "properties": {"privateLinkServiceId": "/pls"}}]}});
        let body = merged(&live, ours);
        assert_eq!(
            body,
            json!({"location": "norwayeast", "tags": {"a": "b"}, "properties": {
                "subnet": {"id": "/sub"}, "customNetworkInterfaceName": "nic-1",
                "applicationSecurityGroups": [{"id": "/asg"}],
                "ipConfigurations": [{"name": "pin", "properties": {"privateIPAddress": "10.0.0.9"}}],
                "privateLinkServiceConnections": [{"name": "theirs", "properties": {"privateLinkServiceId": "/pls"}}]}})
        );
    }
}
