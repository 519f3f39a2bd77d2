//! One folder for each kind of resource, with all that is known of it; every question is asked of every kind.
//!
//! A kind answers twice: its spec implements `Declared`, for what is asked of a declared resource, and its folder
//! holds `RULES` (`rules::Rules`), for what is known without one. Neither has answers by default, and the registry follows
//! from the one list of kinds: what a new kind leaves out does not compile.

mod aws_endpoint;
mod aws_endpoint_service;
mod aws_load_balancer;
mod aws_private_zone_record;
mod aws_security_group;
mod azure_firewall_rules;
mod azure_network_security_group;
mod azure_private_dns_record;
mod azure_private_endpoint;
mod azure_private_link_service;
mod claim;
mod declared;
mod planning;
mod registry;
mod rules;
pub(crate) mod shared;
#[cfg(test)]
mod tests;
mod twin;

pub(crate) use claim::Claim;
pub(crate) use declared::{Declared, Role, RuleHead, Scope};
pub(crate) use planning::plan;
pub(crate) use registry::RESOURCE;
pub use registry::creating_calls;
pub(crate) use rules::{AddressFrom, Orphans, RulesIn, Search};
pub(crate) use shared::aws::names;
pub(crate) use shared::{duration, object, own_name, put};
pub(crate) use twin::{Property, joined, properties, red, warn};
