//! What the reads of all kinds share: many at once, each answer judged, what is ours told by its name or mark.

use std::collections::BTreeMap;
use std::future::Future;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::Value;
use xcloud_core::marks::{TAG_PRODUCT, name_prefix};
use xcloud_core::provider::{ErrorKind, ProviderError};

use crate::arm::Arm;
use crate::error;

/// Reads of one kind that are under way at once.
const AT_ONCE: usize = 64;

/// Reads every item of a set concurrently and leaves out what does not exist.
pub(super) async fn each<I, T, F>(items: I, read: impl Fn(I::Item) -> F) -> Result<Vec<T>, ProviderError>
where
    I: IntoIterator,
    F: Future<Output = Result<Option<T>, ProviderError>>,
{
    let reads: Vec<F> = items.into_iter().map(read).collect();
    let found: Vec<Option<T>> = stream::iter(reads).buffered(AT_ONCE).try_collect().await?;
    Ok(found.into_iter().flatten().collect())
}

/// Returns a parsed answer, or the failure that says where it was not as expected.
pub(super) fn parsed<T>(arm: &Arm, operation: &'static str, parsed: Result<T, String>) -> Result<T, ProviderError> {
    parsed.map_err(|why| {
        let message = format!("the answer could not be understood: {why}");
        error::of(&arm.reading(operation), ErrorKind::Malformed, &message)
    })
}

/// Returns true if the object carries the product's name prefix or its mark.
pub(super) fn is_of_product(object: &Value, tags: &BTreeMap<String, String>, product: &str) -> bool {
    let name = object.get("name").and_then(Value::as_str).unwrap_or_default();
    name.to_ascii_lowercase().starts_with(&name_prefix(product).to_ascii_lowercase())
        || tags.get(TAG_PRODUCT).is_some_and(|marked| marked == product)
}
