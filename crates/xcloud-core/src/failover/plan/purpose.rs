//! What each step of a failover is for.

use crate::active::Fence;
use crate::model::Access;
use crate::op::{AzureOp, FirewallRulesOp, LedgerOp, NetworkSecurityGroupOp, Op, PrivateDnsRecordOp};
use crate::plan::{Phase, Step};

/// What a step of a failover is for. It is not stored: it follows from the step and from what was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The record says where the environment goes.
    Intent,
    /// The record says where it is.
    Commit,
    /// A name points at the other region.
    Switch,
    /// Rules of the region that is left are shut.
    Fence,
    /// Rules of the other region are opened.
    Open,
    /// Something else in Azure.
    Change,
    /// Something that the other region lacks.
    Create,
}

impl Purpose {
    /// Returns what a step is for, in a failover that fences so.
    #[must_use]
    pub fn of(step: &Step, fence: Fence) -> Self {
        let behind = step.phase == Phase::Commit;
        match &step.op {
            Op::Azure(AzureOp::PrivateDnsRecord(PrivateDnsRecordOp::PutText { .. }))
            | Op::Ledger(LedgerOp::PutActiveRecord { .. }) => {
                if behind {
                    Self::Commit
                } else {
                    Self::Intent
                }
            }
            Op::Azure(AzureOp::PrivateDnsRecord(PrivateDnsRecordOp::Put { .. })) => Self::Switch,
            Op::Azure(AzureOp::FirewallRules(FirewallRulesOp::Put { rules, .. })) => {
                Self::of_rules(behind, fence, rules.iter().any(|rule| rule.access == Access::Deny))
            }
            Op::Azure(AzureOp::NetworkSecurityGroup(NetworkSecurityGroupOp::PutRule { rule, .. })) => {
                Self::of_rules(behind, fence, rule.access == Access::Deny)
            }
            Op::Azure(
                AzureOp::NetworkSecurityGroup(NetworkSecurityGroupOp::DeleteRule { .. })
                | AzureOp::FirewallRules(FirewallRulesOp::Delete { .. })
                | AzureOp::PrivateLinkService(_)
                | AzureOp::PrivateEndpoint(_)
                | AzureOp::PrivateDnsRecord(PrivateDnsRecordOp::Delete { .. }),
            ) => Self::Change,
            Op::Aws(_) => Self::Create,
        }
    }

    /// Before the switch only a fence that was asked for there holds rules that deny.
    fn of_rules(behind: bool, fence: Fence, denies: bool) -> Self {
        if behind || (fence == Fence::BeforeSwitch && denies) { Self::Fence } else { Self::Open }
    }

    /// Returns the word of the page.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Intent => "intent",
            Self::Commit => "commit",
            Self::Switch => "switch",
            Self::Fence => "fence",
            Self::Open => "open",
            Self::Change => "change",
            Self::Create => "create",
        }
    }
}
