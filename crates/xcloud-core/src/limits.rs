//! The published request limits of both clouds.

use crate::model::{Limit, PlaceKey};

/// The published request limit that a call counts against (facts/aws 2.3, facts/azure 4.2). EC2 has one for each of its
/// calls; `ELBv2`, Route 53 and Resource Manager share theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quota {
    /// EC2: interface endpoints are made, changed or deleted.
    Endpoints,
    /// EC2: endpoint services are made, changed or deleted, or their connections decided.
    EndpointServices,
    /// EC2: tags are written.
    Tags,
    /// EC2: another call that reads.
    Ec2Reads,
    /// EC2: another call that changes something.
    Ec2Changes,
    /// Elastic Load Balancing.
    LoadBalancing,
    /// Elastic Load Balancing: targets are registered or deregistered.
    Targets,
    /// Route 53, which is global: its limit is the account's.
    Route53,
    /// Security Token Service.
    Sts,
    /// Resource Manager: reads of a subscription.
    ArmReads,
    /// Resource Manager: writes.
    ArmWrites,
    /// Resource Manager: deletions.
    ArmDeletes,
    /// The ledger's store.
    Ledger,
}

/// A call as far as its pace goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Paced {
    /// The operation's name: limits that AWS has raised are given by it.
    pub operation: &'static str,
    /// The limit that it counts against.
    pub quota: Quota,
}

impl Quota {
    /// Returns the limit that is published.
    #[must_use]
    pub fn published(self) -> Limit {
        let (burst, per_second) = match self {
            Self::Endpoints => (4.0, 0.3),
            Self::EndpointServices => (10.0, 1.0),
            Self::Tags => (100.0, 10.0),
            Self::Ec2Reads => (100.0, 20.0),
            Self::Ec2Changes => (50.0, 5.0),
            Self::LoadBalancing => (40.0, 10.0),
            Self::Targets => (20.0, 4.0),
            Self::Route53 => (5.0, 5.0),
            // 600 requests a second for an account; never reached here.
            Self::Sts => (600.0, 600.0),
            Self::ArmReads => (250.0, 25.0),
            // The network provider allows 1000 writes in five minutes, less than ARM's own 10 a second.
            Self::ArmWrites | Self::ArmDeletes => (200.0, 3.3),
            // Stores of objects take thousands of requests a second.
            Self::Ledger => (100.0, 100.0),
        };
        Limit { burst, per_second }
    }

    /// Returns the bucket of an operation at a place.
    #[must_use]
    pub fn bucket(self, place: &PlaceKey, operation: &str) -> String {
        let name = match self {
            Self::Route53 => return format!("{}/route53", place.account),
            Self::LoadBalancing => "elb",
            Self::Targets => "elb-targets",
            Self::ArmReads => "reads",
            Self::ArmWrites => "writes",
            Self::ArmDeletes => "deletes",
            Self::Ledger => "ledger",
            Self::Endpoints | Self::EndpointServices | Self::Tags | Self::Ec2Reads | Self::Ec2Changes | Self::Sts => {
                operation
            }
        };
        format!("{place}/{name}")
    }

    /// Returns the limit of a change in Resource Manager.
    pub(crate) fn of_arm(deletes: bool) -> Self {
        if deletes { Self::ArmDeletes } else { Self::ArmWrites }
    }
}
