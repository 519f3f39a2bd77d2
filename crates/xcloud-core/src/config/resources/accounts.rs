//! `accounts`: named places where resources live.

use std::collections::BTreeMap;

use crate::config::raw::Node;
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
