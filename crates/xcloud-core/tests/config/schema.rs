//! The checked-in JSON Schema.

use serde_json::Value;
use xcloud_core::config::schema;

use crate::golden;

/// Editors use the checked-in file: it is that of the program.
#[test]
fn the_checked_in_schema_is_the_current_one() {
    let text = serde_json::to_string_pretty(&schema()).expect("a schema is JSON");
    golden("config/xcloud.schema.json", &format!("{text}\n"));
}

/// Every reference in the schema leads to a definition.
#[test]
fn references_lead_somewhere() {
    fn visit(value: &Value, schema: &Value, seen: &mut usize) {
        match value {
            Value::Object(map) => {
                if let Some(Value::String(reference)) = map.get("$ref") {
                    let pointer = reference.trim_start_matches('#');
                    assert!(schema.pointer(pointer).is_some_and(Value::is_object), "{reference} leads nowhere");
                    *seen += 1;
                }
                map.values().for_each(|value| visit(value, schema, seen));
            }
            Value::Array(items) => items.iter().for_each(|value| visit(value, schema, seen)),
            _ => {}
        }
    }
    let schema = schema();
    let mut seen = 0;
    visit(&schema, &schema, &mut seen);
    assert!(seen > 30, "only {seen} references");
}
