//! A gate that lets every call pass once.

use xcloud_core::provider::{ApiCall, BoxFuture, Gate, Outcome, ProviderError};

pub struct Open;

impl Gate for Open {
    fn admit<'a>(&'a self, _call: &'a ApiCall) -> BoxFuture<'a, Result<(), ProviderError>> {
        Box::pin(async { Ok(()) })
    }

    fn settled<'a>(&'a self, _call: &'a ApiCall, _attempt: u32, _outcome: Outcome<'a>) -> BoxFuture<'a, bool> {
        Box::pin(async { false })
    }
}
