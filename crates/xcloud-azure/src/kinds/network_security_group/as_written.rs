//! Whether a rule is as a call wrote it.

use azure_mgmt_network::models::SecurityRule;
use serde_json::Value;
use xcloud_core::live::LiveNsgRule;
use xcloud_core::model::ArmName;
use xcloud_core::op::NetworkSecurityGroupOp;

use super::observe::{rule, rule_of};
use super::perform::body;
use crate::arm::{Arm, Found};
use crate::as_written::Written;

impl Written for NetworkSecurityGroupOp {
    fn object(&self) -> ArmName {
        let (Self::PutRule { group, name, .. } | Self::DeleteRule { group, name }) = self;
        ArmName(format!("{group}/securityRules/{name}"))
    }

    async fn look(&self, arm: &Arm) -> Found {
        rule(arm, &self.object()).await
    }

    fn is_written(&self, live: &Value) -> Result<bool, String> {
        let live = rule_of(live)?;
        let Self::PutRule { rule, .. } = self else { return Ok(false) };
        let ours = SecurityRule { name: Some(live.name.clone()), ..body(rule).unwrap_or_default() };
        let ours = serde_json::to_value(ours).map_err(|why| why.to_string()).and_then(|ours| rule_of(&ours));
        Ok(ours.is_ok_and(|ours| {
            let protocol = ours.protocol.eq_ignore_ascii_case(&live.protocol);
            protocol && LiveNsgRule { protocol: live.protocol.clone(), state: live.state.clone(), ..ours } == live
        }))
    }
}
