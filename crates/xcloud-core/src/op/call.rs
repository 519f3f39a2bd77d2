//! All calls, nested by cloud and kind. Nothing is decided here: every question goes to the kind of the call.
//!
//! In plans and journals the nesting is not to be seen: a call is one object, and `call` says which.

use serde::{Deserialize, Deserializer, Serialize};

use super::aws::{EndpointOp, EndpointServiceOp, LoadBalancerOp, PrivateZoneRecordOp, SecurityGroupOp, TagOp};
use super::azure::{
    FirewallRulesOp, NetworkSecurityGroupOp, PrivateDnsRecordOp, PrivateEndpointOp, PrivateLinkServiceOp,
};
use super::bind::Late;
use super::{LedgerOp, SubnetPin};
use crate::model::PlaceKey;

/// A mutating call.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Op {
    /// To AWS.
    Aws(AwsOp),
    /// To Azure.
    Azure(AzureOp),
    /// To the ledger.
    Ledger(LedgerOp),
}

/// A mutating call to AWS.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum AwsOp {
    /// About a security group or its rules.
    SecurityGroup(SecurityGroupOp),
    /// About a load balancer, its target groups or its listeners.
    LoadBalancer(LoadBalancerOp),
    /// About an endpoint service, its principals or its connections.
    EndpointService(EndpointServiceOp),
    /// About an endpoint.
    Endpoint(EndpointOp),
    /// About records of a Route 53 zone.
    PrivateZoneRecord(PrivateZoneRecordOp),
    /// About the tags of anything.
    Tag(TagOp),
}

/// A mutating call to Azure Resource Manager.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum AzureOp {
    /// About a rule of a network security group.
    NetworkSecurityGroup(NetworkSecurityGroupOp),
    /// About a rule collection group of a firewall policy.
    FirewallRules(FirewallRulesOp),
    /// About a private link service.
    PrivateLinkService(PrivateLinkServiceOp),
    /// About a private endpoint or its connection.
    PrivateEndpoint(PrivateEndpointOp),
    /// About a record set of a private DNS zone.
    PrivateDnsRecord(PrivateDnsRecordOp),
}

/// What is asked about every call. Each kind answers all of it.
pub(crate) trait Call {
    /// Returns the operation's name as plans, journals and reports print it: `CreateVpcEndpoint`.
    fn name(&self) -> &'static str;

    /// Returns what of the call is known only after earlier steps.
    fn late(&mut self) -> Late<'_>;

    /// Returns the subnets in which the call takes an address, with the pinned ones.
    fn takes(&self) -> &[SubnetPin];

    /// Returns whether the call deletes the object that it names.
    fn deletes(&self) -> bool;

    /// Returns the command line that makes the call in `place`.
    fn by_hand(&self, place: &PlaceKey) -> String;
}

impl Op {
    fn call(&self) -> &dyn Call {
        match self {
            Self::Aws(op) => op.call(),
            Self::Azure(op) => op.call(),
            Self::Ledger(op) => op,
        }
    }

    pub(crate) fn call_mut(&mut self) -> &mut dyn Call {
        match self {
            Self::Aws(op) => op.call_mut(),
            Self::Azure(op) => op.call_mut(),
            Self::Ledger(op) => op,
        }
    }

    /// Returns the operation's name as plans, journals and reports print it: `CreateVpcEndpoint`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.call().name()
    }

    /// Returns the subnets in which the call takes an address, with the pinned ones.
    #[must_use]
    pub fn takes(&self) -> &[SubnetPin] {
        self.call().takes()
    }

    /// Returns the command line that makes this call in `place`. What is not known is named in angle brackets.
    #[must_use]
    pub fn by_hand(&self, place: &PlaceKey) -> String {
        self.call().by_hand(place)
    }
}

impl AwsOp {
    fn call(&self) -> &dyn Call {
        match self {
            Self::SecurityGroup(op) => op,
            Self::LoadBalancer(op) => op,
            Self::EndpointService(op) => op,
            Self::Endpoint(op) => op,
            Self::PrivateZoneRecord(op) => op,
            Self::Tag(op) => op,
        }
    }

