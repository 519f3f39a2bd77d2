//! A step: exactly one mutating call, what it needs, what it waits for, and how it is undone.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::model::{Addr, AddressKind, ArmName, PlaceKey, Target};
use crate::op::{Handle, Object, Op};

/// The name of a step in a plan: `s001`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StepId(pub String);

/// Exactly one mutating call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Its name in the plan.
    pub id: StepId,
    /// The resource.
    pub addr: Addr,
    /// Where the call goes.
    pub place: PlaceKey,
    /// The call.
    pub op: Op,
    /// Steps that must be done before.
    pub needs: Vec<StepId>,
    /// What must hold before the call; looked at once the needs are done.
    pub awaits: Vec<Await>,
    /// What the call makes, if it makes something.
    pub makes: Option<Object>,
    /// How it is undone.
    pub undo: Undo,
    /// Before or after the commit point.
    pub phase: Phase,
}

/// The side of the commit point on which a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Creates and widens: a failure is unwound.
    Build,
    /// Deletes and narrows: the run only goes forward.
    Commit,
}

/// How a step is undone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Undo {
    /// By deleting what it made.
    Delete(Box<Op>),
    /// By writing back what was there.
    Restore(Box<Op>),
    /// By making it again; only `rollback` does.
    Recreate(Vec<Op>),
    /// There is nothing to undo.
    Nothing,
    /// It cannot be undone, because.
    Impossible(String),
}

impl Undo {
    /// Returns the word of the contract, with the reason where there is one: `delete`, `impossible: why`.
    #[must_use]
    pub fn word(&self) -> String {
        match self {
            Self::Delete(_) => "delete".to_owned(),
            Self::Restore(_) => "restore".to_owned(),
            Self::Recreate(_) => "recreate".to_owned(),
            Self::Nothing => "nothing".to_owned(),
            Self::Impossible(why) => format!("impossible: {why}"),
        }
    }

    /// Returns true if the step can be undone.
    #[must_use]
    pub fn is_reversible(&self) -> bool {
        !matches!(self, Self::Impossible(_))
    }
}

/// Something to watch until it holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Await {
    /// Where to look.
    pub place: PlaceKey,
    /// What must hold.
    pub condition: Condition,
    /// Under which object the facts that the look answers are bound.
    pub binds: Option<Object>,
    /// How long, and what happens then.
    pub patience: Patience,
}

/// How long something is watched, and what happens when it does not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Patience {
    /// The step fails after this many seconds.
    Fail(u64),
    /// The run goes on with a warning after this many seconds.
    Warn(u64),
}

/// A state of the clouds that can be looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "condition", rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the fields are the objects that the condition names")]
pub enum Condition {
    /// The load balancer is active.
    LoadBalancerActive { load_balancer: Handle },
    /// The endpoint service is available.
    ServiceAvailable { service: Handle },
    /// The service lists the endpoint's connection, in any state that can be accepted or is accepted.
    ConnectionListed { service: Handle, endpoint: Handle },
    /// The endpoint is available; answers the facts `dns-name` and `dns-zone`.
    EndpointAvailable { endpoint: Handle },
    /// The endpoint is gone.
    EndpointGone { endpoint: Handle },
    /// The service has no connection that hinders its deletion.
    ConnectionsGone { service: Handle },
    /// No network interface uses the group any more; names the holders while there are some.
    GroupUnused { group: Handle },
    /// The load balancer and its interfaces are gone.
    LoadBalancerGone { load_balancer: Handle },
    /// The holders have exactly `count` addresses of this kind inside `within`; answers those. Others, of a subnet
    /// that a holder is about to leave, do not count.
    AddressesKnown { of: Addr, kind: AddressKind, holders: Vec<Handle>, within: BTreeSet<IpNet>, count: usize },
    /// These targets are healthy; where none is named, every registered one.
    TargetsHealthy {
        target_group: Handle,
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        targets: BTreeSet<Target>,
    },
    /// One of these targets is healthy, whatever the others are; where none is named, one of those that are registered.
    TargetsServe {
        target_group: Handle,
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        targets: BTreeSet<Target>,
    },
    /// None of these targets is listed any more, also not as draining.
    TargetsGone { target_group: Handle, targets: BTreeSet<Target> },
    /// The private link service lists the endpoint's connection.
    LinkConnectionListed { service: Handle, endpoint: ArmName },
    /// The private endpoint's connection is approved.
    LinkConnectionApproved { endpoint: ArmName },
    /// The Azure object's `provisioningState` is `Succeeded`.
    ArmSucceeded { id: ArmName },
    /// The Azure object is gone.
    ArmGone { id: ArmName },
    /// The name answers with exactly these addresses.
    RecordAnswers { zone: ArmName, record: String, addresses: BTreeSet<IpNet> },
    /// No active-region record of the zone (`None`: of the ledger) is of another epoch than the run began under, unless
    /// the run itself wrote it: record name to epoch.
    EpochsHold { zone: Option<ArmName>, epochs: BTreeMap<String, u64>, run: String },
    /// So many seconds have passed since these steps were done; where none is named, since all that the step needs were.
    /// Nobody is asked.
    Elapsed {
        secs: u64,
        what: String,
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        since: BTreeSet<StepId>,
    },
}

