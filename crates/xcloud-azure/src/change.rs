//! One changing call under way: what it is called, which object it is about, and what its answer means.

use std::collections::BTreeMap;
use std::future::Future;

use serde_json::Value;
use xcloud_core::model::ArmName;
use xcloud_core::op::Call;
use xcloud_core::provider::{ApiCall, ErrorKind, Operation, Performed, ProviderError};

use crate::arm::{Arm, with_etag};
use crate::as_written::Written;
use crate::error;
use crate::ids::ResourcePath;
use crate::json::state;
use crate::object::{ended_well, facts};
use crate::wire::{Extra, Reply};

/// A changing call.
pub(crate) struct Change<'a> {
    pub(crate) arm: &'a Arm,
    pub(crate) call: ApiCall,
    /// The object that it writes or deletes.
    pub(crate) id: ArmName,
    /// The object's id, taken apart for the request.
    pub(crate) path: ResourcePath,
    pub(crate) deletes: bool,
}

impl<'a> Change<'a> {
    /// Names the call; `types` are the types of the resources in the object's id.
    pub(crate) fn of(arm: &'a Arm, op: &impl Call, id: ArmName, types: &[&str]) -> Result<Self, ProviderError> {
        let path = arm.path(op.name(), &id, types)?;
        Ok(Self { arm, call: arm.writing(op), id, path, deletes: op.deletes() })
    }

    /// Returns the failure of a call that is wrong before it is made.
    pub(crate) fn invalid(&self, why: &str) -> ProviderError {
        self.arm.invalid(self.call.operation, why)
    }

    /// Returns the failure of a call that is not made because of what is there.
    pub(crate) fn refused(&self, kind: ErrorKind, why: &str) -> ProviderError {
        error::of(&self.call, kind, why)
    }

    /// Makes the call, once. What is absent already counts as deleted.
    pub(crate) async fn send<T, F>(&self, op: &impl Written, extra: Extra, send: F) -> Result<Performed, ProviderError>
    where
        F: Future<Output = azure_core_legacy::Result<T>>,
    {
        match self.arm.write(&self.call, extra, send).await {
            Ok(reply) => self.begun(op, &reply),
            Err(error) if self.deletes && error.kind == ErrorKind::NotFound => {
                Ok(Performed { request_ids: error.request_id.into_iter().collect(), ..Performed::default() })
            }
            Err(error) => Err(error),
        }
    }

    /// Returns what the call has made, or the operation that it has started.
    fn begun(&self, op: &impl Written, reply: &Reply) -> Result<Performed, ProviderError> {
        let policy_token = reply.policy_token.iter().map(|id| format!("policy token {id}"));
        let request_ids = reply.request_id().into_iter().chain(policy_token).collect();
        let status_url = |header: &str| reply.header(header).filter(|url| self.arm.is_ours(url)).map(str::to_owned);
        // A 202 may have no body; every other answer of a PUT has one.
        let is_bare = self.deletes || (reply.status == 202 && reply.body.is_empty());
        let body = if is_bare { Value::Null } else { error::body(&self.call, reply)? };
        // `null` answers the write of a rule collection group that changes nothing (Azure/azure-rest-api-specs#19505).
        let is_null = !self.deletes && body.is_null();
        let goes_on = reply.status == 202 || !state(&body).is_settled();
        let (status_url, location_style) = match status_url("azure-asyncoperation") {
            Some(url) => (Some(url), false),
            // A finished PUT may carry a Location too: the resource's own.
            None if goes_on || is_null => (status_url("location"), true),
            None => (None, false),
        };
        // What ends at once and does not answer what was written is looked at again, and told if it stays so.
        let is_other = || !self.deletes && !state(&body).has_failed() && !op.holds(&body);
        if status_url.is_some() || goes_on || is_other() {
            let pending = Operation {
                location_style: location_style && status_url.is_some(),
                retry_after_secs: if goes_on || status_url.is_some() { reply.wait_secs() } else { 1 },
                status_url,
            };
            let id = self.id.0.clone();
            let made = if self.deletes { BTreeMap::new() } else { BTreeMap::from([(String::new(), id)]) };
            return Ok(Performed { made, request_ids, pending: Some(pending) });
        }
        if self.deletes {
            return Ok(Performed { request_ids, ..Performed::default() });
        }
        ended_well(&self.call, &body)?;
        Ok(Performed { made: facts(&self.id, &with_etag(body, reply)), request_ids, pending: None })
    }
}
