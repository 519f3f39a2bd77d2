//! What is picked out of live objects: by tags, by the addresses that they name.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

/// Returns true if every wanted tag is there.
pub(crate) fn has_tags(tags: &BTreeMap<String, String>, wanted: &BTreeMap<String, String>) -> bool {
    wanted.iter().all(|(key, value)| tags.get(key) == Some(value))
}

/// Returns the subnets for which the API names an address.
pub(crate) fn named(subnets: &BTreeMap<String, Option<Ipv4Addr>>) -> impl Iterator<Item = (&str, Ipv4Addr)> {
    subnets.iter().filter_map(|(subnet, ip)| Some((subnet.as_str(), (*ip)?)))
}
