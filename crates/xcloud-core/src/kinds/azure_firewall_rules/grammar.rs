//! The form of the kind in a file.

use crate::config::grammar::format_azure::{ARM_PAIR, AZURE_NAME};
use crate::config::grammar::{
    ADDRESS_KEY, ENV_KEY, FLOW_KEY, IN_KEY, Key, NAME_KEY, PORTS_TYPE, PROTECT_KEY, Shape, Type,
};
use crate::kinds::shared::{PROTOCOL, RULE_ENV, RULE_NAME, RULE_REGION, SIDE, WIDE_KEY};

/// Its keys in a file.
pub(in crate::kinds) static GRAMMAR: Shape = Shape::all(
    "an azure/firewall-rules",
    &[
        NAME_KEY,
        IN_KEY,
        ENV_KEY,
        ADDRESS_KEY,
        FLOW_KEY,
        PROTECT_KEY,
        Key::must(
            "policy",
            Type::Text(&ARM_PAIR),
            "the existing firewall policy: resource-group/name or a full resource id",
        ),
        Key::must("group", Type::Text(&AZURE_NAME), "the rule collection group that is wholly ours"),
        Key::must("priority", Type::Int(100, 65_000), "the group's priority in the policy"),
        Key::must("rules", Type::List(&FIREWALL_RULE_TYPE, 0), "network rules that allow"),
    ],
);

static FIREWALL_RULE_TYPE: Type = Type::Map(&FIREWALL_RULE);

static FIREWALL_RULE: Shape = Shape::all(
    "a firewall rule",
    &[
        RULE_NAME,
        RULE_ENV,
        RULE_REGION,
        WIDE_KEY,
        Key::must("protocol", PROTOCOL, "tcp, udp, icmp or all"),
        Key::must("from", SIDE, "sources: a list of ranges, {service_ips_of: ...} or {endpoint_ips_of: ...}"),
        Key::must("to", SIDE, "destinations: a list of ranges, {service_ips_of: ...} or {endpoint_ips_of: ...}"),
        Key::may("ports", PORTS_TYPE, "destination ports; not for icmp"),
    ],
);
