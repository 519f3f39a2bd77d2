//! What the reads of all kinds share: many at once, each answer judged, what is ours told by its name or mark.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::Value;
use xcloud_core::live::AzureQuery;
use xcloud_core::marks::{TAG_PRODUCT, name_prefix};
use xcloud_core::model::ArmName;
use xcloud_core::provider::{ErrorKind, ProviderError};

use crate::arm::{Arm, Listed};
use crate::error;
use crate::json::{need, text, text_map};

/// Reads of one kind that are under way at once.
const AT_ONCE: usize = 64;

/// Reads every item of a set concurrently and leaves out what does not exist.
pub(crate) async fn each<I, T, F>(items: I, read: impl Fn(I::Item) -> F) -> Result<Vec<T>, ProviderError>
where
    I: IntoIterator,
    F: Future<Output = Result<Option<T>, ProviderError>>,
{
    let reads: Vec<F> = items.into_iter().map(read).collect();
    let found: Vec<Option<T>> = stream::iter(reads).buffered(AT_ONCE).try_collect().await?;
    Ok(found.into_iter().flatten().collect())
}

/// Lists what is in each of the resource groups; returns it, and which of them do not exist.
pub(crate) async fn in_groups<'g, F>(
    groups: &'g BTreeSet<String>,
    list: impl Fn(&'g String) -> F,
) -> Result<(Vec<Value>, BTreeSet<String>), ProviderError>
where
    F: Future<Output = Listed>,
{
    let reads: Vec<F> = groups.iter().map(list).collect();
    let read: Vec<Option<Vec<Value>>> = stream::iter(reads).buffered(AT_ONCE).try_collect().await?;
    let missing = groups.iter().zip(&read).filter(|(_, listed)| listed.is_none()).map(|(group, _)| group.clone());
    let missing = missing.collect();
    Ok((read.into_iter().flatten().flatten().collect(), missing))
}

/// Lists the whole subscription if the query asks for it: something of ours may stand there that no config names any
/// more. `None` also for a caller who may read some resource groups only: he is answered all the same, not completely.
pub(crate) async fn everywhere(query: &AzureQuery, list: impl Future<Output = Listed>) -> Listed {
    if !query.everywhere {
        return Ok(None);
    }
    match list.await {
        Err(error) if error.kind == ErrorKind::Denied => Ok(None),
        listed => listed.map(|listed| Some(listed.unwrap_or_default())),
    }
}

/// Returns a parsed answer, or the failure that says where it was not as expected.
pub(crate) fn parsed<T>(arm: &Arm, operation: &'static str, parsed: Result<T, String>) -> Result<T, ProviderError> {
    parsed.map_err(|why| {
        let message = format!("the answer could not be understood: {why}");
        error::of(&arm.reading(operation), ErrorKind::Malformed, &message)
    })
}

/// The objects of one kind that are the product's.
pub(crate) struct OfProduct<T> {
    pub(crate) ours: Vec<T>,
    /// Whether the whole subscription was looked at.
    pub(crate) everywhere: bool,
    /// The resource groups that were asked for and do not exist.
    pub(crate) missing: BTreeSet<String>,
}

/// Returns the objects that carry the product's name prefix or its mark. A list of the subscription spells ids otherwise
/// than that of a resource group: of two the first stays.
pub(crate) fn of_product<'a>(
    arm: &Arm,
    operation: &'static str,
    objects: impl Iterator<Item = &'a Value>,
    product: &str,
) -> Result<Vec<&'a Value>, ProviderError> {
    let mut ours = BTreeMap::new();
    for object in objects {
        let id = ArmName(parsed(arm, operation, need(object, "/id"))?.to_owned());
        let is_named =
            text(object, "/name").to_ascii_lowercase().starts_with(&name_prefix(product).to_ascii_lowercase());
        if is_named || text_map(object, "/tags").get(TAG_PRODUCT).is_some_and(|marked| marked == product) {
            ours.entry(id).or_insert(object);
        }
    }
    Ok(ours.into_values().collect())
}
