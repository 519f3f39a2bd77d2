//! The request bodies, property by property, as the OpenAPI files define them (read-only ones named as such).

mod links;
mod names;
mod networks;
mod rules;

pub(super) use links::{CONNECTION, ENDPOINT, LINK_SERVICE};
pub(super) use names::{RECORD_SET, ZONE};
pub(super) use networks::{LOAD_BALANCER, NETWORK, SUBNET};
pub(super) use rules::{FIREWALL_POLICY, RULE_GROUP, SECURITY_GROUP, SECURITY_RULE};
