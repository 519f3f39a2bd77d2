//! How the answer of a mutating call is told.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::UnsuccessfulItem;
use xcloud_core::provider::{ErrorKind, Performed, ProviderError};

use crate::clients::Api;
use crate::error;

/// Returns what a call made: the id under "", and facts. Without an id nothing was made.
pub(crate) fn made<const N: usize>(
    id: Option<String>,
    facts: [(&str, Option<String>); N],
    request_ids: Vec<String>,
) -> Performed {
    let facts = facts.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
    let made: BTreeMap<String, String> = id.map(|id| (String::new(), id)).into_iter().chain(facts).collect();
    Performed { made, request_ids, pending: None }
}

/// Returns the id of what a create call made; without one, nobody knows what happened.
pub(crate) fn required(api: &Api, operation: &str, id: Option<String>) -> Result<Option<String>, ProviderError> {
    match id.filter(|id| !id.is_empty()) {
        Some(id) => Ok(Some(id)),
        None => Err(api.error(operation, ErrorKind::Malformed, "the answer names nothing that was made")),
    }
}

/// Returns success without anything made.
pub(crate) fn done(request_ids: Vec<String>) -> Performed {
    Performed { request_ids, ..Performed::default() }
}

/// What is gone needs no deleting.
pub(crate) fn gone_is_done(result: Result<Performed, ProviderError>) -> Result<Performed, ProviderError> {
    match result {
        Err(error) if error.kind == ErrorKind::NotFound => Ok(done(error.request_id.into_iter().collect())),
        other => other,
    }
}

/// Returns the error inside an answer with HTTP 200: these calls tell each object's failure in `Unsuccessful`.
pub(crate) fn refused(
    api: &Api,
    operation: &str,
    unsuccessful: Option<Vec<UnsuccessfulItem>>,
    request_ids: &[String],
) -> Option<ProviderError> {
    let errors = unsuccessful.unwrap_or_default().into_iter().filter_map(|item| {
        let said = item.error?;
        let text = said.message.unwrap_or_default();
        let message = format!("{}: {text}", item.resource_id.unwrap_or_default());
        let code = said.code.unwrap_or_else(|| "Unsuccessful".to_owned());
        let mut told = error::coded(&api.place, operation, &code, Some(&message));
        told.request_id = request_ids.first().cloned();
        Some(told)
    });
    // One that is gone is the smaller news.
    errors.min_by_key(|error| error.kind == ErrorKind::NotFound)
}

/// Returns the refusal to take over something that is there already under the same name.
pub(crate) fn conflict(mut error: ProviderError, id: &str, why: &str) -> ProviderError {
    error.kind = ErrorKind::Conflict;
    error.message = format!("{id} is there already and {why} ({})", error.message);
    error
}
