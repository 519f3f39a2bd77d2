//! The entries of a run, as they are stored.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::words::{Outcome, Verb};
use crate::active::Failover;
use crate::model::{Addr, AddressKind, Desired, PlaceKey};
use crate::op::{Object, Op};
use crate::plan::{Plan, PlanOptions, StepId};
use crate::provider::ProviderError;

/// One line of a journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// When, in milliseconds since 1970, by the clock of the host that wrote it. For people: no order depends on it.
    pub at_ms: u64,
    /// What happened.
    pub event: RunEvent,
}

/// What happened in a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(clippy::large_enum_variant, reason = "nearly every event is the large one")]
pub enum RunEvent {
    /// The run begins: what it will do, and for whom.
    Began(Box<Header>),
    /// Something happened to a step.
    Step {
        /// The step.
        step: StepId,
        /// What happened to it.
        event: StepEvent,
    },
    /// Every step before the commit point is done: from here on the run only goes forward.
    Committed,
    /// The run starts to undo what it did.
    Unwinding {
        /// Why.
        reason: String,
    },
    /// Another process goes on with the run.
    Resumed {
        /// Who, on which host.
        by: String,
        /// The epoch of the lease under which it goes on.
        epoch: u64,
    },
    /// The run has ended.
    Ended(RunEnd),
}

/// What a run will do, and for whom.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// The run's id.
    pub run: String,
    /// What the operator typed: `apply`, `destroy`, `rollback`.
    pub command: Verb,
    /// Who, on which host.
    pub by: String,
    /// The version of the program.
    pub version: String,
    /// The config file, as it was named.
    pub config: String,
    /// The SHA-256 of its text; empty for a run that has its desired state from elsewhere.
    pub config_sha256: String,
    /// What was desired.
    pub desired: Desired,
    /// How the plan was made.
    pub options: PlanOptions,
    /// The plan that was approved.
    pub plan: Arc<Plan>,
    /// What was declared, if the run is a failover.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declared: Option<Box<Declaration>>,
    /// Why a limit was passed, as the operator said it: `close --early`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Header {
    /// Returns why gates or limits were passed, as the operator said it.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        let declared = self.declared.as_ref().and_then(|declared| declared.reason.as_ref());
        declared.or(self.reason.as_ref()).map(String::as_str)
    }
}

/// What an operator declared with a failover.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Declaration {
    /// What was asked.
    pub request: Failover,
    /// The region that was active in each environment.
    pub from: BTreeMap<String, String>,
    /// The incident.
    pub incident: Option<String>,
    /// When it was declared, in milliseconds since 1970.
    pub declared_ms: u64,
    /// When the fault was first seen, in milliseconds since 1970.
    pub detected_ms: Option<u64>,
    /// Why gates were passed, if some were.
    pub reason: Option<String>,
    /// The gates as they were judged, by environment.
    pub gates: BTreeMap<String, serde_json::Value>,
    /// Places of other regions that did not answer in time, with the reason.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unread: BTreeMap<PlaceKey, String>,
}

/// What happened to a step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepEvent {
    /// Its call is about to be made.
    Started {
        /// The idempotency token.
        token: String,
        /// The call with everything bound.
        op: Op,
        /// What watches answered since the last entry; later undos may need it.
        #[serde(default, skip_serializing_if = "Noted::is_empty")]
        noted: Noted,
    },
    /// The run halted before its call, which was not made.
    NotMade,
    /// An attempt of its call, or of its undo, failed and will be repeated.
    Retried {
        /// What the cloud said.
        error: ProviderError,
    },
    /// It was done.
    Succeeded {
        /// What it made: "" is the object's id, other keys are facts.
        made: BTreeMap<String, String>,
        /// The request ids that the cloud answered.
        request_ids: Vec<String>,
        /// Milliseconds from its first attempt.
        elapsed_ms: u64,
    },
    /// It failed.
    Failed {
        /// True: its effect is not known.
        unknown: bool,
        /// Why, in one sentence.
        message: String,
        /// What the cloud said, if it was asked.
        error: Option<ProviderError>,
        /// The request ids that the cloud answered.
        request_ids: Vec<String>,
    },
    /// The call that undoes it is about to be made.
    UndoStarted {
        /// The call with everything bound.
        op: Op,
    },
    /// It is undone.
    Undone {
        /// How that is known.
        look: Look,
        /// The request ids of the undo.
        request_ids: Vec<String>,
    },
    /// It could not be undone.
    UndoFailed {
        /// Why, in one sentence.
        message: String,
        /// What the cloud said, if it was asked.
        error: Option<ProviderError>,
    },
}

impl StepEvent {
    /// Returns the event's word, as in the stored form.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Started { .. } => "started",
            Self::NotMade => "not-made",
            Self::Retried { .. } => "retried",
            Self::Succeeded { .. } => "succeeded",
            Self::Failed { .. } => "failed",
            Self::UndoStarted { .. } => "undo-started",
            Self::Undone { .. } => "undone",
            Self::UndoFailed { .. } => "undo-failed",
        }
    }
}

/// How it is known that a step is undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Look {
    /// Its undo was carried out.
    CarriedOut,
    /// Its effect was gone already.
    WasGone,
    /// It leaves nothing behind that would have to be undone.
    Nothing,
}

/// Facts and addresses that watches answered.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Noted {
    /// Facts of objects.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub objects: BTreeMap<Object, String>,
    /// Addresses of services and endpoints.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<(Addr, AddressKind, BTreeSet<IpNet>)>,
}

impl Noted {
    /// Returns true if nothing was noted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty() && self.addresses.is_empty()
    }
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunEnd {
    /// What it came to.
    pub outcome: Outcome,
    /// Why it failed; the first failure first.
    pub failures: Vec<String>,
    /// What is left, and what finishes it.
    pub left: Vec<LeftOver>,
}

/// Something that a failed run left behind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LeftOver {
    /// The step.
    pub step: StepId,
    /// The resource.
    #[serde(rename = "address")]
    pub addr: Addr,
    /// The cloud's id of what the step made, if it made something.
    pub id: Option<String>,
    /// The call that was made, or may have been made.
    pub operation: String,
    /// Why it is still there.
    pub why: String,
    /// The cloud call by which a person undoes it, where there is one.
    pub by_hand: Option<String>,
}
