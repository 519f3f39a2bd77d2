//! Lists of the whole subscription: where something of ours may stand that no config names any more.

use serde_json::Value;
use xcloud_core::live::AzureQuery;
use xcloud_core::model::ArmName;
use xcloud_core::provider::{ErrorKind, ProviderError};

use super::list::parsed;
use crate::arm::Arm;
use crate::json::need;
use crate::read;

/// What the subscription holds, as far as it was asked for and may be listed.
#[derive(Default)]
pub(crate) struct Everywhere {
    pub(crate) policies: Vec<ArmName>,
    pub(crate) link_services: Vec<Value>,
    pub(crate) private_endpoints: Vec<Value>,
    /// True if all of it was listed.
    pub(crate) complete: bool,
}

/// Reads the lists if the query asks for them. A caller who may read some resource groups only is answered all the
/// same: then the lists are not complete.
pub(crate) async fn read(arm: &Arm, query: &AzureQuery) -> Result<Everywhere, ProviderError> {
    if !query.everywhere {
        return Ok(Everywhere::default());
    }
    let (policies, link_services, private_endpoints) = futures_util::try_join!(
        async { allowed(read::policies(arm).await) },
        async { allowed(read::link_services(arm).await) },
        async { allowed(read::private_endpoints(arm).await) },
    )?;
    let complete = policies.is_some() && link_services.is_some() && private_endpoints.is_some();
    let id = |policy: &Value| parsed(arm, "GET firewallPolicies", need(policy, "/id")).map(|id| ArmName(id.to_owned()));
    Ok(Everywhere {
        policies: policies.iter().flatten().map(id).collect::<Result<_, _>>()?,
        link_services: link_services.unwrap_or_default(),
        private_endpoints: private_endpoints.unwrap_or_default(),
        complete,
    })
}

/// A list that the caller may not read is none.
fn allowed(listed: Result<Option<Vec<Value>>, ProviderError>) -> Result<Option<Vec<Value>>, ProviderError> {
    match listed {
        Err(error) if error.kind == ErrorKind::Denied => Ok(None),
        Ok(listed) => Ok(Some(listed.unwrap_or_default())),
        Err(error) => Err(error),
    }
}
