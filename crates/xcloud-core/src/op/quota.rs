//! The request limits of the clouds, by name: which calls share one.

/// A published request limit. How much it is, the engine knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quota {
    /// EC2, each reading API on its own.
    Ec2Read,
    /// EC2 `DescribeSecurityGroupReferences`.
    GroupReferences,
    /// EC2, each changing API on its own.
    Ec2Change,
    /// EC2, the tags of anything.
    Ec2Tags,
    /// EC2, each API that changes endpoints on its own.
    Endpoints,
    /// EC2, each API that changes endpoint services or their connections on its own.
    EndpointServices,
    /// `ELBv2`, all APIs together.
    LoadBalancing,
    /// `ELBv2`, the registration of targets.
    Targets,
    /// Route 53, all APIs together; global, so the account's.
    Route53,
    /// STS.
    Identity,
    /// Resource Manager, reads of a subscription.
    ArmRead,
    /// Resource Manager, writes of a subscription.
    ArmWrite,
    /// Resource Manager, deletions of a subscription.
    ArmDelete,
    /// The object store of the ledger.
    Ledger,
}

impl Quota {
    /// Returns the limit of a write to Resource Manager.
    pub(crate) fn of_arm(deletes: bool) -> Self {
        if deletes { Self::ArmDelete } else { Self::ArmWrite }
    }
}
