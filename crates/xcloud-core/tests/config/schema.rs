//! The checked-in JSON Schema.

use proptest::prelude::*;
use regex_lite::Regex;
use serde_json::Value;
use xcloud_core::config::{expand, load, schema};

use crate::{generated, golden, read};

/// What in a value is not as the schema says: the keywords that our schema uses, no others.
fn violations(value: &Value, rule: &Value, schema: &Value, at: &str, found: &mut Vec<String>) {
    let Value::Object(keywords) = rule else { return found.push(format!("{at}: {rule} is no schema")) };
    for (keyword, argument) in keywords {
        let fits = match keyword.as_str() {
            "$ref" => {
                let target = schema.pointer(argument.as_str().unwrap_or_default().trim_start_matches('#'));
                violations(value, target.unwrap_or(&Value::Null), schema, at, found);
                true
            }
            "type" => match argument.as_str() {
                Some("object") => value.is_object(),
                Some("array") => value.is_array(),
                Some("string") => value.is_string(),
                Some("integer") => value.is_u64() || value.is_i64(),
                Some("number") => value.is_number(),
                Some("boolean") => value.is_boolean(),
                other => panic!("type {other:?}"),
            },
            "enum" => argument.as_array().is_some_and(|words| words.contains(value)),
            "const" => argument == value,
            "pattern" => value.as_str().is_none_or(|text| pattern(argument).is_match(text)),
            "minLength" => value.as_str().is_none_or(|text| !text.is_empty()),
            "minimum" => value.as_f64() >= argument.as_f64(),
            "maximum" => value.as_f64() <= argument.as_f64(),
            "exclusiveMinimum" => value.as_f64() > argument.as_f64(),
            "minItems" => value.as_array().map(Vec::len) >= size(argument),
            "minProperties" => value.as_object().map(serde_json::Map::len) >= size(argument),
            "maxProperties" => value.as_object().map(serde_json::Map::len) <= size(argument),
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    violations(item, argument, schema, &format!("{at}[{index}]"), found);
                }
                true
            }
            "anyOf" => matching(value, argument, schema) >= 1,
            "oneOf" => matching(value, argument, schema) == 1,
            "required" => argument
                .as_array()
                .into_iter()
                .flatten()
                .all(|key| value.get(key.as_str().unwrap_or_default()).is_some()),
            "properties" | "additionalProperties" | "propertyNames" => true,
            "$schema" | "$defs" | "title" | "description" => true,
            other => panic!("the schema uses `{other}`, which this test does not know"),
        };
        if !fits {
            found.push(format!("{at}: {value} is not of {keyword} {argument}"));
        }
    }
    for (key, value) in value.as_object().into_iter().flatten() {
        let at = format!("{at}.{key}");
        if let Some(names) = keywords.get("propertyNames").and_then(|names| names.get("pattern"))
            && !pattern(names).is_match(key)
        {
            found.push(format!("{at}: the key is not of {names}"));
        }
        match (keywords.get("properties").and_then(|known| known.get(key)), keywords.get("additionalProperties")) {
            (Some(rule), _) => violations(value, rule, schema, &at, found),
            (None, Some(Value::Bool(false))) => found.push(format!("{at}: no such key")),
            (None, Some(rule)) => violations(value, rule, schema, &at, found),
            (None, None) => {}
        }
    }
}

fn size(argument: &Value) -> Option<usize> {
    argument.as_u64().and_then(|size| usize::try_from(size).ok())
}

fn pattern(argument: &Value) -> Regex {
    Regex::new(argument.as_str().expect("a pattern is text")).expect("a pattern is a regular expression")
}

fn matching(value: &Value, rules: &Value, schema: &Value) -> usize {
    let fits = |rule: &&Value| {
        let mut found = Vec::new();
        violations(value, rule, schema, "", &mut found);
        found.is_empty()
    };
    rules.as_array().into_iter().flatten().filter(fits).count()
}

fn check(name: &str, text: &str) -> Vec<String> {
    // YAML 1.2, as editors read it: `y` is text.
    let options = serde_saphyr::options! { strict_booleans: true };
    let value: Value =
        serde_saphyr::from_str_with_options(text, options).unwrap_or_else(|error| panic!("{name}: {error}"));
    let schema = schema();
    let mut found = Vec::new();
    violations(&value, &schema, &schema, name, &mut found);
    found
}

/// An editor that follows the schema has nothing against the examples, nor against what they expand to.
#[test]
fn the_examples_fit_the_schema() {
    for file in ["config/open-api.yaml", "config/resources.yaml"] {
        let text = read(file);
        assert_eq!(check(file, &text), Vec::<String>::new());
        let (desired, _) = load(file, &text);
        assert_eq!(check("expanded", &expand(&desired.expect("an example loads"))), Vec::<String>::new());
    }
}

/// An editor sees slips of the pen.
#[test]
fn the_schema_refuses_slips() {
    let text = read("config/resources.yaml");
    for (right, wrong) in [
        ("owner:", "ownr:"),
        ("\"100000000001\"", "100000000001"),
        (
            "[10.20.0.0/16, 10.122.16.0/26], description: workloads in AWS and in Azure}\n    egress:",
            "10.20.0.0/16}\n    egress:",
        ),
        ("acceptance: managed", "acceptance: manual"),
        ("kind: aws/endpoint\n", "kind: aws/end-point\n"),
        ("priority: 2201", "priority: 22010"),
        ("{service_ips_of: payments}", "{service_ips_of: payments, endpoint_ips_of: payments}"),
        ("ttl: 30s", "ttl: 30"),
    ] {
        assert!(text.contains(right), "{right}");
        assert!(!check(wrong, &text.replacen(right, wrong, 1)).is_empty(), "{wrong} is not noticed");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// What the reader takes, the schema takes.
    #[test]
    fn generated_files_fit_the_schema(story in generated::story(), resources in generated::resources()) {
        prop_assert_eq!(check("story", &story), Vec::<String>::new());
        prop_assert_eq!(check("resources", &resources), Vec::<String>::new());
    }
}

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
