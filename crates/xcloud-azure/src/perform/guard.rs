//! What must hold before a write: looked at right before it, and sent along where Azure checks it too.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use xcloud_core::marks::TAG_PRODUCT;
use xcloud_core::op::{AzureOp, Handle, PrivateEndpointOp, PrivateLinkServiceOp, WriteGuard};
use xcloud_core::provider::{ErrorKind, ProviderError};

use super::merge;
use crate::arm::Arm;
use crate::error;
use crate::json::{etag, state, text, text_map};
use crate::wire::Extra;

/// Returns the `ETag` that the object must still have, if the guard names one.
pub(crate) fn expected_etag(guard: &WriteGuard) -> Result<Option<&str>, String> {
    match guard {
        WriteGuard::Unchanged(etag) => Ok(Some(etag)),
        WriteGuard::After(Handle::Known(etag)) => Ok(Some(etag)),
        WriteGuard::After(Handle::Made(object)) => Err(format!("the ETag of {} is not bound", object.0)),
        WriteGuard::Holds(op) => Err(format!("{} is not compared by content", op.name())),
        WriteGuard::Absent | WriteGuard::None => Ok(None),
    }
}

/// Turns a guard by content into one by the `ETag` that was just read: the object holds what the guard says, or what
/// is to be written already. An operation that Azure accepted and then failed has moved the `ETag` as well.
pub(crate) fn by_etag(
    arm: &Arm,
    operation: &'static str,
    guard: &WriteGuard,
    live: Option<&Value>,
    written: Option<&AzureOp>,
    holds: impl Fn(&AzureOp, &Value) -> bool,
) -> Result<WriteGuard, ProviderError> {
    let is_written = |live: &Value| written.is_some_and(|op| holds(op, live));
    match (guard, live) {
        (WriteGuard::Holds(expected), Some(live)) if holds(expected, live) || is_written(live) => {
            Ok(WriteGuard::Unchanged(etag(live).to_owned()))
        }
        (WriteGuard::Holds(_), _) => {
            let why = "the object was changed since it was looked at";
            Err(error::of(&arm.writing(operation), ErrorKind::Conflict, why))
        }
        _ => Ok(guard.clone()),
    }
}

/// Returns the tags that others wrote since: neither what the guard holds nor what is to be written names them.
pub(crate) fn others_tags(guard: &WriteGuard, live: &Value) -> BTreeMap<String, String> {
    let mut tags = text_map(live, "/tags");
    match guard {
        WriteGuard::Holds(expected) => match &**expected {
            AzureOp::PrivateLinkService(PrivateLinkServiceOp::Put { tags: held, .. })
            | AzureOp::PrivateEndpoint(PrivateEndpointOp::Put { tags: held, .. }) => {
                tags.retain(|key, _| !held.contains_key(key));
                tags
            }
            _ => BTreeMap::new(),
        },
        _ => BTreeMap::new(),
    }
}

