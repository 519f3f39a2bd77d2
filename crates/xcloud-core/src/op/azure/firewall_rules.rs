//! Calls about the rule collection group of a firewall policy.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::limits::Quota;
use crate::model::{Access, Addresses, ArmName, PlaceKey, PortRange};
use crate::op::bind::Late;
use crate::op::by_hand::{Line, rest_put};
use crate::op::call::Call;
use crate::op::{SubnetPin, WriteGuard, Writes};

/// A call about a rule collection group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "call")]
#[expect(missing_docs, reason = "the fields are named as in the Azure API of the same call")]
pub enum FirewallRulesOp {
    /// PUT `firewallPolicies/ruleCollectionGroups`: one collection of network rules that allow, after one of those that
    /// deny if there are some; the whole object. `kept` are collections with rules of other forms, as Azure answered them:
    /// they stay as they are, those of our collections' names in ours.
    #[serde(rename = "PutRuleGroup")]
    Put {
        policy: ArmName,
        group: String,
        priority: u16,
        rules: Vec<FirewallRuleBody>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        kept: Vec<Value>,
        guard: WriteGuard<Self>,
    },
    /// DELETE `firewallPolicies/ruleCollectionGroups`.
    #[serde(rename = "DeleteRuleGroup")]
    Delete { policy: ArmName, group: String, guard: WriteGuard<Self> },
}

/// A network rule of the group as it is written: declared, or kept as it is live.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FirewallRuleBody {
    /// The rule's name.
    pub name: String,
    /// Allow, or deny before everything that is allowed.
    #[serde(default = "allow", skip_serializing_if = "is_allow")]
    pub access: Access,
    /// The protocols: `TCP`, `UDP`, `ICMP`, `Any`.
    pub protocols: BTreeSet<String>,
    /// Sources.
    pub from: Addresses,
    /// Destinations.
    pub to: Addresses,
    /// Destination ports.
    pub ports: Vec<PortRange>,
    /// Our mark.
    pub description: String,
}

fn allow() -> Access {
    Access::Allow
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
fn is_allow(access: &Access) -> bool {
    *access == Access::Allow
}

impl FirewallRulesOp {
    /// The name of the collection that [`FirewallRulesOp::Put`] writes for what is allowed.
    pub const COLLECTION: &str = "xcloud";
    /// That collection's priority in the group; collections with lower numbers decide before it.
    pub const COLLECTION_PRIORITY: u16 = 1000;
    /// The name of the collection for what is denied.
    pub const FENCE: &str = "xcloud-fence";
    /// That collection's priority in the group: it decides before what is allowed.
    pub const FENCE_PRIORITY: u16 = 900;

    /// Returns the collection, with its priority, in which rules of this kind stand.
    #[must_use]
    pub fn collection(access: Access) -> (&'static str, u16) {
        match access {
            Access::Allow => (Self::COLLECTION, Self::COLLECTION_PRIORITY),
            Access::Deny => (Self::FENCE, Self::FENCE_PRIORITY),
        }
    }
}

impl Call for FirewallRulesOp {
    fn name(&self) -> &'static str {
        match self {
            Self::Put { .. } => "PUT ruleCollectionGroups",
            Self::Delete { .. } => "DELETE ruleCollectionGroups",
        }
    }

    fn late(&mut self) -> Late<'_> {
        match self {
            Self::Put { rules, guard, .. } => rules
                .iter_mut()
                .fold(Late::default(), |late, rule| late.addresses(&mut rule.from).addresses(&mut rule.to))
                .and(guard.late()),
            Self::Delete { guard, .. } => guard.late(),
        }
    }

    fn takes(&self) -> &[SubnetPin] {
        &[]
    }

    fn writes(&self) -> Writes<'_> {
        match self {
            Self::Put { rules, .. } => {
                Writes::FirewallRules { denies: rules.iter().any(|rule| rule.access == Access::Deny) }
            }
            Self::Delete { .. } => Writes::Other,
        }
    }

    fn quota(&self) -> Quota {
        Quota::of_arm(self.deletes())
    }

    fn deletes(&self) -> bool {
        match self {
            Self::Put { .. } => false,
            Self::Delete { .. } => true,
        }
    }

    /// Azure writes one group of a policy at a time, with the firewalls behind it: minutes each.
    fn queue(&self) -> Option<String> {
        let (Self::Put { policy, .. } | Self::Delete { policy, .. }) = self;
        Some(format!("firewall policy {}", policy.name()))
    }

    fn lockable(&self) -> Option<String> {
        let (Self::Put { policy, group, .. } | Self::Delete { policy, group, .. }) = self;
        Some(format!("{policy}/ruleCollectionGroups/{group}"))
    }

    fn by_hand(&self, place: &PlaceKey) -> String {
        match self {
            Self::Put { policy, group, .. } => {
                rest_put(&format!("{policy}/ruleCollectionGroups/{group}"), "rule collection group")
            }
            Self::Delete { policy, group, .. } => {
                Line::az("network firewall policy rule-collection-group delete", place, policy)
                    .with("--policy-name", policy.name())
                    .with("--name", group)
                    .flag(true, "--yes")
                    .text()
            }
        }
    }
}
