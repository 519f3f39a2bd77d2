//! The adapters of all AWS places.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;
use xcloud_core::live::{Answer, Query};
use xcloud_core::model::Place;
use xcloud_core::op::Op;
use xcloud_core::plan::Condition;
use xcloud_core::provider::{
    BoxFuture, Clouds, Effect, ErrorKind, Gate, Left, Operation, Performed, Polled, Progress, Provider, ProviderError,
};

use crate::clients::Api;
use crate::settings::AwsSettings;
use crate::{calls, check, error, place};

/// Every AWS place: one adapter, with one set of clients, for each account, region and pair of roles. (The estates of
/// a pass may share an account and name different roles in it: each works under its own.)
pub struct AwsClouds {
    settings: Arc<AwsSettings>,
    gate: Arc<dyn Gate>,
    adapters: Mutex<BTreeMap<Place, Arc<Adapter>>>,
}

impl AwsClouds {
    /// Returns the AWS side of all places; calls nothing.
    #[must_use]
    pub fn new(settings: AwsSettings, gate: Arc<dyn Gate>) -> Self {
        Self { settings: Arc::new(settings), gate, adapters: Mutex::new(BTreeMap::new()) }
    }
}

impl Clouds for AwsClouds {
    fn provider(&self, place: &Place) -> Arc<dyn Provider> {
        let mut adapters = self.adapters.lock().unwrap_or_else(PoisonError::into_inner);
        let adapter = adapters.entry(place.clone()).or_insert_with(|| {
            Arc::new(Adapter {
                settings: self.settings.clone(),
                gate: self.gate.clone(),
                place: place.clone(),
                api: OnceCell::new(),
            })
        });
        adapter.clone()
    }
}

/// One account and region.
struct Adapter {
    settings: Arc<AwsSettings>,
    gate: Arc<dyn Gate>,
    place: Place,
    api: OnceCell<Api>,
}

impl Adapter {
    /// Returns the clients with credentials that are good for some minutes. So a failure to get them has its own
    /// name, and a place that cannot be entered costs one call and not one for each read.
    async fn api(&self) -> Result<&Api, ProviderError> {
        let role = match &self.place {
            Place::Aws { role, read_role, .. } if self.settings.read_only => read_role.as_ref().or(role.as_ref()),
            Place::Aws { role, .. } => role.as_ref(),
            Place::Azure { .. } | Place::Ledger { .. } => return Err(self.misplaced("connect")),
        };
        let connect = || Api::connect(&self.settings, self.place.key(), role, self.gate.clone());
        let api = self.api.get_or_try_init(connect).await?;
        api.session.credentials().await?;
        Ok(api)
    }

    /// A place, query, condition or call of another cloud is a mistake of the caller; it is answered, not panicked
    /// about.
    fn misplaced(&self, what: &str) -> ProviderError {
        error::new(&self.place.key(), what, ErrorKind::Invalid, "internal error: not an AWS operation")
    }
}

/// Credentials that AWS no longer accepts are fetched again for the next call.
fn notice<T>(api: &Api, result: Result<T, ProviderError>) -> Result<T, ProviderError> {
    if result.as_ref().is_err_and(|error| error.kind == ErrorKind::Credentials) {
        api.session.forget();
    }
    result
}

impl Provider for Adapter {
    fn observe<'a>(&'a self, query: &'a Query) -> BoxFuture<'a, Result<Answer, ProviderError>> {
        Box::pin(async move {
            let Query::Aws(query) = query else { return Err(self.misplaced("observe")) };
            let api = self.api().await?;
            notice(api, place::observe(api, query).await).map(|live| Answer::Aws(Box::new(live)))
        })
    }

    fn check<'a>(&'a self, condition: &'a Condition) -> BoxFuture<'a, Result<Progress, ProviderError>> {
        Box::pin(async move {
            let api = self.api().await?;
            notice(api, check::check(api, condition).await)?.ok_or_else(|| self.misplaced("check"))
        })
    }

    fn perform<'a>(&'a self, op: &'a Op, token: &'a str) -> BoxFuture<'a, Result<Performed, ProviderError>> {
        Box::pin(async move {
            let Op::Aws(op) = op else { return Err(self.misplaced(op.name())) };
            let api = self.api().await?;
            notice(api, calls::perform(api, op, token).await)
        })
    }

    fn find<'a>(&'a self, op: &'a Op, _token: &'a str) -> BoxFuture<'a, Result<Effect, ProviderError>> {
        Box::pin(async move {
            let Op::Aws(op) = op else { return Err(self.misplaced(op.name())) };
            let api = self.api().await?;
            notice(api, calls::find(api, op).await)
        })
    }

    fn left<'a>(&'a self, op: &'a Op, undo: &'a Op, _token: &'a str) -> BoxFuture<'a, Result<Left, ProviderError>> {
        Box::pin(async move {
            let (Op::Aws(op), Op::Aws(undo)) = (op, undo) else { return Err(self.misplaced(op.name())) };
            let api = self.api().await?;
            notice(api, calls::left(api, op, undo).await)
        })
    }

    fn poll<'a>(&'a self, op: &'a Op, _operation: &'a Operation) -> BoxFuture<'a, Result<Polled, ProviderError>> {
        Box::pin(async move { Err(self.misplaced(op.name())) })
    }
}
