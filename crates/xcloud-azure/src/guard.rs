//! What must hold before a write: looked at right before it, and sent along where Azure checks it too.

use serde_json::{Value, json};
use xcloud_core::op::{Handle, WriteGuard};
use xcloud_core::provider::{ErrorKind, ProviderError};

use crate::as_written::Written;
use crate::change::Change;
use crate::json::{etag, state, text};
use crate::merge;
use crate::object::version;
use crate::wire::Extra;

/// Returns the `ETag` that the object must still have, if the guard names one.
pub(crate) fn expected_etag<C>(guard: &WriteGuard<C>) -> Result<Option<&str>, String> {
    match guard {
        WriteGuard::Unchanged(etag) | WriteGuard::After(Handle::Known(etag)) => Ok(Some(etag)),
        WriteGuard::After(Handle::Made(object)) => Err(format!("the ETag of {} is not bound", object.0)),
        WriteGuard::Holds(_) => Err("the object is not compared by content".to_owned()),
        WriteGuard::Absent | WriteGuard::None => Ok(None),
    }
}

/// Compares what is there now with what the guard of the call demands, and returns what the call sends along: If-Match,
/// which Microsoft.Network honours (If-None-Match is documented for private DNS only).
///
/// A guard by content becomes one by the `ETag` that was just read, if the object holds what the guard says, or what is
/// to be written already: an operation that Azure accepted and then failed has moved the `ETag` as well.
///
/// A write over a running operation is refused: Azure would cancel the earlier one
/// (`CanceledAndSupersededDueToAnotherOperation`, Azure/azure-cli#21156). A failed object that already holds what is
/// to be written is the trace of an earlier attempt of the same write, and writing again is the repair.
pub(crate) fn look<C: Written>(
    change: &Change<'_>,
    op: &C,
    guard: &WriteGuard<C>,
    live: Option<&Value>,
) -> Result<Extra, ProviderError> {
    let conflict = |why: &str| Err(change.refused(ErrorKind::Conflict, why));
    let expected = match (guard, live) {
        (WriteGuard::Holds(held), Some(live)) if held.holds(live) || op.holds(live) => Some(version(live)),
        (WriteGuard::Holds(_), _) => return conflict("the object was changed since it was looked at"),
        _ => expected_etag(guard).map_err(|why| change.invalid(&why))?.map(str::to_owned),
    };
    let Some(live) = live else {
        return if expected.is_some() { conflict("the object is gone") } else { Ok(Extra::default()) };
    };
    if !state(live).is_settled() {
        return Err(change.refused(ErrorKind::Busy, &format!("the object is {}", state(live))));
    }
    let if_match = || Ok(Extra { if_match: entity_tag(live), ..Extra::default() });
    let is_absent = matches!(guard, WriteGuard::Absent);
    let Some(expected) = expected else {
        return match is_absent {
            true if state(live).has_failed() && op.holds(live) => if_match(),
            true => conflict("the object exists already"),
            false => Ok(Extra::default()),
        };
    };
    // Our own write was accepted, then failed in its operation: the ETag moved, the content did not.
    let is_ours = || op.holds(live) || change.arm.saw(&key(live, &expected), &content(live));
    if state(live).has_failed() && is_ours() {
        return if_match();
    }
    if expected != version(live) && !same_etag(&expected, etag(live)) {
        return conflict("the object was changed since it was looked at");
    }
    change.arm.remember(key(live, &expected), content(live));
    if_match()
}

/// Compares what is there now with what the guard of a deletion demands, and returns what the deletion sends along:
/// the `ETag` that was just read, so that nothing is deleted that was changed in between.
pub(crate) fn deletion<C: Written>(
    change: &Change<'_>,
    op: &C,
    guard: &WriteGuard<C>,
    live: &Value,
    is_ours: bool,
) -> Result<Extra, ProviderError> {
    if !is_ours {
        return Err(change.refused(ErrorKind::Conflict, "the object carries no mark of ours (any more)"));
    }
    let extra = look(change, op, guard, Some(live))?;
    Ok(Extra { if_match: extra.if_match.or_else(|| entity_tag(live)), ..extra })
}

/// Returns the `ETag` that was just read as a header carries it. The firewall types answer it bare in their bodies and
/// quoted in the header; a bare one in `If-Match` is no entity tag (RFC 9110, 8.8.3).
fn entity_tag(live: &Value) -> Option<String> {
    match etag(live) {
        "" => None,
        tag if tag.ends_with('"') => Some(tag.to_owned()),
        bare => Some(format!("\"{bare}\"")),
    }
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
    use xcloud_core::op::Never;

    use super::*;

    #[test]
    fn weak_and_strong_tags_are_the_same_tag() {
        assert!(same_etag("W/\"a\"", "\"a\"") && same_etag("a", "W/\"a\""));
        assert!(!same_etag("W/\"a\"", "W/\"b\""));
    }

    #[test]
    fn an_unbound_guard_is_an_error() {
        let object = xcloud_core::op::Object("x".to_owned());
        assert!(expected_etag(&WriteGuard::<Never>::After(Handle::Made(object))).is_err());
        assert_eq!(expected_etag(&WriteGuard::<Never>::After(Handle::Known("e".to_owned()))), Ok(Some("e")));
        assert_eq!(expected_etag(&WriteGuard::<Never>::Absent), Ok(None));
    }
}
