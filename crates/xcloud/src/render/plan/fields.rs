//! The fields of a change: old -> new, or what is added to and taken from a set.

use std::collections::BTreeSet;

use anstyle::Style;
use serde_json::Value;
use xcloud_core::plan::{Action, Change, FieldChange, Path, Shown};

use crate::render::layout::{Page, columns};
use crate::render::style::LATE;

const INDENT: usize = 6;
/// Wider labels do not widen the label column of the others.
const LABEL_MAX: usize = 40;

/// Adds the fields of a change. Rules that come or go whole stand in the table of Azure rules (`table`): here they
/// are counted.
pub(super) fn list(page: &mut Page, change: &Change, table: &BTreeSet<Path>) {
    let (told, shown): (Vec<&FieldChange>, Vec<&FieldChange>) =
        change.fields.iter().partition(|field| comes_or_goes(field) && table.contains(&field.path));
    let width = shown.iter().map(|field| columns(&field.path.to_string())).filter(|width| *width <= LABEL_MAX).max();
    let whole = matches!(change.action, Action::Create | Action::Delete);
    for field in shown {
        let (sign, text, style) = describe(field, &change.account);
        let path = field.path.to_string();
        let (label, width) = if whole {
            (path, width.unwrap_or_default())
        } else {
            (format!("{} {}", sign.symbol(), path), width.unwrap_or_default() + 2)
        };
        page.pair(INDENT, width, &label, &text, style);
    }
    if !told.is_empty() {
        let gone = told.iter().filter(|field| field.after.is_null()).count();
        let counted = [(told.len() - gone, "new"), (gone, "removed")];
        let counted =
            counted.into_iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}"));
        let text = format!("rules: {}, listed below", counted.collect::<Vec<_>>().join(", "));
        page.paragraph(INDENT, &text, Style::new());
    }
}

fn comes_or_goes(field: &FieldChange) -> bool {
    field.before.is_null() != field.after.is_null()
}

/// Whether a field comes, goes or changes, and how that reads.
fn describe(field: &FieldChange, account: &str) -> (Action, String, Style) {
    let short = |value: &Value| shorten(value, account);
    match (&short(&field.before), &short(&field.after)) {
        (Value::Null, after) => (Action::Create, alone(after), value_style(&field.after)),
        (before, Value::Null) => (Action::Delete, alone(before), Style::new()),
        (Value::Array(before), Value::Array(after)) => (Action::Update, sets(before, after), Style::new()),
        (before, after) => (Action::Update, format!("{} -> {}", text(before), text(after)), value_style(&field.after)),
    }
}

/// Writes Azure ids of this subscription as the config does: `rg-hub/afwp-hub`.
fn shorten(value: &Value, account: &str) -> Value {
    match value {
        Value::String(id) => Value::String(short_id(id, account)),
        Value::Array(items) => items.iter().map(|item| shorten(item, account)).collect(),
        other => other.clone(),
    }
}

/// Returns an Azure id of this subscription as the config writes it, any other text as it is.
pub(super) fn short_id(id: &str, account: &str) -> String {
    let parts: Vec<&str> = id.trim_start_matches('/').split('/').collect();
    match parts.as_slice() {
        ["subscriptions", subscription, _, group, "providers", _, rest @ ..]
            if *subscription == account && rest.len() >= 2 =>
        {
            let names: Vec<&str> = rest.iter().skip(1).step_by(2).copied().collect();
            format!("{group}/{}", names.join("/"))
        }
        _ => id.to_owned(),
    }
}

/// A member of a set says everything in its path: `true` beside it would be noise.
fn alone(value: &Value) -> String {
    if value == &Value::Bool(true) { String::new() } else { text(value) }
}

fn value_style(value: &Shown) -> Style {
    let is_said = matches!(**value, Value::String(_) | Value::Array(_));
    if is_said && !value.late().is_empty() { LATE } else { Style::new() }
}

/// What a set gains and loses, and how much of it stays; an order that changed is shown whole.
fn sets(before: &[Value], after: &[Value]) -> String {
    let texts = |values: &[Value]| values.iter().map(text).collect::<BTreeSet<String>>();
    let (old, new) = (texts(before), texts(after));
    let signed =
        |sign: char, items: Vec<&String>| items.into_iter().map(|item| format!("{sign}{item}")).collect::<Vec<_>>();
    let mut parts = signed('+', new.difference(&old).collect());
    parts.extend(signed('-', old.difference(&new).collect()));
    if parts.is_empty() {
        let joined = |values: &[Value]| values.iter().map(text).collect::<Vec<_>>().join(", ");
        return format!("{} -> {}", joined(before), joined(after));
    }
    let stay = old.intersection(&new).count();
    if stay > 0 {
        parts.push(format!("({stay} {})", if stay == 1 { "stays" } else { "stay" }));
    }
    parts.join("  ")
}

/// Returns a value for people.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::Null => "(none)".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) if text.is_empty() => "(empty)".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.is_empty() => "(none)".to_owned(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(", "),
        Value::Object(map) => {
            map.iter().map(|(key, value)| format!("{key}={}", text(value))).collect::<Vec<_>>().join(" ")
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{sets, short_id, text};

    #[test]
    fn ids_of_the_subscription_read_as_in_the_config() {
        let id = "/subscriptions/1/resourceGroups/rg-hub/providers/Microsoft.Network/virtualNetworks/vnet/subnets/pls";
        assert_eq!(short_id(id, "1"), "rg-hub/vnet/pls");
        assert_eq!(short_id(id, "2"), id);
        assert_eq!(short_id("vpc-1", "1"), "vpc-1");
    }

    #[test]
    fn a_set_shows_what_comes_and_what_goes() {
        let (before, after) = (json!(["a", "b", "c"]), json!(["b", "c", "d"]));
        let list = |value: &serde_json::Value| value.as_array().cloned().unwrap_or_default();
        assert_eq!(sets(&list(&before), &list(&after)), "+d  -a  (2 stay)");
        assert_eq!(sets(&list(&json!(["a", "b"])), &list(&json!(["b", "a"]))), "a, b -> b, a");
    }

    #[test]
    fn values_read_as_people_say_them() {
        assert_eq!(text(&json!({"ip": "10.0.0.1", "port": 443})), "ip=10.0.0.1 port=443");
        assert_eq!(text(&json!([])), "(none)");
    }
}
