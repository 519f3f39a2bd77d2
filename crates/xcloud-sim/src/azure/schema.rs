//! What a request body may contain, in the words of the OpenAPI files.

use serde_json::{Map, Value};

use super::reply::ArmError;

/// The shape of a value in a request.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shape {
    Text,
    Int,
    Bool,
    /// An object of texts: tags, metadata.
    TextMap,
    /// A reference to another resource: only its `id` counts.
    Reference,
    List(&'static Shape),
    Object(&'static [Field]),
    /// An object whose text property (the first) says which variant it is.
    Tagged(&'static str, &'static [(&'static str, &'static [Field])]),
}

/// A property of an object.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    name: &'static str,
    shape: Shape,
    access: Access,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Access {
    Optional,
    Required,
    ReadOnly,
}

pub(super) const fn optional(name: &'static str, shape: Shape) -> Field {
    Field { name, shape, access: Access::Optional }
}

pub(super) const fn required(name: &'static str, shape: Shape) -> Field {
    Field { name, shape, access: Access::Required }
}

pub(super) const fn read_only(name: &'static str) -> Field {
    Field { name, shape: Shape::Text, access: Access::ReadOnly }
}

/// Parses a request body: a JSON object, without its nulls.
pub(super) fn parse_body(body: &[u8]) -> Result<Map<String, Value>, ArmError> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(mut object)) => {
            strip_nulls(&mut object);
            Ok(object)
        }
        Ok(_) | Err(_) => Err(ArmError::bad_request(
            "InvalidRequestContent",
            "The request content was invalid and could not be deserialized as a JSON object.",
        )),
    }
}

/// Checks a body against its shape; all problems are in the details of the refusal.
pub(super) fn check(body: &Map<String, Value>, fields: &[Field]) -> Result<(), ArmError> {
    let mut problems = Vec::new();
    check_object(body, fields, "", &mut problems);
    if problems.is_empty() {
        return Ok(());
    }
    let refusal = ArmError::bad_request("InvalidRequestFormat", "Cannot parse the request.");
    Err(problems.into_iter().fold(refusal, |refusal, problem| refusal.detail("InvalidJson", problem)))
}

fn check_object(object: &Map<String, Value>, fields: &[Field], path: &str, problems: &mut Vec<String>) {
    for (name, value) in object {
        let path = join(path, name);
        match fields.iter().find(|field| field.name == name) {
            None => problems.push(format!("Could not find member '{name}' on the object. Path '{path}'.")),
            Some(field) if field.access == Access::ReadOnly => {
                problems.push(format!("Property '{name}' is read-only. Path '{path}'."));
            }
            Some(field) => check_value(value, field.shape, &path, problems),
        }
    }
    for field in fields.iter().filter(|field| field.access == Access::Required) {
        if !object.contains_key(field.name) {
            problems.push(format!("Required property '{}' not found in JSON. Path '{path}'.", field.name));
        }
    }
}

fn check_value(value: &Value, shape: Shape, path: &str, problems: &mut Vec<String>) {
    let wanted = match (shape, value) {
        (Shape::Text, Value::String(_)) | (Shape::Bool, Value::Bool(_)) => return,
        (Shape::Int, Value::Number(number)) if number.is_i64() => return,
        (Shape::TextMap, Value::Object(map)) if map.values().all(Value::is_string) => return,
        (Shape::Reference, Value::Object(map)) if map.get("id").is_some_and(Value::is_string) => return,
        (Shape::List(item), Value::Array(values)) => {
            for (index, value) in values.iter().enumerate() {
                check_value(value, *item, &format!("{path}[{index}]"), problems);
            }
            return;
        }
        (Shape::Object(fields), Value::Object(object)) => return check_object(object, fields, path, problems),
        (Shape::Tagged(tag, variants), Value::Object(object)) => {
            let name = object.get(tag).and_then(Value::as_str);
            if let Some((_, fields)) = variants.iter().find(|(variant, _)| Some(*variant) == name) {
                return check_object(object, fields, path, problems);
            }
            format!("an object with a known '{tag}'")
        }
        (Shape::Text, _) => "a string".to_owned(),
        (Shape::Int, _) => "an integer".to_owned(),
        (Shape::Bool, _) => "a boolean".to_owned(),
        (Shape::TextMap, _) => "an object of strings".to_owned(),
        (Shape::Reference, _) => "an object with an 'id'".to_owned(),
        (Shape::List(_), _) => "an array".to_owned(),
        (Shape::Object(_) | Shape::Tagged(..), _) => "an object".to_owned(),
    };
    problems.push(format!("Error converting the value to {wanted}. Path '{path}'."));
}

fn strip_nulls(object: &mut Map<String, Value>) {
    object.retain(|_, value| !value.is_null());
    for value in object.values_mut() {
        strip_nulls_below(value);
    }
}

fn strip_nulls_below(value: &mut Value) {
    match value {
        Value::Object(object) => strip_nulls(object),
        Value::Array(values) => values.iter_mut().for_each(strip_nulls_below),
        _ => {}
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
