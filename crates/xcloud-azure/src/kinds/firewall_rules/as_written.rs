//! Whether a rule collection group is as a call wrote it.

use serde_json::Value;
use xcloud_core::live::LiveFirewallRule;
use xcloud_core::model::ArmName;
use xcloud_core::op::FirewallRulesOp;

use super::observe::{group_of, one};
use super::perform::body;
use crate::arm::{Arm, Found};
use crate::as_written::Written;

impl Written for FirewallRulesOp {
    fn object(&self) -> ArmName {
        let (Self::Put { policy, group, .. } | Self::Delete { policy, group, .. }) = self;
        ArmName(format!("{policy}/ruleCollectionGroups/{group}"))
    }

    async fn look(&self, arm: &Arm) -> Found {
        one(arm, &self.object()).await
    }

    fn is_written(&self, live: &Value) -> Result<bool, String> {
        let Self::Put { policy, group, priority, rules, .. } = self else { return Ok(false) };
        let live = group_of(policy, group, live)?;
        let ours = body(*priority, rules)
            .and_then(|body| serde_json::to_value(body).map_err(|why| why.to_string()))
            .and_then(|body| group_of(policy, group, &body));
        Ok(ours.is_ok_and(|ours| {
            ours.priority == live.priority && ours.rules.len() == live.rules.len() && {
                let mut pairs = ours.rules.iter().zip(&live.rules);
                pairs.all(|(ours, live)| ours == live || is_undescribed(ours, live))
            }
        }))
    }
}

/// A description can be lost (older versions of the API answer none: Azure/azure-cli#18260): it filters nothing.
fn is_undescribed(ours: &LiveFirewallRule, live: &LiveFirewallRule) -> bool {
    live.description.is_empty() && LiveFirewallRule { description: String::new(), ..ours.clone() } == *live
}