/// Who says whether a condition holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Judge<'c> {
    /// A pause: nothing is asked.
    Clock {
        /// Its length.
        secs: u64,
        /// After which steps it begins; where none is named, after all that the step needs.
        since: &'c BTreeSet<StepId>,
    },
    /// The active-region records, of which no epoch may be another one, unless the run wrote it.
    Records {
        /// The epochs that the run began under, by the record's name.
        epochs: &'c BTreeMap<String, u64>,
        /// The run.
        run: &'c str,
    },
    /// The cloud that has the object.
    Cloud,
}

impl Condition {
    /// Returns who says whether it holds.
    #[must_use]
    pub fn judge(&self) -> Judge<'_> {
        match self {
            Self::Elapsed { secs, since, .. } => Judge::Clock { secs: *secs, since },
            Self::EpochsHold { epochs, run, .. } => Judge::Records { epochs, run },
            Self::LoadBalancerActive { .. }
            | Self::ServiceAvailable { .. }
            | Self::ConnectionListed { .. }
            | Self::EndpointAvailable { .. }
            | Self::EndpointGone { .. }
            | Self::ConnectionsGone { .. }
            | Self::GroupUnused { .. }
            | Self::LoadBalancerGone { .. }
            | Self::AddressesKnown { .. }
            | Self::TargetsHealthy { .. }
            | Self::TargetsServe { .. }
            | Self::TargetsGone { .. }
            | Self::LinkConnectionListed { .. }
            | Self::LinkConnectionApproved { .. }
            | Self::ArmSucceeded { .. }
            | Self::ArmGone { .. }
            | Self::RecordAnswers { .. } => Judge::Cloud,
        }
    }

    /// Returns every handle of the condition.
    pub fn handles_mut(&mut self) -> Vec<&mut Handle> {
        match self {
            Self::LoadBalancerActive { load_balancer } | Self::LoadBalancerGone { load_balancer } => {
                vec![load_balancer]
            }
            Self::ServiceAvailable { service } | Self::ConnectionsGone { service } => vec![service],
            Self::ConnectionListed { service, endpoint } => vec![service, endpoint],
            Self::EndpointAvailable { endpoint } | Self::EndpointGone { endpoint } => vec![endpoint],
            Self::GroupUnused { group } => vec![group],
            Self::AddressesKnown { holders, .. } => holders.iter_mut().collect(),
            Self::TargetsHealthy { target_group, .. }
            | Self::TargetsServe { target_group, .. }
            | Self::TargetsGone { target_group, .. } => vec![target_group],
            Self::LinkConnectionListed { service, .. } => vec![service],
            Self::LinkConnectionApproved { .. }
            | Self::ArmSucceeded { .. }
            | Self::ArmGone { .. }
            | Self::RecordAnswers { .. }
            | Self::EpochsHold { .. }
            | Self::Elapsed { .. } => Vec::new(),
        }
    }
}
