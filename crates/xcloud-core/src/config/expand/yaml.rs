//! Values as YAML: block style, with short mappings and lists on one line.

use serde_json::{Map, Value};

use crate::config::grammar::is_guid;

/// Longest mapping or list that stays on one line.
const LINE: usize = 110;

/// Writes a mapping as a document.
pub(super) fn document(file: &Map<String, Value>) -> String {
    let mut out = String::new();
    mapping(file, 0, &mut out);
    out
}

fn mapping(entries: &Map<String, Value>, depth: usize, out: &mut String) {
    for (key, value) in entries {
        out.push_str(&"  ".repeat(depth));
        entry(key, value, depth, out);
    }
}

fn entry(key: &str, value: &Value, depth: usize, out: &mut String) {
    out.push_str(&scalar_text(key));
    out.push(':');
    let inline = flow(value);
    let short = inline.len() + key.len() + 2 * depth <= LINE;
    match value {
        Value::Object(entries) if !entries.is_empty() && (!short || depth == 0) => {
            out.push('\n');
            mapping(entries, depth + 1, out);
        }
        Value::Array(items) if !items.is_empty() && (!short || depth == 0) => {
            out.push('\n');
            for item in items {
                list_item(item, depth + 1, out);
            }
        }
        _ => {
            out.push(' ');
            out.push_str(&inline);
            out.push('\n');
        }
    }
}

fn list_item(item: &Value, depth: usize, out: &mut String) {
    out.push_str(&"  ".repeat(depth));
    out.push_str("- ");
    let inline = flow(item);
    match item {
        Value::Object(entries) if inline.len() + 2 * depth > LINE || entries.contains_key("kind") => {
            for (index, (key, value)) in entries.iter().enumerate() {
                if index > 0 {
                    out.push_str(&"  ".repeat(depth + 1));
                }
                entry(key, value, depth + 1, out);
            }
        }
        _ => {
            out.push_str(&inline);
            out.push('\n');
        }
    }
}

/// A value on one line.
fn flow(value: &Value) -> String {
    match value {
        Value::Object(entries) => {
            let entries: Vec<String> =
                entries.iter().map(|(key, value)| format!("{}: {}", scalar_text(key), flow(value))).collect();
            format!("{{{}}}", entries.join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::String(text) => scalar_text(text),
        other => other.to_string(),
    }
}

/// Text without quotes where no YAML reader takes it for anything else.
fn scalar_text(text: &str) -> String {
    if is_plain(text) { text.to_owned() } else { Value::String(text.to_owned()).to_string() }
}

fn is_plain(text: &str) -> bool {
    const WORDS: [&str; 11] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf"];
    let word = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "_./@-".contains(c))
        && !WORDS.contains(&text.to_ascii_lowercase().as_str());
    let address = text.matches('.').count() == 3 && text.chars().all(|c| c.is_ascii_digit() || c == '.' || c == '/');
    let duration =
        text.len() > 1 && text.ends_with(['s', 'm', 'h']) && text[..text.len() - 1].chars().all(|c| c.is_ascii_digit());
    let is_number = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
    let range = text.split_once('-').is_some_and(|(from, to)| is_number(from) && is_number(to));
    word || address || duration || range || is_guid(text)
}

#[cfg(test)]
mod tests {
    use super::is_plain;

    #[test]
    fn what_could_be_taken_for_something_else_is_quoted() {
        for plain in [
            "eu-north-1",
            "10.0.0.0/20",
            "10.0.0.4",
            "30s",
            "/subscriptions/x",
            "2000-2099",
            "11111111-2222-3333-4444-555555555555",
            "a@b.c",
        ] {
            assert!(is_plain(plain), "{plain}");
        }
        for quoted in
            ["", "no", "On", "012345678901", "1e5", "2001-01-01", "a: b", "#", "30x", "::/0", "a b", "ünicode", "1.5"]
        {
            assert!(!is_plain(quoted), "{quoted}");
        }
    }
}