/// Compares what is there now with what the guard demands, and returns what the write sends along: If-Match, which
/// Microsoft.Network honours (If-None-Match is documented for private DNS only).
///
/// A write over a running operation is refused: Azure would cancel the earlier one
/// (`CanceledAndSupersededDueToAnotherOperation`, Azure/azure-cli#21156). A failed object that already holds what is
/// to be written is the trace of an earlier attempt of the same write, and writing again is the repair.
pub(crate) fn look(
    arm: &Arm,
    operation: &'static str,
    guard: &WriteGuard,
    live: Option<&Value>,
    is_written: impl Fn(&Value) -> bool,
) -> Result<Extra, ProviderError> {
    let refuse = |kind: ErrorKind, why: &str| Err(error::of(&arm.writing(operation), kind, why));
    let expected = expected_etag(guard).map_err(|why| arm.invalid(operation, &why))?;
    let if_match = |etag: &str| Ok(Extra { if_match: Some(etag.to_owned()), ..Extra::default() });
    match (guard, live) {
        (WriteGuard::None, None) | (WriteGuard::Absent, None) => Ok(Extra::default()),
        (_, Some(live)) if !state(live).is_settled() => {
            refuse(ErrorKind::Busy, &format!("the object is {}", state(live)))
        }
        (WriteGuard::Absent | WriteGuard::Unchanged(_) | WriteGuard::After(_), Some(live))
            if state(live).has_failed() && is_written(live) =>
        {
            if_match(etag(live))
        }
        // Our own write was accepted, then failed in its operation: the ETag moved, the content did not.
        (WriteGuard::Unchanged(_) | WriteGuard::After(_), Some(live))
            if state(live).has_failed()
                && expected.is_some_and(|expected| arm.saw(&key(live, expected), &content(live))) =>
        {
            if_match(etag(live))
        }
        (WriteGuard::Absent, Some(_)) => refuse(ErrorKind::Conflict, "the object exists already"),
        (_, Some(live)) if expected.is_some_and(|expected| !same_etag(expected, etag(live))) => {
            refuse(ErrorKind::Conflict, "the object was changed since it was looked at")
        }
        (_, None) if expected.is_some() => refuse(ErrorKind::Conflict, "the object is gone"),
        (_, Some(live)) if expected.is_some() => {
            let expected = expected.unwrap_or_default();
            arm.remember(key(live, expected), content(live));
            if_match(expected)
        }
        _ => Ok(Extra::default()),
    }
}

/// Compares what is there now with what the guard of a deletion demands, and returns what the deletion sends along:
/// the `ETag` that was just read, so that nothing is deleted that was changed in between.
pub(crate) fn deletion(
    arm: &Arm,
    operation: &'static str,
    guard: &WriteGuard,
    live: &Value,
    is_ours: bool,
    holds: impl Fn(&AzureOp, &Value) -> bool,
) -> Result<Extra, ProviderError> {
    if !is_ours {
        let why = "the object carries no mark of ours (any more)";
        return Err(error::of(&arm.writing(operation), ErrorKind::Conflict, why));
    }
    let guard = by_etag(arm, operation, guard, Some(live), None, holds)?;
    let extra = look(arm, operation, &guard, Some(live), |_| false)?;
    let tag = Some(etag(live)).filter(|etag| !etag.is_empty()).map(str::to_owned);
    Ok(Extra { if_match: extra.if_match.or(tag), ..extra })
}

/// Returns true if the tags of an object say that it is xcloud's.
pub(crate) fn is_tagged(live: &Value) -> bool {
    text_map(live, "/tags").contains_key(TAG_PRODUCT)
}

/// Names what an object was at an `ETag`.
fn key(live: &Value, etag: &str) -> String {
    format!("{} {etag}", text(live, "/id").to_ascii_lowercase())
}

/// What a write can change of an object: all but what only Azure writes.
fn content(live: &Value) -> Value {
    merge::stripped(&json!({
        "location": live.get("location"), "tags": live.get("tags"), "properties": live.get("properties"),
    }))
}

/// `W/"x"` and `"x"` are one tag; Azure answers the weak form in bodies and either in headers.
fn same_etag(one: &str, other: &str) -> bool {
    let bare = |tag: &str| tag.trim().trim_start_matches("W/").trim_matches('"').to_owned();
    bare(one) == bare(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_and_strong_tags_are_the_same_tag() {
        assert!(same_etag("W/\"a\"", "\"a\"") && same_etag("a", "W/\"a\""));
        assert!(!same_etag("W/\"a\"", "W/\"b\""));
    }

    #[test]
    fn an_unbound_guard_is_an_error() {
        let object = xcloud_core::op::Object("x".to_owned());
        assert!(expected_etag(&WriteGuard::After(Handle::Made(object))).is_err());
        assert_eq!(expected_etag(&WriteGuard::After(Handle::Known("e".to_owned()))), Ok(Some("e")));
        assert_eq!(expected_etag(&WriteGuard::Absent), Ok(None));
    }
}
