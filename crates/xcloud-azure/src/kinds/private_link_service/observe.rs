//! Private link services: ours by resource group, and found ones by id.

use std::collections::BTreeMap;

use serde_json::Value;
use xcloud_core::live::{AzureQuery, LiveLinkConnection, LiveLinkService};
use xcloud_core::model::ArmName;
use xcloud_core::provider::ProviderError;

use crate::arm::{Arm, Found, Listed};
use crate::ids;
use crate::json::{etag, list, need, state, text, text_map, texts};
use crate::list::{OfProduct, each, everywhere, in_groups, of_product, parsed};

pub(crate) const OPERATION: &str = "GET privateLinkServices";

/// The types in the id of a service.
pub(super) const TYPES: &[&str] = &["privateLinkServices"];

/// Reads a service.
pub(crate) async fn one(arm: &Arm, id: &ArmName) -> Found {
    let client = arm.network.private_link_services_client();
    arm.get(OPERATION, id, TYPES, |p| client.get(&p.group, p.name(0), &p.subscription).send()).await
}

/// Reads what the id names if it is a private link service.
pub(crate) async fn by_id(arm: &Arm, id: &ArmName) -> Option<Found> {
    if ids::is_of(id, TYPES) { Some(one(arm, id).await) } else { None }
}

async fn all_in(arm: &Arm, group: &str) -> Listed {
    ids::resource_group(group).map_err(|why| arm.invalid(OPERATION, &why))?;
    let client = arm.network.private_link_services_client();
    arm.list(OPERATION, group, || client.list(group, &arm.place.account).into_stream()).await
}

async fn all(arm: &Arm) -> Listed {
    let client = arm.network.private_link_services_client();
    arm.list(OPERATION, "", || client.list_by_subscription(&arm.place.account).into_stream()).await
}

/// Reads the services: one list for each resource group, one call for each found one; and those of the subscription
/// that are ours, wherever they stand.
pub(crate) async fn observe(arm: &Arm, query: &AzureQuery) -> Result<OfProduct<LiveLinkService>, ProviderError> {
    let all = everywhere(query, all(arm)).await?;
    let listed = in_groups(&query.link_service_groups, |group| all_in(arm, group));
    let found = each(&query.link_services, async |id: &ArmName| one(arm, id).await);
    let ((listed, missing), found) = futures_util::try_join!(listed, found)?;
    let ours = of_product(arm, OPERATION, listed.iter().chain(all.iter().flatten()), &query.product)?;
    let read = ours.into_iter().chain(&found).map(|object| parsed(arm, OPERATION, service_of(object)));
    let read = read.map(|service| service.map(|service| (service.id.clone(), service)));
    let services: BTreeMap<ArmName, LiveLinkService> = read.collect::<Result<_, _>>()?;
    Ok(OfProduct { ours: services.into_values().collect(), everywhere: all.is_some(), missing })
}

/// Reads a service.
pub(crate) fn service_of(service: &Value) -> Result<LiveLinkService, String> {
    let p = "/properties";
    let ids = |items: &[Value], pointer: &str| {
        items
            .iter()
            .map(|item| text(item, pointer))
            .filter(|id| !id.is_empty())
            .map(|id| ArmName(id.to_owned()))
            .collect()
    };
    let alias = text(service, "/properties/alias");
    Ok(LiveLinkService {
        id: ArmName(need(service, "/id")?.to_owned()),
        location: text(service, "/location").to_owned(),
        etag: etag(service).to_owned(),
        state: state(service),
        tags: text_map(service, "/tags"),
        frontends: ids(list(service, "/properties/loadBalancerFrontendIpConfigurations"), "/id"),
        nat_subnets: ids(list(service, "/properties/ipConfigurations"), "/properties/subnet/id"),
        visibility: texts(service, "/properties/visibility/subscriptions"),
        auto_approval: texts(service, "/properties/autoApproval/subscriptions"),
        alias: (!alias.is_empty()).then(|| alias.to_owned()),
        connections: list(service, "/properties/privateEndpointConnections").iter().map(connection_of).collect(),
        raw: service.pointer(p).cloned().unwrap_or_default(),
    })
}

fn connection_of(connection: &Value) -> LiveLinkConnection {
    LiveLinkConnection {
        name: text(connection, "/name").to_owned(),
        endpoint: ArmName(text(connection, "/properties/privateEndpoint/id").to_owned()),
        status: text(connection, "/properties/privateLinkServiceConnectionState/status").into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_service_is_read_with_its_connections() {
        let service = json!({"id": "/pls", "location": "norwayeast", "etag": "W/\"1\"", "tags": {"a": "b"},
            "properties": {"provisioningState": "Succeeded", "alias": "x.y.azure.privatelinkservice",
                "loadBalancerFrontendIpConfigurations": [{"id": "/FE"}],
                "ipConfigurations": [{"properties": {"subnet": {"id": "/sub"}}}],
                "visibility": {"subscriptions": ["*"]}, "autoApproval": {},
                "privateEndpointConnections": [{"name": "c.1", "properties": {
                    "privateEndpoint": {"id": "/pe"}, "privateLinkServiceConnectionState": {"status": "Pending"}}}]}});
        let read = service_of(&service).expect("the service is well formed");
        assert!(read.frontends.contains(&ArmName("/fe".to_owned())), "ids are compared without case");
        assert_eq!(read.connections[0].status.as_str(), "Pending");
        assert_eq!(read.connections[0].endpoint, ArmName("/PE".to_owned()));
        assert!(read.auto_approval.is_empty());
        assert_eq!(read.alias.as_deref(), Some("x.y.azure.privatelinkservice"));
        assert!(service_of(&json!({"properties": {}})).is_err(), "a service has an id");
    }
}
