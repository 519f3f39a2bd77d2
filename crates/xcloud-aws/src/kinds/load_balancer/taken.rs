//! A name that is taken: by what an earlier attempt of the same call made, or by something else.

use xcloud_core::op::LoadBalancerOp;
use xcloud_core::provider::{Performed, ProviderError};

use super::as_written::Seen;
use crate::answer::conflict;
use crate::as_written::{Asked, Written as _};
use crate::clients::Api;

/// Returns what an earlier attempt made; if the name is another object's, the conflict that names it.
pub(super) async fn taken(
    api: &Api,
    op: &LoadBalancerOp,
    name: &str,
    error: ProviderError,
) -> Result<Performed, ProviderError> {
    let seen = op.look(api, Asked::Effect).await?;
    if let Some(performed) = op.effect(&seen) {
        return Ok(Performed { request_ids: error.request_id.into_iter().collect(), ..performed });
    }
    let arn = match &seen {
        Seen::Balancers { found, .. } => found.first().map(|live| &live.arn),
        Seen::TargetGroups(found) => found.first().map(|live| &live.arn),
        Seen::Listeners { found, .. } => found.first().map(|live| &live.arn),
        Seen::Targets(_) => None,
    };
    Err(conflict(error, arn.map_or(name, String::as_str), "is not the one that would be made"))
}
