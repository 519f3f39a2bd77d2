//! Private endpoints of ours, with the addresses of their network interfaces.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use serde_json::Value;
use xcloud_core::live::{AzureQuery, LivePrivateEndpoint};
use xcloud_core::model::ArmName;
use xcloud_core::provider::ProviderError;

use crate::arm::{Arm, Found, Listed};
use crate::ids;
use crate::json::{etag, list, need, state, text, text_map};
use crate::list::{OfProduct, each, everywhere, in_groups, of_product, parsed};

pub(super) const OPERATION: &str = "GET privateEndpoints";

/// The types in the id of an endpoint.
pub(super) const TYPES: &[&str] = &["privateEndpoints"];

/// Reads an endpoint.
pub(crate) async fn one(arm: &Arm, id: &ArmName) -> Found {
    let client = arm.network.private_endpoints_client();
    arm.get(OPERATION, id, TYPES, |p| client.get(&p.group, p.name(0), &p.subscription).send()).await
}

/// Reads what the id names if it is a private endpoint.
pub(crate) async fn by_id(arm: &Arm, id: &ArmName) -> Option<Found> {
    if ids::is_of(id, TYPES) { Some(one(arm, id).await) } else { None }
}

async fn all_in(arm: &Arm, group: &str) -> Listed {
    ids::resource_group(group).map_err(|why| arm.invalid(OPERATION, &why))?;
    let client = arm.network.private_endpoints_client();
    arm.list(OPERATION, group, || client.list(group, &arm.place.account).into_stream()).await
}

async fn all(arm: &Arm) -> Listed {
    let client = arm.network.private_endpoints_client();
    arm.list(OPERATION, "", || client.list_by_subscription(&arm.place.account).into_stream()).await
}

async fn interface(arm: &Arm, id: &ArmName) -> Found {
    const NAME: &str = "GET networkInterfaces";
    let client = arm.network.network_interfaces_client();
    arm.get(NAME, id, &["networkInterfaces"], |p| client.get(&p.group, p.name(0), &p.subscription).send()).await
}

/// Reads the endpoints: one list for each resource group, and one call for the interface of each of ours (the
/// endpoint itself names only the interface); and those of the subscription that are ours, wherever they stand.
pub(crate) async fn observe(arm: &Arm, query: &AzureQuery) -> Result<OfProduct<LivePrivateEndpoint>, ProviderError> {
    let all = everywhere(query, all(arm)).await?;
    let groups = &query.private_endpoint_groups;
    let (listed, missing) = in_groups(groups, |group| all_in(arm, group)).await?;
    let ours = of_product(arm, OPERATION, listed.iter().chain(all.iter().flatten()), &query.product)?;
    let ours = each(ours, async |object: &Value| {
        let mut endpoint = parsed(arm, OPERATION, endpoint_of(object))?;
        endpoint.ips = addresses(arm, object).await?;
        Ok(Some(endpoint))
    });
    Ok(OfProduct { ours: ours.await?, everywhere: all.is_some(), missing })
}

/// Reads the addresses of an endpoint from its interfaces.
async fn addresses(arm: &Arm, endpoint: &Value) -> Result<BTreeSet<Ipv4Addr>, ProviderError> {
    let interfaces = list(endpoint, "/properties/networkInterfaces");
    let ids: BTreeSet<ArmName> = interfaces
        .iter()
        .map(|interface| text(interface, "/id"))
        .filter(|id| !id.is_empty())
        .map(|id| ArmName(id.to_owned()))
        .collect();
    let found = each(&ids, async |id: &ArmName| {
        let Some(interface) = self::interface(arm, id).await? else { return Ok(None) };
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
