//! Private endpoints: made with the smallest body, changed by laying ours over the raw answer.

use std::collections::BTreeMap;

use azure_mgmt_network::models::{
    PrivateEndpoint, PrivateEndpointProperties, PrivateLinkServiceConnection, PrivateLinkServiceConnectionProperties,
    Resource, SubResource, Subnet,
};
use serde_json::{Value, json};
use xcloud_core::op::{Handle, PrivateEndpointOp};
use xcloud_core::provider::{Performed, ProviderError};

use super::connection::Decision;
use super::observe::TYPES;
use crate::arm::Arm;
use crate::as_written::Written as _;
use crate::change::Change;
use crate::tagged::{Tagged, before_delete, before_put};
use crate::{ids, merge};

/// Lists in a private endpoint's properties that hold the connection, of which one is used.
const CONNECTIONS: [&str; 2] = ["privateLinkServiceConnections", "manualPrivateLinkServiceConnections"];

/// Makes the one call.
pub(crate) async fn perform(arm: &Arm, op: &PrivateEndpointOp) -> Result<Performed, ProviderError> {
    let change = Change::of(arm, op, op.object(), TYPES)?;
    let (p, client) = (&change.path, arm.network.private_endpoints_client());
    match op {
        PrivateEndpointOp::Put { guard, .. } => {
            let (body, extra) = before_put(&change, op, guard).await?;
            change.send(op, extra, client.create_or_update(&p.group, p.name(0), body, &p.subscription).send()).await
        }
        PrivateEndpointOp::Delete { guard, .. } => {
            let Some(extra) = before_delete(&change, op, guard).await? else { return Ok(Performed::default()) };
            change.send(op, extra, client.delete(&p.group, p.name(0), &p.subscription).send()).await
        }
        PrivateEndpointOp::SetConnection { service, endpoint, approve } => {
            Decision { service, endpoint, approve: *approve }.perform(arm, op).await
        }
    }
}

impl Tagged for PrivateEndpointOp {
    type Body = PrivateEndpoint;

    fn tags(&self) -> Option<&BTreeMap<String, String>> {
        match self {
            Self::Put { tags, .. } => Some(tags),
            Self::Delete { .. } | Self::SetConnection { .. } => None,
        }
    }

    fn body(&self) -> Result<PrivateEndpoint, String> {
        let Self::Put { id, location, subnet, service, manual, tags, .. } = self else {
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
        let (automatic, by_hand) =
            if *manual { (Vec::new(), vec![connection]) } else { (vec![connection], Vec::new()) };
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

    /// Application security groups, pinned addresses and the interface's name stay (a PUT without them removes them,
    /// terraform-provider-azurerm#24846), and the connection keeps its name.
    fn merged(live: &Value, ours: Value) -> Value {
        let mut ours = ours;
        let mut properties =
            merge::writable(live.get("properties").unwrap_or(&Value::Null), &["networkInterfaces", "customDnsConfigs"]);
        let live_name =
            CONNECTIONS.iter().filter_map(|list| properties.get(*list)?.get(0)?.get("name")).next().cloned();
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
        let body = PrivateEndpointOp::merged(&live, ours);
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
