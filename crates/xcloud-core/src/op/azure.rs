//! The mutating calls to Azure Resource Manager.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Handle;
use crate::model::{Access, Addresses, ArmName, Direction, PortRange, Protocol};

/// A mutating call to Azure Resource Manager.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "call")]
#[expect(missing_docs, reason = "the fields are named as in the Azure API of the same call")]
pub enum AzureOp {
    /// PUT `networkSecurityGroups/securityRules`.
    PutSecurityRule { group: ArmName, name: String, rule: NsgRuleBody },
    /// DELETE `networkSecurityGroups/securityRules`.
    DeleteSecurityRule { group: ArmName, name: String },
    /// PUT `firewallPolicies/ruleCollectionGroups`: one collection of network rules that allow, behind one of those that
    /// deny if there are some; the whole object.
    PutRuleGroup { policy: ArmName, group: String, priority: u16, rules: Vec<FirewallRuleBody>, guard: WriteGuard },
    /// DELETE `firewallPolicies/ruleCollectionGroups`.
    DeleteRuleGroup { policy: ArmName, group: String, guard: WriteGuard },
    /// PUT `privateLinkServices`. Makes the service.
    PutLinkService {
        id: ArmName,
        location: String,
        frontend: ArmName,
        nat_subnet: ArmName,
        visibility: BTreeSet<String>,
        auto_approval: BTreeSet<String>,
        tags: BTreeMap<String, String>,
        guard: WriteGuard,
    },
    /// DELETE `privateLinkServices`.
    DeleteLinkService { id: ArmName, guard: WriteGuard },
    /// PUT `privateEndpoints`. Makes the endpoint.
    PutPrivateEndpoint {
        id: ArmName,
        location: String,
        subnet: ArmName,
        /// The service's id or alias.
        service: Handle,
        /// True: the connection waits for approval.
        manual: bool,
        tags: BTreeMap<String, String>,
        guard: WriteGuard,
    },
    /// DELETE `privateEndpoints`.
    DeletePrivateEndpoint { id: ArmName, guard: WriteGuard },
    /// PUT `privateLinkServices/privateEndpointConnections`: approves (or rejects) the connection of one endpoint.
    SetLinkConnection {
        /// The private link service's id.
        service: Handle,
        /// The private endpoint's id; the adapter finds the connection's name.
        endpoint: ArmName,
        approve: bool,
    },
    /// PUT `privateDnsZones/A`.
    PutRecordSet {
        zone: ArmName,
        record: String,
        ttl_secs: u32,
        addresses: Addresses,
        metadata: BTreeMap<String, String>,
        guard: WriteGuard,
    },
    /// PUT `privateDnsZones/TXT`: the active-region record.
    PutTextRecord {
        zone: ArmName,
        record: String,
        ttl_secs: u32,
        text: String,
        metadata: BTreeMap<String, String>,
        guard: WriteGuard,
    },
    /// DELETE `privateDnsZones/A`.
    DeleteRecordSet { zone: ArmName, record: String, guard: WriteGuard },
}

/// What must hold for a whole-object write to happen: nobody wrote since we looked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WriteGuard {
    /// The object must not exist (`If-None-Match: *`, and a look before).
    Absent,
    /// The object still has this `ETag` (`If-Match`), and the adapter compares content before the write.
    Unchanged(String),
    /// The object still holds what this write would have made of it: its `ETag` may have moved, as that of a private
    /// link service does with every connection, or is not known, as after a write that Azure accepted and then failed.
    Holds(Box<AzureOp>),
    /// The object is as an earlier step of this run left it: the engine binds the `ETag` that the step answered.
    After(Handle),
    /// No condition (a resource that this run made).
    None,
}

/// A security rule as it is written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NsgRuleBody {
    /// 100-4096.
    pub priority: u16,
    /// Inbound or outbound.
    pub direction: Direction,
    /// Allow or deny.
    pub access: Access,
    /// The protocol.
    pub protocol: Protocol,
    /// Sources.
    pub from: Addresses,
    /// Destinations.
    pub to: Addresses,
    /// Destination ports.
    pub ports: Vec<PortRange>,
    /// At most 140 characters: our mark.
    pub description: String,
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

impl AzureOp {
    /// The name of the collection that [`AzureOp::PutRuleGroup`] writes for what is allowed.
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

    /// Returns the name of the operation: method and resource type.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::PutSecurityRule { .. } => "PUT securityRules",
            Self::DeleteSecurityRule { .. } => "DELETE securityRules",
            Self::PutRuleGroup { .. } => "PUT ruleCollectionGroups",
            Self::DeleteRuleGroup { .. } => "DELETE ruleCollectionGroups",
            Self::PutLinkService { .. } => "PUT privateLinkServices",
            Self::DeleteLinkService { .. } => "DELETE privateLinkServices",
            Self::PutPrivateEndpoint { .. } => "PUT privateEndpoints",
            Self::DeletePrivateEndpoint { .. } => "DELETE privateEndpoints",
            Self::SetLinkConnection { .. } => "PUT privateEndpointConnections",
            Self::PutRecordSet { .. } => "PUT A",
            Self::PutTextRecord { .. } => "PUT TXT",
            Self::DeleteRecordSet { .. } => "DELETE A",
        }
    }
}
