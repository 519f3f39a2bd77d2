//! The JSON Schema of the file, for editors: made of the same tables that the reader follows.

use serde_json::{Map, Value, json};

use super::grammar::{self, Key, Shape, Type};

/// Returns the JSON Schema (draft 2020-12) of a config file.
#[must_use]
pub fn schema() -> Value {
    let mut definitions = Map::new();
    let file = of(&grammar::FILE, &mut definitions);
    let mut root = object([
        ("$schema", json!("https://json-schema.org/draft/2020-12/schema")),
        ("title", json!("xcloud config")),
        (
            "description",
            json!("What should connect AWS and Azure. Checked further, with places and hints, by `xcloud validate`."),
        ),
    ]);
    if let Value::Object(file) = file {
        root.extend(file);
    }
    definitions.sort_keys();
    root.insert("$defs".to_owned(), Value::Object(definitions));
    Value::Object(root)
}

fn object<const N: usize>(entries: [(&str, Value); N]) -> Map<String, Value> {
    entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

fn of(ty: &Type, definitions: &mut Map<String, Value>) -> Value {
    match ty {
        Type::Text(format) => match format.pattern {
            Some(pattern) => json!({"type": "string", "pattern": pattern}),
            None => json!({"type": "string", "minLength": 1}),
        },
        Type::Int(least, most) => json!({"type": "integer", "minimum": least, "maximum": most}),
        Type::Decimal => json!({"type": "number", "exclusiveMinimum": 0}),
        Type::Bool => json!({"type": "boolean"}),
        Type::Word(words) => json!({"enum": words}),
        Type::List(item, 0) => json!({"type": "array", "items": of(item, definitions)}),
        Type::List(item, least) => json!({"type": "array", "items": of(item, definitions), "minItems": least}),
        Type::Names(keys, value) => {
            let mut names = object([("type", json!("object"))]);
            if let Some(pattern) = keys.pattern {
                names.insert("propertyNames".to_owned(), json!({"pattern": pattern}));
            }
            names.insert("additionalProperties".to_owned(), of(value, definitions));
            Value::Object(names)
        }
        Type::Map(shape) => reference(shape, None, definitions),
        Type::Tagged(tag, cases) => {
            let cases: Vec<Value> =
                cases.iter().map(|(word, shape)| reference(shape, Some((tag, word)), definitions)).collect();
            json!({"type": "object", "oneOf": cases})
        }
        Type::Either(forms) => {
            let forms: Vec<Value> = forms.iter().map(|form| of(form, definitions)).collect();
            json!({"anyOf": forms})
        }
    }
}

/// A mapping is defined once and referred to.
fn reference(shape: &Shape, tag: Option<(&str, &str)>, definitions: &mut Map<String, Value>) -> Value {
    let name = slug(shape.what);
    if !definitions.contains_key(&name) {
        definitions.insert(name.clone(), Value::Null);
        let definition = mapping(shape, tag, definitions);
        definitions.insert(name.clone(), definition);
    }
    json!({"$ref": format!("#/$defs/{name}")})
}

fn mapping(shape: &Shape, tag: Option<(&str, &str)>, definitions: &mut Map<String, Value>) -> Value {
    let mut properties = Map::new();
    let mut required: Vec<&str> = Vec::new();
    if let Some((tag, word)) = tag {
        properties.insert(tag.to_owned(), json!({"const": word}));
        required.push(tag);
    }
    for Key { name, of: ty, doc, required: must } in shape.keys {
        let mut value = of(ty, definitions);
        if let Value::Object(value) = &mut value {
            value.insert("description".to_owned(), json!(doc));
        }
        properties.insert((*name).to_owned(), value);
        if *must {
            required.push(name);
        }
    }
    let mut mapping = object([
        ("type", json!("object")),
        ("properties", Value::Object(properties)),
        ("additionalProperties", json!(false)),
    ]);
    if !required.is_empty() {
        mapping.insert("required".to_owned(), json!(required));
    }
    if shape.one_of {
        mapping.insert("minProperties".to_owned(), json!(1));
        mapping.insert("maxProperties".to_owned(), json!(1));
    }
    Value::Object(mapping)
}

/// `an aws/endpoint-service` becomes `aws-endpoint-service`.
fn slug(what: &str) -> String {
    let bare = ["an ", "a ", "the "].iter().find_map(|article| what.strip_prefix(article)).unwrap_or(what);
    bare.chars().filter(|c| *c != '`' && *c != '\'').map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Shape, Type, schema, slug};
    use crate::config::grammar;

    /// Two mappings under one name would hide each other.
    #[test]
    fn every_mapping_has_its_own_name() {
        fn visit(ty: &Type, seen: &mut BTreeMap<String, *const Shape>) {
            let shape = |found: &Shape, seen: &mut BTreeMap<String, *const Shape>| {
                let pointer = std::ptr::from_ref(found);
                match seen.insert(slug(found.what), pointer) {
                    Some(first) => assert!(std::ptr::eq(first, pointer), "two mappings are named {}", found.what),
                    None => found.keys.iter().for_each(|key| visit(&key.of, seen)),
                }
            };
            match ty {
                Type::Map(found) => shape(found, seen),
                Type::Tagged(_, cases) => cases.iter().for_each(|(_, found)| shape(found, seen)),
                Type::Either(forms) => forms.iter().for_each(|form| visit(form, seen)),
                Type::List(of, _) | Type::Names(_, of) => visit(of, seen),
                _ => {}
            }
        }
        let mut seen = BTreeMap::new();
        visit(&grammar::FILE, &mut seen);
        let definitions = schema()["$defs"].as_object().map_or(0, serde_json::Map::len);
        assert_eq!(seen.len(), definitions);
    }
}
