//! The form of what Azure rules share.

use crate::config::grammar::format::{ACCOUNT_NAME, NAME, REASON, REFERENCE};
use crate::config::grammar::format_aws::REGION;
use crate::config::grammar::{CIDR_TYPE, Key, Shape, Type};

/// The addresses of a rule's side.
pub(crate) const SIDE: Type = Type::Either(&[Type::List(&CIDR_TYPE, 1), Type::Map(&ADDRESSES_OF)]);

/// The addresses of another resource.
pub(crate) static ADDRESSES_OF: Shape = Shape::one(
    "addresses of another resource",
    &[
        Key::may("service_ips_of", Type::Text(&REFERENCE), "the load balancer addresses behind an endpoint service"),
        Key::may("endpoint_ips_of", Type::Text(&REFERENCE), "the addresses of an endpoint"),
    ],
);

/// The protocols of an Azure rule.
pub(crate) const PROTOCOL: Type = Type::Word(&["tcp", "udp", "icmp", "all"]);
const RULE_REGION_TYPE: Type = Type::Either(&[Type::Word(&["none"]), Type::Text(&REGION)]);
/// What a rule is called.
pub(crate) const RULE_NAME: Key = Key::must("name", Type::Text(&NAME), "the rule in Azure is xc-<product>-<name>");
/// The environment that it serves.
pub(crate) const RULE_ENV: Key =
    Key::may("env", Type::Text(&ACCOUNT_NAME), "the environment that the rule serves; by default that of the resource");
/// The region that it serves.
pub(crate) const RULE_REGION: Key = Key::may(
    "region",
    RULE_REGION_TYPE,
    "the region that the rule serves, or none; by default that of the addresses it refers to",
);
/// Why a range is wide.
pub(crate) const WIDE_KEY: Key = Key::may("wide", Type::Text(&REASON), "why a source range is wider than /16");