    fn call_mut(&mut self) -> &mut dyn Call {
        match self {
            Self::SecurityGroup(op) => op,
            Self::LoadBalancer(op) => op,
            Self::EndpointService(op) => op,
            Self::Endpoint(op) => op,
            Self::PrivateZoneRecord(op) => op,
            Self::Tag(op) => op,
        }
    }

    /// Returns the name of the AWS operation that carries it out.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.call().name()
    }
}

impl AzureOp {
    fn call(&self) -> &dyn Call {
        match self {
            Self::NetworkSecurityGroup(op) => op,
            Self::FirewallRules(op) => op,
            Self::PrivateLinkService(op) => op,
            Self::PrivateEndpoint(op) => op,
            Self::PrivateDnsRecord(op) => op,
        }
    }

    pub(crate) fn call_mut(&mut self) -> &mut dyn Call {
        match self {
            Self::NetworkSecurityGroup(op) => op,
            Self::FirewallRules(op) => op,
            Self::PrivateLinkService(op) => op,
            Self::PrivateEndpoint(op) => op,
            Self::PrivateDnsRecord(op) => op,
        }
    }

    /// Returns the name of the operation: method and resource type.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.call().name()
    }

    /// Returns whether the call deletes the object that it names.
    #[must_use]
    pub fn deletes(&self) -> bool {
        self.call().deletes()
    }
}

/// Reads the call by trying each kind: a tag that a kind does not know ends the attempt at once.
impl<'de> Deserialize<'de> for Op {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        /// The same enum, so that the attempts are serde's.
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Any {
            Aws(AwsOp),
            Azure(AzureOp),
            Ledger(LedgerOp),
            Unknown { call: String },
            Nameless(serde::de::IgnoredAny),
        }
        let unread = |what: &str| serde::de::Error::custom(what);
        match Any::deserialize(deserializer)? {
            Any::Aws(op) => Ok(Self::Aws(op)),
            Any::Azure(op) => Ok(Self::Azure(op)),
            Any::Ledger(op) => Ok(Self::Ledger(op)),
            Any::Unknown { call } => Err(unread(&format!(
                "the call `{call}` cannot be read: this version does not know it, or a field of it is missing or wrong"
            ))),
            Any::Nameless(_) => Err(unread("this is not a call: it has no name in `call`")),
        }
    }
}

/// A call of a kind is a call of its cloud, and a call.
macro_rules! nested {
    ($($kind:ident => $cloud:ident::$variant:ident => $op:ident),* $(,)?) => { $(
        impl From<$kind> for $cloud {
            fn from(op: $kind) -> Self {
                Self::$variant(op)
            }
        }

        impl From<$kind> for Op {
            fn from(op: $kind) -> Self {
                Self::$op(op.into())
            }
        }
    )* };
}

nested! {
    SecurityGroupOp => AwsOp::SecurityGroup => Aws,
    LoadBalancerOp => AwsOp::LoadBalancer => Aws,
    EndpointServiceOp => AwsOp::EndpointService => Aws,
    EndpointOp => AwsOp::Endpoint => Aws,
    PrivateZoneRecordOp => AwsOp::PrivateZoneRecord => Aws,
    TagOp => AwsOp::Tag => Aws,
    NetworkSecurityGroupOp => AzureOp::NetworkSecurityGroup => Azure,
    FirewallRulesOp => AzureOp::FirewallRules => Azure,
    PrivateLinkServiceOp => AzureOp::PrivateLinkService => Azure,
    PrivateEndpointOp => AzureOp::PrivateEndpoint => Azure,
    PrivateDnsRecordOp => AzureOp::PrivateDnsRecord => Azure,
}

impl From<AwsOp> for Op {
    fn from(op: AwsOp) -> Self {
        Self::Aws(op)
    }
}

impl From<AzureOp> for Op {
    fn from(op: AzureOp) -> Self {
        Self::Azure(op)
    }
}

impl From<LedgerOp> for Op {
    fn from(op: LedgerOp) -> Self {
        Self::Ledger(op)
    }
}
