//! The expansion as a file: resources one by one, with what only the cloud knows left as selectors and ranges.

mod settings;
mod yaml;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::kinds::{AddressFrom, object, own_name, put};
use crate::model::{Addr, Desired, Place, Resource};

/// Returns the desired state as a config file of the resources layer. Loading it gives an equal desired state.
#[must_use]
pub fn expand(desired: &Desired) -> String {
    let accounts = accounts(desired);
    let mut file = settings::settings(desired);
    let places: Map<String, Value> = accounts.iter().map(|(place, name)| (name.clone(), account(place))).collect();
    let sorted: BTreeMap<String, Value> = places.into_iter().collect();
    file.insert("accounts".to_owned(), json!(sorted));
    let resources: Vec<Value> =
        desired.resources.values().map(|resource| self::resource(resource, &desired.product, &accounts)).collect();
    file.insert("resources".to_owned(), Value::Array(resources));
    format!("# Expanded by xcloud: every resource one by one; loads and plans the same.\n{}", yaml::document(&file))
}

/// A name for each place that something of the product has or may have.
fn accounts(desired: &Desired) -> BTreeMap<&Place, String> {
    let places: BTreeSet<&Place> =
        desired.places.iter().chain(desired.resources.values().map(|resource| &resource.place)).collect();
    places.into_iter().map(|place| (place, account_name(place))).collect()
}

fn account_name(place: &Place) -> String {
    match place {
        Place::Aws { account, region, .. } => format!("aws-{account}-{region}"),
        Place::Azure { subscription, location: Some(location) } => format!("azure-{subscription}-{location}"),
        Place::Azure { subscription, location: None } => format!("azure-{subscription}"),
        Place::Ledger { product } => format!("ledger-{product}"),
    }
}

fn account(place: &Place) -> Value {
    match place {
        Place::Aws { account, region, role, read_role } => {
            let mut entries = object([("cloud", json!("aws")), ("account", json!(account)), ("region", json!(region))]);
            put(&mut entries, "role", role.as_deref());
            put(&mut entries, "read_role", read_role.as_deref());
            Value::Object(entries)
        }
        Place::Azure { subscription, location } => {
            let mut entries = object([("cloud", json!("azure")), ("subscription", json!(subscription))]);
            put(&mut entries, "location", location.as_deref());
            Value::Object(entries)
        }
        Place::Ledger { .. } => Value::Object(object([("cloud", json!("ledger"))])),
    }
}

fn resource(resource: &Resource, product: &str, accounts: &BTreeMap<&Place, String>) -> Value {
    let mut entries = object([
        ("kind", json!(resource.spec.kind().full())),
        ("name", json!(name(resource, product))),
        ("in", json!(accounts.get(&resource.place))),
    ]);
    if resource.spec.kind().rules().address == AddressFrom::Name {
        entries.insert("address".to_owned(), json!(resource.addr.as_str()));
    }
    put(&mut entries, "flow", resource.flow.as_deref());
    entries.extend(resource.spec.declared().as_written(product));
    Value::Object(entries)
}

/// The name that gives the resource its name in the cloud; where it has none there, one made of its address.
fn name(resource: &Resource, product: &str) -> String {
    match resource.spec.declared().name() {
        Some((_, full)) => own_name(full, product).to_owned(),
        None => plain(&resource.addr),
    }
}

fn plain(addr: &Addr) -> String {
    let name = addr.name().to_ascii_lowercase();
    let name: String =
        name.chars().map(|c| if c.is_ascii_lowercase() || c.is_ascii_digit() { c } else { '-' }).collect();
    match name.trim_matches('-') {
        "" => addr.kind().to_owned(),
        name => name.to_owned(),
    }
}
