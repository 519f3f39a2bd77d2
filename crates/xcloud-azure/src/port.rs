//! The port's implementation: one provider for each subscription, all on one wire and one token.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use url::Url;
use xcloud_core::live::{Answer, Query};
use xcloud_core::model::{Cloud, Place, PlaceKey};
use xcloud_core::op::Op;
use xcloud_core::plan::Condition;
use xcloud_core::provider::{
    BoxFuture, Clouds, Effect, Gate, Left, Operation, Performed, Polled, Progress, Provider, ProviderError,
};

use crate::arm::Arm;
use crate::credential::Tokens;
use crate::invalid::InvalidSettings;
use crate::pass_cache::PassCache;
use crate::settings::AzureSettings;
use crate::transport::{ArmTransport, HttpsTransport};
use crate::wire::Wire;
use crate::{calls, check, place};

/// Gives the adapter for each Azure subscription.
pub struct AzureClouds {
    endpoint: Url,
    /// One for each tenant that a subscription names; `None`: the tenant of the credentials.
    wires: BTreeMap<Option<String>, Arc<Wire>>,
    tenants: BTreeMap<String, String>,
    gate: Arc<dyn Gate>,
    share_reads: bool,
    made: Mutex<BTreeMap<PlaceKey, Arc<AzureProvider>>>,
}

impl std::fmt::Debug for AzureClouds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AzureClouds").field("endpoint", &self.endpoint.as_str()).finish_non_exhaustive()
    }
}

impl AzureClouds {
    /// Makes the clients. No call is made, and credentials are not looked at before the first one.
    ///
    /// # Errors
    /// [`InvalidSettings`] if the endpoint may not be used, or TLS cannot be set up.
    pub fn new(settings: &AzureSettings, gate: Arc<dyn Gate>) -> Result<Self, InvalidSettings> {
        let endpoint = settings.endpoint()?;
        let transport: Arc<dyn ArmTransport> = match &settings.transport {
            Some(transport) => Arc::clone(transport),
            None => Arc::new(HttpsTransport::new(settings.timeouts)?),
        };
        let wire = |tenant: Option<String>| {
            let of_tenant =
                AzureSettings { tenant_id: tenant.clone().or(settings.tenant_id.clone()), ..settings.clone() };
            let tokens = Arc::new(Tokens::from_settings(&of_tenant));
            let wire = Wire::new(endpoint.clone(), tokens, Arc::clone(&transport), settings.timeouts.request);
            (tenant, Arc::new(wire))
        };
        let tenants: BTreeSet<Option<String>> = settings.tenants.values().cloned().map(Some).chain([None]).collect();
        let wires = tenants.into_iter().map(wire).collect();
        let (share_reads, tenants) = (settings.share_reads, settings.tenants.clone());
        Ok(Self { endpoint, wires, tenants, gate, share_reads, made: Mutex::new(BTreeMap::new()) })
    }

    /// Returns the wire of a subscription: with the tokens of its tenant.
    fn wire(&self, subscription: &str) -> Arc<Wire> {
        let tenant =
            self.tenants.iter().find(|(of, _)| of.eq_ignore_ascii_case(subscription)).map(|(_, tenant)| tenant.clone());
        Arc::clone(&self.wires[&tenant])
    }
}

impl Clouds for AzureClouds {
    fn provider(&self, place: &Place) -> Arc<dyn Provider> {
        let key = place.key();
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let provider = made.entry(key.clone()).or_insert_with(|| {
            let mut arm = Arm::new(&self.endpoint, self.wire(&key.account), Arc::clone(&self.gate), key);
            arm.shared = self.share_reads.then(PassCache::default);
            Arc::new(AzureProvider { arm })
        });
        Arc::clone(provider) as Arc<dyn Provider>
    }
}

/// The adapter for one subscription.
struct AzureProvider {
    arm: Arm,
}

impl AzureProvider {
    /// An AWS place, query or operation is a mistake of the caller; it is answered, not panicked about.
    fn of_azure(&self) -> Result<&Arm, ProviderError> {
        if self.arm.place.cloud == Cloud::Azure { Ok(&self.arm) } else { Err(self.foreign("the place")) }
    }

    fn foreign(&self, what: &str) -> ProviderError {
        self.arm.invalid("GET", &format!("internal error: {what} is not an Azure operation"))
    }
}

impl Provider for AzureProvider {
    fn observe<'a>(&'a self, query: &'a Query) -> BoxFuture<'a, Result<Answer, ProviderError>> {
        Box::pin(async move {
            let Query::Azure(query) = query else { return Err(self.foreign("the query")) };
            Ok(Answer::Azure(Box::new(place::observe(self.of_azure()?, query).await?)))
        })
    }

    fn check<'a>(&'a self, condition: &'a Condition) -> BoxFuture<'a, Result<Progress, ProviderError>> {
        Box::pin(async move {
            check::check(self.of_azure()?, condition).await?.ok_or_else(|| self.foreign("the condition"))
        })
    }

    fn perform<'a>(&'a self, op: &'a Op, _token: &'a str) -> BoxFuture<'a, Result<Performed, ProviderError>> {
        Box::pin(async move {
            let Op::Azure(op) = op else { return Err(self.foreign("the operation")) };
            calls::perform(self.of_azure()?, op).await
        })
    }

    fn find<'a>(&'a self, op: &'a Op, _token: &'a str) -> BoxFuture<'a, Result<Effect, ProviderError>> {
        Box::pin(async move {
            let Op::Azure(op) = op else { return Err(self.foreign("the operation")) };
            calls::find(self.of_azure()?, op).await
        })
    }

    fn left<'a>(&'a self, op: &'a Op, undo: &'a Op, _token: &'a str) -> BoxFuture<'a, Result<Left, ProviderError>> {
        Box::pin(async move {
            let (Op::Azure(op), Op::Azure(undo)) = (op, undo) else { return Err(self.foreign("the operation")) };
            calls::left(self.of_azure()?, op, undo).await
        })
    }

    fn poll<'a>(&'a self, op: &'a Op, operation: &'a Operation) -> BoxFuture<'a, Result<Polled, ProviderError>> {
        Box::pin(async move {
            let Op::Azure(op) = op else { return Err(self.foreign("the operation")) };
            calls::poll(self.of_azure()?, op, operation).await
        })
    }
}
