//! What the rules of network security groups and of firewalls share.

use serde_json::{Map, Value, json};

use super::{WIDE, addresses, object, own_name, ports, put};
use crate::config::values::is_wide;
use crate::kinds::RuleHead;
use crate::model::{AddressSource, PortRange, Protocol};

/// Whom a rule serves, as it stands in a file.
pub(crate) fn rule_head(rule: RuleHead<'_>, product: &str) -> Map<String, Value> {
    object([
        ("name", json!(own_name(rule.name, product))),
        ("env", json!(rule.env)),
        ("region", json!(rule.region.unwrap_or("none"))),
    ])
}

/// Adds what a rule matches.
pub(crate) fn rule_body(
    entries: &mut Map<String, Value>,
    protocol: Protocol,
    from: &AddressSource,
    to: &AddressSource,
    ranges: &[PortRange],
) {
    entries.insert("protocol".to_owned(), json!(protocol));
    entries.insert("from".to_owned(), addresses(from));
    entries.insert("to".to_owned(), addresses(to));
    let every_port = matches!(protocol, Protocol::Icmp | Protocol::All) && ranges == [PortRange::ALL];
    if !every_port {
        entries.insert("ports".to_owned(), Value::Array(ranges.iter().copied().map(ports).collect()));
    }
}

/// Adds a reason where a source is a wide range.
pub(crate) fn wide(entries: &mut Map<String, Value>, from: &AddressSource) {
    if matches!(from, AddressSource::Listed(nets) if nets.iter().any(is_wide)) {
        put(entries, "wide", Some(WIDE));
    }
}

/// Keeps of `rules` those in the part of a run, and takes the others as they were.
pub(crate) fn keep_outside<R: Clone>(
    rules: &mut Vec<R>,
    before: &[R],
    head: fn(&R) -> RuleHead<'_>,
    in_part: &dyn Fn(&str, Option<&str>) -> bool,
) {
    let goes = |rule: &R| in_part(head(rule).env, head(rule).region);
    rules.retain(|rule| goes(rule));
    rules.extend(before.iter().filter(|rule| !goes(rule)).cloned());
}
