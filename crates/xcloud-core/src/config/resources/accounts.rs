//! `accounts`: named places where resources live.

use std::collections::BTreeMap;

use crate::code::ProblemCode;
use crate::config::raw::{Fault, Node, Problems};
use crate::config::settings::Settings;
use crate::config::values::Located;
use crate::model::Place;

/// The named places.
pub(crate) type Accounts = BTreeMap<String, Located<Place>>;

/// Reads the named places.
pub(crate) fn accounts(file: &Node, settings: &Settings) -> Accounts {
    let named = file.get("accounts").map(Node::named).unwrap_or_default();
    named
        .into_iter()
        .filter_map(|(name, key, node)| Some((name.to_owned(), Located { at: key.at, value: place(node, settings)? })))
        .collect()
}

/// Reads the Entra tenants of the subscriptions that name one.
pub(crate) fn tenants(file: &Node, problems: &mut Problems<'_>) -> BTreeMap<String, String> {
    let named = file.get("accounts").map(Node::named).unwrap_or_default();
    let accounts = named.into_iter().map(|(_, _, node)| node).chain(file.get("azure"));
    let mut tenants: BTreeMap<String, String> = BTreeMap::new();
    for node in accounts {
        let (Some(subscription), Some(tenant)) = (node.text_of("subscription"), node.text_of("tenant")) else {
            continue;
        };
        let known = tenants.entry(subscription.to_ascii_lowercase()).or_insert_with(|| tenant.to_ascii_lowercase());
        if !known.eq_ignore_ascii_case(tenant) {
            let text = format!("the subscription {subscription} has the tenant {known} elsewhere in this file");
            problems.error(node.at, Fault::new(ProblemCode::TenantsDiffer, text).hint("a subscription has one tenant"));
        }
    }
    tenants
}

fn place(node: &Node, settings: &Settings) -> Option<Place> {
    let text = |key: &str| node.text_of(key).map(str::to_owned);
    match node.text_of("cloud")? {
        "aws" => Some(Place::Aws {
            account: text("account")?,
            region: text("region")?,
            role: text("role"),
            read_role: text("read_role").or_else(|| settings.read_role.clone()),
        }),
        "azure" => {
            Some(Place::Azure { subscription: text("subscription")?.to_ascii_lowercase(), location: text("location") })
        }
        _ => None,
    }
}
