//! What each step of a failover is for.

use crate::active::Fence;
use crate::op::{Op, Writes};
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
        match (step.op.writes(), &step.op) {
            (Writes::ActiveRecord(_), _) if behind => Self::Commit,
            (Writes::ActiveRecord(_), _) => Self::Intent,
            (Writes::Name(_), _) => Self::Switch,
            (Writes::FirewallRules { denies } | Writes::GroupRule { denies }, _) => {
                Self::of_rules(behind, fence, denies)
            }
            (Writes::TargetGroup | Writes::Other, Op::Aws(_)) => Self::Create,
            (Writes::TargetGroup | Writes::Other, Op::Azure(_) | Op::Ledger(_)) => Self::Change,
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
