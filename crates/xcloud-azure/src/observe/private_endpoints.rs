//! Private endpoints of ours, with the addresses of their network interfaces.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use serde_json::Value;
use xcloud_core::live::{AzureQuery, LivePrivateEndpoint};
use xcloud_core::model::ArmName;
use xcloud_core::provider::ProviderError;

use super::list::{each, is_of_product, parsed};
use crate::arm::Arm;
use crate::json::{etag, list, need, state, text, text_map};
use crate::read;

const OPERATION: &str = "GET privateEndpoints";

/// Reads the endpoints: one list for each resource group, and one call for the interface of each of ours (the
/// endpoint itself names only the interface); and those of `all` that are ours, wherever they stand.
pub(crate) async fn read(
    arm: &Arm,
    query: &AzureQuery,
    all: &[Value],
) -> Result<Vec<LivePrivateEndpoint>, ProviderError> {
    let groups = &query.private_endpoint_groups;
    let listed = each(groups, async |group: &String| read::private_endpoints_in(arm, group).await).await?;
    let mut ours = BTreeMap::new();
    for object in listed.into_iter().flatten().chain(all.iter().cloned()) {
        let endpoint = parsed(arm, OPERATION, endpoint_of(&object))?;
        if is_of_product(&object, &endpoint.tags, &query.product) {
            // A list of the subscription spells ids otherwise: the one of the resource group stays.
            ours.entry(endpoint.id.clone()).or_insert((object, endpoint));
        }
    }
    each(ours.into_values(), async |(object, mut endpoint): (Value, LivePrivateEndpoint)| {
        endpoint.ips = addresses(arm, &object).await?;
        Ok(Some(endpoint))
    })
    .await
}

/// Reads the addresses of an endpoint from its interfaces.
pub(crate) async fn addresses(arm: &Arm, endpoint: &Value) -> Result<BTreeSet<Ipv4Addr>, ProviderError> {
    let interfaces = list(endpoint, "/properties/networkInterfaces");
    let ids: BTreeSet<ArmName> = interfaces
        .iter()
        .map(|interface| text(interface, "/id"))
        .filter(|id| !id.is_empty())
        .map(|id| ArmName(id.to_owned()))
        .collect();
    let found = each(&ids, async |id: &ArmName| {
        let Some(interface) = read::interface(arm, id).await? else { return Ok(None) };
        parsed(arm, "GET networkInterfaces", ips_of(&interface)).map(Some)
    })
    .await?;
    Ok(found.into_iter().flatten().collect())
}

fn ips_of(interface: &Value) -> Result<BTreeSet<Ipv4Addr>, String> {
    list(interface, "/properties/ipConfigurations")
        .iter()
        .map(|configuration| text(configuration, "/properties/privateIPAddress"))
        .filter(|ip| !ip.is_empty() && !ip.contains(':'))
        .map(|ip| ip.parse().map_err(|_| format!("`{ip}` is not an address")))
        .collect()
}

/// Reads an endpoint, without its addresses.
pub(crate) fn endpoint_of(endpoint: &Value) -> Result<LivePrivateEndpoint, String> {
    let automatic = list(endpoint, "/properties/privateLinkServiceConnections").first();
    let manual = list(endpoint, "/properties/manualPrivateLinkServiceConnections").first();
    let connection = automatic.or(manual).cloned().unwrap_or_default();
    Ok(LivePrivateEndpoint {
        id: ArmName(need(endpoint, "/id")?.to_owned()),
        location: text(endpoint, "/location").to_owned(),
        etag: etag(endpoint).to_owned(),
        state: state(endpoint),
        tags: text_map(endpoint, "/tags"),
        subnet: ArmName(text(endpoint, "/properties/subnet/id").to_owned()),
        service: text(&connection, "/properties/privateLinkServiceId").to_owned(),
        manual: automatic.is_none() && manual.is_some(),
        status: text(&connection, "/properties/privateLinkServiceConnectionState/status").into(),
        ips: BTreeSet::new(),
        raw: endpoint.get("properties").cloned().unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn either_list_holds_the_connection() {
        let connection = json!([{"properties": {"privateLinkServiceId": "/pls",
            "privateLinkServiceConnectionState": {"status": "Approved"}}}]);
        let auto = json!({"id": "/pe", "properties": {"subnet": {"id": "/s"},
            "privateLinkServiceConnections": connection, "manualPrivateLinkServiceConnections": []}});
        let read = endpoint_of(&auto).expect("the endpoint is well formed");
        assert_eq!((read.service.as_str(), read.manual, read.status.as_str()), ("/pls", false, "Approved"));
        let manual = json!({"id": "/pe", "properties": {
            "privateLinkServiceConnections": [], "manualPrivateLinkServiceConnections": connection}});
        assert!(endpoint_of(&manual).expect("the endpoint is well formed").manual);
    }

    #[test]
    fn addresses_are_on_the_interface() {
        let interface = json!({"properties": {"ipConfigurations": [
            {"properties": {"privateIPAddress": "10.0.0.7"}}, {"properties": {}}]}});
        assert_eq!(ips_of(&interface), Ok(BTreeSet::from([Ipv4Addr::new(10, 0, 0, 7)])));
        assert!(
            ips_of(&json!({"properties": {"ipConfigurations": [
            {"properties": {"privateIPAddress": "ten"}}]}}))
            .is_err()
        );
    }
}
