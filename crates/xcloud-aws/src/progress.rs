//! What a look at a condition answers.

use std::fmt::Display;

use xcloud_core::provider::{ErrorKind, Facts, Progress, ProviderError};

use crate::clients::Api;
use crate::error;

/// What is said of an object that no read shows.
pub(crate) const NOT_VISIBLE: &str = "not visible yet";

/// It holds.
pub(crate) fn done() -> Progress {
    Progress::Done(Facts::default())
}

/// It does not hold yet; what is there now.
pub(crate) fn not_yet(what: impl Into<String>) -> Result<Progress, ProviderError> {
    Ok(Progress::NotYet(what.into()))
}

/// The object ended in a state from which it does not come back.
pub(crate) fn never(
    api: &Api,
    operation: &str,
    state: impl Display,
    said: Option<(String, String)>,
) -> Result<Progress, ProviderError> {
    Ok(Progress::Never(match said {
        Some((code, message)) => {
            let told = error::coded(&api.place, operation, &code, Some(&message));
            ProviderError { kind: ErrorKind::Other, message: format!("state {state}: {}", told.message), ..told }
        }
        None => api.error(operation, ErrorKind::Other, &format!("state {state}")),
    }))
}
