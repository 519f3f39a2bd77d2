//! The whole file, and each resource in it.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::accounts::{account, accounts};
use super::{settings, yaml};
use crate::kinds::{AddressFrom, duration, object, own_name, put};
use crate::model::{Addr, Desired, Place, Resource};

/// Returns the desired state as a config file of the resources layer. Loading it gives an equal desired state.
#[must_use]
pub fn expand(desired: &Desired) -> String {
    let accounts = accounts(desired);
    let mut file = settings::settings(desired);
    let places: Map<String, Value> =
        accounts.iter().map(|(place, name)| (name.clone(), account(place, desired))).collect();
    let sorted: BTreeMap<String, Value> = places.into_iter().collect();
    file.insert("accounts".to_owned(), json!(sorted));
    let resources: Vec<Value> =
        desired.resources.values().map(|resource| self::resource(resource, desired, &accounts)).collect();
    file.insert("resources".to_owned(), Value::Array(resources));
    format!("# Expanded by xcloud: every resource one by one; loads and plans the same.\n{}", yaml::document(&file))
}

fn resource(resource: &Resource, desired: &Desired, accounts: &BTreeMap<&Place, String>) -> Value {
    let product = desired.product.as_str();
    let mut entries = object([
        ("kind", json!(resource.spec.kind().full())),
        ("name", json!(name(resource, product))),
        ("in", json!(accounts.get(&resource.place))),
    ]);
    if resource.spec.kind().rules().address == AddressFrom::Name {
        entries.insert("address".to_owned(), json!(resource.addr.as_str()));
    }
    put(&mut entries, "flow", resource.flow.as_deref());
    if desired.protected.resources.contains(&resource.addr) {
        entries.insert("protect".to_owned(), json!(true));
    }
    let drain = desired.drains.resources.get(&resource.addr).map(|secs| duration(*secs));
    put(&mut entries, "drain", drain.as_deref());
    if let Some(tags) = desired.tags.get(&resource.addr) {
        entries.insert("tags".to_owned(), json!(tags));
    }
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
