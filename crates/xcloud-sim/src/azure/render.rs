//! Resources as the API answers them: what is stored, with what follows from other resources.

use serde_json::{Map, Value, json};

use super::ids::{Kind, ResourceId};
use super::world::{AzureWorld, State, Stored};
use super::{interfaces, views};

/// Returns a resource as GET and PUT answer it.
pub(super) fn resource(world: &AzureWorld, stored: &Stored) -> Value {
    let mut body = Map::new();
    body.insert("name".to_owned(), json!(stored.name()));
    body.insert("id".to_owned(), json!(stored.id));
    body.insert("etag".to_owned(), json!(stored.etag));
    body.insert("type".to_owned(), json!(type_of(stored)));
    if let Some(location) = &stored.location {
        body.insert("location".to_owned(), json!(location));
    }
    if let Some(tags) = &stored.tags {
        body.insert("tags".to_owned(), Value::Object(tags.clone()));
    }
    body.extend(stored.extra.clone());
    body.insert("properties".to_owned(), Value::Object(properties(world, stored)));
    Value::Object(body)
}

/// Returns the entity tag as the `ETag` header carries it: that of the firewall types is quoted there and bare in the body.
pub(super) fn etag_header(stored: &Stored) -> String {
    if stored.kind.is_firewall() { format!("\"{}\"", stored.etag) } else { stored.etag.clone() }
}

fn properties(world: &AzureWorld, stored: &Stored) -> Map<String, Value> {
    let mut properties = Map::new();
    if stored.kind != Kind::RecordSet {
        properties.insert("provisioningState".to_owned(), json!(state(world, stored)));
    }
    properties.extend(stored.properties.clone());
    let children = |type_name: &str| -> Value {
        world.children(&stored.id, type_name).map(|child| resource(world, child)).collect()
    };
    match stored.kind {
        Kind::SecurityGroup => {
            properties.insert("securityRules".to_owned(), children("securityRules"));
            properties.insert("defaultSecurityRules".to_owned(), views::default_rules(stored));
            views::add_subnets(world, stored, &mut properties);
        }
        Kind::Network => {
            properties.insert("subnets".to_owned(), children("subnets"));
        }
        Kind::FirewallPolicy => {
            let groups = world.children(&stored.id, "ruleCollectionGroups").map(|group| group.id.as_str());
            properties.insert("ruleCollectionGroups".to_owned(), views::references(groups));
        }
        Kind::LinkService => {
            properties.insert("privateEndpointConnections".to_owned(), children("privateEndpointConnections"));
        }
        Kind::Interface => interfaces::render(world, stored, &mut properties),
        Kind::Endpoint => views::endpoint(world, stored, &mut properties),
        Kind::Zone => views::zone(world, stored, &mut properties),
        _ => {}
    }
    properties
}

/// Returns the provisioning state; a parent is `Updating` while one of its children is written.
fn state(world: &AzureWorld, stored: &Stored) -> &'static str {
    let child_type = match stored.kind {
        Kind::SecurityGroup => "securityRules",
        Kind::Network => "subnets",
        Kind::FirewallPolicy => "ruleCollectionGroups",
        _ => return stored.state.word(),
    };
    let busy = world.children(&stored.id, child_type).any(|child| child.state.operation().is_some());
    match stored.state {
        State::Succeeded if busy => "Updating",
        _ => stored.state.word(),
    }
}

fn type_of(stored: &Stored) -> String {
    let type_path = ResourceId::parse(&stored.id).map_or("", |id| id.type_path);
    format!("Microsoft.Network/{type_path}")
}
