//! Reading answers as plain JSON: the typed models refuse a whole answer for one missing nested field, and drop
//! every field that is newer than they are.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use xcloud_core::live::{ProvisioningState, Spelled};

use ipnet::IpNet;
use serde_json::Value;

/// Returns the text at a JSON pointer; "" if there is none.
pub(crate) fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// Returns the text at a JSON pointer, which must be there.
pub(crate) fn need<'a>(value: &'a Value, pointer: &str) -> Result<&'a str, String> {
    value.pointer(pointer).and_then(Value::as_str).ok_or_else(|| format!("`{pointer}` is missing or no text"))
}

/// Returns the whole number at a JSON pointer, which must be there and fit.
pub(crate) fn number<T: TryFrom<u64>>(value: &Value, pointer: &str) -> Result<T, String> {
    value
        .pointer(pointer)
        .and_then(Value::as_u64)
        .and_then(|number| T::try_from(number).ok())
        .ok_or_else(|| format!("`{pointer}` is missing or no such number"))
}

/// Returns the list at a JSON pointer; an absent or null list is empty.
pub(crate) fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value.pointer(pointer).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// Returns the texts of a list at a JSON pointer.
pub(crate) fn texts(value: &Value, pointer: &str) -> BTreeSet<String> {
    list(value, pointer).iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Returns the object of texts at a JSON pointer: tags, metadata.
pub(crate) fn text_map(value: &Value, pointer: &str) -> BTreeMap<String, String> {
    let object = value.pointer(pointer).and_then(Value::as_object);
    let pairs = object.into_iter().flatten();
    pairs.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}

/// Unites a singular and a plural field: Azure keeps the one that was sent and answers the other empty.
pub(crate) fn united(value: &Value, singular: &str, plural: &str) -> BTreeSet<String> {
    let mut all = texts(value, plural);
    let one = text(value, singular);
    if !one.is_empty() {
        all.insert(one.to_owned());
    }
    all
}

/// Writes addresses in their one spelling (`10.0.0.1` is `10.0.0.1/32`); tags, FQDNs and `*` stay as they are.
pub(crate) fn canonical(prefixes: BTreeSet<String>) -> BTreeSet<String> {
    prefixes.into_iter().map(|prefix| canonical_prefix(&prefix)).collect()
}

fn canonical_prefix(text: &str) -> String {
    let text = text.trim();
    if let Ok(ip) = text.parse::<IpAddr>() {
        return IpNet::from(ip).to_string();
    }
    text.parse::<IpNet>().map_or_else(|_| text.to_owned(), |net| net.trunc().to_string())
}

/// Returns the `ETag` in the body, if there is one.
pub(crate) fn etag(value: &Value) -> &str {
    text(value, "/etag")
}

/// Returns `properties.provisioningState`.
pub(crate) fn state(value: &Value) -> Spelled<ProvisioningState> {
    text(value, "/properties/provisioningState").into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn set(texts: &[&str]) -> BTreeSet<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn addresses_have_one_spelling() {
        let got = canonical(set(&["10.0.0.1", "10.1.2.3/16", "2001:DB8::1", "VirtualNetwork", "*", "a.example"]));
        assert_eq!(got, set(&["10.0.0.1/32", "10.1.0.0/16", "2001:db8::1/128", "VirtualNetwork", "*", "a.example"]));
    }

    #[test]
    fn singular_and_plural_are_one_set() {
        assert_eq!(united(&json!({"one": "a", "many": []}), "/one", "/many"), set(&["a"]));
        assert_eq!(united(&json!({"one": "", "many": ["b", "c"]}), "/one", "/many"), set(&["b", "c"]));
        assert_eq!(united(&json!({"many": null}), "/one", "/many"), set(&[]));
    }

    #[test]
    fn numbers_must_fit() {
        assert_eq!(number::<u16>(&json!({"n": 4096}), "/n"), Ok(4096));
        assert!(number::<u16>(&json!({"n": 70000}), "/n").is_err());
        assert!(number::<u16>(&json!({"n": "1"}), "/n").is_err());
    }
}
