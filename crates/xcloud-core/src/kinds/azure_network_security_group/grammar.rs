//! The form of the kind in a file.

use crate::config::grammar::format_azure::{ARM_PAIR, RULE_PRIORITIES};
use crate::config::grammar::{
    ADDRESS_KEY, ENV_KEY, FLOW_KEY, IN_KEY, Key, NAME_KEY, PORTS_TYPE, PROTECT_KEY, Shape, Type,
};
use crate::kinds::shared::{PROTOCOL, RULE_ENV, RULE_NAME, RULE_REGION, SIDE, WIDE_KEY};

/// Its keys in a file.
pub(in crate::kinds) static GRAMMAR: Shape = Shape::all(
    "an azure/network-security-group",
    &[
        NAME_KEY,
        IN_KEY,
        ENV_KEY,
        ADDRESS_KEY,
        FLOW_KEY,
        PROTECT_KEY,
        Key::must("group", Type::Text(&ARM_PAIR), "the existing group: resource-group/name or a full resource id"),
        Key::must("rules", Type::List(&NSG_RULE_TYPE, 0), "our rules in it"),
    ],
);

static NSG_RULE_TYPE: Type = Type::Map(&NSG_RULE);

static NSG_RULE: Shape = Shape::all(
    "a rule of a network security group",
    &[
        RULE_NAME,
        RULE_ENV,
        RULE_REGION,
        WIDE_KEY,
        Key::may("priority", Type::Int(100, 4096), "its priority"),
        Key::may(
            "priorities",
            Type::Text(&RULE_PRIORITIES),
            "the range from which it takes one, instead of `priority`",
        ),
        Key::must("direction", Type::Word(&["inbound", "outbound"]), "inbound or outbound"),
        Key::must("access", Type::Word(&["allow", "deny"]), "allow or deny"),
        Key::must("protocol", PROTOCOL, "tcp, udp, icmp or all"),
        Key::must("from", SIDE, "sources: a list of ranges, {service_ips_of: ...} or {endpoint_ips_of: ...}"),
        Key::must("to", SIDE, "destinations: a list of ranges, {service_ips_of: ...} or {endpoint_ips_of: ...}"),
        Key::may("ports", PORTS_TYPE, "destination ports; not for icmp"),
    ],
);
