//! Private link services: ours by resource group, and found ones by id.

use std::collections::BTreeMap;

use serde_json::Value;
use xcloud_core::live::{AzureQuery, LiveLinkConnection, LiveLinkService};
use xcloud_core::model::ArmName;
use xcloud_core::provider::ProviderError;

use super::list::{each, is_of_product, parsed};
use crate::arm::Arm;
use crate::json::{etag, list, need, state, text, text_map, texts};
use crate::read;

const OPERATION: &str = "GET privateLinkServices";

/// Reads the services: one list for each resource group, one call for each found one; and those of `all` that are ours,
/// wherever they stand.
pub(crate) async fn read(arm: &Arm, query: &AzureQuery, all: &[Value]) -> Result<Vec<LiveLinkService>, ProviderError> {
    let listed = each(&query.link_service_groups, async |group: &String| read::link_services_in(arm, group).await);
    let found = each(&query.link_services, async |id: &ArmName| read::link_service(arm, id).await);
    let (listed, found) = futures_util::try_join!(listed, found)?;
    let mut services = BTreeMap::new();
    for object in listed.iter().flatten().chain(all) {
        let service = parsed(arm, OPERATION, service_of(object))?;
        if is_of_product(object, &service.tags, &query.product) {
            // A list of the subscription spells ids otherwise: the one of the resource group stays.
            services.entry(service.id.clone()).or_insert(service);
        }
    }
    for object in &found {
        let service = parsed(arm, OPERATION, service_of(object))?;
        services.insert(service.id.clone(), service);
    }
    Ok(services.into_values().collect())
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
