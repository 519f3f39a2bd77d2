//! Lists, a page at a time.

use serde_json::{Value, json};

use super::call::Call;
use super::ids::{Kind, ResourceId, Target};
use super::reply::{ArmError, Outcome, Reply};
use super::world::Stored;
use super::{load_balancers, record_sets, render, roles, security_groups};

/// Answers a list of one type: in a subscription, a resource group, or below a parent.
pub(super) fn list(call: &Call<'_>, target: &Target) -> Outcome {
    let Target::List { subscription, group, parent, kind, type_path } = target else {
        return Err(ArmError::new(404, "NotFound", "Not a list."));
    };
    if let Some(parent) = parent {
        call.existing(parent)?;
    }
    let mut items = match (parent, kind) {
        (Some(parent), Kind::DefaultRule) => security_groups::list_default_rules(call, parent),
        (Some(parent), Kind::Frontend) => load_balancers::list_frontends(call, parent),
        (Some(parent), Kind::RecordSet) => record_sets::list(call, parent, type_path),
        (Some(parent), _) => {
            let type_name = type_path.rsplit('/').next().unwrap_or_default();
            call.world.children(&parent.key(), type_name).map(|stored| render::resource(call.world, stored)).collect()
        }
        (None, kind) => {
            let prefix = match group {
                Some(group) => format!("/subscriptions/{subscription}/resourceGroups/{group}/"),
                None => format!("/subscriptions/{subscription}/"),
            };
            in_scope(call, *kind, &prefix.to_lowercase())
        }
    };
    if group.is_none() {
        items.iter_mut().for_each(upper_case_groups);
    }
    page(call, items)
}

fn in_scope(call: &Call<'_>, kind: Kind, prefix: &str) -> Vec<Value> {
    let is_seen = |id: &str| ResourceId::parse(id).is_none_or(|id| roles::sees(call.world, &id.group));
    let inside = |stored: &&Stored| stored.id.to_lowercase().starts_with(prefix) && is_seen(&stored.id);
    call.world.of_kind(kind).filter(inside).map(|stored| render::resource(call.world, stored)).collect()
}

/// Cuts out the page that the request asks for and links the next one.
fn page(call: &Call<'_>, items: Vec<Value>) -> Outcome {
    let start = match call.query("$skipToken") {
        None => 0,
        Some(token) => token.parse::<usize>().map_err(|_| {
            ArmError::bad_request("InvalidSkipToken", format!("The skip token '{token}' is not valid."))
        })?,
    };
    let size = match call.query("$top").map(|top| top.parse::<usize>()) {
        Some(Ok(top)) if top > 0 => top.min(call.world.page_size),
        Some(_) => return Err(ArmError::bad_request("BadRequest", "The value of '$top' is not valid.")),
        None => call.world.page_size,
    };
    let end = start.saturating_add(size);
    let more = end < items.len();
    let value: Vec<Value> = items.into_iter().skip(start).take(size).collect();
    if !more {
        return Ok(Reply::json(200, json!({ "value": value })));
    }
    Ok(Reply::json(200, json!({ "value": value, "nextLink": next_link(call, end) })))
}

fn next_link(call: &Call<'_>, start: usize) -> String {
    let query = call.request.uri.query().unwrap_or_default();
    let kept = url::form_urlencoded::parse(query.as_bytes()).filter(|(key, _)| !key.eq_ignore_ascii_case("$skipToken"));
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(kept)
        .append_pair("$skipToken", &start.to_string())
        .finish();
    format!("{}{}?{query}", call.request.base_url, call.request.uri.path())
}

/// Upper-cases the resource group in every id of an answer, as Azure does in lists over a subscription.
fn upper_case_groups(value: &mut Value) {
    match value {
        Value::String(text) if text.starts_with("/subscriptions/") => {
            let mut segments: Vec<String> = text.split('/').map(str::to_owned).collect();
            if let [_, _, _, label, group, ..] = segments.as_mut_slice()
                && label.eq_ignore_ascii_case("resourceGroups")
            {
                *group = group.to_uppercase();
                *text = segments.join("/");
            }
        }
        Value::Array(values) => values.iter_mut().for_each(upper_case_groups),
        Value::Object(object) => object.values_mut().for_each(upper_case_groups),
        _ => {}
    }
}
