//! `tags:` of one place in the file.

use std::collections::BTreeMap;

use super::raw::{At, Node};

/// The tags of one place of the file, by key.
pub(crate) type Tags = BTreeMap<String, Tag>;

/// A tag's value, and where its key and value stand.
#[derive(Debug, Clone)]
pub(crate) struct Tag {
    pub(crate) key_at: At,
    pub(crate) value_at: At,
    pub(crate) value: String,
}

/// What the account of a resource and the resource itself say.
#[derive(Debug, Clone, Default)]
pub(crate) struct Said {
    pub(crate) account: Tags,
    pub(crate) own: Tags,
}

/// Reads the tags of one place.
pub(crate) fn tags(of: Option<&Node>) -> Tags {
    let named = of.and_then(|node| node.get("tags")).map(Node::named).unwrap_or_default();
    let tag =
        |key: &Node, value: &Node| Some(Tag { key_at: key.at, value_at: value.at, value: value.text()?.to_owned() });
    named.into_iter().filter_map(|(name, key, value)| Some((name.to_owned(), tag(key, value)?))).collect()
}
