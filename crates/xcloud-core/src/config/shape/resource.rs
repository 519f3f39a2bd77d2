//! A resource of any kind.

use super::Type;
use super::aws::{ENDPOINT, ENDPOINT_SERVICE, LOAD_BALANCER, PRIVATE_ZONE_RECORD, SECURITY_GROUP};
use super::azure::{
    FIREWALL_RULES, NETWORK_SECURITY_GROUP, PRIVATE_DNS_RECORD, PRIVATE_ENDPOINT, PRIVATE_LINK_SERVICE,
};

/// A resource of any kind.
pub(crate) static RESOURCE: Type = Type::Tagged(
    "kind",
    &[
        ("aws/security-group", &SECURITY_GROUP),
        ("aws/load-balancer", &LOAD_BALANCER),
        ("aws/endpoint-service", &ENDPOINT_SERVICE),
        ("aws/endpoint", &ENDPOINT),
        ("aws/private-zone-record", &PRIVATE_ZONE_RECORD),
        ("azure/network-security-group", &NETWORK_SECURITY_GROUP),
        ("azure/firewall-rules", &FIREWALL_RULES),
        ("azure/private-link-service", &PRIVATE_LINK_SERVICE),
        ("azure/private-endpoint", &PRIVATE_ENDPOINT),
        ("azure/private-dns-record", &PRIVATE_DNS_RECORD),
    ],
);
