//! One leaf of an answer that is not as it was: every one that there is.

use serde_json::{Value, json};

/// Maps of the live model: their keys are data and no fields.
const MAPS: [&str; 3] = [".tags", ".metadata", "load_balancers.subnets"];

/// Lists with parts in place of members.
const TUPLES: [&str; 3] = ["targets", "dns", "alias"];

/// An answer in which one leaf, list member or map entry is not as it was.
pub(super) struct Stroke {
    /// The path in the live model, without positions: `groups.rules.cidr`.
    pub(super) path: String,
    /// `changed`, `removed` or `added`.
    pub(super) what: &'static str,
    /// The answer.
    pub(super) answer: Value,
}

/// Returns every stroke in the tables of an answer.
pub(super) fn all(answer: &Value) -> Vec<Stroke> {
    let mut hand = Hand { answer, strokes: Vec::new() };
    let sides = answer.as_object().expect("an answer");
    for (side, tables) in sides {
        for (table, _) in tables.as_object().expect("tables").iter().filter(|(_, table)| table.is_array()) {
            hand.walk(&format!("/{side}/{table}"), &format!("{} {table}", side.to_lowercase()));
        }
    }
    hand.strokes
}

struct Hand<'a> {
    answer: &'a Value,
    strokes: Vec<Stroke>,
}

impl Hand<'_> {
    fn stroke(&mut self, pointer: &str, path: &str, what: &'static str, change: impl FnOnce(&mut Value)) {
        let mut answer = self.answer.clone();
        change(answer.pointer_mut(pointer).expect("it was walked to"));
        self.strokes.push(Stroke { path: path.to_owned(), what, answer });
    }

    /// Adds every stroke at and below the pointer.
    fn walk(&mut self, pointer: &str, path: &str) {
        let here = self.answer.pointer(pointer).expect("it was walked to");
        let name = path.rsplit(['.', ' ']).next().unwrap_or(path);
        match here {
            Value::Object(entries) if MAPS.iter().any(|map| path.ends_with(map)) => {
                self.map(pointer, path, name, entries)
            }
            // What a write keeps as it was: read elsewhere in the answer as far as it matters.
            Value::Array(_) | Value::Object(_) if name == "raw" => {}
            Value::Object(fields) => {
                fields.keys().for_each(|key| self.walk(&format!("{pointer}/{key}"), &format!("{path}.{key}")));
            }
            Value::Array(members) => self.list(pointer, path, name, members),
            Value::Null => {
                if let Some(added) = more(name) {
                    self.stroke(pointer, path, "added", |leaf| *leaf = added);
                }
            }
            leaf => {
                if let Some(other) = other(name, leaf) {
                    self.stroke(pointer, path, "changed", |leaf| *leaf = other);
                }
            }
        }
    }

    fn map(&mut self, pointer: &str, path: &str, name: &str, entries: &serde_json::Map<String, Value>) {
        let theirs = if name == "subnets" { Value::Null } else { json!("theirs") };
        self.stroke(pointer, &format!("{path}[theirs]"), "added", |map| map["theirs"] = theirs);
        for (key, value) in entries {
            let shown = if name == "subnets" { "*" } else { key };
            let path = format!("{path}[{shown}]");
            self.stroke(pointer, &path, "removed", |map| drop(map.as_object_mut().expect("a map").remove(key)));
            if let Some(other) = other(name, value) {
                self.stroke(pointer, &path, "changed", |map| map[key] = other);
            }
        }
    }

    fn list(&mut self, pointer: &str, path: &str, name: &str, members: &[Value]) {
        let is_tuple = TUPLES.contains(&name) && members.first().is_some_and(Value::is_string);
        if !is_tuple {
            if let Some(added) = members.first().map_or_else(|| more(name), |first| twin(name, first)) {
                self.stroke(pointer, path, "added", |list| list.as_array_mut().expect("a list").push(added));
            }
            for at in 0..members.len() {
                self.stroke(pointer, path, "removed", |list| drop(list.as_array_mut().expect("a list").remove(at)));
            }
        }
        for (at, member) in members.iter().enumerate() {
            let below = match is_tuple {
                true => format!("{path}.{at}"),
                false if is_theirs(member) => format!("{path}(theirs)"),
                false => path.to_owned(),
            };
            self.walk(&format!("{pointer}/{at}"), &below);
        }
    }
}

/// Returns true for an object with tags of which none is our mark: ours depend on it, and it is not ours.
fn is_theirs(member: &Value) -> bool {
    member.get("tags").is_some_and(|tags| tags.get("xcloud:product").is_none())
}

/// Returns a value of the same kind that is another one; `None` for what has no other.
fn other(name: &str, value: &Value) -> Option<Value> {
    let text = match value {
        Value::Bool(flag) => return Some(json!(!flag)),
        Value::Number(number) => return Some(json!(number.as_u64()? + 1)),
        Value::String(text) => text.as_str(),
        _ => return None,
    };
    Some(match (name, text) {
        ("access", "allow") => json!("deny"),
        ("direction", "inbound") => json!("outbound"),
        ("direction", "outbound") => json!("inbound"),
        ("protocol", "tcp") => json!("udp"),
        ("protocol" | "protocols", text) if text.eq_ignore_ascii_case("tcp") => json!("UDP"),
        ("state", "available") => json!("rejected"),
        ("state", _) => json!("Failed"),
        ("status", _) => json!("Rejected"),
        ("action", _) => json!("Deny"),
        ("ports" | "source_ports", _) => json!("22"),
        ("scheme", _) => json!("internet-facing"),
        ("lb_type", _) => json!("gateway"),
        ("from" | "to" | "cidr" | "cidrs", _) => json!("203.0.113.0/24"),
        (_, text) if text.parse::<std::net::Ipv4Addr>().is_ok() => json!("203.0.113.9"),
        (_, text) => json!(format!("{text}-other")),
    })
}

/// Returns what may stand where nothing is.
fn more(name: &str) -> Option<Value> {
    let text = match name {
        "raw" => "icmp type 3",
        "ip_groups" | "security_groups" => "/subscriptions/1/resourceGroups/rg/providers/Microsoft.Network/x/theirs",
        "auto_approval" => "22222222-2222-3333-4444-555555555555",
        _ => return None,
    };
    Some(json!(text))
}

/// Returns a member like another, with an identity of its own, that lets something else through.
fn twin(name: &str, first: &Value) -> Option<Value> {
    let mut twin = first.clone();
    match &mut twin {
        Value::Object(fields) => {
            for key in ["id", "arn", "endpoint", "name", "port", "cidr"] {
                if let Some(other) = fields.get(key).and_then(|value| other(key, value)) {
                    fields[key] = other;
                }
            }
            if let Some(Value::Array(from)) = fields.get_mut("from") {
                *from = vec![json!("203.0.113.0/24")];
            }
            Some(twin)
        }
        Value::Array(parts) => {
            parts[0] = other(name, parts.first()?)?;
            Some(twin)
        }
        leaf => other(name, leaf),
    }
}
