//! A provider that trusts no call: before each it must not be found, afterwards it must, and once more changes nothing.

use std::time::Duration;

use xcloud_core::live::{Answer, Query};
use xcloud_core::op::Op;
use xcloud_core::plan::Condition;
use xcloud_core::provider::{
    BoxFuture, Effect, ErrorKind, Left, Operation, Performed, Polled, Progress, Provider, ProviderError,
};

/// A provider that trusts no call.
pub(crate) struct Doubting<'a>(pub(crate) &'a dyn Provider);

impl Doubting<'_> {
    async fn tried(&self, op: &Op, token: &str) -> Result<Performed, ProviderError> {
        let before = self.0.find(op, token).await?;
        assert_eq!(before, Effect::NotSeen, "{} was not made yet", op.name());
        let performed = self.0.perform(op, token).await?;
        let found = self.found(op, token).await?;
        assert_eq!(found.made.get(""), performed.made.get(""), "{}", op.name());
        let again = self.0.perform(op, token).await?;
        assert_eq!(again.made.get(""), performed.made.get(""), "{} once more", op.name());
        Ok(performed)
    }

    /// Changes come into sight after a while.
    async fn found(&self, op: &Op, token: &str) -> Result<Performed, ProviderError> {
        for _ in 0..60 {
            match self.0.find(op, token).await {
                Ok(Effect::Happened(performed)) => return Ok(performed),
                Ok(Effect::NotSeen) => {}
                Err(error) if error.kind == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
            tokio::time::sleep(Duration::from_secs(5)).await;
        }
        panic!("{} was made and is never found", op.name())
    }
}

impl Provider for Doubting<'_> {
    fn observe<'a>(&'a self, query: &'a Query) -> BoxFuture<'a, Result<Answer, ProviderError>> {
        self.0.observe(query)
    }

    fn check<'a>(&'a self, condition: &'a Condition) -> BoxFuture<'a, Result<Progress, ProviderError>> {
        self.0.check(condition)
    }

    fn perform<'a>(&'a self, op: &'a Op, token: &'a str) -> BoxFuture<'a, Result<Performed, ProviderError>> {
        Box::pin(self.tried(op, token))
    }

    fn find<'a>(&'a self, op: &'a Op, token: &'a str) -> BoxFuture<'a, Result<Effect, ProviderError>> {
        self.0.find(op, token)
    }

    fn left<'a>(&'a self, op: &'a Op, undo: &'a Op, token: &'a str) -> BoxFuture<'a, Result<Left, ProviderError>> {
        self.0.left(op, undo, token)
    }

    fn poll<'a>(&'a self, op: &'a Op, operation: &'a Operation) -> BoxFuture<'a, Result<Polled, ProviderError>> {
        self.0.poll(op, operation)
    }
}
