//! Objects that carry our mark in their tags and are written whole, laid over what is live: private link services and
//! private endpoints.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;
use xcloud_core::marks::TAG_PRODUCT;
use xcloud_core::op::WriteGuard;
use xcloud_core::provider::ProviderError;

use crate::as_written::Written;
use crate::change::Change;
use crate::guard;
use crate::json::text_map;
use crate::wire::Extra;

type Tags = BTreeMap<String, String>;

/// A call about such an object.
pub(crate) trait Tagged: Written {
    /// The object as the management crate writes it.
    type Body: Serialize;

    /// Returns the tags that the call writes.
    fn tags(&self) -> Option<&Tags>;

    /// Returns the smallest object that holds what the call writes.
    fn body(&self) -> Result<Self::Body, String>;

    /// Lays ours over what is live.
    fn merged(live: &Value, ours: Value) -> Value;
}

/// Looks at the object right before it is written. Returns its body, and what the write sends along.
pub(crate) async fn before_put<C: Tagged>(
    change: &Change<'_>,
    op: &C,
    guard: &WriteGuard<C>,
) -> Result<(C::Body, Extra), ProviderError> {
    let body = op.body().map_err(|why| change.invalid(&why))?;
    let live = op.look(change.arm).await?;
    let mut extra = guard::look(change, op, guard, live.as_ref())?;
    if let Some(live) = &live {
        let mut ours = serde_json::to_value(&body).map_err(|why| change.invalid(&why.to_string()))?;
        if let Some(tags) = ours.get_mut("tags").and_then(Value::as_object_mut) {
            let others = others_tags(guard, live).into_iter();
            let others: Vec<_> =
                others.filter(|(key, _)| !tags.keys().any(|ours| ours.eq_ignore_ascii_case(key))).collect();
            tags.extend(others.into_iter().map(|(key, value)| (key, Value::from(value))));
        }
        extra.body = Some(Bytes::from(C::merged(live, ours).to_string()));
    }
    Ok((body, extra))
}

/// Looks at the object right before it is deleted, which it is only if it still carries our mark. Returns what the
/// deletion sends along; `None` if the object is gone.
pub(crate) async fn before_delete<C: Tagged>(
    change: &Change<'_>,
    op: &C,
    guard: &WriteGuard<C>,
) -> Result<Option<Extra>, ProviderError> {
    let Some(live) = op.look(change.arm).await? else { return Ok(None) };
    let is_ours = text_map(&live, "/tags").contains_key(TAG_PRODUCT);
    guard::deletion(change, op, guard, &live, is_ours).map(Some)
}

/// Returns the tags that others wrote since: neither what the guard holds nor what is to be written names them.
fn others_tags<C: Tagged>(guard: &WriteGuard<C>, live: &Value) -> Tags {
    let held = match guard {
        WriteGuard::Holds(held) => held.tags(),
        WriteGuard::Absent | WriteGuard::Unchanged(_) | WriteGuard::After(_) | WriteGuard::None => None,
    };
    let Some(held) = held else { return Tags::new() };
    let mut tags = text_map(live, "/tags");
    tags.retain(|key, _| value_of(held, key).is_none());
    tags
}

/// Returns true if our tags are there as they were written. Those of others beside them are no part of the object.
pub(crate) fn are_tagged(live: &Tags, wanted: &Tags) -> bool {
    wanted.iter().all(|(key, value)| value_of(live, key) == Some(value))
}

/// Azure does not tell the cases of a tag's name apart (facts/azure 4.8).
fn value_of<'t>(tags: &'t Tags, key: &str) -> Option<&'t String> {
    tags.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value)
}

/// `West Europe` is `westeurope`.
pub(crate) fn same_location(one: &str, other: &str) -> bool {
    let folded = |text: &str| text.replace(' ', "").to_ascii_lowercase();
    folded(one) == folded(other)
}
