//! Whether a private link service is as a call wrote it.

use serde_json::Value;
use xcloud_core::model::ArmName;
use xcloud_core::op::PrivateLinkServiceOp;

use super::observe::{one, service_of};
use crate::arm::{Arm, Found};
use crate::as_written::Written;
use crate::tagged::{are_tagged, same_location};

impl Written for PrivateLinkServiceOp {
    fn object(&self) -> ArmName {
        let (Self::Put { id, .. } | Self::Delete { id, .. }) = self;
        id.clone()
    }

    async fn look(&self, arm: &Arm) -> Found {
        one(arm, &self.object()).await
    }

    fn is_written(&self, live: &Value) -> Result<bool, String> {
        let Self::Put { location, frontend, nat_subnet, visibility, auto_approval, tags, .. } = self else {
            return Ok(false);
        };
        let live = service_of(live)?;
        Ok(same_location(location, &live.location)
            && live.frontends.iter().eq([frontend])
            && live.nat_subnets.contains(nat_subnet)
            && *visibility == live.visibility
            && *auto_approval == live.auto_approval
            && are_tagged(&live.tags, tags))
    }
}
