//! The closed list of what xcloud makes.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The cloud in which a resource lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cloud {
    /// Amazon Web Services.
    Aws,
    /// Microsoft Azure.
    Azure,
    /// No cloud: the ledger, where it holds the active-region records.
    Ledger,
}

/// A kind of resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// An EC2 security group with its rules.
    #[serde(rename = "aws/security-group")]
    SecurityGroup,
    /// An internal Network Load Balancer with target groups, listeners and targets, as one unit.
    #[serde(rename = "aws/load-balancer")]
    LoadBalancer,
    /// A VPC endpoint service with its principals and the acceptance of connections.
    #[serde(rename = "aws/endpoint-service")]
    EndpointService,
    /// An interface VPC endpoint.
    #[serde(rename = "aws/endpoint")]
    Endpoint,
    /// A record in a found Route 53 private zone.
    #[serde(rename = "aws/private-zone-record")]
    PrivateZoneRecord,
    /// Rules in a found Azure network security group.
    #[serde(rename = "azure/network-security-group")]
    NetworkSecurityGroup,
    /// One wholly owned rule collection group of a found firewall policy.
    #[serde(rename = "azure/firewall-rules")]
    FirewallRules,
    /// An Azure private link service.
    #[serde(rename = "azure/private-link-service")]
    PrivateLinkService,
    /// An Azure private endpoint with the approval of its connection.
    #[serde(rename = "azure/private-endpoint")]
    PrivateEndpoint,
    /// An A record set in a found Azure private DNS zone.
    #[serde(rename = "azure/private-dns-record")]
    PrivateDnsRecord,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 10] = [
        Self::SecurityGroup,
        Self::LoadBalancer,
        Self::EndpointService,
        Self::Endpoint,
        Self::PrivateZoneRecord,
        Self::NetworkSecurityGroup,
        Self::FirewallRules,
        Self::PrivateLinkService,
        Self::PrivateEndpoint,
        Self::PrivateDnsRecord,
    ];

    /// Returns the full name as config and JSON spell it: `aws/security-group`.
    #[must_use]
    pub fn full(self) -> &'static str {
        match self {
            Self::SecurityGroup => "aws/security-group",
            Self::LoadBalancer => "aws/load-balancer",
            Self::EndpointService => "aws/endpoint-service",
            Self::Endpoint => "aws/endpoint",
            Self::PrivateZoneRecord => "aws/private-zone-record",
            Self::NetworkSecurityGroup => "azure/network-security-group",
            Self::FirewallRules => "azure/firewall-rules",
            Self::PrivateLinkService => "azure/private-link-service",
            Self::PrivateEndpoint => "azure/private-endpoint",
            Self::PrivateDnsRecord => "azure/private-dns-record",
        }
    }

    /// Returns the name without its cloud, as addresses spell it: `security-group`.
    #[must_use]
    pub fn short(self) -> &'static str {
        self.full().split_once('/').map_or(self.full(), |(_, short)| short)
    }

    /// Returns the kind with this short name.
    #[must_use]
    pub fn from_short(short: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.short() == short)
    }

    /// Returns the cloud of the kind.
    #[must_use]
    pub fn cloud(self) -> Cloud {
        if self.full().starts_with("aws/") { Cloud::Aws } else { Cloud::Azure }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.full())
    }
}
