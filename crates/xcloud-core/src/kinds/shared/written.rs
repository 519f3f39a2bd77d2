//! Small values as they stand in a config file.

use serde_json::{Map, Value, json};

use crate::model::{Acceptance, AddressKind, AddressSource, GroupRef, PortRange, Selector, SubnetSelector};

/// The reason beside a range that was declared wide: the source has the words.
pub(crate) const WIDE: &str = "as declared in the source";

/// Returns a mapping.
pub(crate) fn object<const N: usize>(entries: [(&str, Value); N]) -> Map<String, Value> {
    entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

/// Adds a text, if there is one.
pub(crate) fn put(entries: &mut Map<String, Value>, key: &str, value: Option<&str>) {
    if let Some(value) = value {
        entries.insert(key.to_owned(), json!(value));
    }
}

/// A duration in the largest unit that holds it exactly.
pub(crate) fn duration(seconds: u64) -> String {
    match seconds {
        0 => "0s".to_owned(),
        _ if seconds.is_multiple_of(3_600) => format!("{}h", seconds / 3_600),
        _ if seconds.is_multiple_of(60) => format!("{}m", seconds / 60),
        _ => format!("{seconds}s"),
    }
}

/// The part of a name after `xc-<product>-`.
pub(crate) fn own_name<'a>(full: &'a str, product: &str) -> &'a str {
    full.strip_prefix("xc-").and_then(|rest| rest.strip_prefix(product)?.strip_prefix('-')).unwrap_or(full)
}

/// A port as a number, a range as text.
pub(crate) fn ports(range: PortRange) -> Value {
    if range.from == range.to { json!(range.from) } else { json!(range.to_string()) }
}

/// A security group: its address, or its id.
pub(crate) fn one_group(reference: &GroupRef) -> Value {
    match reference {
        GroupRef::Declared(addr) => json!(addr.as_str()),
        GroupRef::Id(id) => json!(id),
    }
}

/// The security groups of an interface.
pub(crate) fn groups(references: &[GroupRef]) -> Value {
    Value::Array(references.iter().map(one_group).collect())
}

/// A found object; `id` is the key of its id.
pub(crate) fn selector(selector: &Selector, id: &str) -> Value {
    match selector {
        Selector::Id(text) => Value::Object(object([(id, json!(text))])),
        Selector::Tag(tags) => json!({"tag": tags}),
    }
}

/// Found subnets.
pub(crate) fn subnets(selector: &SubnetSelector) -> Value {
    match selector {
        SubnetSelector::Ids(ids) => json!({"ids": ids}),
        SubnetSelector::Tag(tags) => json!({"tag": tags}),
    }
}

/// Who accepts connections.
pub(crate) fn acceptance(acceptance: Acceptance) -> &'static str {
    match acceptance {
        Acceptance::Managed => "managed",
        Acceptance::Automatic => "automatic",
    }
}

/// The addresses of a rule's side.
pub(crate) fn addresses(source: &AddressSource) -> Value {
    match source {
        AddressSource::Listed(nets) => json!(nets),
        AddressSource::Of { addr, kind: AddressKind::ServiceIps } => json!({"service_ips_of": addr.as_str()}),
        AddressSource::Of { addr, kind: AddressKind::EndpointIps } => json!({"endpoint_ips_of": addr.as_str()}),
    }
}
