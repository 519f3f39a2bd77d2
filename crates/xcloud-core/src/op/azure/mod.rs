//! The calls to Azure Resource Manager: one file for each kind.

mod firewall_rules;
mod network_security_group;
mod private_dns_record;
mod private_endpoint;
mod private_link_service;

pub use firewall_rules::{FirewallRuleBody, FirewallRulesOp};
pub use network_security_group::{NetworkSecurityGroupOp, NsgRuleBody};
pub use private_dns_record::PrivateDnsRecordOp;
pub use private_endpoint::PrivateEndpointOp;
pub use private_link_service::PrivateLinkServiceOp;
