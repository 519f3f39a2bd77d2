//! Whether a rule collection group is as a call wrote it.

use serde_json::Value;
use xcloud_core::live::LiveFirewallRule;
use xcloud_core::model::ArmName;
use xcloud_core::op::FirewallRulesOp;

use super::observe::{group_of, one};
use super::perform::whole;
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
        let Self::Put { policy, group, priority, rules, kept, .. } = self else { return Ok(false) };
        let live = group_of(policy, group, live)?;
        let ours = whole(*priority, rules, kept).and_then(|body| group_of(policy, group, &body));
        Ok(ours.is_ok_and(|ours| {
            let (written, there) = (sorted(&ours.rules), sorted(&live.rules));
            ours.priority == live.priority && written.len() == there.len() && {
                written.iter().zip(&there).all(|(ours, live)| ours == live || is_undescribed(ours, live))
            }
        }))
    }
}

/// The rules of a collection do all the same, and collections have priorities: as they are listed does not matter.
fn sorted(rules: &[LiveFirewallRule]) -> Vec<&LiveFirewallRule> {
    let mut rules: Vec<_> = rules.iter().collect();
    rules.sort_by(|a, b| (a.collection_priority, &a.name).cmp(&(b.collection_priority, &b.name)));
    rules
}

/// A description can be lost (older versions of the API answer none: Azure/azure-cli#18260): it filters nothing.
fn is_undescribed(ours: &LiveFirewallRule, live: &LiveFirewallRule) -> bool {
    live.description.is_empty() && LiveFirewallRule { description: String::new(), ..ours.clone() } == *live
}
