//! Laying what we own over what is live, so that a full replace keeps what we do not know.
//!
//! A PUT replaces the whole object (Azure/azure-sdk-for-python#28350), so the base is the raw answer; but an echoed
//! answer is refused (terraform-provider-azurerm#32505), so what only Azure writes is taken out.

use serde_json::{Map, Value};

/// Fields that only Azure writes, wherever they stand.
const READ_ONLY: &[&str] = &["provisioningState", "etag", "type", "resourceGuid"];

/// Returns the live properties without what only Azure writes; `also` names more of it, at the top level.
pub(crate) fn writable(properties: &Value, also: &[&str]) -> Map<String, Value> {
    let mut kept = stripped(properties);
    if let Some(object) = kept.as_object_mut() {
        for field in also {
            object.remove(*field);
        }
    }
    match kept {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}

/// Returns a value without read-only fields, at every depth.
pub(crate) fn stripped(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            let kept = object.iter().filter(|(key, value)| !READ_ONLY.contains(&key.as_str()) && !value.is_null());
            Value::Object(kept.map(|(key, value)| (key.clone(), stripped(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(stripped).collect()),
        other => other.clone(),
    }
}

/// Returns a value without empty lists, at every depth: an answer leaves them out or not.
pub(crate) fn without_empty(value: &Value) -> Value {
    let is_empty = |value: &Value| value.as_array().is_some_and(Vec::is_empty);
    match value {
        Value::Object(object) => {
            let kept = object.iter().filter(|(_, value)| !is_empty(value));
            Value::Object(kept.map(|(key, value)| (key.clone(), without_empty(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(without_empty).collect()),
        other => other.clone(),
    }
}

/// Returns the list with only the ids of its items: how a body refers to other resources.
pub(crate) fn ids_only(list: &Value) -> Value {
    let items = list.as_array().map(Vec::as_slice).unwrap_or_default();
    items.iter().filter_map(|item| item.get("id")).map(|id| serde_json::json!({ "id": id })).collect()
}

/// Lays fields over others: what is in both is taken from `over`.
pub(crate) fn lay_over(base: &mut Map<String, Value>, over: Value) {
    if let Value::Object(over) = over {
        base.extend(over);
    }
}

/// Returns the whole body of a changed resource: location, tags (an operation names all of them, also those of
/// others, so that its undo can take ours away again) and properties.
pub(crate) fn whole(live: &Value, ours: &Value, properties: Map<String, Value>) -> Value {
    let mut body = Map::new();
    body.insert("location".to_owned(), ours.get("location").cloned().unwrap_or_default());
    if let Some(extended) = live.get("extendedLocation").filter(|extended| extended.is_object()) {
        body.insert("extendedLocation".to_owned(), extended.clone());
    }
    body.insert("tags".to_owned(), ours.get("tags").cloned().unwrap_or_default());
    body.insert("properties".to_owned(), Value::Object(properties));
    Value::Object(body)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_azure_alone_writes_is_taken_out_at_every_depth() {
        let live = json!({"provisioningState": "Succeeded", "alias": "x", "enableProxyProtocol": true, "none": null,
            "ipConfigurations": [{"name": "a", "etag": "e", "type": "t", "id": "/i",
                "properties": {"provisioningState": "Succeeded", "primary": true}}]});
        let kept = Value::Object(writable(&live, &["alias"]));
        assert_eq!(
            kept,
            json!({"enableProxyProtocol": true,
                "ipConfigurations": [{"name": "a", "id": "/i", "properties": {"primary": true}}]})
        );
    }

    #[test]
    fn references_are_ids() {
        assert_eq!(ids_only(&json!([{"id": "/a", "properties": {}}, {}])), json!([{"id": "/a"}]));
        assert_eq!(ids_only(&Value::Null), json!([]));
    }
}
