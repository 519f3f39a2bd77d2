//! Network interfaces, which here belong to private endpoints and private link services and are read-only.

use serde_json::{Map, Value, json};

use super::ids::{Kind, ResourceId};
use super::world::{AzureWorld, Stored};

/// The mark of an interface whose owner is not ready: its addresses are not shown yet.
const PENDING: &str = "pending";

/// One address of an interface.
#[derive(Debug)]
pub(super) struct Address {
    pub(super) name: String,
    pub(super) subnet: String,
    pub(super) address: std::net::Ipv4Addr,
    pub(super) fixed: bool,
    pub(super) primary: bool,
}

/// Stores the interface of an owner, with its addresses not yet shown; one that exists gets the addresses given.
pub(super) fn put(world: &mut AzureWorld, id: &ResourceId, location: &str, owner: &ResourceId, addresses: &[Address]) {
    let exists = world.resources.contains_key(&id.key());
    let etag = world.new_etag(Kind::Interface);
    let mut nic = Stored::new(id, Some(location.to_owned()), etag.clone());
    let configurations: Vec<Value> = addresses.iter().map(|address| configuration(id, &etag, address)).collect();
    nic.properties.insert("ipConfigurations".to_owned(), Value::Array(configurations));
    nic.properties.insert("dnsSettings".to_owned(), json!({"dnsServers": [], "appliedDnsServers": []}));
    nic.properties.insert("enableIPForwarding".to_owned(), json!(false));
    nic.properties.insert("nicType".to_owned(), json!("Standard"));
    let owner_property = if owner.kind == Kind::Endpoint { "privateEndpoint" } else { "privateLinkService" };
    nic.properties.insert(owner_property.to_owned(), json!({"id": owner.to_string()}));
    if !exists {
        nic.hidden.insert(PENDING.to_owned(), "true".to_owned());
    }
    world.resources.insert(id.key(), nic);
}

/// Shows the addresses of an interface: its owner is ready.
pub(super) fn ready(world: &mut AzureWorld, id: &str) {
    if let Some(nic) = world.find_mut(id) {
        nic.hidden.remove(PENDING);
    }
    world.touch(id);
}

/// Adds what depends on the owner's readiness.
pub(super) fn render(_world: &AzureWorld, nic: &Stored, properties: &mut Map<String, Value>) {
    if !nic.hidden.contains_key(PENDING) {
        return;
    }
    properties.insert("provisioningState".to_owned(), json!("Updating"));
    let Some(Value::Array(configurations)) = properties.get_mut("ipConfigurations") else { return };
    for configuration in configurations {
        if let Some(configuration) = configuration["properties"].as_object_mut() {
            configuration.remove("privateIPAddress");
            configuration.insert("provisioningState".to_owned(), json!("Updating"));
        }
    }
}

/// Returns the address of the named configuration, if the interface has it.
pub(super) fn address_of(nic: &Stored, configuration: &str) -> Option<std::net::Ipv4Addr> {
    let found = nic.list("ipConfigurations").iter().find(|known| known["name"] == configuration)?;
    found["properties"]["privateIPAddress"].as_str()?.parse().ok()
}

fn configuration(nic: &ResourceId, etag: &str, address: &Address) -> Value {
    json!({
        "name": address.name,
        "id": format!("{nic}/ipConfigurations/{}", address.name),
        "etag": etag,
        "type": "Microsoft.Network/networkInterfaces/ipConfigurations",
        "properties": {
            "provisioningState": "Succeeded",
            "privateIPAddress": address.address.to_string(),
            "privateIPAllocationMethod": if address.fixed { "Static" } else { "Dynamic" },
            "subnet": {"id": address.subnet},
            "primary": address.primary,
            "privateIPAddressVersion": "IPv4",
        },
    })
}
