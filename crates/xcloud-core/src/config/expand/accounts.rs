//! The accounts of an expanded file: one for each place.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::kinds::{object, put};
use crate::model::{Desired, Place};

/// A name for each place that something of the product has or may have.
pub(super) fn accounts(desired: &Desired) -> BTreeMap<&Place, String> {
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

/// Returns a place as it stands under `accounts`.
pub(super) fn account(place: &Place, desired: &Desired) -> Value {
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
            put(&mut entries, "tenant", desired.tenants.get(subscription).map(String::as_str));
            Value::Object(entries)
        }
        Place::Ledger { .. } => Value::Object(object([("cloud", json!("ledger"))])),
    }
}
